//! An upstream, ready to be called: targets with their addresses, TLS and credential.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use keyward_model::connection::Auth;
use keyward_model::secret::Hidden;
use keyward_model::upstream::{Balance, Protocol, Retries, Timeouts};
use keyward_policy::balance::Health;
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use super::health::Ledger;
use crate::channel::FieldsOut;
use crate::exchange::Exchange;
use crate::probe::Probe;
use crate::query;
use crate::transform::{path_and_query, reads_as, write_fields};

mod head;
mod presents;
mod probe;

/// An upstream.
pub(crate) struct Upstream {
    /// In the order in which they are called.
    pub(crate) targets: Vec<Target>,
    /// How long to wait where a route does not say otherwise.
    pub(crate) timeouts: Timeouts,
    /// How the targets fare, in the same order.
    pub(crate) health: Arc<Health>,
    /// What all workers share beside that.
    pub(crate) ledger: Arc<Ledger>,
    /// What targets are asked over and over, if anything.
    pub(crate) probe: Option<Probe>,
    /// Which target gets a call.
    pub(crate) balance: Balance,
    /// When a call that failed goes out again.
    pub(crate) retries: Retries,
    /// Statuses by which a target counts as failing.
    pub(crate) failing: Box<[u16]>,
}

/// One target.
pub(crate) struct Target {
    /// The name of its upstream.
    pub(crate) upstream: Arc<str>,
    /// Its URL, without anything secret.
    pub(crate) name: Arc<str>,
    /// What its pooled connections are kept under: the same for the same origin, protocol and trust.
    pub(crate) key: u32,
    /// What is spoken there.
    pub(crate) protocol: Protocol,
    /// Host name or address to connect to.
    pub(crate) host: Box<str>,
    /// The port.
    pub(crate) port: u16,
    /// For `https`.
    pub(crate) tls: Option<Tls>,
    /// For the `Host` header.
    pub(super) authority: Box<str>,
    /// What stands before every path.
    pub(super) prefix: Box<str>,
    /// How Keyward presents itself.
    pub(super) credential: Arc<Credential>,
    /// What that was made by.
    pub(super) auth: Arc<Auth>,
}

/// How to speak TLS to a target.
pub(crate) struct Tls {
    /// What is trusted.
    pub(crate) connector: TlsConnector,
    /// What the certificate has to be for.
    pub(crate) name: ServerName<'static>,
}

/// A credential in the form in which it is sent.
pub(crate) enum Credential {
    None,
    Header(HeaderName, HeaderValue),
    /// A parameter of the query.
    Query {
        /// Its name.
        name: Box<str>,
        /// `name=value`, encoded.
        pair: Hidden,
    },
}

impl Target {
    /// The request for this target: its first line and fields for HTTP/1.
    pub(crate) fn write_lines(&self, exchange: &Exchange, out: &mut Vec<u8>) {
        out.extend_from_slice(exchange.head.method_bytes());
        out.push(b' ');
        let (path, query) = path_and_query(exchange).unwrap_or(("/", None));
        self.write_path(path, query.as_deref(), out);
        out.extend_from_slice(b" HTTP/1.1\r\n");
        let mut fields = FieldsOut::Lines(out);
        fields.field(b"host", self.authority.as_bytes());
        self.write_fields(exchange, &mut fields);
        out.extend_from_slice(b"\r\n");
    }

    /// Path and query, with the credential where it goes there.
    fn write_path(&self, path: &str, query: Option<&str>, out: &mut Vec<u8>) {
        out.extend_from_slice(self.prefix.as_bytes());
        out.extend_from_slice(path.as_bytes());
        let Credential::Query { name, pair } = &*self.credential else {
            if let Some(query) = query {
                out.push(b'?');
                out.extend_from_slice(query.as_bytes());
            }
            return;
        };
        out.push(b'?');
        // Of two parameters of one name some services take the first, which would be the caller's.
        let rest = query::without(query.unwrap_or_default(), name);
        if !rest.is_empty() {
            out.extend_from_slice(rest.as_bytes());
            out.push(b'&');
        }
        out.extend_from_slice(pair.expose());
    }

