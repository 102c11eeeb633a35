//! What can go wrong, sorted by what whoever asks can do about it.

use keyward_model::{Code, FieldError};
use keyward_store::StoreError;

use crate::rights::Factor;

/// Why nothing was done. Its text says what helps and holds no secret.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// Something asked for cannot be.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Fields(Vec<FieldError>),
    /// The address and the password do not belong together, or there is no such user, or they are suspended.
    #[error("this address and this password do not belong together; check both")]
    SignInFailed,
    /// Too many attempts failed.
    #[error("too many attempts failed; wait {retry_after} seconds")]
    Throttled {
        /// Seconds.
        retry_after: u64,
    },
    /// The second factor is wrong, or was used before.
    #[error("this is not the right code, or it was used already; wait for the next one")]
    SecondFactorFailed,
    /// A second factor has to be proved first.
    #[error("this needs your second factor again; prove it, and repeat the request")]
    SecondFactorNeeded {
        /// With what it can be proved; none where the user has none yet and has to add one.
        methods: Vec<Factor>,
    },
    /// A passkey could not be added or proved.
    #[error("the passkey was not accepted; try again, or sign in another way")]
    PasskeyRefused(String),
    /// Passkeys need a name of a host, and this place is reached by an address.
    #[error("passkeys work only where Keyward is reached by a name, over https or as localhost")]
    NoPasskeysHere,
    /// The link was used, has been taken back, or its time is over.
    #[error("this link no longer works; ask for a new one")]
    LinkInvalid,
    /// There is no such thing.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Something is in the way.
    #[error("{0}")]
    Conflict(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PeopleError {
    /// One field that is wrong.
    pub(crate) fn field(field: &str, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Fields(vec![FieldError::new(field, problem, remedy)])
    }

    /// The reason in one word; the store's failures have their own.
    pub fn code(&self) -> Code {
        match self {
            Self::Fields(_) => Code::FieldInvalid,
            Self::SignInFailed => Code::SignInFailed,
            Self::Throttled { .. } => Code::SignInThrottled,
            Self::SecondFactorFailed | Self::PasskeyRefused(_) => Code::SecondFactorFailed,
            Self::SecondFactorNeeded { .. } => Code::SecondFactorNeeded,
            Self::NoPasskeysHere | Self::Conflict(_) => Code::Conflict,
            Self::LinkInvalid => Code::LinkInvalid,
            Self::NotFound(_) => Code::NotFound,
            Self::Store(_) => Code::Internal,
        }
    }
}
