use super::*;

const LIMITS: Limits = Limits { bytes: 1024, target: 256, fields: 100 };

fn parse(text: &str) -> Result<Request, Fault> {
    let mut bytes = text.as_bytes().to_vec();
    let parsed = Request::parse(&mut bytes, 0, Vec::new(), &LIMITS).map(|found| found.expect("a whole head").0);
    assert!(parsed.is_ok() == bytes.is_empty(), "the bytes of a refused head stay");
    parsed
}

fn refused(text: &str) -> Fault {
    parse(text).map(|head| panic!("{text:?} was read as {head:?}")).unwrap_err()
}

#[test]
fn a_plain_head_is_read() {
    let head = parse("POST /a?b HTTP/1.1\r\nHost: a.test:80\r\ncontent-LENGTH: 5\r\nX:  y \r\n\r\nhello").unwrap();
    assert_eq!((head.method(), head.target(), head.host()), ("POST", "/a?b", Some("a.test:80")));
    assert_eq!((head.version, head.body, head.persistent), (Version::Http11, Length::Known(5), true));
    let names: Vec<_> = head.fields.iter().map(|(known, name, value)| (known, name.len(), value)).collect();
    assert_eq!(names[2], (Known::Other, 1, &b"y"[..]));
    let head = parse("GET / HTTP/1.0\r\n\r\n").unwrap();
    assert_eq!((head.version, head.body, head.persistent, head.host()), (Version::Http10, Length::Zero, false, None));
    assert!(parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").unwrap().persistent);
    assert!(!parse("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, close\r\n\r\n").unwrap().persistent);
    let head = parse("GET http://a.test HTTP/1.1\r\nHost: A.test\r\n\r\n").unwrap();
    assert_eq!((head.target(), head.host()), ("/", Some("a.test")));
    assert_eq!(parse("GET HTTPS://a.test/b?c HTTP/1.1\r\nHost: a.test\r\n\r\n").unwrap().target(), "/b?c");
    assert_eq!(parse("OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n").unwrap().target(), "*");
    assert_eq!(parse("CONNECT a.test:443 HTTP/1.1\r\nHost: a\r\n\r\n").unwrap().method(), "CONNECT");
    assert!(parse("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n").unwrap().expects_continue);
    assert_eq!(parse("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n").unwrap().body, Length::Chunked);
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
        assert_eq!(refused(&head).kind, FaultKind::Malformed, "{header:?}");
    }
    for line in ["GET /", "GET  / HTTP/1.1", "GET / HTTP/2.0", "GET / HTTP/1.1 ", "G{T / HTTP/1.1", "GET /a b HTTP/1.1"]
    {
        assert_eq!(refused(&format!("{line}\r\nHost: a\r\n\r\n")).kind, FaultKind::Malformed, "{line:?}");
    }
    for target in ["http://[x/", "http:///a", "http://a.test?b", "ftp://a.test/", "a.test", "http://u@a.test/"] {
        assert_eq!(refused(&format!("GET {target} HTTP/1.1\r\nHost: a.test\r\n\r\n")).kind, FaultKind::Malformed);
    }
    for target in ["a.test:44?3", "a.test/b", "http://a.test/", "a@b:1", "[::1:443"] {
        assert_eq!(refused(&format!("CONNECT {target} HTTP/1.1\r\nHost: a.test\r\n\r\n")).kind, FaultKind::Malformed);
    }
    assert!(refused("GET http://b.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n").detail.contains("another host"));
    assert_eq!(refused("GET / HTTP/1.1\r\n\r\n").detail, "The Host header is missing.");
    assert_eq!(refused("GET / HTTP/1.1\r\nHost: a b\r\n\r\n").detail, "The Host header is not a host name.");
    assert_eq!(refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").kind, FaultKind::Malformed);
    assert_eq!(refused("GET * HTTP/1.1\r\nHost: a\r\n\r\n").kind, FaultKind::Target);
    assert_eq!(refused("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n").kind, FaultKind::Target);
    assert_eq!(refused("GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n").kind, FaultKind::Target);
    assert_eq!(refused("GET / HTTP/1.1\r\nHost: a\r\nExpect: cake\r\n\r\n").kind, FaultKind::Expectation);
}

#[test]
fn heads_have_bounds() {
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(1025));
    assert_eq!(refused(&long).kind, FaultKind::TooLarge);
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: 1\r\n".repeat(100));
    assert_eq!(refused(&many).kind, FaultKind::TooLarge);
    let path = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(256));
    assert_eq!(refused(&path).kind, FaultKind::TargetTooLong);
}

#[test]
fn asking_for_another_protocol_is_seen_however_it_is_said() {
    let of = |headers: &str| parse(&format!("GET / HTTP/1.1\r\nHost: a\r\n{headers}\r\n")).unwrap().upgrade;
    assert_eq!(of(""), None);
    assert_eq!(of("Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"), Some(Upgrade::WebSocket));
    for other in [
        "Connection: upgrade\r\n",
        "Upgrade: websocket\r\n",
        "Connection: upgrade\r\nUpgrade: h2c\r\n",
        "Connection: upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n",
        "Connection: upgrade\r\nUpgrade: websocket, h2c\r\n",
    ] {
        assert_eq!(of(other), Some(Upgrade::Other), "{other:?}");
    }
}

