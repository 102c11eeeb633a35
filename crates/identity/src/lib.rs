//! People: who they are, what they sign in with, where they are members, and who is signed in.
//!
//! - Nothing that signs somebody in is stored as it is: passwords as Argon2id hashes, codes of sessions and links as
//!   keyed hashes, and all of it, hashes too, sealed in the vault.
//! - Whoever tries learns the same, and waits as long, whether there is such a user or not.
//! - Every change and every attempt is an audit event in the trail of the installation; memberships and invitations
//!   stand in that of their team.
//!
//! No HTTP here.

mod account;
mod code;
mod error;
mod invitations;
mod keep;
mod members;
mod passkey;
mod password;
mod people;
mod rights;
mod session;
mod setup;
mod sign_in;
mod throttle;
mod totp;
mod trail;
mod users;

pub use account::{Account, NewTotp, Passkey};
pub use code::{LinkCode, readable_code};
pub use error::PeopleError;
pub use invitations::{Invited, NewInvitation, Offer};
pub use members::{EditMembership, Member};
pub use passkey::Challenge;
pub use people::{Audience, People, Visitor};
pub use rights::{Factor, Person, TeamRights};
pub use session::{SESSION_LIFETIME, SignedIn};
pub use setup::{FirstUser, SETUP_LIFETIME};
pub use users::{EditUser, RESET_LIFETIME};
