//! The gateway's settings.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use keyward_gateway::{CertificateFiles, ClientAuth, ForwardedHeader, TlsListener, TlsSettings, TlsVersion};
use keyward_model::cidr::Cidr;
use serde::Deserialize;

use super::{ConfigurationError, Layers, address, between, count, parsed, parsed_or, path, seconds};

/// The gateway.
#[derive(Clone, Debug)]
pub struct GatewayConfiguration {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where it listens for HTTPS, and with what.
    pub tls: Option<TlsListener>,
    /// How many workers it has; none means one for each core.
    pub workers: Option<NonZeroUsize>,
    /// The proxies that are believed about where a call comes from.
    pub trusted_proxies: Vec<Cidr>,
    /// The header they say it in.
    pub forwarded_header: ForwardedHeader,
    /// Whether every connection begins with the PROXY protocol.
    pub proxy_protocol: bool,
    /// Bytes a request's head may have.
    pub max_head_bytes: usize,
    /// Bytes a request's target may have.
    pub max_uri_bytes: usize,
    /// Header fields a request may have.
    pub max_headers: usize,
    /// Bytes a request's body may have.
    pub max_body_bytes: u64,
    /// How long a request's head may take to arrive.
    pub head_timeout: Duration,
    /// How long may pass between two pieces of a request's body.
    pub body_timeout: Duration,
    /// How long a kept-alive connection may stay without a request.
    pub idle_timeout: Duration,
    /// How long a caller may take none of its answer.
    pub write_timeout: Duration,
    /// How many callers may be connected to one worker.
    pub max_connections: usize,
    /// How many requests one worker may have under way.
    pub max_requests_in_flight: usize,
    /// How long a worker stays awake behind a call.
    pub busy_poll: Duration,
    /// How long calls under way may go on after the signal to stop.
    pub drain_timeout: Duration,
    /// How long calls under way may go on after another process has taken over.
    pub handover_timeout: Duration,
}

impl GatewayConfiguration {
    pub(super) fn read(layers: &Layers) -> Result<Self, ConfigurationError> {
        let max_head_bytes = layers.required("gateway.max_head_bytes", count(1024, 60_000))?;
        let max_uri_bytes = layers.optional("gateway.max_uri_bytes", count(256, 60_000))?.unwrap_or(max_head_bytes);
        if max_uri_bytes > max_head_bytes {
            let problem = format!("is more than `gateway.max_head_bytes` ({max_head_bytes}), which holds it; lower it");
            return Err(layers.wrong("gateway.max_uri_bytes", problem));
        }
        let trusted_proxies: Vec<Cidr> = layers.optional("gateway.trusted_proxies", list(parsed))?.unwrap_or_default();
        let proxy_protocol = layers.required("gateway.proxy_protocol", one_of(SWITCH))?;
        if proxy_protocol && trusted_proxies.is_empty() {
            let problem = "needs `gateway.trusted_proxies`, the addresses of the proxies that may say who is connected; \
                           set that, or turn this off";
            return Err(layers.wrong("gateway.proxy_protocol", problem));
        }
        Ok(Self {
            listen: layers.required("gateway.listen", address)?,
            tls: tls(layers)?,
            workers: layers.optional("gateway.workers", parsed_or("a whole number from 1", FromStr::from_str))?,
            trusted_proxies,
            forwarded_header: layers.required("gateway.forwarded_header", one_of(FORWARDED_HEADERS))?,
            proxy_protocol,
            max_head_bytes,
            max_uri_bytes,
            max_headers: layers.required("gateway.max_headers", count(16, 1000))?,
            max_body_bytes: layers.required("gateway.max_body_bytes", between(0, 1 << 40))?,
            head_timeout: seconds(layers.required("gateway.head_timeout_seconds", between(1, 600))?),
            body_timeout: seconds(layers.required("gateway.body_timeout_seconds", between(1, 3600))?),
            idle_timeout: seconds(layers.required("gateway.idle_timeout_seconds", between(1, 3600))?),
            write_timeout: seconds(layers.required("gateway.write_timeout_seconds", between(1, 3600))?),
            max_connections: layers.required("gateway.max_connections", count(1, 1_000_000))?,
            max_requests_in_flight: layers.required("gateway.max_requests_in_flight", count(1, 1_000_000))?,
            busy_poll: Duration::from_micros(layers.required("gateway.busy_poll_microseconds", between(0, 1_000_000))?),
            drain_timeout: seconds(layers.required("gateway.drain_timeout_seconds", between(0, 3600))?),
            handover_timeout: seconds(layers.required("gateway.handover_timeout_seconds", between(0, 604_800))?),
        })
    }
}

pub(super) const SWITCH: &[(&str, bool)] = &[("off", false), ("on", true)];
const FORWARDED_HEADERS: &[(&str, ForwardedHeader)] =
    &[("x-forwarded-for", ForwardedHeader::XForwardedFor), ("forwarded", ForwardedHeader::Forwarded)];
