//! People: signing in and out, what they change about themselves, and who is a member of a team.

pub(crate) mod account;
pub(crate) mod factors;
pub(crate) mod invitations;
pub(crate) mod members;
pub(crate) mod roles;
pub(crate) mod session;
pub(crate) mod setup;
mod shown;
pub(crate) mod users;

pub(crate) use shown::{Authenticated, ShownOnce};
