//! Retries: whether a call may go out again, whether there are retries left for it, and how long to wait first.

mod back_off;
mod budget;
mod safety;

pub use back_off::BackOff;
pub use budget::Budget;
pub use safety::{Failure, Sent, is_retryable};
