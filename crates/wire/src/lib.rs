//! Bytes of HTTP/1 and of what stands before it: parsed, checked, written. No I/O, no clock, no configuration.

pub mod proxy;
