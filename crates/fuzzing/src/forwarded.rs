//! The values of `X-Forwarded-For` and `Forwarded`.

use std::net::{IpAddr, Ipv4Addr};

use keyward_wire::forwarded::{End, Origin, Proto, Which, nearest_untrusted, write_forwarded_element};

const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

/// Lines of bytes are the values of field lines; the last byte says where they are cut in two. Nothing in the left part
/// changes what was found in the right; what is written about the caller is read again behind anything.
pub fn forwarded(bytes: &[u8]) {
    let cut = bytes.last().map_or(0, |last| usize::from(*last) * bytes.len() / 256);
    let (left, right) = bytes.split_at(cut);
    for which in [Which::XForwardedFor, Which::Forwarded] {
        let whole = walk(which, bytes);
        assert_eq!(trusted(whole.address), whole.end != End::Untrusted, "{whole:?}");
        assert_eq!(whole.address, whole.address.to_canonical());
        assert!(which == Which::Forwarded || whole.proto.is_none());

        let found = walk(which, right);
        if found.end == End::Untrusted {
            for between in [&b"\n"[..], b",", b", "] {
                assert_eq!(walk(which, &[left, between, right].concat()), found, "{which:?}");
            }
        }
        write_and_read(whole.address, bytes);
    }
}

fn walk(which: Which, lines: &[u8]) -> Origin {
    nearest_untrusted(PEER, which, lines.split(|byte| *byte == b'\n'), trusted)
}

/// 10.0.0.0/8 and fd00::/8.
fn trusted(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.octets()[0] == 10,
        IpAddr::V6(address) => address.octets()[0] == 0xfd,
    }
}

fn write_and_read(address: IpAddr, bytes: &[u8]) {
    let mut value = [bytes, b","].concat();
    write_forwarded_element(&mut value, address, Some(address), Proto::Https, Some(bytes));
    let value = value.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let origin = nearest_untrusted(PEER, Which::Forwarded, [value].into_iter(), |hop| hop == PEER && hop != address);
    let read = if address == PEER { Origin { address, proto: None, end: End::Untrusted } } else { told(address) };
    assert_eq!(origin, read);
}

fn told(address: IpAddr) -> Origin {
    Origin { address, proto: Some(Proto::Https), end: End::Untrusted }
}
