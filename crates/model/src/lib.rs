//! The nouns of Keyward: what a token, an api, a limit or a call *is*, and which values of them can exist.
//!
//! Everything here parses at the door and is right from then on. Nothing here reads a socket, a file
//! or a database; time and randomness come in through [`Clock`] and [`Random`].

mod text;

pub mod api;
pub mod app;
pub mod audit;
pub mod call;
pub mod captured;
pub mod change;
pub mod check;
pub mod cidr;
pub mod clock;
pub mod code;
pub mod connection;
pub mod id;
pub mod integrity;
pub mod invitation;
pub mod limits;
pub mod manifest;
pub mod membership;
pub mod name;
pub mod openapi;
pub mod origin;
pub mod policy;
pub mod problem;
pub mod random;
pub mod resource;
pub mod scope;
pub mod secret;
pub mod security;
pub mod subscription;
pub mod team;
pub mod thumbprint;
pub mod time_window;
pub mod token;
pub mod upstream;
pub mod user;

pub use clock::{Clock, Timestamp};
pub use code::{Code, Denial};
pub use name::Name;
pub use random::Random;
pub use resource::{FieldError, Record, Resource};
