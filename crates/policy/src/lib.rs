//! Pure decisions: what a path means, which route it takes, whether a token may call it, and how much is left.
//!
//! Nothing here does I/O, reads a clock or keeps state of its own: facts go in, a decision comes out, so that the
//! gateway, a dry run and a test decide alike.

pub mod cedar;
pub mod checks;
pub mod quota;
pub mod rate;
pub mod routing;
pub mod target;
