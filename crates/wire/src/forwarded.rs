//! Who called, as proxies in front tell it: `X-Forwarded-For`, and `Forwarded` (RFC 7239).
//!
//! Every proxy adds, at the right, the address it was called from. So the list is read from the right, and each entry
//! is believed only where the one that wrote it is trusted; what stands further left may be the caller's invention. An
//! entry that names no address ends the walk: nothing left of it is looked at, and nothing left of it can change how
//! what stands right of it is read.
//!
//! Only one of the two fields is believed, the one the operator names: a proxy writes one of them, and passes on the
//! other as the caller made it up.

use std::net::{IpAddr, SocketAddr};

mod element;
mod write;

pub use write::write_forwarded_element;

/// Entries that are looked at, at most.
pub const MOST_HOPS: usize = 50;

/// The field that the proxies in front write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// `X-Forwarded-For`: addresses and no more.
    XForwardedFor,
    /// `Forwarded`: also the protocol.
    Forwarded,
}

/// The protocol of a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proto {
    /// Without TLS.
    Http,
    /// With TLS.
    Https,
}

/// Where a call comes from, as far as anybody trusted tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The address nearest to the caller that was told by somebody trusted. IPv4 mapped into IPv6 is given as IPv4.
    pub address: IpAddr,
    /// How that address reached the outermost trusted proxy, where its `Forwarded` says so.
    pub proto: Option<Proto>,
    /// Why the walk ended there.
    pub end: End,
}

/// Why a walk along proxies ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The address is not that of a trusted proxy: it is the caller's.
    Untrusted,
    /// All are trusted, and there are no more.
    NoMore,
    /// The next entry names no address: it is malformed, obfuscated, `unknown` or empty. The address is that of a
    /// trusted proxy, and the caller's is not known.
    Unreadable,
    /// There are more than [`MOST_HOPS`]. The address is that of a trusted proxy.
    TooMany,
}

/// Walks from `peer`, which the connection comes from, leftwards along `values`, the values of every field named
/// `which` in the order of the head, for as long as the hops are `trusted`. Addresses come to `trusted` with IPv4 as
/// IPv4.
pub fn nearest_untrusted<'v>(
    peer: IpAddr,
    which: Which,
    values: impl DoubleEndedIterator<Item = &'v [u8]>,
    trusted: impl Fn(IpAddr) -> bool,
) -> Origin {
    let mut origin = Origin { address: peer.to_canonical(), proto: None, end: End::Untrusted };
    let mut hops = values.rev().flat_map(|value| FromTheRight { rest: Some(value), which });
    for _ in 0..MOST_HOPS {
        if !trusted(origin.address) {
            return origin;
        }
        let hop = match hops.next() {
            None => return Origin { end: End::NoMore, ..origin },
            Some(text) if which == Which::Forwarded => element::parse(text),
            Some(text) => plain(text).map(|address| (address, None)),
        };
        let Some((address, proto)) = hop else { return Origin { end: End::Unreadable, ..origin } };
        origin = Origin { address: address.to_canonical(), proto, end: End::Untrusted };
    }
    match (trusted(origin.address), hops.next()) {
        (false, _) => origin,
        (true, None) => Origin { end: End::NoMore, ..origin },
        (true, Some(_)) => Origin { end: End::TooMany, ..origin },
    }
}

/// The entries of one value, the last first, without blanks around them. A comma within quotes separates nothing;
/// quotes are matched from the right, which for a well-formed value comes to the same as from the left.
struct FromTheRight<'v> {
    rest: Option<&'v [u8]>,
    which: Which,
}

impl<'v> Iterator for FromTheRight<'v> {
    type Item = &'v [u8];

    fn next(&mut self) -> Option<&'v [u8]> {
        let value = self.rest?;
        let comma = match self.which {
            Which::XForwardedFor => value.iter().rposition(|byte| *byte == b','),
            Which::Forwarded => last_comma(value),
        };
        self.rest = comma.map(|comma| &value[..comma]);
        Some(trim(&value[comma.map_or(0, |comma| comma + 1)..]))
    }
}

/// The last comma outside quotes.
fn last_comma(value: &[u8]) -> Option<usize> {
    let mut quoted = false;
    let mut place = value.len();
    while let Some(at) = value[..place].iter().rposition(|byte| matches!(byte, b',' | b'"')) {
        place = at;
        match value[at] {
            b',' if !quoted => return Some(at),
            b',' => {}
            // A quote behind an odd number of backslashes is one of the text; that which opens stands behind `=`.
            _ => {
                let backslashes = value[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
                if !quoted || backslashes % 2 == 0 {
                    quoted = !quoted;
                }
                place = at - backslashes;
            }
        }
    }
    None
}

/// Without optional white space (RFC 9110 section 5.6.3) at both ends.
fn trim(text: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = text.iter().position(|byte| !is_blank(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
    &text[start..end]
}

/// An entry of `X-Forwarded-For`: an address, as some write it in brackets or with a port.
fn plain(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?;
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let bracketed = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    match bracketed {
        Some(address) => address.parse().ok().map(IpAddr::V6),
        None => with_port(text),
    }
}

/// `192.0.2.1:80` or `[2001:db8::1]:80`; no zone, for an address with one means nothing here.
fn with_port(text: &str) -> Option<IpAddr> {
    match text.parse().ok()? {
        SocketAddr::V6(address) if address.scope_id() != 0 || text.contains('%') => None,
        address => Some(address.ip()),
    }
}

#[cfg(test)]
mod tests;
