//! Version 2: a signature, a length and binary addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Parsed, ProxyError, may_begin_with, unspecified};

/// Bytes a header may have in all. Real ones are below 536; a client certificate's name among the vectors makes
/// them longer.
pub const LONGEST_V2: usize = 4096;

pub(super) const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// Signature, version and command, family and transport, length.
const FIXED: usize = 16;
/// The type of the vector that holds the CRC-32C of the header (section 2.2.3).
const CRC32C: u8 = 0x03;

pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, ProxyError> {
    if !may_begin_with(bytes, SIGNATURE) {
        return Err(ProxyError::Signature);
    }
    let Some(&version_and_command) = bytes.get(SIGNATURE.len()) else { return Ok(Parsed::Incomplete) };
    if version_and_command >> 4 != 2 {
        return Err(ProxyError::Version(version_and_command >> 4));
    }
    let local = match version_and_command & 15 {
        0 => true,
        1 => false,
        command => return Err(ProxyError::Command(command)),
    };
    let Some(&family) = bytes.get(SIGNATURE.len() + 1) else { return Ok(Parsed::Incomplete) };
    let addresses = if local { Addresses::Unspecified } else { Addresses::of(family)? };
    let Some(&[high, low]) = bytes.get(FIXED - 2..FIXED) else { return Ok(Parsed::Incomplete) };
    let length = FIXED + usize::from(u16::from_be_bytes([high, low]));
    if length > LONGEST_V2 {
        return Err(ProxyError::TooLong(length));
    }
    if length - FIXED < addresses.length() {
        return Err(ProxyError::AddressesCut);
    }
    let Some(header) = bytes.get(..length) else { return Ok(Parsed::Incomplete) };

    // Whoever names no addresses may fill the block with anything: where vectors would begin in it is not said.
    if addresses == Addresses::Unspecified {
        return Ok(unspecified(length));
    }
    check_vectors(header, FIXED + addresses.length())?;
    Ok(addresses.read(length, &header[FIXED..]))
}

/// What the block after the fixed part begins with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Addresses {
    Unspecified,
    /// TCP over IPv4.
    Four,
    /// TCP over IPv6.
    Six,
    /// Addresses of so many bytes that are no use to a server of TCP: Unix sockets, and datagrams, for which the
    /// specification has a receiver fall back to the connection's own addresses.
    Other(usize),
}

impl Addresses {
    fn of(family: u8) -> Result<Self, ProxyError> {
        match family {
            0x00 => Ok(Self::Unspecified),
            0x11 => Ok(Self::Four),
            0x21 => Ok(Self::Six),
            0x12 => Ok(Self::Other(12)),
            0x22 => Ok(Self::Other(36)),
            0x31 | 0x32 => Ok(Self::Other(216)),
            _ => Err(ProxyError::Family(family)),
        }
    }

    fn length(self) -> usize {
        match self {
            Self::Unspecified => 0,
            Self::Four => 12,
            Self::Six => 36,
            Self::Other(length) => length,
        }
    }

    fn read(self, length: usize, block: &[u8]) -> Parsed {
        let ends = match self {
            Self::Four => ends(block, |octets: [u8; 4]| IpAddr::V4(Ipv4Addr::from(octets))),
            Self::Six => ends(block, |octets: [u8; 16]| IpAddr::V6(Ipv6Addr::from(octets)).to_canonical()),
            Self::Unspecified | Self::Other(_) => None,
        };
        match ends {
            Some([source, destination]) => {
                Parsed::Complete { length, source: Some(source), destination: Some(destination) }
            }
            None => unspecified(length),
        }
    }
}

/// Source and destination: both addresses, then both ports.
fn ends<const N: usize>(block: &[u8], address: fn([u8; N]) -> IpAddr) -> Option<[SocketAddr; 2]> {
    let (source, rest) = block.split_first_chunk::<N>()?;
    let (destination, rest) = rest.split_first_chunk::<N>()?;
    let (source_port, rest) = rest.split_first_chunk::<2>()?;
    let destination_port = rest.first_chunk::<2>()?;
    Some([
        SocketAddr::new(address(*source), u16::from_be_bytes(*source_port)),
        SocketAddr::new(address(*destination), u16::from_be_bytes(*destination_port)),
    ])
}

/// Walks the type-length-value vectors from `start` to the end, and verifies the checksum if one is among them.
fn check_vectors(header: &[u8], start: usize) -> Result<(), ProxyError> {
    let mut checksum = None;
    let mut place = start;
    while place < header.len() {
        let &[kind, high, low] = header[place..].first_chunk().ok_or(ProxyError::VectorCut)?;
        let value = place + 3;
        let end = value + usize::from(u16::from_be_bytes([high, low]));
        if end > header.len() {
            return Err(ProxyError::VectorCut);
        }
        if kind == CRC32C && (end - value != 4 || checksum.replace(value).is_some()) {
            return Err(ProxyError::ChecksumForm);
        }
        place = end;
    }
    let Some(value) = checksum else { return Ok(()) };
    let said = header[value..].first_chunk().map(|bytes| u32::from_be_bytes(*bytes));
    let found = crc32c([&header[..value], &[0; 4], &header[value + 4..]]);
    if said == Some(found) { Ok(()) } else { Err(ProxyError::Checksum) }
}

