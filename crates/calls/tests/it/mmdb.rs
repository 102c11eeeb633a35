//! A database in MaxMind's format of a few bytes, made here.

use std::net::Ipv4Addr;

/// A database in MaxMind's format (version 2.0) that knows 10.0.0.0/8: its country and its autonomous system.
pub(crate) fn database(country: &str, asn: u32) -> Vec<u8> {
    networks(&[(Ipv4Addr::new(10, 0, 0, 0), 8, country)], asn)
}

/// One that knows these networks, none within another: address, length of prefix, and country. All are of one
/// autonomous system.
pub(crate) fn networks(networks: &[(Ipv4Addr, u8, &str)], asn: u32) -> Vec<u8> {
    let text = |text: &str| [&[0x40 | u8::try_from(text.len()).expect("a short text")], text.as_bytes()].concat();
    let map = |entries: u8| vec![0xe0 | entries];
    let short = |value: u8| vec![0xa1, value];
    let mut data = Vec::new();
    let mut tree = vec![[Way::Nowhere; 2]];
    for (address, length, country) in networks {
        let at = u32::try_from(data.len()).expect("a small database");
        data.extend([map(2), text("country"), map(1), text("iso_code"), text(country)].concat());
        data.extend([text("autonomous_system_number"), vec![0xc4]].concat());
        data.extend(asn.to_be_bytes());
        let mut node = 0;
        for bit in 0..*length {
            let side = usize::from(u32::from(*address) >> (31 - bit) & 1 == 1);
            if bit + 1 == *length {
                tree[node][side] = Way::Data(at);
            } else if let Way::Node(next) = tree[node][side] {
                node = next;
            } else {
                tree.push([Way::Nowhere; 2]);
                tree[node][side] = Way::Node(tree.len() - 1);
                node = tree.len() - 1;
            }
        }
    }
    let nodes = u32::try_from(tree.len()).expect("a small database");
    let record = |way: &Way| match way {
        Way::Nowhere => nodes,
        Way::Node(next) => u32::try_from(*next).expect("a small database"),
        Way::Data(at) => nodes + 16 + at,
    };
    let mut bytes: Vec<u8> =
        tree.iter().flatten().flat_map(|way| record(way).to_be_bytes().into_iter().skip(1)).collect();
    bytes.extend_from_slice(&[0; 16]);
    bytes.extend(data);
    bytes.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
    bytes.extend([map(9), text("node_count"), vec![0xc4]].concat());
    bytes.extend(nodes.to_be_bytes());
    bytes.extend([text("record_size"), short(24)].concat());
    bytes.extend([text("ip_version"), short(4), text("database_type"), text("Test-Country")].concat());
    bytes.extend([text("languages"), vec![0, 4], text("binary_format_major_version"), short(2)].concat());
    bytes.extend([text("binary_format_minor_version"), short(0), text("build_epoch"), vec![0x01, 2, 7]].concat());
    bytes.extend([text("description"), map(0)].concat());
    bytes
}

/// Where a bit of an address leads.
#[derive(Clone, Copy)]
enum Way {
    Nowhere,
    Node(usize),
    Data(u32),
}
