//! Where addresses are, by a database of a few bytes that is made here.

use keyward_calls::{Geo, Location};

/// A database in MaxMind's format (version 2.0) that knows 10.0.0.0/8.
fn database(country: &str, asn: u32) -> Vec<u8> {
    let text = |text: &str| [&[0x40 | u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    let map = |entries: u8| vec![0xe0 | entries];
    let short = |value: u8| vec![0xa1, value];
    let nodes = 8u32;
    let mut bytes = Vec::new();
    for bit in 0..nodes {
        let way = 10u32 >> (7 - bit) & 1;
        let on = if bit + 1 < nodes { bit + 1 } else { nodes + 16 };
        for record in [if way == 0 { on } else { nodes }, if way == 1 { on } else { nodes }] {
            bytes.extend_from_slice(&record.to_be_bytes()[1..]);
        }
    }
    bytes.extend_from_slice(&[0; 16]);
    bytes.extend([map(2), text("country"), map(1), text("iso_code"), text(country)].concat());
    bytes.extend([text("autonomous_system_number"), vec![0xc4]].concat());
    bytes.extend(asn.to_be_bytes());
    bytes.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
    bytes.extend([map(9), text("node_count"), vec![0xc1, 8], text("record_size"), short(24)].concat());
    bytes.extend([text("ip_version"), short(4), text("database_type"), text("Test-Country")].concat());
    bytes.extend([text("languages"), vec![0, 4], text("binary_format_major_version"), short(2)].concat());
    bytes.extend([text("binary_format_minor_version"), short(0), text("build_epoch"), vec![0x01, 2, 7]].concat());
    bytes.extend([text("description"), map(0)].concat());
    bytes
}

#[test]
fn a_database_says_where_an_address_is_and_is_read_again_when_it_changes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.mmdb");
    let geo = Geo::open(std::slice::from_ref(&path));
    let address = "10.1.2.3".parse().unwrap();
    assert_eq!(geo.locate(address), Location::default());
    assert!(geo.status().databases[0].problem.is_some(), "a database that is not there says so");

    std::fs::write(&path, database("NO", 64_500)).unwrap();
    assert!(geo.reload());
    assert_eq!(geo.status().databases[0].problem, None);
    assert_eq!(geo.status().databases[0].kind.as_deref(), Some("Test-Country"));
    assert_eq!(geo.locate(address), Location { country: Some("NO".parse().unwrap()), asn: Some(64_500) });
    assert_eq!(geo.locate("::ffff:10.1.2.3".parse().unwrap()).asn, Some(64_500));
    assert_eq!(geo.locate("11.1.2.3".parse().unwrap()), Location::default());
    assert_eq!(geo.locate("2001:db8::1".parse().unwrap()), Location::default());
    assert!(!geo.reload(), "nothing changed");

    std::fs::write(&path, b"not a database").unwrap();
    let later = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1);
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
    assert!(geo.reload());
    assert!(geo.status().databases[0].problem.is_some());
    assert_eq!(geo.locate(address).asn, Some(64_500), "the good one stays");
}