    /// The fields that any request has, and the credential.
    fn write_fields(&self, exchange: &Exchange, fields: &mut FieldsOut<'_>) {
        match &*self.credential {
            // Whoever reads headers as CGI variables takes `X_Service_Key` from the caller for `X-Service-Key` from
            // Keyward.
            Credential::Header(own, value) => {
                write_fields(exchange, fields, |name| reads_as(name, own.as_str()));
                fields.credential(own, value);
            }
            Credential::None | Credential::Query { .. } => write_fields(exchange, fields, |_| false),
        }
    }
}

impl Credential {
    /// Puts a secret into the form in which `auth` presents it. None when a header cannot carry it.
    pub(super) fn prepare(auth: &Auth, secret: Option<&Hidden>) -> Option<Self> {
        let plain = secret.map(Hidden::expose);
        Some(match auth {
            Auth::None => Self::None,
            Auth::Header { name, prefix, .. } => {
                Self::Header(HeaderName::from_bytes(name.as_bytes()).ok()?, sensitive(&[prefix.as_bytes(), plain?])?)
            }
            Auth::Bearer { .. } => Self::Header(AUTHORIZATION, sensitive(&[b"Bearer ", plain?])?),
            Auth::Basic { username, .. } => {
                let pair = Zeroizing::new([username.as_bytes(), b":", plain?].concat());
                let encoded = Zeroizing::new(STANDARD.encode(&*pair));
                Self::Header(AUTHORIZATION, sensitive(&[b"Basic ", encoded.as_bytes()])?)
            }
            Auth::Query { name, .. } => {
                let value = Zeroizing::new(query::encode(plain?));
                let encoded = query::encode(name.as_bytes());
                let pair = Hidden::new([encoded.as_bytes(), b"=", value.as_bytes()].concat());
                Self::Query { name: name.as_str().into(), pair }
            }
        })
    }
}

fn sensitive(parts: &[&[u8]]) -> Option<HeaderValue> {
    let bytes = Zeroizing::new(parts.concat());
    let mut value = HeaderValue::from_bytes(&bytes).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use keyward_model::Name;

    use super::*;

    fn prepared(auth: &Auth, secret: &str) -> Option<(String, String)> {
        match Credential::prepare(auth, Some(&Hidden::new(secret)))? {
            Credential::None => None,
            Credential::Header(name, value) => {
                assert!(value.is_sensitive() && !format!("{value:?}").contains(secret));
                Some((name.to_string(), value.to_str().unwrap().to_owned()))
            }
            Credential::Query { pair, .. } => Some((String::new(), pair.expose_str().unwrap().to_owned())),
        }
    }

    #[test]
    fn each_way_to_present_a_secret() {
        let secret: Name = "crm".parse().unwrap();
        let pair = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
        let header = Auth::Header { name: "X-Crm".to_owned(), prefix: "Key ".to_owned(), secret: secret.clone() };
        assert_eq!(prepared(&header, "s3cret"), pair("x-crm", "Key s3cret"));
        assert_eq!(
            prepared(&Auth::Bearer { secret: secret.clone() }, "s3cret"),
            pair("authorization", "Bearer s3cret")
        );
        let basic = Auth::Basic { username: "kw".to_owned(), secret: secret.clone() };
        assert_eq!(prepared(&basic, "s3cret"), pair("authorization", "Basic a3c6czNjcmV0"));
        let query = Auth::Query { name: "key".to_owned(), secret: secret.clone() };
        assert_eq!(prepared(&query, "a&b=c"), pair("", "key=a%26b%3Dc"));
        assert_eq!(prepared(&Auth::Bearer { secret: secret.clone() }, "two\r\nlines"), None);
        assert!(Credential::prepare(&Auth::Bearer { secret }, None).is_none());
    }
}
