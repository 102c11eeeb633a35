//! A database in MaxMind's format of a few bytes, made here.

/// A database in MaxMind's format (version 2.0) that knows 10.0.0.0/8: its country and its autonomous system.
pub(crate) fn database(country: &str, asn: u32) -> Vec<u8> {
    let text = |text: &str| [&[0x40 | u8::try_from(text.len()).expect("a short text")], text.as_bytes()].concat();
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
