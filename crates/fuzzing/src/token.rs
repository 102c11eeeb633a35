//! The text of a token.

use keyward_model::token::Presented;

/// What is read is what stands there, and any one character more, less or other is refused.
pub fn token(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(presented) = Presented::parse(text) else { return };
    let named = format!("{}_{}", presented.prefix, presented.id);
    assert!(text.starts_with(&named), "{text:?} does not begin with {named:?}");
    assert_eq!(text.len(), presented.prefix.len() + 51);
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));

    for place in 0..text.len() {
        for other in [b'0', b'1', b'_', bytes[place] ^ 1, bytes[place] ^ 0x20] {
            let mut changed = bytes.to_vec();
            changed[place] = other;
            let is_token = std::str::from_utf8(&changed).is_ok_and(|text| Presented::parse(text).is_ok());
            assert_eq!(is_token, changed == bytes, "{changed:?}");
        }
    }
    assert!(Presented::parse(&text[1..]).is_err() && Presented::parse(&text[..text.len() - 1]).is_err());
    assert!(Presented::parse(&format!("{text}0")).is_err() && Presented::parse(&format!("0{text}")).is_err());
}
