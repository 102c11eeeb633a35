//! The endpoints of call records, what they add up to, their explanations, and what was captured of calls.

pub(crate) mod addresses;
pub(crate) mod analytics;
pub(crate) mod attempt;
pub(crate) mod capture;
pub(crate) mod explanation;
pub(crate) mod export;
mod filter;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod status;
pub(crate) mod tail;
mod watch;
