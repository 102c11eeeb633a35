//! What this hop adds to `Forwarded`.

use std::net::IpAddr;

use super::Proto;
use crate::fields::{is_token_byte, is_value_byte};

/// Adds one element: `for=192.0.2.1;by="[2001:db8::1]";proto=https;host="a.test:8443"`, with quotes where RFC 7239
/// asks for them. `for_` is who called, `by` the own address that was called, `host` the `Host` that came. A host that
/// no quoted string can hold is left out. What separates it from the elements before (`, `) is the caller's to write.
pub fn write_forwarded_element(out: &mut Vec<u8>, for_: IpAddr, by: Option<IpAddr>, proto: Proto, host: Option<&[u8]>) {
    out.extend_from_slice(b"for=");
    write_node(out, for_);
    if let Some(by) = by {
        out.extend_from_slice(b";by=");
        write_node(out, by);
    }
    out.extend_from_slice(match proto {
        Proto::Http => b";proto=http",
        Proto::Https => b";proto=https",
    });
    if let Some(host) = host.filter(|host| !host.is_empty() && host.iter().copied().all(is_value_byte)) {
        out.extend_from_slice(b";host=");
        write_value(out, host);
    }
}

fn write_node(out: &mut Vec<u8>, address: IpAddr) {
    let text = match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    };
    write_value(out, text.as_bytes());
}

/// A token as it is, anything else as a quoted string.
fn write_value(out: &mut Vec<u8>, value: &[u8]) {
    if value.iter().copied().all(is_token_byte) {
        out.extend_from_slice(value);
        return;
    }
    out.push(b'"');
    for byte in value {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.push(b'"');
}
