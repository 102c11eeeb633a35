//! HTTP/2 as a server speaks it (RFC 9113), without any I/O: bytes in, bytes out, and the streams between them.

pub mod connection;
pub mod hpack;

mod frame;
mod stream;

#[cfg(test)]
mod tests;

pub use connection::{Block, Bounds, Broken, Connection, Opened, Sent};
pub use frame::Reason;
pub use stream::Gone;
