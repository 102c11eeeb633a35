//! People: users, what they sign in with, their memberships, invitations, and who is signed in.

mod ceremony;
mod credential;
mod invitation;
mod membership;
mod session;
mod user;

pub use ceremony::Ceremony;
pub use credential::{Credential, CredentialKind};
pub use invitation::StoredInvitation;
pub use session::Session;
