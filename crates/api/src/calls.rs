//! The endpoints of call records and their explanations.

pub(crate) mod explanation;
mod filter;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod tail;
