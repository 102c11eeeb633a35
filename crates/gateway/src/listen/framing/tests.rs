use super::*;

fn framing() -> Framing {
    Framing::new(1024)
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

fn refused(head: &str) -> Fault {
    match framing().advance(head.as_bytes()) {
        (0, Rest::Refused(fault)) => fault,
        other => panic!("{head:?} gave {other:?}"),
    }
}

fn passes(head: &str) {
    assert_eq!(framing().advance(head.as_bytes()), (head.len(), Rest::Nothing), "{head:?}");
}

#[test]
fn plain_requests_pass_one_behind_the_other() {
    let mut all = GET.to_vec();
    all.extend_from_slice(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    all.extend_from_slice(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    all.extend_from_slice(b"5;x=\"y\"\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n\r\n");
    all.extend_from_slice(GET);
    assert_eq!(framing().advance(&all), (all.len(), Rest::Nothing));
    // However the bytes come in, they are read alike.
    for split in 1..all.len() {
        let mut framing = framing();
        let (passed, rest) = framing.advance(&all[..split]);
        assert!(matches!(rest, Rest::Nothing | Rest::Unfinished));
        assert_eq!(framing.advance(&all[passed..]), (all.len() - passed, Rest::Nothing), "split at {split}");
        assert!(framing.at_head());
    }
}

#[test]
fn what_two_servers_could_read_in_two_ways_is_refused() {
    for header in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 5",
        "Content-Length: +5",
        "Content-Length: 0x5",
        "Content-Length: ",
        "Content-Length: 99999999999999999999",
        "Content-Length : 5",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "X: a\r\n folded",
        "X: a\rb",
        "X: a\nY: b",
        "X\0: a",
        "X: a\0b",
        " X: a",
        ": a",
        "Host: b",
        "X",
    ] {
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{header}\r\n\r\n");
        assert_eq!(refused(&head).code, Code::RequestInvalid, "{header:?}");
    }
    for line in ["GET /", "GET  / HTTP/1.1", "GET / HTTP/2.0", "GET / HTTP/1.1 ", "G{T / HTTP/1.1", "GET /a b HTTP/1.1"]
    {
        assert_eq!(refused(&format!("{line}\r\nHost: a\r\n\r\n")).code, Code::RequestInvalid, "{line:?}");
    }
    assert_eq!(refused("GET / HTTP/1.1\r\n\r\n").detail, "The Host header is missing.");
    assert_eq!(refused("GET / HTTP/1.1\r\nHost: a b\r\n\r\n").detail, "The Host header is not a host name.");
    assert_eq!(refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").code, Code::RequestInvalid);
    assert_eq!(refused("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n").code, Code::PathInvalid);
    assert_eq!(refused("GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n").code, Code::PathInvalid);
    assert_eq!(refused("GET http://[x/ HTTP/1.1\r\nHost: a\r\n\r\n").code, Code::RequestInvalid);
    passes("GET / HTTP/1.0\r\n\r\n");
    passes("GET http://a.test/b HTTP/1.1\r\nHost: a\r\n\r\n");
    passes("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n");
    passes("OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n");
}

#[test]
fn a_refused_head_is_found_behind_another_request() {
    let bad = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx";
    let mut all = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok".to_vec();
    let first = all.len();
    all.extend_from_slice(bad);
    let (passed, rest) = framing().advance(&all);
    assert_eq!(passed, first);
    assert!(matches!(rest, Rest::Refused(fault) if fault.method == "POST" && fault.target == "/"));
}

#[test]
fn heads_have_bounds() {
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(1025));
    assert_eq!(refused(&long).code, Code::RequestTooLarge);
    assert_eq!(refused(long.trim_end()).code, Code::RequestTooLarge);
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: 1\r\n".repeat(100));
    assert_eq!(refused(&many).code, Code::RequestTooLarge);
}

#[test]
fn what_is_not_http_is_refused_at_its_first_byte() {
    assert_eq!(refused("\u{16}\u{3}\u{1}").code, Code::RequestInvalid);
    assert_eq!(refused("\n").code, Code::RequestInvalid);
    let mut framing = framing();
    assert_eq!(framing.advance(b"\r\n\r\nG"), (4, Rest::Unfinished));
    assert!(matches!(Framing::new(99).advance(b"\r\n\r\n\r\n"), (4, Rest::Refused(_))));
}

#[test]
fn nothing_is_passed_on_behind_a_broken_body() {
    let smuggled = "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx";
    for (whole, broken) in [
        ("", "x\r\n"),
        ("", "\r\n"),
        ("", "-1\r\n"),
        ("ffffffffffffffff", "f\r\n"),
        ("5\r", "x"),
        // Line ends that some take for one and others do not.
        ("5", "\nhello\r\n0\r\n\r\n"),
        ("5;x", "\nhello\r\n0\r\n\r\n"),
        ("5;x\r", "y\r\nhello\r\n0\r\n\r\n"),
        ("5\r", "\r\nhello\r\n0\r\n\r\n"),
        ("5;\"", "\0\"\r\nhello\r\n0\r\n\r\n"),
        ("5\r\nhello", "\n0\r\n\r\n"),
        ("5\r\nhello\r", "0\r\n\r\n"),
        ("5\r\nhello", "!!0\r\n\r\n"),
        ("0", "\n\r\n"),
        ("0\r\n", "\n"),
        ("0\r\n\r", "X: 1\r\n\r\n"),
        ("0\r\nX", "\n"),
        ("0\r\nX: 1", "\n\r\n"),
        ("0\r\nX: 1\r", "Y: 1\r\n\r\n"),
        ("0\r\nX: 1\r\n", "\n"),
    ] {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let all = format!("{head}{whole}{broken}{smuggled}");
        let passed = head.len() + whole.len();
        let mut framing = framing();
        assert_eq!(framing.advance(all.as_bytes()), (passed, Rest::Broken), "{whole:?} {broken:?}");
        assert!(!framing.at_head(), "{whole:?} {broken:?}");
        assert_eq!(framing.advance(GET), (0, Rest::Broken));
    }
}

#[test]
fn a_line_of_a_chunked_body_has_a_bound() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let long = "x".repeat(9000);
    for body in [format!("1;{long}"), format!("0\r\n{long}")] {
        assert_eq!(framing().advance(format!("{head}{body}").as_bytes()).1, Rest::Broken);
    }
}
