//! What must hold for every parser of foreign bytes, whatever the bytes.
//!
//! One function a parser: it takes any bytes and panics where a promise is broken. The fuzz targets in `fuzz/` are thin
//! shims over them, and the tests here run them over the kept corpus in `fuzz/corpus/` and mutations of it.

#![allow(clippy::panic, reason = "to panic is how a broken promise is reported")]

mod chunked;
mod forwarded;
mod http2;
mod http2_head;
mod openapi;
mod proxy;
mod request_head;
mod resource_file;
mod response_head;
mod target;
mod token;
mod trace_context;

pub use chunked::chunked;
pub use forwarded::forwarded;
pub use http2::{Http2Call, http2, http2_calls};
pub use http2_head::http2_head;
pub use openapi::openapi;
pub use proxy::proxy;
pub use request_head::request_head;
pub use resource_file::resource_file;
pub use response_head::response_head;
pub use target::target;
pub use token::token;
pub use trace_context::trace_context;

/// What a target is fed with.
pub type Target = fn(&[u8]);

/// Every target, by the name that its shim and its corpus have.
pub const TARGETS: [(&str, Target); 12] = [
    ("chunked", chunked),
    ("forwarded", forwarded),
    ("http2", http2),
    ("http2_head", http2_head),
    ("openapi", openapi),
    ("proxy", proxy),
    ("request_head", request_head),
    ("resource_file", resource_file),
    ("response_head", response_head),
    ("target", target),
    ("token", token),
    ("trace_context", trace_context),
];

/// Places at which bytes of that length are cut: every one of short bytes, some of long ones, always near both ends.
fn cuts(length: usize) -> impl Iterator<Item = usize> {
    let step = length.div_ceil(32).max(1);
    (0..length).filter(move |at| at % step == 0 || *at < 8 || length - at < 8)
}
