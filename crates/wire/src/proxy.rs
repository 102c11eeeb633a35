//! What a proxy of the transport layer says before the first byte of a connection: the PROXY protocol, versions 1 and
//! 2, as HAProxy's specification (`doc/proxy-protocol.txt`) has it.
//!
//! Only a listener that was told to expect it may read it, and only from peers it trusts: whoever may send it chooses
//! the address they come from. It is never guessed whether it is there.

use std::net::SocketAddr;

mod v1;
mod v2;

pub use v1::LONGEST_V1;
pub use v2::LONGEST_V2;

/// What is known after the bytes so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// Right so far, and not whole: read on. Never more than [`LONGEST_V2`] bytes are asked for.
    Incomplete,
    /// A whole header.
    Complete {
        /// Bytes it takes; what follows is the connection itself.
        length: usize,
        /// Who opened the connection to the proxy. None where the sender does not say (`LOCAL`, `UNKNOWN`, `UNSPEC`,
        /// a Unix socket, datagrams): the connection's own peer counts then. IPv4 mapped into IPv6 is given as IPv4.
        source: Option<SocketAddr>,
        /// Where to; there exactly when `source` is.
        destination: Option<SocketAddr>,
    },
}

/// The bytes are no header of the PROXY protocol: close the connection without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// They begin neither with `PROXY ` nor with the signature of version 2.
    #[error("the connection does not begin with a header of the PROXY protocol")]
    Signature,
    /// Version 1: no CR LF within [`LONGEST_V1`] bytes.
    #[error("the line is longer than {LONGEST_V1} bytes")]
    LineTooLong,
    /// Version 1: a CR without its LF, or an LF without its CR.
    #[error("the line holds a CR or LF that does not end it")]
    BareLineBreak,
    /// Version 1: none of `TCP4`, `TCP6` and `UNKNOWN`.
    #[error("the protocol is none of TCP4, TCP6 and UNKNOWN")]
    Protocol,
    /// Version 1: not two addresses and two ports with exactly one space between each.
    #[error("the line is not two addresses and two ports with one space between each")]
    Fields,
    /// Version 1: the source is not an address of the family named, or not written canonically.
    #[error("the source is not an address of its family in canonical form")]
    SourceAddress,
    /// Version 1: the same of the destination.
    #[error("the destination is not an address of its family in canonical form")]
    DestinationAddress,
    /// Version 1: the source's port is not 0 to 65535 in decimal without leading zeros.
    #[error("the source's port is not 0 to 65535 without leading zeros")]
    SourcePort,
    /// Version 1: the same of the destination's.
    #[error("the destination's port is not 0 to 65535 without leading zeros")]
    DestinationPort,
    /// Version 2: the version's half of the 13th byte is not 2.
    #[error("the version is {0}, not 2")]
    Version(u8),
    /// Version 2: neither LOCAL nor PROXY.
    #[error("the command is {0}, neither LOCAL (0) nor PROXY (1)")]
    Command(u8),
    /// Version 2: a byte of address family and transport that is not assigned.
    #[error("the family and transport 0x{0:02x} are not assigned")]
    Family(u8),
    /// Version 2: it announces more than [`LONGEST_V2`] bytes.
    #[error("the header is {0} bytes long, more than {LONGEST_V2}")]
    TooLong(usize),
    /// Version 2: it announces less than the addresses of its family take.
    #[error("the header is too short for the addresses of its family")]
    AddressesCut,
    /// Version 2: what follows the addresses is not whole type-length-value vectors.
    #[error("a type-length-value vector runs past the end of the header")]
    VectorCut,
    /// Version 2: a checksum that is not four bytes long, or a second one.
    #[error("the checksum is not four bytes, or there are two")]
    ChecksumForm,
    /// Version 2: the CRC-32C does not fit the bytes.
    #[error("the checksum does not fit the header")]
    Checksum,
}

/// Reads the header at the beginning of `bytes`. However the bytes are cut, the answer is the same once there are
/// enough of them, and what cannot become right is refused as soon as that shows.
pub fn parse(bytes: &[u8]) -> Result<Parsed, ProxyError> {
    match bytes.first() {
        None => Ok(Parsed::Incomplete),
        Some(b'P') => v1::parse(bytes),
        Some(b'\r') => v2::parse(bytes),
        Some(_) => Err(ProxyError::Signature),
    }
}

