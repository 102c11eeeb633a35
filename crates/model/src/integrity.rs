//! Integrity: a keyed hash that whoever can only write to the database cannot make.

/// Makes a keyed hash over several parts; implemented by the vault.
pub trait Mac: Send + Sync + 'static {
    /// HMAC-SHA-256 over the parts, each with its length before it, so that no two lists of parts collide.
    fn mac(&self, parts: &[&[u8]]) -> [u8; 32];
}

/// Bytes in hexadecimal, in small letters.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