/// CRC-32C (Castagnoli; RFC 9260 appendix A) of the pieces one after another. A few hundred bytes once a connection:
/// no table.
fn crc32c(pieces: [&[u8]; 3]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
    !pieces.concat().iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::proxy;

    fn header(version_and_command: u8, family: u8, block: &[u8]) -> Vec<u8> {
        let length = u16::try_from(block.len()).expect("a length of two bytes").to_be_bytes();
        [SIGNATURE, &[version_and_command, family], &length, block].concat()
    }

    const FOUR: [u8; 12] = [192, 0, 2, 1, 198, 51, 100, 7, 0xdc, 0x04, 0x01, 0xbb];

    fn with_vectors(vectors: &[u8]) -> Result<Parsed, ProxyError> {
        proxy::parse(&header(0x21, 0x11, &[&FOUR, vectors].concat()))
    }

    /// The header with the checksum that belongs at `value`.
    fn summed(mut header: Vec<u8>, value: usize) -> Vec<u8> {
        header[value..value + 4].fill(0);
        let sum = crc32c([&header, &[], &[]]);
        header[value..value + 4].copy_from_slice(&sum.to_be_bytes());
        header
    }

    #[test]
    fn tcp_over_both_families() {
        let four = header(0x21, 0x11, &FOUR);
        assert_eq!(
            proxy::parse(&[&four, &b"GET /"[..]].concat()),
            Ok(Parsed::Complete {
                length: 28,
                source: Some("192.0.2.1:56324".parse().expect("an address")),
                destination: Some("198.51.100.7:443".parse().expect("an address")),
            })
        );
        let source: Ipv6Addr = "2001:db8::1".parse().expect("an address");
        let destination: Ipv6Addr = "::ffff:192.0.2.9".parse().expect("an address");
        let block = [&source.octets()[..], &destination.octets(), &[0, 1, 0xff, 0xff]].concat();
        assert_eq!(
            proxy::parse(&header(0x21, 0x21, &block)),
            Ok(Parsed::Complete {
                length: 52,
                source: Some("[2001:db8::1]:1".parse().expect("an address")),
                destination: Some("192.0.2.9:65535".parse().expect("an address")),
            })
        );
    }

    #[test]
    fn a_byte_at_a_time() {
        let whole = header(0x21, 0x11, &[&FOUR[..], &[0x04, 0, 2, 9, 9]].concat());
        for end in 0..whole.len() {
            assert_eq!(proxy::parse(&whole[..end]), Ok(Parsed::Incomplete), "after {end} bytes");
        }
        assert!(matches!(proxy::parse(&whole), Ok(Parsed::Complete { length: 33, source: Some(_), .. })));
    }

    #[test]
    fn a_sender_that_names_no_address_leaves_the_connections_own() {
        for (command, family, block) in [
            (0x20, 0x00, &[][..]),
            (0x20, 0x11, &FOUR),
            (0x20, 0xff, &[1, 2, 3]),
            (0x21, 0x00, &[]),
            (0x21, 0x00, &[3, 0, 4]),
            (0x21, 0x12, &FOUR),
            (0x21, 0x22, &[7; 36]),
            (0x21, 0x31, &[7; 216]),
            (0x21, 0x32, &[0; 219]),
        ] {
            let header = header(command, family, block);
            assert_eq!(proxy::parse(&header), Ok(unspecified(16 + block.len())), "{command:#x} {family:#x}");
        }
    }

    #[test]
    fn what_is_not_assigned_is_refused_as_soon_as_it_is_seen() {
        let start = |bytes: &[u8]| proxy::parse(&[SIGNATURE, bytes].concat());
        assert_eq!(start(&[0x11]), Err(ProxyError::Version(1)));
        assert_eq!(start(&[0x31]), Err(ProxyError::Version(3)));
        assert_eq!(start(&[0x22]), Err(ProxyError::Command(2)));
        assert_eq!(start(&[0x2f]), Err(ProxyError::Command(15)));
        for family in [0x01, 0x02, 0x10, 0x13, 0x20, 0x30, 0x33, 0x41, 0xff] {
            assert_eq!(start(&[0x21, family]), Err(ProxyError::Family(family)));
        }
        assert_eq!(proxy::parse(b"\r\n\r\n\0\r\nQUIT\r"), Err(ProxyError::Signature));
    }

    #[test]
    fn a_header_is_bounded_before_it_is_read() {
        let start =
            |command: u8, length: u16| proxy::parse(&[SIGNATURE, &[command, 0x11], &length.to_be_bytes()].concat());
        assert_eq!(start(0x21, 4080), Ok(Parsed::Incomplete));
        assert_eq!(start(0x21, 4081), Err(ProxyError::TooLong(4097)));
        assert_eq!(start(0x20, 65535), Err(ProxyError::TooLong(65551)));
        assert_eq!(start(0x21, 11), Err(ProxyError::AddressesCut));
        assert_eq!(start(0x20, 11), Ok(Parsed::Incomplete));
        assert_eq!(proxy::parse(&header(0x21, 0x31, &[0; 215])), Err(ProxyError::AddressesCut));
        assert_eq!(proxy::parse(&header(0x21, 0x21, &FOUR)), Err(ProxyError::AddressesCut));
    }

    #[test]
    fn vectors_are_skipped_and_must_be_whole() {
        for vectors in [&[0xe0, 0, 0][..], &[0x02, 0, 3, b'a', b'.', b'b', 0x04, 0, 0], &[0xff, 0, 1, 0]] {
            assert!(matches!(with_vectors(vectors), Ok(Parsed::Complete { source: Some(_), .. })), "{vectors:?}");
        }
        for vectors in [&[0x04][..], &[0x04, 0], &[0x04, 0, 1], &[0x04, 0xff, 0xff, 0], &[0x04, 0, 0, 0x04]] {
            assert_eq!(with_vectors(vectors), Err(ProxyError::VectorCut), "{vectors:?}");
        }
    }

    #[test]
    fn castagnolis_polynomial() {
        assert_eq!(crc32c([b"123456789", b"", b""]), 0xe306_9283);
        assert_eq!(crc32c([b"", b"", b""]), 0);
        assert_eq!(crc32c([&[0; 16], &[0; 8], &[0; 8]]), 0x8a91_36aa);
    }

    #[test]
    fn a_checksum_is_verified_where_there_is_one() {
        let block = [&FOUR[..], &[0x04, 0, 1, 7, 0x03, 0, 4, 0, 0, 0, 0, 0xe1, 0, 1, 5]].concat();
        let sound = summed(header(0x21, 0x11, &block), 35);
        assert!(matches!(proxy::parse(&sound), Ok(Parsed::Complete { length: 43, source: Some(_), .. })));
        // The byte that makes it a checksum is the one that no checksum can guard.
        for place in (16..sound.len()).filter(|place| *place != 32) {
            let mut broken = sound.clone();
            broken[place] ^= 0x10;
            assert!(proxy::parse(&broken).is_err(), "byte {place}");
        }
        assert_eq!(with_vectors(&[0x03, 0, 4, 0, 0, 0, 0]), Err(ProxyError::Checksum));
        assert_eq!(with_vectors(&[0x03, 0, 3, 0, 0, 0]), Err(ProxyError::ChecksumForm));
        assert_eq!(with_vectors(&[0x03, 0, 0]), Err(ProxyError::ChecksumForm));
        let twice = [0x03, 0, 4, 0, 0, 0, 0, 0x03, 0, 4, 0, 0, 0, 0];
        assert_eq!(with_vectors(&twice), Err(ProxyError::ChecksumForm));
    }

    #[test]
    fn a_header_as_haproxy_2_6_sent_it() {
        let ends = [127, 0, 0, 1, 127, 0, 0, 1, 0xbb, 0x8c, 0x86, 0x0f];
        let vectors = [0x03, 0, 4, 0x19, 0x0f, 0xda, 0xc0, 0x05, 0, 5, b'9', b'9', b'2', b'-', b'0'];
        let sent = [&header(0x21, 0x11, &[&ends[..], &vectors].concat()), &b"hi"[..]].concat();
        assert_eq!(
            proxy::parse(&sent),
            Ok(Parsed::Complete {
                length: 43,
                source: Some("127.0.0.1:48012".parse().expect("an address")),
                destination: Some("127.0.0.1:34319".parse().expect("an address")),
            })
        );
    }

    proptest! {
        #[test]
        fn every_pair_of_addresses_is_read_as_written(from: [u8; 16], to: [u8; 16], ports: [u16; 2]) {
            let [source_port, destination_port] = ports.map(u16::to_be_bytes);
            let block = [&from[..], &to, &source_port, &destination_port].concat();
            prop_assert_eq!(proxy::parse(&header(0x21, 0x21, &block)), Ok(Parsed::Complete {
                length: 52,
                source: Some(SocketAddr::new(IpAddr::from(from).to_canonical(), ports[0])),
                destination: Some(SocketAddr::new(IpAddr::from(to).to_canonical(), ports[1])),
            }));
        }
    }
}
