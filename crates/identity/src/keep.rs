//! What people sign in with, opened and sealed.

use keyward_model::secret::Hidden;
use keyward_model::user::UserId;
use keyward_model::{Random, Timestamp};
use keyward_store::{Credential, CredentialKind, INSTALLATION, StoreError};
use keyward_vault::{OpenError, Sealed, Vault};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

/// Seals a value, bound to its record.
pub(crate) fn seal(vault: &Vault, record: &str, value: &impl Serialize) -> Sealed {
    let plain = serde_json::to_vec(value).expect("what is kept is JSON");
    vault.seal(INSTALLATION, record, &Hidden::new(plain))
}

/// Opens what [`seal`] made for the same record.
pub(crate) fn open<T: DeserializeOwned>(
    vault: &Vault,
    record: &str,
    key_version: u32,
    sealed: &[u8],
) -> Result<T, StoreError> {
    let corrupt = || StoreError::Corrupt { what: format!("the sealed value of {record}") };
    let sealed = Sealed { key_version, bytes: sealed.to_vec() };
    let plain = vault.open(INSTALLATION, record, &sealed).map_err(|_| corrupt())?;
    serde_json::from_slice(plain.expose()).map_err(|_| corrupt())
}

/// A new credential.
pub(crate) struct Fresh<'a> {
    pub(crate) user: UserId,
    pub(crate) kind: CredentialKind,
    pub(crate) label: &'a str,
    pub(crate) lookup: Option<String>,
    pub(crate) at: Timestamp,
}

impl Fresh<'_> {
    /// Sealed, under an id of its own.
    pub(crate) fn sealed(self, vault: &Vault, random: &dyn Random, value: &impl Serialize) -> Credential {
        let mut bytes = [0u8; 16];
        random.fill(&mut bytes);
        let id = uuid::Builder::from_random_bytes(bytes).into_uuid().to_string();
        let sealed = seal(vault, &record(&id), value);
        let Self { user, kind, label, lookup, at } = self;
        Credential {
            id,
            user,
            kind,
            lookup,
            created_at: at,
            used_at: None,
            label: label.to_owned(),
            key_version: sealed.key_version,
            sealed: sealed.bytes,
        }
    }
}

/// What a credential holds.
pub(crate) fn value<T: DeserializeOwned>(vault: &Vault, credential: &Credential) -> Result<T, StoreError> {
    open(vault, &record(&credential.id), credential.key_version, &credential.sealed)
}

/// The credential with another value.
pub(crate) fn with_value(vault: &Vault, credential: &Credential, value: &impl Serialize) -> Credential {
    let sealed = seal(vault, &record(&credential.id), value);
    Credential { key_version: sealed.key_version, sealed: sealed.bytes, ..credential.clone() }
}

/// The credential sealed with the newest key; none where it is already.
pub(crate) fn resealed(vault: &Vault, credential: &Credential) -> Result<Option<Credential>, OpenError> {
    let sealed = Sealed { key_version: credential.key_version, bytes: credential.sealed.clone() };
    let anew = vault.reseal(INSTALLATION, &record(&credential.id), &sealed)?;
    Ok(anew.map(|Sealed { key_version, bytes }| Credential { key_version, sealed: bytes, ..credential.clone() }))
}

/// The hash of a user's password, where they have one.
pub(crate) fn password_hash(
    vault: &Vault,
    credentials: &[Credential],
) -> Result<Option<Zeroizing<String>>, StoreError> {
    let password = credentials.iter().find(|credential| credential.kind == CredentialKind::Password);
    password.map(|credential| value::<String>(vault, credential).map(Zeroizing::new)).transpose()
}

fn record(id: &str) -> String {
    format!("credential {id}")
}
