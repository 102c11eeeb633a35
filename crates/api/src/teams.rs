//! The endpoints of teams.

pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod patch;
pub(crate) mod put;
pub(crate) mod read;
