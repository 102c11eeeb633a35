//! What a target's certificate has to be for, where that is not the target's own host.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::text::textual;

/// A host name in lower case (RFC 5890, A-labels), or an address.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ServerName(Box<str>);

impl ServerName {
    /// The name; an IPv6 address without brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not a name a certificate can be for.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a server name is a host name such as crm.example, or an address, without a port")]
pub struct ServerNameError;

impl FromStr for ServerName {
    type Err = ServerNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self(address.to_string().into()));
        }
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        // A last label of digits is meant as an address, and is none.
        let numeric = text.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
        let fits = text.len() <= 253 && text.split('.').all(label) && !numeric;
        if fits { Ok(Self(text.to_ascii_lowercase().into())) } else { Err(ServerNameError) }
    }
}

textual!(ServerName, "ServerName", "A host name or an address, without a port.", "crm.example");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_without_a_port() {
        for (text, written) in
            [("CRM.Example", "crm.example"), ("10.0.0.1", "10.0.0.1"), ("2001:DB8::1", "2001:db8::1")]
        {
            assert_eq!(text.parse::<ServerName>().map(|name| name.to_string()), Ok(written.to_owned()));
        }
        for bad in ["", "crm.example:443", "[::1]", "crm..example", ".example", "-a.example", "a b", "10.0.0.300", "*"]
        {
            assert!(bad.parse::<ServerName>().is_err(), "{bad}");
        }
    }
}
