//! The header of the PROXY protocol.

use std::net::IpAddr;

use keyward_wire::proxy::{LONGEST_V2, Parsed, parse};

use crate::cuts;

/// However the bytes are cut, the answer is the same; what was read, written as a line of version 1, is read again.
pub fn proxy(bytes: &[u8]) {
    let whole = parse(bytes);
    for end in cuts(bytes.len()) {
        let part = parse(&bytes[..end]);
        assert!(part == Ok(Parsed::Incomplete) || part == whole, "{part:?} after {end} bytes, then {whole:?}");
    }
    let (length, source, destination) = match whole {
        Ok(Parsed::Complete { length, source, destination }) => (length, source, destination),
        Ok(Parsed::Incomplete) => {
            assert!(bytes.len() < LONGEST_V2, "more is asked for than any header has");
            return;
        }
        Err(_) => return,
    };
    assert!(length <= bytes.len() && length <= LONGEST_V2);
    assert_eq!(parse(&bytes[..length]), whole, "what follows a header changes it");

    let (Some(from), Some(to)) = (source, destination) else {
        assert_eq!((source, destination), (None, None));
        return;
    };
    assert_eq!((from.ip().to_canonical(), to.ip().to_canonical()), (from.ip(), to.ip()));
    let six = from.is_ipv6() || to.is_ipv6();
    let name = if six { "TCP6" } else { "TCP4" };
    let text = |address: IpAddr| match address {
        IpAddr::V4(address) if six => address.to_ipv6_mapped().to_string(),
        address => address.to_string(),
    };
    let line = format!("PROXY {name} {} {} {} {}\r\n", text(from.ip()), text(to.ip()), from.port(), to.port());
    let again = Parsed::Complete { length: line.len(), source, destination };
    assert_eq!(parse(line.as_bytes()), Ok(again), "{line:?}");
}
