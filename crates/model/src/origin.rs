//! Web origins (RFC 6454): scheme, host and port. For upstream credentials, and for tokens used in browsers.

use std::fmt;
use std::str::FromStr;

use crate::text::textual;

/// One origin, in its one written form: `https://shop.example`, `http://127.0.0.1:9000`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    scheme: Scheme,
    host: Box<str>,
    port: u16,
}

/// How to talk to an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Cleartext.
    Http,
    /// TLS.
    Https,
}

impl Scheme {
    /// `http` or `https`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl Origin {
    /// How to talk to it.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Host name in lower case, or an address; IPv6 in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, also where it is the scheme's own.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What belongs into a `Host` header: the port only where it is not the scheme's own.
    pub fn authority(&self) -> String {
        if self.port == self.scheme.default_port() {
            self.host.to_string()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Splits a URL into its origin and the rest, which begins with `/` or is empty.
    pub fn split_url(url: &str) -> Result<(Self, &str), OriginError> {
        let after = url.find("://").ok_or(OriginError)? + 3;
        let end = url[after..].find(['/', '?', '#']).map_or(url.len(), |at| after + at);
        let rest = &url[end..];
        if rest.contains(['?', '#']) {
            return Err(OriginError);
        }
        Ok((url[..end].parse()?, rest))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.authority())
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not an origin.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("an origin is scheme, host and port, such as https://shop.example or http://127.0.0.1:9000")]
pub struct OriginError;

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, host, port) = split_text(text)?;
        Ok(Self { scheme, host: parse_host(host)?, port })
    }
}

/// Scheme, host as written, and port.
fn split_text(text: &str) -> Result<(Scheme, &str, u16), OriginError> {
    let (scheme, rest) = text.split_once("://").ok_or(OriginError)?;
    let scheme = if scheme.eq_ignore_ascii_case("http") {
        Scheme::Http
    } else if scheme.eq_ignore_ascii_case("https") {
        Scheme::Https
    } else {
        return Err(OriginError);
    };
    let colon = match rest.rfind(']') {
        Some(bracket) => rest[bracket..].find(':').map(|at| bracket + at),
        None => rest.find(':'),
    };
    match colon {
        Some(at) => Ok((scheme, &rest[..at], rest[at + 1..].parse().map_err(|_| OriginError)?)),
        None => Ok((scheme, rest, scheme.default_port())),
    }
}

fn parse_host(host: &str) -> Result<Box<str>, OriginError> {
    if let Some(inside) = host.strip_prefix('[') {
        let address: std::net::Ipv6Addr =
            inside.strip_suffix(']').ok_or(OriginError)?.parse().map_err(|_| OriginError)?;
        return Ok(format!("[{address}]").into());
    }
    if is_host_name(host) { Ok(host.to_ascii_lowercase().into()) } else { Err(OriginError) }
}

fn is_host_name(host: &str) -> bool {
    (1..=253).contains(&host.len())
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
}

textual!(Origin, "Origin", "Scheme, host and port.", "https://shop.example");

/// Which browser origins may use a token: one origin, or every subdomain with `https://*.shop.example`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OriginPattern {
    subdomains: bool,
    origin: Origin,
}

impl OriginPattern {
    /// Whether the pattern admits `origin`.
    pub fn matches(&self, origin: &Origin) -> bool {
        if !self.subdomains {
            return self.origin == *origin;
        }
        self.origin.scheme == origin.scheme
            && self.origin.port == origin.port
            && origin.host.strip_suffix(&*self.origin.host).is_some_and(|left| left.len() > 1 && left.ends_with('.'))
    }

