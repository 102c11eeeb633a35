//! Bytes of HTTP/1, of HTTP/2 and of what stands before them: parsed, checked, written. No I/O, no clock, no configuration.
//!
//! Safety of a gateway hangs on one thing here: whatever two readers could take in two ways is refused, and what is
//! passed on is written anew from what was understood (RFC 9110, RFC 9112).

pub mod body;
pub mod fault;
pub mod fields;
pub mod forwarded;
pub mod http2;
pub mod proxy;
pub mod request;
pub mod response;
pub mod trace_context;
pub mod write;

mod chunked;
mod head;

pub use body::{Body, BodyError, Length};
pub use fault::{Fault, FaultKind};
pub use fields::{Fields, Known};
pub use head::Limits;
pub use request::{Request, Version};
pub use response::Response;
pub use trace_context::TraceParent;
