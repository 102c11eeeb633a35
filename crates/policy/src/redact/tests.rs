use keyward_model::secret::Hidden;
use proptest::prelude::*;

use super::*;

fn rules(capture: Capture) -> Redaction {
    Redaction::new(&capture, Some("key")).expect("rules")
}

fn usual() -> Redaction {
    rules(Capture {
        redact_headers: vec!["X-Card".to_owned()],
        redact_fields: vec!["pin".to_owned(), "card_number".to_owned()],
        redact_patterns: vec![r"\b\d{16}\b".to_owned()],
        ..Capture::default()
    })
}

fn none() -> Credentials {
    Credentials::default()
}

fn shown(body: &str) -> String {
    usual().body(body.as_bytes(), false, true, &none()).expect("text").text
}

#[test]
fn heads_without_credentials() {
    let headers: [(&str, &[u8]); 7] = [
        ("host", b"shop.example"),
        ("authorization", b"Bearer abc"),
        ("X-API-Key", b"abc"),
        ("x_card", b"4000"),
        ("set-cookie", b"sid=1; HttpOnly"),
        ("x-note", b"card 4000111122223333, proxy-auth basic dXNlcjpwYXNz"),
        ("x-odd", b"caf\xe9"),
    ];
    let head = usual().request_head("GET", "/orders?page=2&key=abc&a%63cess-token=x&PIN=1#end", headers, &none());
    assert_eq!(
        head.text,
        "GET /orders?page=2&key=[redacted]&a%63cess-token=[redacted]&PIN=[redacted]\n\
         host: shop.example\nauthorization: [redacted]\nX-API-Key: [redacted]\nx_card: [redacted]\n\
         set-cookie: [redacted]\nx-note: card [redacted], proxy-auth [redacted]\nx-odd: caf\u{fffd}"
    );
    assert_eq!((head.cut, head.blotted), (false, 9));
    let headers: [(&str, &[u8]); 1] = [("location", b"/cb?code=1&id_token=eyJhbGciOi.e30.c2ln")];
    let answer = usual().response_head(302, headers, &none());
    assert_eq!(answer.text, "302\nlocation: /cb?code=1&id_token=[redacted]");
}

