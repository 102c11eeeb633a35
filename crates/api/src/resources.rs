//! The resources of a team: apps, apis, upstreams, connections, secrets, subscriptions and policies.
//!
//! Every change goes through a [`Session`]: one transaction, the team's holdings before and after, the rules held
//! against what comes out, and one audit event per resource that changed. The handlers here are generic; [`crate::kinds`]
//! gives each kind its endpoints.

mod clash;
mod delete;
mod grants;
mod held;
mod list;
pub(crate) mod merge;
mod patch;
mod put;
mod read;
mod references;
pub(crate) mod rights;
mod rules;
mod session;
mod source;
mod write;

pub(crate) use delete::delete;
pub(crate) use held::{Held, Holdings, each_kind, each_kind_in_reverse};
pub(crate) use list::list;
pub(crate) use patch::patch;
pub(crate) use put::{Circumstances, put, put_in};
pub(crate) use read::read;
pub(crate) use session::Session;
pub(crate) use source::Override;
pub(crate) use write::draft;
