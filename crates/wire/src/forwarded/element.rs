//! One element of `Forwarded` (RFC 7239 section 4).

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Proto, trim};
use crate::fields::is_token_byte;

/// The address of `for` and the protocol of `proto`. None unless the element is well-formed, with every parameter at
/// most once, and `for` names an address. Blanks around a `;` are taken, which some write and nobody misreads.
pub(super) fn parse(element: &[u8]) -> Option<(IpAddr, Option<Proto>)> {
    // Known parameters are told apart by a bit; of those unknown, any number of the same does no harm.
    let (mut address, mut proto, mut seen) = (None, None, 0u8);
    let mut rest = element;
    loop {
        rest = trim(rest);
        // The grammar has places for parameters that nobody filled.
        if !rest.is_empty() && !rest.starts_with(b";") {
            let Pair { name, value, behind } = Pair::read(rest)?;
            let bit = KNOWN.iter().position(|known| name.eq_ignore_ascii_case(known)).map_or(0, |place| 1 << place);
            if seen & bit != 0 {
                return None;
            }
            seen |= bit;
            match bit {
                FOR => address = Some(node(&value)?),
                PROTO => proto = scheme(&value),
                _ => {}
            }
            rest = trim(behind);
        }
        match rest {
            b"" => break,
            [b';', more @ ..] => rest = more,
            _ => return None,
        }
    }
    Some((address?, proto))
}

const KNOWN: [&[u8]; 4] = [b"for", b"proto", b"by", b"host"];
const FOR: u8 = 1;
const PROTO: u8 = 2;

/// A parameter: its name, its value without quotes, and what stands behind it.
struct Pair<'e> {
    name: &'e [u8],
    value: Cow<'e, [u8]>,
    behind: &'e [u8],
}

impl<'e> Pair<'e> {
    /// The one at the start of `text`.
    fn read(text: &'e [u8]) -> Option<Self> {
        let (name, text) = token(text)?;
        let (value, behind) = match text.strip_prefix(b"=")? {
            [b'"', text @ ..] => quoted(text)?,
            text => token(text).map(|(value, behind)| (Cow::Borrowed(value), behind))?,
        };
        Some(Self { name, value, behind })
    }
}

fn token(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|byte| !is_token_byte(*byte)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// The content of a quoted string (RFC 9110 section 5.6.4) whose opening quote is left out, and what stands behind it.
fn quoted(text: &[u8]) -> Option<(Cow<'_, [u8]>, &[u8])> {
    let mut place = 0;
    let mut escaped = false;
    loop {
        match text.get(place)? {
            b'"' => break,
            b'\\' => {
                escaped = true;
                place += 1;
                // What follows is itself, were it a quote.
                text.get(place).filter(|byte| is_text(**byte))?;
            }
            byte if is_text(*byte) => {}
            _ => return None,
        }
        place += 1;
    }
    let (content, behind) = (&text[..place], &text[place + 1..]);
    Some((if escaped { Cow::Owned(unescape(content)) } else { Cow::Borrowed(content) }, behind))
}

fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

fn unescape(content: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(content.len());
    let mut bytes = content.iter();
    while let Some(byte) = bytes.next() {
        plain.push(if *byte == b'\\' { *bytes.next().unwrap_or(byte) } else { *byte });
    }
    plain
}

/// The address of a node (section 6). None for `unknown`, an obfuscated name, and what is no node.
fn node(value: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(value).ok()?;
    let (address, port) = match text.strip_prefix('[') {
        Some(text) => {
            let (address, port) = text.split_once(']')?;
            (IpAddr::V6(address.parse::<Ipv6Addr>().ok()?), port)
        }
        None => {
            let (address, port) = text.split_at(text.find(':').unwrap_or(text.len()));
            (IpAddr::V4(address.parse::<Ipv4Addr>().ok()?), port)
        }
    };
    (port.is_empty() || port.strip_prefix(':').is_some_and(is_port)).then_some(address)
}

/// One to five digits, or an obfuscated port.
fn is_port(text: &str) -> bool {
    match text.strip_prefix('_') {
        Some(hidden) => {
            !hidden.is_empty() && hidden.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        }
        None => (1..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()),
    }
}

fn scheme(value: &[u8]) -> Option<Proto> {
    match value {
        value if value.eq_ignore_ascii_case(b"http") => Some(Proto::Http),
        value if value.eq_ignore_ascii_case(b"https") => Some(Proto::Https),
        _ => None,
    }
}