#[test]
fn members_of_json_by_name_at_any_depth() {
    assert_eq!(
        shown(
            r#"{"user":"ann","password": "a\"b\\","pin":1234,"deep":[{"card-Number":{"a":["}"]},"x":1}],"token":null}"#
        ),
        r#"{"user":"ann","password": [redacted],"pin":[redacted],"deep":[{"card-Number":[redacted],"x":1}],"token":[redacted]}"#
    );
    assert_eq!(shown(r#"{"max_tokens":5,"pine":1}"#), r#"{"max_tokens":5,"pine":1}"#, "other names stay");
    assert_eq!(shown(r#"{"p\u0069n":1,"a":2}"#), r#"{"p\u0069n":[redacted],"a":2}"#, "escapes hide no name");
    assert_eq!(shown(r#"5" wide: {"pin":"x","a":1}"#), r#"5" wide: {"pin":[redacted],"a":1}"#, "a stray quote");
}

#[test]
fn json_within_a_string_of_json() {
    assert_eq!(
        shown(r#"{"event":"{\"pin\":\"1\\\"2\",\"a\":1,\"p\\u0069n\":[\"x]\",2],\"b\":3}","c":4}"#),
        r#"{"event":"{\"pin\":[redacted],\"a\":1,\"p\\u0069n\":[redacted],\"b\":3}","c":4}"#
    );
}

#[test]
fn forms() {
    assert_eq!(shown("user=ann&pass%77ord=a%26b&pin=1"), "user=ann&pass%77ord=[redacted]&pin=[redacted]");
    let part =
        |name: &str, value: &str| format!("--x\r\nContent-Disposition: form-data; name={name}\r\n\r\n{value}\r\n");
    let body = |pin: &str, other: &str| {
        format!("{}{}{}--x--\r\n", part("\"user\"", "ann"), part("\"pin\"", pin), part("token", other))
    };
    assert_eq!(shown(&body("12\r\n34", "t")), body(MARK, MARK));
}

#[test]
fn a_value_with_what_looks_like_a_boundary_stays_hidden() {
    let body = "--xyz\nContent-Disposition: form-data; name=pin\n\n12\n--34\n--xyz--\n";
    assert_eq!(shown(body), "--xyz\nContent-Disposition: form-data; name=pin\n\n[redacted]\n--xyz--\n");
    assert_eq!(shown("pin=1=2&pin=pin=3&a=4"), "pin=[redacted]&pin=[redacted]&a=4");
}

/// What a caller sends must not keep a worker busy: bodies made to be looked through over and over.
#[test]
fn a_large_body_is_looked_through_once() {
    let redaction = rules(Capture { max_bytes: 1 << 20, redact_fields: vec!["pin".to_owned()], ..Capture::default() });
    let part = "Content-Disposition:;name=pin\n";
    for piece in ["pin=", r#""pin":"#, r#"\"pin\":\""#, r#""pin":["#, "--", part, "eyJ", "bearer ", r#""\u"#] {
        let body = format!("--x\n{}", piece.repeat((1 << 20) / piece.len()));
        // Looked through anew for each piece, this would take minutes.
        redaction.body(body.as_bytes(), false, true, &none()).expect("text");
    }
}

#[test]
fn credentials_by_their_shape() {
    let token = format!("kw_{}", "a1B2c3D4e5".repeat(5));
    let jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.";
    let key = "-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----";
    assert_eq!(shown(&format!("a {token}, b {jwt} c\n{key}\nd")), "a [redacted], b [redacted] c\n[redacted]\nd");
    assert_eq!(shown("-----BEGIN PRIVATE KEY-----\nMHc"), MARK, "cut off");
    assert_eq!(shown("a basic need"), "a basic need");
}

#[test]
fn what_cannot_be_looked_through_is_not_shown() {
    let body = |bytes: &[u8], encoded, whole| usual().body(bytes, encoded, whole, &none()).map(|shown| shown.text);
    assert_eq!(body(b"plain", true, true), Err(Withheld::Encoded));
    assert_eq!(body(b"\xff\xfe", false, true), Err(Withheld::NotText));
    assert_eq!(body(b"p\0i\0n\0", false, true), Err(Withheld::NotText));
    assert_eq!(body(b"caf\xc3", false, true), Err(Withheld::NotText));
    assert_eq!(body(b"caf\xc3", false, false), Ok("caf".to_owned()));
}

#[test]
fn a_secret_across_the_end_of_what_is_kept_is_still_seen() {
    let redaction = rules(Capture { max_bytes: 20, redact_patterns: vec![r"\d{16}".to_owned()], ..Capture::default() });
    assert_eq!(redaction.holds(), 20 + LOOK_AHEAD);
    let shown = redaction.body(b"number 4000111122223333 and more", false, true, &none()).expect("text");
    assert_eq!((shown.text.as_str(), shown.cut, shown.blotted), ("number [redacted]", true, 1));
    let shown = redaction.body(b"short", false, false, &none()).expect("text");
    assert!(shown.cut, "there was more than was held");
    assert!(!format!("{shown:?}").contains("short"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Whatever comes: no panic, never longer than asked for.
    #[test]
    fn any_bytes_keep_the_cap(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            r#"["\\{}\[\]:,=&pin \n-]{0,120}"#.prop_map(String::into_bytes),
            "\\PC{0,80}".prop_map(String::into_bytes),
        ],
        max_bytes in 1u32..60,
        whole: bool,
    ) {
        let redaction = rules(Capture {
            max_bytes,
            redact_fields: vec!["pin".to_owned()],
            redact_patterns: vec!["(?-u:.)n".to_owned()],
            ..Capture::default()
        });
        if let Ok(shown) = redaction.body(&bytes, false, whole, &none()) {
            prop_assert!(shown.text.len() <= max_bytes as usize);
        }
    }

    /// Proper JSON never shows the value of a secret member, however it is nested, escaped or cut.
    #[test]
    fn no_json_shows_a_secret_member(
        noise in prop::collection::vec("[a-z\"\\\\{}:, é]{0,8}", 0..4),
        depth in 0usize..4,
        wrapped in 0usize..3,
        cut in 0usize..400,
    ) {
        let mut value = serde_json::json!({ "pin": format!("SECRET{}SECRET", noise.concat()), "noise": noise });
        for level in 0..depth {
            value = serde_json::json!({ format!("l{level}"): [noise, value, "tail"] });
        }
        let mut text = value.to_string();
        for _ in 0..wrapped {
            text = serde_json::json!({ "event": text }).to_string();
        }
        let cut = text.floor_char_boundary(cut);
        let shown = usual().body(&text.as_bytes()[..cut], false, false, &none()).expect("text");
        prop_assert!(!shown.text.contains("SECRET"), "{} of {}", shown.text, text);
    }
}

#[test]
fn what_the_call_was_made_with_is_blotted_out_wherever_it_is_repeated() {
    let made_with = Credentials::new([Hidden::new("my ticket"), Hidden::new("k/ey")]);
    let headers: [(&str, &[u8]); 2] = [("x-echo", b"it was my%20ticket"), ("my+ticket", b"k/ey;k\\/ey,key")];
    let head = usual().request_head("GET", "/k%2fey?q=my+ticket&r=1", headers, &made_with);
    assert_eq!(
        head.text,
        "GET /[redacted]?q=[redacted]&r=1\nx-echo: it was [redacted]\n[redacted]: [redacted];[redacted],key"
    );
    let body = usual().body(br#"{"seen":"k\/ey, my ticket!"}"#, false, true, &made_with).expect("text");
    assert_eq!((body.text.as_str(), body.blotted), (r#"{"seen":"[redacted], [redacted]!"}"#, 2));
}
