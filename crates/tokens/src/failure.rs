//! What all errors of operations have in common, so that whoever answers them needs no list of them.

use keyward_model::{Code, FieldError};
use keyward_store::StoreError;

/// An operation that was refused or failed. Its text says what the caller can do and holds no secret.
pub trait Failure: std::error::Error {
    /// The reason in one word; meant where [`Failure::store`] says nothing.
    fn code(&self) -> Code;

    /// The fields that are wrong.
    fn fields(&self) -> &[FieldError] {
        &[]
    }

    /// The failure of the store behind it, if it was that.
    fn store(&self) -> Option<&StoreError>;
}

/// Implements [`Failure`] for an enum with a variant `Store` and, where `fields` is said, a variant `Fields`.
macro_rules! failure {
    ($error:ty, fields; $($variant:pat => $code:ident),* $(,)?) => {
        impl $crate::Failure for $error {
            fn code(&self) -> keyward_model::Code {
                match self {
                    Self::Fields(_) => keyward_model::Code::FieldInvalid,
                    $($variant => keyward_model::Code::$code,)*
                    Self::Store(_) => keyward_model::Code::Internal,
                }
            }

            fn fields(&self) -> &[keyward_model::FieldError] {
                if let Self::Fields(errors) = self { errors } else { &[] }
            }

            fn store(&self) -> Option<&keyward_store::StoreError> {
                if let Self::Store(error) = self { Some(error) } else { None }
            }
        }
    };
    ($error:ty; $($variant:pat => $code:ident),* $(,)?) => {
        impl $crate::Failure for $error {
            fn code(&self) -> keyward_model::Code {
                match self {
                    $($variant => keyward_model::Code::$code,)*
                    Self::Store(_) => keyward_model::Code::Internal,
                }
            }

            fn store(&self) -> Option<&keyward_store::StoreError> {
                if let Self::Store(error) = self { Some(error) } else { None }
            }
        }
    };
}

pub(crate) use failure;

/// Field errors on one line, for logs and the command line.
pub(crate) fn joined(errors: &[FieldError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
