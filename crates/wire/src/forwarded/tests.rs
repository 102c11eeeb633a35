use std::cell::Cell;

use proptest::prelude::*;

use super::*;

const PEER: &str = "10.0.0.1";

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// Everything in 10.0.0.0/8 and fd00::/8 is trusted.
fn trusted(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.octets()[0] == 10,
        IpAddr::V6(address) => address.octets()[0] == 0xfd,
    }
}

fn walk(which: Which, lines: &[&str]) -> Origin {
    nearest_untrusted(ip(PEER), which, lines.iter().map(|line| line.as_bytes()), trusted)
}

fn plain_list(lines: &[&str]) -> (String, End) {
    let origin = walk(Which::XForwardedFor, lines);
    assert_eq!(origin.proto, None);
    (origin.address.to_string(), origin.end)
}

fn elements(lines: &[&str]) -> (String, Option<Proto>, End) {
    let origin = walk(Which::Forwarded, lines);
    (origin.address.to_string(), origin.proto, origin.end)
}

#[test]
fn from_a_peer_that_is_not_trusted_nothing_is_read() {
    for which in [Which::XForwardedFor, Which::Forwarded] {
        let values = [&b"10.0.0.1"[..]].into_iter().inspect(|_| panic!("a value was read"));
        let origin = nearest_untrusted(ip("::ffff:192.0.2.9"), which, values, trusted);
        assert_eq!(origin, Origin { address: ip("192.0.2.9"), proto: None, end: End::Untrusted });
    }
}

#[test]
fn the_first_hop_from_the_right_that_is_not_trusted_is_the_caller() {
    let caller = |lines: &[&str]| plain_list(lines);
    let untrusted = |address: &str| (address.to_owned(), End::Untrusted);
    assert_eq!(caller(&["192.0.2.1"]), untrusted("192.0.2.1"));
    assert_eq!(caller(&["127.0.0.1, 192.0.2.1"]), untrusted("192.0.2.1"));
    assert_eq!(caller(&["1.1.1.1,192.0.2.1 ,\t10.1.1.1,10.2.2.2"]), untrusted("192.0.2.1"));
    assert_eq!(caller(&["rubbish\", 192.0.2.1"]), untrusted("192.0.2.1"));
    assert_eq!(caller(&["1.1.1.1, 192.0.2.1", "10.1.1.1"]), untrusted("192.0.2.1"));
    assert_eq!(caller(&["2001:db8::1, fd00::7"]), untrusted("2001:db8::1"));
    assert_eq!(caller(&["::ffff:192.0.2.1, ::ffff:10.0.0.9"]), untrusted("192.0.2.1"));
    assert_eq!(caller(&[]), (PEER.to_owned(), End::NoMore));
    assert_eq!(caller(&["10.9.9.9, 10.0.0.2"]), ("10.9.9.9".to_owned(), End::NoMore));
}

