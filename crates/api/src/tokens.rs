//! The endpoints of tokens; what they do is in the crate of that name.

pub(crate) mod approve;
mod bodies;
pub(crate) mod create;
pub(crate) mod edit;
pub(crate) mod filter;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod overdue;
pub(crate) mod read;
pub(crate) mod replay;
pub(crate) mod revoke;
pub(crate) mod revoke_many;
pub(crate) mod rotate;
pub(crate) mod rotation;
pub(crate) mod switch;
pub(crate) mod usage;
pub(crate) mod verify;

pub(crate) use bodies::{Confidential, IssuedBody, ReasonBody, Shown, TokenBody};
