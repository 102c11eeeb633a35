//! What a client certificate says of its holder.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use keyward_model::Timestamp;
use keyward_model::thumbprint::Thumbprint;
use keyward_policy::checks::ClientCertificateFacts;
use keyward_vault::sha256;
use x509_parser::asn1_rs::ToDer;
use x509_parser::prelude::{AttributeTypeAndValue, FromDer, GeneralName, X509Certificate, X509Name};

/// Short names of the kinds of attributes (RFC 4514, section 3).
const KINDS: [(&str, &str); 9] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.6", "C"),
    ("2.5.4.9", "STREET"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("0.9.2342.19200300.100.1.1", "UID"),
];

/// A client certificate whose chain was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientCertificate {
    /// Its subject as in RFC 4514, the last part first: `CN=till 4,O=Shop`.
    pub(crate) subject: String,
    /// Its alternative names: DNS names, addresses, e-mail addresses, URIs.
    pub(crate) names: Vec<String>,
    /// The SHA-256 of it all.
    pub(crate) thumbprint: Thumbprint,
    /// When it ends.
    pub(crate) not_after: Timestamp,
}

/// The certificate is not one that can be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the client certificate verifies, but its subject or names cannot be read")]
pub(crate) struct UnreadableCertificate;

impl ClientCertificate {
    /// From DER.
    pub(crate) fn read(der: &[u8]) -> Result<Self, UnreadableCertificate> {
        let (_, certificate) = X509Certificate::from_der(der).map_err(|_| UnreadableCertificate)?;
        let alternative = certificate.subject_alternative_name().map_err(|_| UnreadableCertificate)?;
        let names = alternative.iter().flat_map(|extension| &extension.value.general_names).filter_map(name).collect();
        Ok(Self {
            subject: subject(certificate.subject()),
            names,
            thumbprint: Thumbprint::from_sha256(sha256(der)),
            not_after: Timestamp::from_millis(certificate.validity().not_after.timestamp().saturating_mul(1000)),
        })
    }

    /// As checks take it.
    pub(crate) fn facts(&self) -> ClientCertificateFacts<'_> {
        ClientCertificateFacts { subject: &self.subject, names: &self.names, thumbprint: &self.thumbprint }
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(text) | GeneralName::RFC822Name(text) | GeneralName::URI(text) => Some((*text).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let four = <[u8; 4]>::try_from(*bytes).map(|bytes| IpAddr::from(Ipv4Addr::from(bytes)));
            let six = <[u8; 16]>::try_from(*bytes).map(|bytes| IpAddr::from(Ipv6Addr::from(bytes)));
            four.or(six).ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

/// RFC 4514, section 2: the parts in reverse, those of one part joined by `+`.
fn subject(name: &X509Name<'_>) -> String {
    let parts: Vec<_> = name.iter_rdn().collect();
    let part = |attributes: Vec<String>| attributes.join("+");
    let texts: Vec<String> = parts.iter().rev().map(|rdn| part(rdn.iter().map(attribute).collect())).collect();
    texts.join(",")
}

fn attribute(attribute: &AttributeTypeAndValue<'_>) -> String {
    let oid = attribute.attr_type().to_id_string();
    let kind = KINDS.iter().find(|(known, _)| *known == oid).map(|(_, kind)| *kind);
    let mut text = format!("{}=", kind.unwrap_or(&oid));
    match attribute.as_str() {
        Ok(value) if kind.is_some() => escape(value, &mut text),
        // Section 2.4: what has no short name, or is no text, is shown as its encoding.
        _ => {
            text.push('#');
            for byte in attribute.attr_value().to_der_vec().unwrap_or_default() {
                let _ = write!(text, "{byte:02x}");
            }
        }
    }
    text
}

/// Section 2.4, and control characters as well, which would break lines.
fn escape(value: &str, text: &mut String) {
    let last = value.chars().count().saturating_sub(1);
    for (place, c) in value.chars().enumerate() {
        match c {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => text.extend(['\\', c]),
            ' ' if place == 0 || place == last => text.push_str("\\ "),
            '#' if place == 0 => text.push_str("\\#"),
            c if c.is_control() => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(text, "\\{byte:02x}");
                }
            }
            c => text.push(c),
        }
    }
}