#[test]
fn addresses_come_with_ports_and_brackets() {
    for (text, address) in [
        ("192.0.2.1:4711", "192.0.2.1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
    ] {
        assert_eq!(plain_list(&[text]), (address.to_owned(), End::Untrusted), "{text}");
    }
}

#[test]
fn what_stands_left_of_an_entry_without_address_is_never_taken() {
    for text in [
        "",
        " ",
        "unknown",
        "_hidden",
        "192.0.2",
        "192.0.2.01",
        "0xc0.0.2.1",
        "3221225985",
        "192.0.2.1.",
        "192.0.2.1:",
        "192.0.2.1:99999",
        "192.0.2.1 192.0.2.2",
        "192.0.2.1;10.0.0.2",
        "[192.0.2.1]",
        "[2001:db8::1",
        "2001:db8::1]:80",
        "[2001:db8::1]80",
        "fe80::1%eth0",
        "[fe80::1%2]:80",
        "[fe80::1%0]:80",
        "\"192.0.2.1\"",
        "localhost",
        "\u{661}92.0.2.1",
    ] {
        assert_eq!(plain_list(&["198.51.100.1", text]), (PEER.to_owned(), End::Unreadable), "{text:?}");
        let line = format!("198.51.100.1,{text},10.0.0.2");
        assert_eq!(plain_list(&[&line]), ("10.0.0.2".to_owned(), End::Unreadable), "{text:?}");
    }
}

#[test]
fn elements_of_rfc_7239() {
    let https = Some(Proto::Https);
    for (line, address, proto) in [
        ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60", Some(Proto::Http)),
        ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17", None),
        ("FOR=192.0.2.1;pRoTo=HTTPS", "192.0.2.1", https),
        ("proto=\"https\"; for=\"192.0.2.1:_port-1.x\" ;host=\"a,b;for=1.1.1.1\"", "192.0.2.1", https),
        ("for=\"1\\92.0.2.\\1\"", "192.0.2.1", None),
        ("for=192.0.2.1;secret=\"a\\\"b\\\\\";secret=1;proto=wss", "192.0.2.1", None),
        (";for=192.0.2.1; ;proto=https;", "192.0.2.1", https),
        ("for=1.1.1.1;proto=https,for=192.0.2.1", "192.0.2.1", None),
        ("for=192.0.2.1;proto=https, for=10.0.0.3;proto=http, for=10.0.0.2", "192.0.2.1", https),
        ("for=\"x, for=192.0.2.1", "192.0.2.1", None),
        ("for=\"x, for=\"[2001:db8::1]:80\"", "2001:db8::1", None),
        ("for=\"x\\\", for=\"192.0.2.1\"", "192.0.2.1", None),
        ("\\\\\\, for=192.0.2.1", "192.0.2.1", None),
    ] {
        assert_eq!(elements(&[line]), (address.to_owned(), proto, End::Untrusted), "{line}");
        assert_eq!(elements(&[line, "for=10.0.0.7;proto=http"]).0, address, "{line}");
    }
    assert_eq!(elements(&["for=10.0.0.2;proto=https"]), ("10.0.0.2".to_owned(), https, End::NoMore));
}

#[test]
fn what_stands_left_of_an_element_without_address_is_never_taken() {
    for text in [
        "",
        "for=unknown",
        "for=_hidden",
        "for=\"_hidden:80\"",
        "proto=https",
        "for",
        "for=",
        "=192.0.2.1",
        "for =192.0.2.1",
        "for= 192.0.2.1",
        "for=192.0.2.1;for=192.0.2.2",
        "for=192.0.2.1;proto=http;Proto=https",
        ";",
        "for=192.0.2.1;;;FOR=192.0.2.2",
        "for=192.0.2.1 proto=http",
        "for=192.0.2.1:80",
        "for=[2001:db8::1]",
        "for=\"2001:db8::1\"",
        "for=\"[192.0.2.1]\"",
        "for=\"[2001:db8::1]x\"",
        "for=\"[2001:db8::1\"",
        "for=\"[fe80::1%1]\"",
        "for=\"192.0.2.1:123456\"",
        "for=\"192.0.2.1:_\"",
        "for=\"192.0.2.1:\"",
        "for=\"192.0.2.1",
        "for=\"192.0.2.1\\",
        "for=192.0.2.1\"",
        "for=\"192.0.2.1\"x",
        "for=\"192.0.2.1\"\"\"",
        "for=192.0.2.1;host=\"\u{7}\"",
        "for='192.0.2.1'",
    ] {
        assert_eq!(elements(&["for=198.51.100.1", text]), (PEER.to_owned(), None, End::Unreadable), "{text:?}");
    }
    let unknown = "for=198.51.100.1, for=unknown;proto=https, for=10.0.0.2;proto=http";
    assert_eq!(elements(&[unknown]), ("10.0.0.2".to_owned(), Some(Proto::Http), End::Unreadable));
}

#[test]
fn a_walk_is_bounded() {
    for hops in [49, 50, 51, 5000] {
        let line = ["192.0.2.1"].into_iter().chain(vec!["10.0.0.2"; hops - 1]).collect::<Vec<_>>().join(", ");
        let asked = Cell::new(0);
        let counted = |address| {
            asked.set(asked.get() + 1);
            trusted(address)
        };
        let origin = nearest_untrusted(ip(PEER), Which::XForwardedFor, [line.as_bytes()].into_iter(), counted);
        let end = if hops <= MOST_HOPS { End::Untrusted } else { End::TooMany };
        assert_eq!((origin.end, asked.get()), (end, hops.min(MOST_HOPS) + 1), "{hops}");
    }
    let all = vec!["10.0.0.2"; MOST_HOPS].join(",");
    assert_eq!(plain_list(&[&all]), ("10.0.0.2".to_owned(), End::NoMore));
}

#[test]
fn what_is_written_is_quoted_where_it_must_be() {
    let written = |for_: &str, by: Option<&str>, host: Option<&str>| {
        let mut out = Vec::new();
        write_forwarded_element(&mut out, ip(for_), by.map(ip), Proto::Https, host.map(str::as_bytes));
        String::from_utf8(out).expect("text")
    };
    assert_eq!(written("192.0.2.1", None, None), "for=192.0.2.1;proto=https");
    assert_eq!(
        written("2001:db8::1", Some("::ffff:10.0.0.1"), Some("a.test:8443")),
        "for=\"[2001:db8::1]\";by=10.0.0.1;proto=https;host=\"a.test:8443\""
    );
    assert_eq!(written("192.0.2.1", None, Some("a.test")), "for=192.0.2.1;proto=https;host=a.test");
    assert_eq!(written("192.0.2.1", None, Some("a\"\\,b")), "for=192.0.2.1;proto=https;host=\"a\\\"\\\\,b\"");
    assert_eq!(written("192.0.2.1", None, Some("a\r\nX: 1")), "for=192.0.2.1;proto=https");
    assert_eq!(written("192.0.2.1", None, Some("")), "for=192.0.2.1;proto=https");
}

/// Pieces from which attacks on a list are built.
fn rubbish() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "\"",
        "\"",
        "\\",
        "\\\"",
        ",",
        ", ",
        ";",
        "=",
        "for=",
        "for=\"",
        "192.0.2.1",
        "10.0.0.2",
        "[fd00::1]",
        "unknown",
        " ",
        "for=10.0.0.2",
        "proto=https",
        "host=\"a,b\"",
        "\0",
        "\u{e9}",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_on_the_left_changes_what_was_found_on_the_right(left in rubbish(), right in rubbish(), f: bool) {
        let which = if f { Which::Forwarded } else { Which::XForwardedFor };
        let walk = |lines: &[&[u8]]| nearest_untrusted(ip(PEER), which, lines.iter().copied(), trusted);
        let alone = walk(&[&right]);
        if alone.end == End::Untrusted {
            prop_assert_eq!(walk(&[&left, &right]), alone);
            prop_assert_eq!(walk(&[&[&left[..], b",", &right].concat()]), alone);
        }
    }

    #[test]
    fn an_answer_that_is_trusted_says_why_it_is_not_the_caller(value in rubbish(), f: bool) {
        let which = if f { Which::Forwarded } else { Which::XForwardedFor };
        let origin = nearest_untrusted(ip(PEER), which, [&value[..]].into_iter(), trusted);
        prop_assert_eq!(trusted(origin.address), origin.end != End::Untrusted);
    }

    #[test]
    fn what_is_written_is_read(
        for_: IpAddr, by: Option<IpAddr>, tls: bool, host in prop::option::of(prop::collection::vec(any::<u8>(), 0..12)),
        left in rubbish(),
    ) {
        let proto = if tls { Proto::Https } else { Proto::Http };
        let mut value = [&left[..], b", "].concat();
        write_forwarded_element(&mut value, for_, by, proto, host.as_deref());
        // The peer alone is trusted.
        let origin = nearest_untrusted(ip("::"), Which::Forwarded, [&value[..]].into_iter(), |hop| hop == ip("::"));
        prop_assume!(for_ != ip("::"));
        prop_assert_eq!(origin, Origin { address: for_.to_canonical(), proto: Some(proto), end: End::Untrusted });
    }

    #[test]
    fn quotes_matched_from_the_right_are_those_matched_from_the_left(
        hosts in prop::collection::vec("[ -~]{0,6}", 1..5),
    ) {
        let mut value = Vec::new();
        for host in &hosts {
            if !value.is_empty() {
                value.push(b',');
            }
            write_forwarded_element(&mut value, ip("10.0.0.2"), None, Proto::Http, Some(host.as_bytes()));
        }
        let entries = FromTheRight { rest: Some(&value), which: Which::Forwarded };
        prop_assert_eq!(entries.count(), hosts.len());
        let origin = nearest_untrusted(ip(PEER), Which::Forwarded, [&value[..]].into_iter(), trusted);
        prop_assert_eq!(origin.end, End::NoMore);
    }
}
