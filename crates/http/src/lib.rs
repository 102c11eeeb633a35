//! Shared HTTP manners: problem+json, request ids, callers, paging, preconditions. No business rules.
//!
//! A handler answers a [`Refusal`]; [`answer::answer`], the outermost layer, puts it into words with the id of the
//! request, so that every refusal looks the same wherever it comes from.

pub mod answer;
pub mod body;
pub mod caller;
pub mod cookie;
pub mod credential;
pub mod idempotency;
pub mod paging;
pub mod params;
pub mod precondition;
pub mod refusal;
pub mod request_id;
mod site;

pub use body::{Body, RawBody};
pub use caller::{Caller, Gate, Guest, Who};
pub use idempotency::IdempotencyKey;
pub use paging::{Listing, PageParams};
pub use params::Params;
pub use precondition::{Preconditions, Tagged};
pub use refusal::Refusal;
pub use request_id::RequestId;
