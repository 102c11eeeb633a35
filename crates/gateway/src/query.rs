//! Query strings: `name=value` pairs between `&`, percent-encoded, `+` for a space.

/// Longer names of parameters are no names, and may be what somebody pasted there.
const LONGEST_NAME: usize = 64;
const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// The values of every parameter called `name`, encoded as they came.
pub(crate) fn values<'q>(query: &'q str, name: &'q str) -> impl Iterator<Item = &'q str> {
    pairs(query).filter(move |(key, _)| is_called(key, name)).map(|(_, value)| value)
}

/// The query without every parameter called `name`; the rest as it came.
pub(crate) fn without(query: &str, name: &str) -> String {
    let kept = query.split('&').filter(|pair| !is_called(pair.split_once('=').map_or(pair, |(key, _)| key), name));
    kept.collect::<Vec<_>>().join("&")
}

/// The query with the names of its parameters and no value: `page=…&size=…`.
pub(crate) fn redacted(query: &str) -> String {
    let mut text = String::with_capacity(query.len().min(256));
    for (place, pair) in query.split('&').enumerate() {
        if place > 0 {
            text.push('&');
        }
        let name = pair.split_once('=').map_or(pair, |(key, _)| key);
        if name.len() > LONGEST_NAME {
            text.push('…');
        } else {
            text.push_str(name);
        }
        if name.len() < pair.len() {
            text.push_str("=…");
        }
    }
    text
}

/// Percent-decoded, `+` as a space; what is not UTF-8 then is replaced.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut ahead = rest.clone();
                match (hex(ahead.next()), hex(ahead.next())) {
                    (Some(high), Some(low)) => {
                        bytes.push(high << 4 | low);
                        rest = ahead;
                    }
                    _ => bytes.push(byte),
                }
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Percent-encoded for a query: everything but unreserved characters.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 3);
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            text.push('%');
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    text
}

fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Also where the name was written in another way: `t%6Fken` is `token` to whoever reads it behind us.
fn is_called(key: &str, name: &str) -> bool {
    key == name || (key.contains(['%', '+']) && decode(key) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_found_however_its_name_is_written() {
        let query = "a=1&token=x&t%6fken=y&tokens=z&token";
        assert_eq!(values(query, "token").collect::<Vec<_>>(), ["x", "y", ""]);
        assert_eq!(without(query, "token"), "a=1&tokens=z");
        assert_eq!(without("token=x", "token"), "");
        assert_eq!(without("", "token"), "");
    }

    #[test]
    fn no_value_is_left_behind() {
        assert_eq!(redacted("page=2&size=&flag&q=a=b"), "page=…&size=…&flag&q=…");
        assert_eq!(redacted(&"x".repeat(65)), "…");
    }

    #[test]
    fn decoding_and_encoding() {
        assert_eq!(decode("a%20b+c%2f%zz%"), "a b c/%zz%");
        assert_eq!(decode("%ff"), "\u{fffd}");
        assert_eq!(encode(b"a-b c/\x00\xff%"), "a-b%20c%2F%00%FF%25");
        assert_eq!(encode("1%5f".as_bytes()), "1%255f");
    }
}
