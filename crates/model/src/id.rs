//! Ids of everything but tokens: a UUIDv7 written as a TypeID, such as `app_01hzy3v7q4e8kbtn6x0m2p9r5c`.
//!
//! The first part says what it names, the rest sorts by time of creation (RFC 9562 section 5.7; TypeID 0.3).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use crate::{Clock, Random};

/// What an [`Id`] may name.
pub trait Identified {
    /// The part before the underscore.
    const PREFIX: &'static str;
}

/// The id of a `T`.
pub struct Id<T: ?Sized> {
    uuid: uuid::Uuid,
    of: PhantomData<fn() -> T>,
}

/// A UUIDv7 of this moment.
pub fn uuid_v7(clock: &dyn Clock, random: &dyn Random) -> uuid::Uuid {
    let mut bytes = [0u8; 10];
    random.fill(&mut bytes);
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(clock.now().as_millis()).unwrap_or(0), &bytes).into_uuid()
}

impl<T: ?Sized> Id<T> {
    /// A fresh id.
    pub fn new(clock: &dyn Clock, random: &dyn Random) -> Self {
        Self::from_uuid(uuid_v7(clock, random))
    }

    /// The id with this UUID.
    pub const fn from_uuid(uuid: uuid::Uuid) -> Self {
        Self { uuid, of: PhantomData }
    }

    /// The UUID inside.
    pub const fn as_uuid(&self) -> uuid::Uuid {
        self.uuid
    }
}

impl<T: ?Sized> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Id<T> {}

impl<T: ?Sized> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl<T: ?Sized> Eq for Id<T> {}

impl<T: ?Sized> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: ?Sized> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<T: ?Sized> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

const BASE32: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// In [`DIGITS`], of what is not a digit.
const NO_DIGIT: u8 = u8::MAX;

/// What each byte is worth as a digit.
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0u8;
    while value < 32 {
        digits[BASE32[value as usize] as usize] = value;
        value += 1;
    }
    digits
};

impl<T: Identified + ?Sized> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.uuid.as_u128();
        let mut text = [0u8; 26];
        for (place, byte) in text.iter_mut().enumerate() {
            let shift = 5 * (25 - place);
            *byte = BASE32[((value >> shift) & 31) as usize];
        }
        write!(f, "{}_{}", T::PREFIX, std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl<T: Identified + ?Sized> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not an id of the expected kind.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not an id of this kind; one begins with `{expected}_` and 26 more characters follow")]
pub struct IdError {
    /// The prefix an id of this kind has.
    pub expected: &'static str,
}

impl<T: Identified + ?Sized> FromStr for Id<T> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = IdError { expected: T::PREFIX };
        let digits = text.strip_prefix(T::PREFIX).and_then(|rest| rest.strip_prefix('_'));
        let Some(digits) = digits.filter(|digits| digits.len() == 26 && digits.as_bytes()[0] <= b'7') else {
            return Err(error);
        };
        let mut value = 0u128;
        for byte in digits.bytes() {
            let digit = DIGITS[usize::from(byte)];
            if digit == NO_DIGIT {
                return Err(error);
            }
            value = (value << 5) | u128::from(digit);
        }
        Ok(Self::from_uuid(uuid::Uuid::from_u128(value)))
    }
}

impl<T: Identified + ?Sized> serde::Serialize for Id<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, T: Identified + ?Sized> serde::Deserialize<'de> for Id<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::parsed(deserializer)
    }
}

impl<T: Identified + ?Sized> utoipa::PartialSchema for Id<T> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some(format!("^{}_[0-9a-hjkmnp-tv-z]{{26}}$", T::PREFIX)))
            .into()
    }
}

impl<T: Identified + ?Sized> utoipa::ToSchema for Id<T> {
    fn name() -> std::borrow::Cow<'static, str> {
        let mut chars = T::PREFIX.chars();
        let name: String = chars.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(chars).collect();
        std::borrow::Cow::Owned(format!("{name}Id"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Thing;
    impl Identified for Thing {
        const PREFIX: &'static str = "thing";
    }

    proptest! {
        #[test]
        fn every_id_reads_back(value: u128) {
            let id = Id::<Thing>::from_uuid(uuid::Uuid::from_u128(value));
            prop_assert_eq!(id.to_string().parse::<Id<Thing>>(), Ok(id));
        }

        #[test]
        fn foreign_text_is_refused_and_never_panics(text: String) {
            let _ = text.parse::<Id<Thing>>();
        }
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let other = "other_01hzy3v7q4e8kbtn6x0m2p9r5c".parse::<Id<Thing>>();
        assert_eq!(other.map_err(|e| e.expected), Err("thing"));
    }
}
