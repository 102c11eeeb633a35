use keyward_model::call::Protocol;
use keyward_model::check::{Check, CheckName, Verdict};
use keyward_model::{Code, Name};

use super::*;

fn borrowed<'a>(record: &'a CallRecord) -> Call<'a> {
    Call::from(record)
}

pub(crate) fn whole() -> CallRecord {
    CallRecord {
        request_id: Uuid::from_u128(7),
        at: Timestamp::from_millis(1_900_000_000_123),
        team: Some("team_01hzy3v7q4e8kbtn6x0m2p9r5c".parse().unwrap()),
        app: Some("app_01hzy3v7q4e8kbtn6x0m2p9r5c".parse().unwrap()),
        token: Some("4fTz0aB9cD3e".parse().unwrap()),
        api: Some("api_01hzy3v7q4e8kbtn6x0m2p9r5c".parse().unwrap()),
        api_name: Some("orders.v1".parse().unwrap()),
        route: Some("read".parse::<Name>().unwrap()),
        method: "GET".to_owned(),
        path: "/orders/v1/orders/17?page=…".to_owned(),
        status: 403,
        code: Some(Code::ScopeMissing),
        rule: Some("token 4fTz… scopes".to_owned()),
        address: "2001:db8::7".parse().unwrap(),
        country: None,
        asn: None,
        protocol: Protocol::Http2,
        target: Some("http://10.0.0.7:8080".to_owned()),
        retries: 2,
        bytes_in: 11,
        bytes_out: u64::MAX,
        cost: 3,
        timing: Timing { queue_us: 1, decide_us: 2, connect_us: 3, first_byte_us: 4, total_us: u32::MAX },
        revision: 17,
        checks: vec![Check {
            check: CheckName::Scope,
            verdict: Verdict::Fail,
            seen: "orders:read".to_owned(),
            rule: "orders:write".to_owned(),
            remedy: Some("add it".to_owned()),
        }],
    }
}

#[test]
fn a_call_reads_back_as_written() {
    let mut bytes = Vec::new();
    let first = whole();
    let second = CallRecord {
        team: None,
        app: None,
        token: None,
        api: None,
        api_name: None,
        route: None,
        code: None,
        rule: None,
        address: "10.0.0.1".parse().unwrap(),
        target: None,
        checks: Vec::new(),
        path: String::new(),
        ..whole()
    };
    encode(&borrowed(&first), &mut bytes);
    encode(&borrowed(&second), &mut bytes);
    let read: Vec<CallRecord> = frames(&bytes).map(|frame| frame.record(None, None).unwrap()).collect();
    assert_eq!(read, [first, second]);
}

#[test]
fn a_frame_cut_short_anywhere_is_none() {
    let mut bytes = Vec::new();
    encode(&borrowed(&whole()), &mut bytes);
    for end in 0..bytes.len() {
        assert!(Frame::take(&mut &bytes[..end]).is_none(), "{end}");
    }
}

#[test]
fn hostile_bytes_make_no_record_and_no_panic() {
    let mut bytes = Vec::new();
    encode(&borrowed(&whole()), &mut bytes);
    for at in 0..bytes.len() {
        for value in [0, 1, 255] {
            let mut damaged = bytes.clone();
            damaged[at] = value;
            frames(&damaged).for_each(|frame| drop(frame.record(None, None)));
        }
    }
}

#[test]
fn texts_are_cut_between_characters() {
    assert_eq!(cut("aé", 2), "a");
    assert_eq!(cut("aé", 3), "aé");
    assert_eq!(cut("", 0), "");
}
