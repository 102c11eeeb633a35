//! Version 1: one line of text.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use super::{Parsed, ProxyError, may_begin_with, unspecified};

/// Bytes the longest line may have, CR LF included (section 2.1).
pub const LONGEST_V1: usize = 107;

const SIGNATURE: &[u8] = b"PROXY ";

pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, ProxyError> {
    if !may_begin_with(bytes, SIGNATURE) {
        return Err(ProxyError::Signature);
    }
    let Some(line) = line(bytes)? else { return Ok(Parsed::Incomplete) };
    let length = line.len() + 2;
    let text = line.get(SIGNATURE.len()..).ok_or(ProxyError::Signature)?;

    // The rest of the line is to be ignored, so there is nothing in it that could be wrong.
    if text == b"UNKNOWN" || text.starts_with(b"UNKNOWN ") {
        return Ok(unspecified(length));
    }
    let mut fields = text.split(|byte| *byte == b' ');
    let address = match fields.next() {
        Some(b"TCP4") => address::<Ipv4Addr>,
        Some(b"TCP6") => address::<Ipv6Addr>,
        _ => return Err(ProxyError::Protocol),
    };
    let mut field = || fields.next().filter(|field| !field.is_empty()).ok_or(ProxyError::Fields);
    let addresses = [field()?, field()?];
    let ports = [field()?, field()?];
    if fields.next().is_some() {
        return Err(ProxyError::Fields);
    }
    let source = address(addresses[0]).ok_or(ProxyError::SourceAddress)?;
    let destination = address(addresses[1]).ok_or(ProxyError::DestinationAddress)?;
    let source_port = port(ports[0]).ok_or(ProxyError::SourcePort)?;
    let destination_port = port(ports[1]).ok_or(ProxyError::DestinationPort)?;
    Ok(Parsed::Complete {
        length,
        source: Some(SocketAddr::new(source, source_port)),
        destination: Some(SocketAddr::new(destination, destination_port)),
    })
}

/// The line without its CR LF; none while that may still come.
fn line(bytes: &[u8]) -> Result<Option<&[u8]>, ProxyError> {
    let window = &bytes[..bytes.len().min(LONGEST_V1)];
    let too_long = bytes.len() >= LONGEST_V1;
    let Some(end) = window.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else {
        return if too_long { Err(ProxyError::LineTooLong) } else { Ok(None) };
    };
    match window[end..] {
        [b'\r', b'\n', ..] => Ok(Some(&window[..end])),
        [b'\r'] if too_long => Err(ProxyError::LineTooLong),
        [b'\r'] => Ok(None),
        _ => Err(ProxyError::BareLineBreak),
    }
}

/// `FromStr` of the standard library takes four numbers without leading zeros, and the forms of RFC 4291 section 2.2,
/// in either case, without a zone.
fn address<A: FromStr + Into<IpAddr>>(text: &[u8]) -> Option<IpAddr> {
    let address: A = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(address.into().to_canonical())
}