const VERSIONS: &[(&str, TlsVersion)] = &[("1.2", TlsVersion::Tls12), ("1.3", TlsVersion::Tls13)];
const CLIENT_AUTH: &[(&str, AuthMode)] =
    &[("off", AuthMode::Off), ("optional", AuthMode::Optional), ("required", AuthMode::Required)];

#[derive(Clone, Copy)]
enum AuthMode {
    Off,
    Optional,
    Required,
}

fn tls(layers: &Layers) -> Result<Option<TlsListener>, ConfigurationError> {
    let listen = layers.optional("gateway.tls.listen", address)?;
    let own = match (layers.optional("gateway.tls.certificate", path)?, layers.optional("gateway.tls.key", path)?) {
        (Some(certificate), Some(key)) => Some(CertificateFiles { certificate, key }),
        (None, None) => None,
        (Some(_), None) => {
            return Err(layers.wrong("gateway.tls.certificate", "needs its key; set `gateway.tls.key`"));
        }
        (None, Some(_)) => {
            return Err(layers.wrong("gateway.tls.key", "needs its certificate; set `gateway.tls.certificate`"));
        }
    };
    let more = layers.optional("gateway.tls.certificates", pairs)?.unwrap_or_default();
    let certificates: Vec<CertificateFiles> = own.into_iter().chain(more).collect();
    let client_auth = client_auth(layers)?;
    let min_version = layers.required("gateway.tls.min_version", one_of(VERSIONS))?;
    match listen {
        Some(_) if certificates.is_empty() => Err(layers
            .wrong("gateway.tls.listen", "needs a certificate; set `gateway.tls.certificate` and `gateway.tls.key`")),
        Some(listen) => {
            Ok(Some(TlsListener { listen, settings: TlsSettings { certificates, client_auth, min_version } }))
        }
        None => {
            let of_no_use = ["gateway.tls.certificate", "gateway.tls.certificates", "gateway.tls.client_ca"];
            match of_no_use.into_iter().find(|key| layers.is_set(key)) {
                Some(key) => {
                    Err(layers.wrong(key, "is of no use without `gateway.tls.listen`; set that, or take this out"))
                }
                None => Ok(None),
            }
        }
    }
}

fn client_auth(layers: &Layers) -> Result<ClientAuth, ConfigurationError> {
    let mode = layers.required("gateway.tls.client_auth", one_of(CLIENT_AUTH))?;
    match (mode, layers.optional("gateway.tls.client_ca", path)?) {
        (AuthMode::Off, None) => Ok(ClientAuth::Off),
        (AuthMode::Off, Some(_)) => Err(layers.wrong(
            "gateway.tls.client_ca",
            "is of no use while `gateway.tls.client_auth` is off; set that to optional or required",
        )),
        (_, None) => {
            Err(layers.wrong("gateway.tls.client_auth", "needs `gateway.tls.client_ca`, the authorities to accept"))
        }
        (AuthMode::Optional, Some(ca)) => Ok(ClientAuth::Optional { ca }),
        (AuthMode::Required, Some(ca)) => Ok(ClientAuth::Required { ca }),
    }
}

/// One of a few words.
pub(super) fn one_of<T: Copy>(words: &'static [(&'static str, T)]) -> impl Fn(&str) -> Result<T, String> {
    move |text| {
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        found.ok_or_else(|| {
            let (last, first) = words.split_last().expect("there are words");
            let first: Vec<&str> = first.iter().map(|(word, _)| *word).collect();
            format!("is not known; use {} or {}", first.join(", "), last.0)
        })
    }
}

/// A list: of the file, as JSON, or separated by commas.
pub(super) fn list<T>(read: impl Fn(&str) -> Result<T, String>) -> impl Fn(&str) -> Result<Vec<T>, String> {
    move |text| {
        let items: Vec<String> = if text.starts_with('[') {
            serde_json::from_str(text).map_err(|_| "is not a list of texts in quotes".to_owned())?
        } else {
            separated(text).map(str::to_owned).collect()
        };
        items.iter().map(|item| read(item)).collect()
    }
}

fn separated(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// Certificates with their keys: tables in the file, `a.pem:a.key,b.pem:b.key` elsewhere.
fn pairs(text: &str) -> Result<Vec<CertificateFiles>, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Pair {
        certificate: PathBuf,
        key: PathBuf,
    }
    if text.starts_with('[') {
        let pairs: Vec<Pair> = serde_json::from_str(text).map_err(|_| {
            "is not a list of certificates; write each as { certificate = \"a.pem\", key = \"a.key\" }".to_owned()
        })?;
        return Ok(pairs.into_iter().map(|Pair { certificate, key }| CertificateFiles { certificate, key }).collect());
    }
    let pair = |text: &str| {
        let (certificate, key) = text
            .split_once(':')
            .ok_or("is not a list of certificates; write it as a.pem:a.key,b.pem:b.key".to_owned())?;
        Ok(CertificateFiles { certificate: path(certificate)?, key: path(key)? })
    };
    separated(text).map(pair).collect()
}
