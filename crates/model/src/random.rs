//! Randomness, handed in.

/// A cryptographically secure source of random bytes. The real one lives in the vault.
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes`. A source that cannot deliver aborts the process: going on with weak keys is worse.
    fn fill(&self, bytes: &mut [u8]);
}
