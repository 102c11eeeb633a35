//! Pure decisions: what a path means, which route it takes, whether a token may call it, how much is left, which target
//! gets it, and what a record may show of it.
//!
//! Nothing here does I/O or reads a clock: facts go in, a decision comes out, so that the gateway, a dry run and a test
//! decide alike. What has a state of its own (`balance`, `retry`, `concurrency`) counts, and nothing else.

pub mod balance;
pub mod cedar;
pub mod checks;
pub mod concurrency;
pub mod people;
pub mod quota;
pub mod rate;
pub mod redact;
pub mod retry;
pub mod routing;
pub mod target;
