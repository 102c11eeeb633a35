//! The canonical form of a request's target.

use keyward_policy::target::{Target, canonical};

/// The form of a form is itself, and it has one reading: whoever decodes it finds no new structure.
pub fn target(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(form) = canonical(text) else { return };
    assert_eq!(canonical(&form.to_string()).as_ref(), Ok(&form));

    let Target { path, query } = &form;
    assert!(path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic()), "{path:?}");
    assert!(!path.contains(['\\', '#', '?', '"', '<', '>']) && !path.contains("//"), "{path:?}");
    let query = query.as_deref().unwrap_or_default();
    assert!(query.bytes().all(|byte| byte.is_ascii_graphic()), "{query:?}");
    for segment in path.strip_suffix('/').unwrap_or(path).split('/').skip(1) {
        let bare = segment.split(';').next().unwrap_or_default();
        assert!(!matches!(bare, "" | "." | ".."), "{path:?}");
    }
    let mut seen = path.clone();
    for _ in 0..3 {
        let decoded = String::from_utf8(decode(seen.as_bytes())).expect("a path decodes to UTF-8 however often");
        assert_eq!(decoded.matches('/').count(), path.matches('/').count(), "{path:?}");
        assert!(!decoded.contains('\\') && !decoded.chars().any(char::is_control), "{path:?}");
        assert!(!decoded.split('/').any(|segment| matches!(segment, "." | "..")), "{path:?}");
        seen = decoded;
    }
}

/// As a lenient service decodes: what is no escape stays.
fn decode(mut text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    while let [first, rest @ ..] = text {
        let escaped = match (first, rest) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        decoded.push(escaped.map_or(*first, |(high, low)| high << 4 | low));
        text = if escaped.is_some() { &rest[2..] } else { rest };
    }
    decoded
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