fn port(text: &[u8]) -> Option<u16> {
    // `u16::from_str` takes a leading plus and leading zeros.
    let canonical = text == b"0" || (!text.starts_with(b"0") && text.iter().all(u8::is_ascii_digit));
    if !canonical {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::proxy;

    fn complete(length: usize, source: &str, destination: &str) -> Result<Parsed, ProxyError> {
        let address = |text: &str| Some(text.parse().expect("an address with a port"));
        Ok(Parsed::Complete { length, source: address(source), destination: address(destination) })
    }

    #[test]
    fn tcp_over_both_families() {
        let line = b"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\nGET / HTTP/1.1\r\n";
        assert_eq!(proxy::parse(line), complete(47, "192.168.0.1:56324", "192.168.0.11:443"));
        let line = b"PROXY TCP6 2001:DB8::21f:5bff:febf:ce22:8a2e 2001:db8:0:0:0:0:0:1 0 65535\r\n";
        assert_eq!(
            proxy::parse(line),
            complete(line.len(), "[2001:db8::21f:5bff:febf:ce22:8a2e]:0", "[2001:db8::1]:65535")
        );
        let longest = format!("PROXY TCP6 {0} {0} 65535 65535\r\n", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
        assert_eq!(longest.len(), 104);
        assert!(matches!(proxy::parse(longest.as_bytes()), Ok(Parsed::Complete { length: 104, .. })));
    }

    #[test]
    fn ipv4_mapped_into_ipv6_is_ipv4() {
        let line = b"PROXY TCP6 ::ffff:192.0.2.1 ::FFFF:c000:202 1 2\r\n";
        assert_eq!(proxy::parse(line), complete(line.len(), "192.0.2.1:1", "192.0.2.2:2"));
    }

    #[test]
    fn an_unknown_connection_keeps_its_own_addresses_whatever_the_line_says() {
        for line in [
            "PROXY UNKNOWN\r\n".to_owned(),
            "PROXY UNKNOWN \r\n".to_owned(),
            "PROXY UNKNOWN 1.2.3.4 x\0y  \t\r\n".to_owned(),
            format!("PROXY UNKNOWN {0} {0} 65535 65535\r\n", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ] {
            assert_eq!(proxy::parse(line.as_bytes()), Ok(unspecified(line.len())), "{line:?}");
        }
    }

    #[test]
    fn a_byte_at_a_time() {
        let line = b"PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n";
        for end in 0..line.len() {
            assert_eq!(proxy::parse(&line[..end]), Ok(Parsed::Incomplete), "after {end} bytes");
        }
        assert_eq!(proxy::parse(line), complete(line.len(), "255.255.255.255:65535", "0.0.0.0:0"));
    }

    #[test]
    fn a_line_that_is_not_exactly_right_is_refused_with_what_is_wrong() {
        use ProxyError::*;
        for (line, error) in [
            ("PROXY  TCP4 1.2.3.4 5.6.7.8 1 2\r\n", Protocol),
            ("PROXY \r\n", Protocol),
            ("PROXY tcp4 1.2.3.4 5.6.7.8 1 2\r\n", Protocol),
            ("PROXY TCP5 1.2.3.4 5.6.7.8 1 2\r\n", Protocol),
            ("PROXY UNKNOWNS\r\n", Protocol),
            ("PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n", Protocol),
            ("PROXY TCP4\r\n", Fields),
            ("PROXY TCP4 \r\n", Fields),
            ("PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n", Fields),
            ("PROXY TCP4 1.2.3.4 5.6.7.8 1 \r\n", Fields),
            ("PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \r\n", Fields),
            ("PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n", Fields),
            ("PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r\n", Fields),
            ("PROXY TCP4 1.2.3.4  5.6.7.8 1 2\r\n", Fields),
            ("PROXY TCP4 1.2.3.4\t5.6.7.8 1 2\r\n", Fields),
            ("PROXY TCP4 01.2.3.4 5.6.7.8 1 2\r\n", SourceAddress),
            ("PROXY TCP4 1.2.3 5.6.7.8 1 2\r\n", SourceAddress),
            ("PROXY TCP4 1.2.3.256 5.6.7.8 1 2\r\n", SourceAddress),
            ("PROXY TCP4 ::1 5.6.7.8 1 2\r\n", SourceAddress),
            ("PROXY TCP4 1.2.3.4\0 5.6.7.8 1 2\r\n", SourceAddress),
            ("PROXY TCP4 1.2.3.4 0x5.6.7.8 1 2\r\n", DestinationAddress),
            ("PROXY TCP4 1.2.3.4 5.6.7.8. 1 2\r\n", DestinationAddress),
            ("PROXY TCP6 1.2.3.4 ::1 1 2\r\n", SourceAddress),
            ("PROXY TCP6 [::1] ::1 1 2\r\n", SourceAddress),
            ("PROXY TCP6 ::1%eth0 ::1 1 2\r\n", SourceAddress),
            ("PROXY TCP6 00001::1 ::1 1 2\r\n", SourceAddress),
            ("PROXY TCP6 1::2::3 ::1 1 2\r\n", SourceAddress),
            ("PROXY TCP6 ::1 1:2:3:4:5:6:7 1 2\r\n", DestinationAddress),
            ("PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n", SourcePort),
            ("PROXY TCP4 1.2.3.4 5.6.7.8 +1 2\r\n", SourcePort),
            ("PROXY TCP4 1.2.3.4 5.6.7.8 -1 2\r\n", SourcePort),
            ("PROXY TCP4 1.2.3.4 5.6.7.8 65536 2\r\n", SourcePort),
            ("PROXY TCP4 1.2.3.4 5.6.7.8 1 00\r\n", DestinationPort),
            ("PROXY TCP4 1.2.3.4 5.6.7.8 1 2x\r\n", DestinationPort),
            ("PROXY TCP4 1.2.3.4 5.6.7.8 1 99999999999999999999\r\n", DestinationPort),
            ("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n", BareLineBreak),
            ("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\rX", BareLineBreak),
            ("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\r\n", BareLineBreak),
            ("PROXY UNKNOWN \n\r\n", BareLineBreak),
        ] {
            assert_eq!(proxy::parse(line.as_bytes()), Err(error), "{line:?}");
        }
    }

    #[test]
    fn a_line_ends_within_107_bytes() {
        let line = |length: usize| format!("PROXY UNKNOWN {}\r\n", "x".repeat(length - 16)).into_bytes();
        assert_eq!(proxy::parse(&line(107)), Ok(unspecified(107)));
        assert_eq!(proxy::parse(&line(108)), Err(ProxyError::LineTooLong));
        assert_eq!(proxy::parse(&line(108)[..106]), Ok(Parsed::Incomplete));
        assert_eq!(proxy::parse(&line(108)[..107]), Err(ProxyError::LineTooLong));
        assert_eq!(proxy::parse(&line(4000)), Err(ProxyError::LineTooLong));
    }

    proptest! {
        #[test]
        fn every_pair_of_addresses_is_read_as_written(source: SocketAddr, destination: SocketAddr, v4: bool) {
            let family = |address: SocketAddr| match (address.ip(), v4) {
                (IpAddr::V4(ip), true) => IpAddr::V4(ip),
                (IpAddr::V6(ip), true) => IpAddr::V4(Ipv4Addr::from((u128::from(ip) >> 96) as u32)),
                (IpAddr::V4(ip), false) => IpAddr::V6(ip.to_ipv6_mapped()),
                (IpAddr::V6(ip), false) => IpAddr::V6(ip),
            };
            let (from, to) = (family(source), family(destination));
            let name = if v4 { "TCP4" } else { "TCP6" };
            let line = format!("PROXY {name} {from} {to} {} {}\r\n", source.port(), destination.port());
            prop_assert_eq!(proxy::parse(line.as_bytes()), Ok(Parsed::Complete {
                length: line.len(),
                source: Some(SocketAddr::new(from.to_canonical(), source.port())),
                destination: Some(SocketAddr::new(to.to_canonical(), destination.port())),
            }));
        }
    }
}
