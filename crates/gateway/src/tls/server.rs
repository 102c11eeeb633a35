//! The configuration of rustls for one listener.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use keyward_model::{Clock, Timestamp};
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::Ticketer;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ServerSessionMemoryCache, WebPkiClientVerifier};
use rustls::time_provider::TimeProvider;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};

use super::certificates::CertificateStore;
use super::error::TlsError;
use super::pair::chain;
use super::settings::{ClientAuth, TlsSettings, TlsVersion};

/// Sessions kept for clients of TLS 1.2 that take no tickets; beyond that, the oldest go.
const SESSIONS: usize = 4096;

/// What a configuration is made from.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) settings: &'a TlsSettings,
    pub(super) alpn: &'a [Vec<u8>],
    pub(super) certificates: &'a Arc<CertificateStore>,
    pub(super) clock: &'a Arc<dyn Clock>,
}

/// What a connection meets: the configuration of rustls, and who is asked about client certificates by it.
pub(crate) struct Front {
    pub(crate) config: Arc<ServerConfig>,
    verifier: Option<Arc<dyn ClientCertVerifier>>,
}

impl Front {
    /// Verifies a client's chain as a handshake would at `now`.
    pub(crate) fn verify(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: Timestamp,
    ) -> Result<(), rustls::Error> {
        let Some(verifier) = &self.verifier else { return Err(rustls::Error::NoCertificatesPresented) };
        let now = unix_time(now).ok_or(rustls::Error::FailedToGetCurrentTime)?;
        verifier.verify_client_cert(own, others, now).map(drop)
    }
}

/// A configuration with ticket keys and sessions of its own. `ca` is what is in the file of client authorities.
/// Early data is off: a request could be played again.
pub(super) fn front(parts: Parts<'_>, ca: Option<&[u8]>, provider: &Arc<CryptoProvider>) -> Result<Front, TlsError> {
    let versions: &[&SupportedProtocolVersion] = match parts.settings.min_version {
        TlsVersion::Tls12 => &[&TLS13, &TLS12],
        TlsVersion::Tls13 => &[&TLS13],
    };
    let time = Arc::new(Time(Arc::clone(parts.clock)));
    let builder = ServerConfig::builder_with_details(Arc::clone(provider), time)
        .with_protocol_versions(versions)
        .map_err(TlsError::Setup)?;
    let verifier = verifier(&parts.settings.client_auth, ca, provider)?;
    let builder = match &verifier {
        Some(verifier) => builder.with_client_cert_verifier(Arc::clone(verifier)),
        None => builder.with_no_client_auth(),
    };
    let mut config = builder.with_cert_resolver(Arc::clone(parts.certificates) as _);
    config.alpn_protocols = parts.alpn.to_vec();
    // One for all workers. Its keys change every six hours and open tickets for twelve.
    config.ticketer = Ticketer::new().map_err(TlsError::Setup)?;
    config.session_storage = ServerSessionMemoryCache::new(SESSIONS);
    config.max_early_data_size = 0;
    Ok(Front { config: Arc::new(config), verifier })
}

fn verifier(
    auth: &ClientAuth,
    ca: Option<&[u8]>,
    provider: &Arc<CryptoProvider>,
) -> Result<Option<Arc<dyn ClientCertVerifier>>, TlsError> {
    let (path, required) = match auth {
        ClientAuth::Off => return Ok(None),
        ClientAuth::Optional { ca } => (ca, false),
        ClientAuth::Required { ca } => (ca, true),
    };
    let roots = roots(path, ca.unwrap_or_default())?;
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    let builder = if required { builder } else { builder.allow_unauthenticated() };
    builder.build().map(Some).map_err(|_| TlsError::BadClientCa { path: path.clone() })
}

fn roots(path: &Path, text: &[u8]) -> Result<RootCertStore, TlsError> {
    let bad = || TlsError::BadClientCa { path: path.to_owned() };
    let mut roots = RootCertStore::empty();
    for certificate in chain(path, text).map_err(|_| bad())? {
        roots.add(certificate).map_err(|_| bad())?;
    }
    Ok(roots)
}

/// The clock handed in, as rustls asks for it.
struct Time(Arc<dyn Clock>);

impl TimeProvider for Time {
    fn current_time(&self) -> Option<UnixTime> {
        unix_time(self.0.now())
    }
}

fn unix_time(now: Timestamp) -> Option<UnixTime> {
    Some(UnixTime::since_unix_epoch(Duration::from_millis(u64::try_from(now.as_millis()).ok()?)))
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Time")
    }
}
