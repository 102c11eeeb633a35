//! Keys, and what is done with them: hashing tokens, sealing secrets, and keyed hashes over stored rows.
//!
//! Three layers. The [`MasterKey`] comes from outside the database and seals the [`KeyRing`], whose keys
//! lie in the database in versions. The [`Vault`] works with the ring; nothing else sees a key.
//! No HTTP, no SQL.

mod aead;
mod digest;
mod key_bytes;
mod key_ring;
mod master_key;
mod random;
mod vault;

pub use digest::{equal, hmac_sha256, sha256};
pub use key_ring::{KeyRing, NextVersionError, OpenRingError};
pub use master_key::{MasterKey, MasterKeyError};
pub use random::SystemRandom;
pub use vault::{OpenError, Sealed, Vault};
