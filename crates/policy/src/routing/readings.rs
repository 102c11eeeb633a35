//! The other ways in which services are known to read a path.
//!
//! The gateway reads a path byte for byte. Many services drop `;parameters` from segments, take a closing slash for
//! nothing, or decode `%3A` before they match. Where a path leads to one route here and would lead to another route
//! read in such a way (`/files/admin;x` here `/files/{name}`, there `/files/admin`), the scopes of the wrong route would
//! be asked for. Such a path is refused.

use crate::target::{hex_value, is_delimiter, without_parameters};

/// What a reading does with a path.
#[derive(Clone, Copy)]
struct Reading {
    drops_parameters: bool,
    drops_slash: bool,
    decodes: bool,
}

/// Each other reading of the canonical `path`, and a sentence on how it differs; for nearly every path there is none.
pub(super) fn other_readings(path: &str) -> impl Iterator<Item = (String, &'static str)> {
    let has_escapes = path.bytes().any(|byte| byte == b'%');
    let has_parameters = path.bytes().any(|byte| byte == b';') || (has_escapes && path.contains("%3B"));
    let has_slash = path.len() > 1 && path.ends_with('/');
    let choices = |has: bool| if has { &[true, false][..] } else { &[false][..] };
    choices(has_parameters).iter().flat_map(move |drops_parameters| {
        choices(has_slash).iter().flat_map(move |drops_slash| {
            choices(has_escapes).iter().filter_map(move |decodes| {
                let reading =
                    Reading { drops_parameters: *drops_parameters, drops_slash: *drops_slash, decodes: *decodes };
                let text = reading.changes_something().then(|| reading.read(path))?;
                (text != path).then(|| (text, reading.difference()))
            })
        })
    })
}

impl Reading {
    fn changes_something(self) -> bool {
        self.drops_parameters || self.drops_slash || self.decodes
    }

    fn read(self, path: &str) -> String {
        let path = if self.drops_slash { path.strip_suffix('/').unwrap_or(path) } else { path };
        let mut read = String::with_capacity(path.len());
        for segment in path.split('/').skip(1) {
            read.push('/');
            let segment = if self.drops_parameters { without_parameters(segment) } else { segment };
            if self.decodes { decode_delimiters(segment, &mut read) } else { read.push_str(segment) }
        }
        read
    }

    fn difference(self) -> &'static str {
        match self {
            Self { drops_parameters: true, .. } => {
                "The path leads to another route without its `;` parameters; send it in its plain form."
            }
            Self { drops_slash: true, .. } => {
                "The path leads to another route without its closing slash; send it in its plain form."
            }
            Self { .. } => "The path leads to another route when its escapes are decoded; send it in its plain form.",
        }
    }
}

/// Decodes the escapes of characters that a literal segment may hold; all others cannot make it match one.
fn decode_delimiters(segment: &str, read: &mut String) {
    let mut pieces = segment.split('%');
    read.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let byte = match piece.as_bytes() {
            [high, low, ..] => hex_value(*high).zip(hex_value(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        match byte.filter(|byte| is_delimiter(*byte)) {
            Some(byte) => {
                read.push(char::from(byte));
                read.push_str(&piece[2..]);
            }
            None => {
                read.push('%');
                read.push_str(piece);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(path: &str) -> Vec<String> {
        other_readings(path).map(|(reading, _)| reading).collect()
    }

    #[test]
    fn a_plain_path_has_no_other_reading() {
        for path in ["/", "/a", "/a/b:c", "/caf%C3%A9/100%25"] {
            assert_eq!(readings(path), Vec::<String>::new(), "{path}");
        }
    }

    #[test]
    fn parameters_slash_and_escapes_are_read_in_every_combination() {
        assert_eq!(readings("/a;x/b"), ["/a/b"]);
        assert_eq!(readings("/a/"), ["/a"]);
        assert_eq!(readings("/a%3Ab"), ["/a:b"]);
        assert_eq!(readings("/a%3Bx"), ["/a", "/a", "/a;x"]);
        assert_eq!(readings("/a;x/"), ["/a", "/a/", "/a;x"]);
        assert_eq!(readings("/a%3Ab;x/").len(), 7);
    }
}
