//! The endpoints of call records, what they add up to, and their explanations.

pub(crate) mod analytics;
pub(crate) mod explanation;
pub(crate) mod export;
mod filter;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod status;
pub(crate) mod tail;
mod watch;