/// Whether `bytes` begin as a header does, for a listener that takes none and says so.
pub fn begins(bytes: &[u8]) -> bool {
    let families = [&b"PROXY TCP4 "[..], b"PROXY TCP6 ", b"PROXY UNKNOWN"];
    bytes.starts_with(v2::SIGNATURE) || families.into_iter().any(|family| bytes.starts_with(family))
}

/// The header says nothing about where the connection comes from.
const fn unspecified(length: usize) -> Parsed {
    Parsed::Complete { length, source: None, destination: None }
}

/// Holds for as long as `bytes` may still begin with `signature`.
fn may_begin_with(bytes: &[u8], signature: &[u8]) -> bool {
    let shared = bytes.len().min(signature.len());
    bytes[..shared] == signature[..shared]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_header_is_refused_at_its_first_wrong_byte() {
        assert_eq!(parse(b""), Ok(Parsed::Incomplete));
        for bytes in [&b"G"[..], b"GET / HTTP/1.1\r\n", b"\n", b"\0", b"PO", b"PROXY\t", b"\r\r", b"proxy", b" PROXY "]
        {
            assert_eq!(parse(bytes), Err(ProxyError::Signature), "{bytes:?}");
        }
    }

    /// Bytes from which headers are made, sound and broken.
    fn header() -> impl Strategy<Value = Vec<u8>> {
        let word = prop::sample::select(vec![
            "PROXY",
            "PROXY ",
            " ",
            " ",
            " ",
            "TCP4",
            "TCP6",
            "UNKNOWN",
            "1.2.3.4",
            "::1",
            "2001:db8::2",
            "443",
            "0",
            "65535",
            "65536",
            "01",
            "+1",
            "\r\n",
            "\r\n",
            "\r",
            "\n",
            "1.2.3.4 5.6.7.8 1 2\r\n",
        ]);
        let v1 = prop::collection::vec(word, 0..12).prop_map(|words| format!("PROXY {}", words.concat()).into_bytes());
        let family = prop::sample::select(vec![0x00, 0x11, 0x12, 0x21, 0x22, 0x31, 0x32, 0x01, 0x44]);
        let command = prop::sample::select(vec![0x20, 0x21, 0x21, 0x22, 0x11]);
        let v2 = (command, family, 0usize..300, prop::collection::vec(any::<u8>(), 0..320)).prop_map(
            |(command, family, length, rest)| {
                let mut bytes = b"\r\n\r\n\0\r\nQUIT\n".to_vec();
                bytes.extend([command, family, (length >> 8) as u8, (length & 255) as u8]);
                bytes.extend(rest);
                bytes
            },
        );
        prop_oneof![v1, v2, prop::collection::vec(any::<u8>(), 0..64)]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn the_answer_does_not_depend_on_how_the_bytes_are_cut(bytes in header()) {
            let whole = parse(&bytes);
            for end in 0..bytes.len() {
                let part = parse(&bytes[..end]);
                prop_assert!(part == Ok(Parsed::Incomplete) || part == whole, "{:?} at {}, then {:?}", part, end, whole);
            }
            if let Ok(Parsed::Complete { length, source, destination }) = whole {
                prop_assert!(length <= bytes.len() && length <= LONGEST_V2);
                prop_assert_eq!(source.is_some(), destination.is_some());
                prop_assert_eq!(parse(&bytes[..length]), whole);
                prop_assert_eq!(parse(&bytes[..length - 1]), Ok(Parsed::Incomplete));
            }
        }

        #[test]
        fn never_more_is_asked_for_than_the_longest_header(byte: u8, signed: [u8; 4]) {
            let rest = [&signed[..], &[byte; LONGEST_V2]].concat();
            for start in [&b"PROXY UNKNOWN "[..], b"\r\n\r\n\0\r\nQUIT\n", b""] {
                let bytes = [start, &rest].concat();
                prop_assert_ne!(parse(&bytes[..LONGEST_V2]), Ok(Parsed::Incomplete));
            }
        }
    }
}