#[test]
fn a_head_is_read_alike_however_it_comes() {
    let text = b"\r\nPOST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok";
    for cut in 1..text.len() - 2 {
        let mut bytes = text[..cut].to_vec();
        assert!(Request::parse(&mut bytes, 0, Vec::new(), &LIMITS).unwrap().is_none(), "{cut}");
        bytes.extend_from_slice(&text[cut..]);
        let (head, used) = Request::parse(&mut bytes, cut, Vec::new(), &LIMITS).unwrap().unwrap();
        assert_eq!((head.target(), used), ("/a", text.len() - 2));
    }
}

fn assembled(pseudo: Pseudo<'_>, fields: &[(&str, &str)], has_body: bool) -> Result<Request, Fault> {
    let fields = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    Request::assemble(Vec::new(), Vec::new(), pseudo, fields, has_body, &LIMITS)
}

const GET: Pseudo<'static> =
    Pseudo { method: b"GET", scheme: Some(b"http"), path: b"/a?b", authority: Some(b"a.test"), protocol: None };

#[test]
fn a_request_of_http2_is_held_to_the_same_rules() {
    let head = assembled(GET, &[("x-api-key", "k"), ("te", "trailers")], false).unwrap();
    assert_eq!((head.method(), head.target(), head.host()), ("GET", "/a?b", Some("a.test")));
    assert_eq!((head.body, head.fields.decisive(Known::XApiKey)), (Length::Zero, Some("k")));
    assert_eq!(assembled(GET, &[], true).unwrap().body, Length::Chunked);
    assert_eq!(assembled(GET, &[("content-length", "2")], true).unwrap().body, Length::Known(2));
    assert!(assembled(Pseudo { authority: None, ..GET }, &[("host", "a")], false).is_ok());
    for scheme in [None, Some(&b"https"[..]), Some(b"HTTPS")] {
        assert!(assembled(Pseudo { scheme, ..GET }, &[], false).is_ok());
    }
    for (pseudo, fields, has_body) in [
        (GET, &[("content-length", "2")][..], false),
        (GET, &[("content-length", "2"), ("content-length", "2")], true),
        (GET, &[("transfer-encoding", "chunked")], true),
        (GET, &[("connection", "close")], false),
        (GET, &[("upgrade", "h2c")], false),
        (GET, &[("te", "gzip")], false),
        (GET, &[("host", "b.test")], false),
        (GET, &[("x", "a\r\nx-keyward-app: admin")], false),
        (GET, &[("x", "a\nb")], false),
        (GET, &[("x", "a\0")], false),
        (GET, &[("x", " a")], false),
        (GET, &[("X", "a")], false),
        (GET, &[("x y", "a")], false),
        (GET, &[("x\r\ny", "a")], false),
        (GET, &[("", "a")], false),
        (Pseudo { scheme: Some(b"ftp"), ..GET }, &[], false),
        (Pseudo { scheme: Some(b""), ..GET }, &[], false),
        (Pseudo { path: b"/a#b", ..GET }, &[], false),
        (Pseudo { path: b"/a b", ..GET }, &[], false),
        (Pseudo { path: b"/a\r\nX: y", ..GET }, &[], false),
        (Pseudo { path: b"", ..GET }, &[], false),
        (Pseudo { path: b"*", ..GET }, &[], false),
        (Pseudo { path: b"http://a.test/", ..GET }, &[], false),
        (Pseudo { method: b"GET /", ..GET }, &[], false),
        (Pseudo { method: b"", ..GET }, &[], false),
        (Pseudo { authority: Some(b"a\r\nb"), ..GET }, &[], false),
        (Pseudo { authority: Some(b"u@a.test"), ..GET }, &[], false),
        (Pseudo { authority: None, ..GET }, &[], false),
    ] {
        assert!(assembled(pseudo, fields, has_body).is_err(), "{pseudo:?} {fields:?}");
    }
    let websocket = Pseudo { method: b"CONNECT", protocol: Some(b"websocket"), ..GET };
    let head = assembled(websocket, &[], true).unwrap();
    assert_eq!((head.upgrade, head.method(), head.body), (Some(Upgrade::WebSocket), "GET", Length::Zero));
    assert!(assembled(websocket, &[("content-length", "2")], true).is_err(), "what follows a handshake is no body");
    assert!(assembled(Pseudo { method: b"GET", ..websocket }, &[], true).is_err());
}

#[test]
fn cookies_that_http2_splits_are_one_field() {
    let split = [("cookie", "a=1"), ("accept", "*/*"), ("cookie", "b=2; c=3"), ("cookie", "d=4")];
    let head = assembled(GET, &split, false).unwrap();
    let fields: Vec<_> = head.fields.iter().map(|(_, name, value)| (name, value)).collect();
    assert_eq!(fields, [(&b"accept"[..], &b"*/*"[..]), (b"cookie", b"a=1; b=2; c=3; d=4")]);
    let many: Vec<_> = (0..LIMITS.fields + 1).map(|_| ("cookie", "a=1")).collect();
    assert!(assembled(GET, &many, false).is_err(), "split or not, they count");
}
