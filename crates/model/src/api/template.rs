//! Path templates: `/orders/{id:int}/lines/{line}`, with typed parameters and, at the end, `{rest:path}`.

use std::fmt;
use std::str::FromStr;

use crate::text::textual;

/// The path of a route, behind its api's base path. `/` alone is the base path itself.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PathTemplate {
    text: Box<str>,
    segments: Vec<Segment>,
}

/// One segment of a template.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// Matches itself, byte for byte.
    Literal(Box<str>),
    /// Matches one segment of the type.
    Parameter {
        /// The name between the braces.
        name: Box<str>,
        /// What it admits.
        value: ValueType,
    },
}

/// What a parameter admits. The order is that of preference where several match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueType {
    /// A UUID in its written form, 8-4-4-4-12 hexadecimal digits.
    Uuid,
    /// A whole number, an optional minus and 1 to 19 digits.
    Int,
    /// Letters, digits, `-` and `_`.
    Slug,
    /// Any one segment that is not empty.
    Text,
    /// All that is left of the path, at least one segment; only at the end.
    Path,
}

impl ValueType {
    /// Whether the segment `text` (percent-encoding as on the wire) is of this type.
    pub fn admits(self, text: &str) -> bool {
        match self {
            Self::Uuid => {
                text.len() == 36
                    && text.bytes().enumerate().all(|(place, b)| match place {
                        8 | 13 | 18 | 23 => b == b'-',
                        _ => b.is_ascii_hexdigit(),
                    })
            }
            Self::Int => {
                let digits = text.strip_prefix('-').unwrap_or(text);
                (1..=19).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
            }
            Self::Slug => {
                !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            }
            Self::Text | Self::Path => !text.is_empty(),
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Int => "int",
            Self::Slug => "slug",
            Self::Text => "text",
            Self::Path => "path",
        }
    }
}

impl PathTemplate {
    /// The segments, in order; none for `/`.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The template as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The template without the names of its parameters: two templates of one shape match the same paths.
    pub fn shape(&self) -> String {
        let mut shape = String::new();
        for segment in &self.segments {
            match segment {
                Segment::Literal(text) => {
                    shape.push('/');
                    shape.push_str(text);
                }
                Segment::Parameter { value, .. } => {
                    shape.push_str("/{");
                    shape.push_str(value.as_str());
                    shape.push('}');
                }
            }
        }
        shape
    }
}

impl fmt::Display for PathTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for PathTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The text is not a path template.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathTemplateError {
    /// It does not begin with a slash.
    #[error("a path begins with `/`")]
    NoSlash,
    /// A segment has characters that a canonical path does not have.
    #[error("the segment `{0}` is not plain: use a-z, A-Z, 0-9 and -._~!$&'()*+,;=:@, and no `.` or `..` alone")]
    Segment(String),
    /// Braces that hold no name and type.
    #[error(
        "`{0}` is not a parameter; write {{name}}, {{name:int}}, {{name:uuid}}, {{name:slug}} or, at the end, {{name:path}}"
    )]
    Parameter(String),
    /// A `path` parameter before the end.
    #[error("`{0}` takes the rest of the path and so must be the last segment")]
    PathNotLast(String),
    /// One name for two parameters.
    #[error("the parameter `{0}` is named twice")]
    Twice(String),
    /// Too long to be meant.
    #[error("a path has at most 64 segments and 1000 characters")]
    TooLong,
}

impl FromStr for PathTemplate {
    type Err = PathTemplateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix('/').ok_or(PathTemplateError::NoSlash)?;
        let mut segments = Vec::new();
        let mut names = Vec::new();
        let pieces: Vec<&str> = if rest.is_empty() { Vec::new() } else { rest.split('/').collect() };
        if text.len() > 1000 || pieces.len() > 64 {
            return Err(PathTemplateError::TooLong);
        }
        for (place, piece) in pieces.iter().enumerate() {
            let segment = parse_segment(piece)?;
            if let Segment::Parameter { name, value } = &segment {
                if *value == ValueType::Path && place + 1 != pieces.len() {
                    return Err(PathTemplateError::PathNotLast((*piece).to_owned()));
                }
                if names.contains(name) {
                    return Err(PathTemplateError::Twice(name.to_string()));
                }
                names.push(name.clone());
            }
            segments.push(segment);
        }
        Ok(Self { text: text.into(), segments })
    }
}

fn parse_segment(piece: &str) -> Result<Segment, PathTemplateError> {
    if !piece.contains(['{', '}']) {
        let plain = !matches!(piece, "" | "." | "..")
            && piece.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&b));
        return if plain {
            Ok(Segment::Literal(piece.into()))
        } else {
            Err(PathTemplateError::Segment(piece.to_owned()))
        };
    }
    let error = || PathTemplateError::Parameter(piece.to_owned());
    let inside = piece.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).ok_or_else(error)?;
    let (name, value) = inside.split_once(':').unwrap_or((inside, "text"));
    let value = match value {
        "uuid" => ValueType::Uuid,
        "int" => ValueType::Int,
        "slug" => ValueType::Slug,
        "text" => ValueType::Text,
        "path" => ValueType::Path,
        _ => return Err(error()),
    };
    let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if named { Ok(Segment::Parameter { name: name.into(), value }) } else { Err(error()) }
}

textual!(
    PathTemplate,
    "PathTemplate",
    "A path with parameters in braces: `{name}`, `{name:int}`, `{name:uuid}`, `{name:slug}`, and `{name:path}` at the end.",
    "/orders/{id:int}"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_parse_and_keep_their_text() {
        let template: PathTemplate = "/orders/{id:int}/files/{rest:path}".parse().expect("a template");
        assert_eq!(template.as_str(), "/orders/{id:int}/files/{rest:path}");
        assert_eq!(template.segments().len(), 4);
        assert_eq!(template.shape(), "/orders/{int}/files/{path}");
        assert!("/".parse::<PathTemplate>().expect("the root").segments().is_empty());
    }

    #[test]
    fn what_cannot_match_is_refused() {
        for bad in [
            "",
            "orders",
            "/a//b",
            "/a/",
            "/../a",
            "/{}",
            "/{a:b}",
            "/a{b}",
            "/{a:path}/b",
            "/{a}/{a}",
            "/a%2f",
            "/a b",
            "/ä",
        ] {
            assert!(bad.parse::<PathTemplate>().is_err(), "{bad}");
        }
    }

    #[test]
    fn types_admit_what_they_say() {
        assert!(ValueType::Int.admits("-42") && !ValueType::Int.admits("4.2") && !ValueType::Int.admits("-"));
        assert!(ValueType::Uuid.admits("018f0000-0000-7000-8000-000000000000"));
        assert!(!ValueType::Uuid.admits("018f0000-0000-7000-8000-00000000000"));
        assert!(ValueType::Slug.admits("a-b_1") && !ValueType::Slug.admits("a.b"));
    }
}