    /// Whether the pattern admits the origin written as `text`, as an `Origin` header has it. Text that is no origin is
    /// not admitted. The same as parsing and [`OriginPattern::matches`], but nothing is allocated.
    pub fn matches_text(&self, text: &str) -> bool {
        let Ok((scheme, host, port)) = split_text(text) else {
            return false;
        };
        if scheme != self.origin.scheme || port != self.origin.port || !is_host_name(host) {
            // IPv6 addresses have many written forms; browsers send the one that parsing makes of them.
            return !self.subdomains && host.starts_with('[') && text.parse().is_ok_and(|origin| self.matches(&origin));
        }
        let own = self.origin.host.as_bytes();
        let Some(left) = host.len().checked_sub(own.len()) else {
            return false;
        };
        let (left, right) = host.as_bytes().split_at(left);
        right.eq_ignore_ascii_case(own)
            && if self.subdomains { left.len() > 1 && left.ends_with(b".") } else { left.is_empty() }
    }
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = if self.subdomains { "*." } else { "" };
        write!(f, "{}://{star}{}", self.origin.scheme.as_str(), self.origin.authority())
    }
}

impl fmt::Debug for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a pattern of origins.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("write an origin such as https://shop.example, or https://*.shop.example for all its subdomains")]
pub struct OriginPatternError;

impl FromStr for OriginPattern {
    type Err = OriginPatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (subdomains, plain) = match text.split_once("://*.") {
            Some((scheme, rest)) => (true, format!("{scheme}://{rest}")),
            None => (false, text.to_owned()),
        };
        let origin: Origin = plain.parse().map_err(|_| OriginPatternError)?;
        Ok(Self { subdomains, origin })
    }
}

textual!(
    OriginPattern,
    "OriginPattern",
    "A browser origin that may use the token; `https://*.shop.example` admits every subdomain.",
    "https://shop.example"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_written_form() {
        let origin: Origin = "HTTPS://Shop.Example:443".parse().expect("an origin");
        assert_eq!(origin.to_string(), "https://shop.example");
        let v6: Origin = "http://[::1]:9000".parse().expect("an origin");
        assert_eq!(v6.to_string(), "http://[::1]:9000");
        for bad in
            ["", "shop.example", "ftp://x", "http://", "http://a b", "http://a:99999", "http://u@h", "http://[::1"]
        {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_url_splits_into_origin_and_path() {
        let (origin, path) = Origin::split_url("http://127.0.0.1:9000/base").expect("a url");
        assert_eq!((origin.to_string().as_str(), path), ("http://127.0.0.1:9000", "/base"));
        assert!(Origin::split_url("http://h/p?q").is_err());
    }

    #[test]
    fn subdomains_only_below_the_dot() {
        let pattern: OriginPattern = "https://*.shop.example".parse().expect("a pattern");
        let matches = |text: &str| pattern.matches(&text.parse().expect("an origin"));
        assert!(matches("https://www.shop.example"));
        assert!(!matches("https://shop.example"));
        assert!(!matches("https://evilshop.example"));
        assert!(!matches("http://www.shop.example"));
    }

    #[test]
    fn matching_text_is_parsing_and_matching() {
        let patterns = ["https://shop.example", "https://*.shop.example:8443", "http://[::1]:9000", "http://10.0.0.1"];
        for text in [
            "https://shop.example",
            "HTTPS://SHOP.Example:443",
            "https://shop.example/",
            "https://shop.example:444",
            "http://shop.example",
            "https://www.shop.example:8443",
            "https://.shop.example:8443",
            "https://evilshop.example:8443",
            "https://shop.example:8443",
            "https://shop.example@evil.example",
            "https://évil.shop.example:8443",
            "http://[::1]:9000",
            "http://[0:0:0:0:0:0:0:1]:9000",
            "http://10.0.0.1",
            "null",
            "",
            "https://",
        ] {
            for pattern in patterns {
                let pattern: OriginPattern = pattern.parse().expect("a pattern");
                let parsed = text.parse::<Origin>().is_ok_and(|origin| pattern.matches(&origin));
                assert_eq!(pattern.matches_text(text), parsed, "{pattern} {text}");
            }
        }
    }
}
