//! TLS in front: which certificate is shown to whom, how sessions are resumed, who the client has proved to be.
//!
//! Certificates are chosen by SNI from a set that is replaced whole ([`CertificateStore`]), so a renewed certificate
//! counts from the next handshake on, and connections that stand are not touched. The authorities of client
//! certificates are part of the configuration of rustls itself. When they change, the configuration is replaced, and
//! with it every key of tickets and every session kept: what was verified under the old authorities is not resumed
//! under the new ones. Within one configuration, the chain of a resumed session is verified anew (`accept.rs`): it may
//! have ended since.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use keyward_model::Clock;
use rustls::crypto::CryptoProvider;

pub(crate) mod accept;
mod certificates;
pub(crate) mod client;
mod error;
mod files;
mod pair;
mod server;
mod settings;
mod standing;
#[cfg(test)]
mod tests;

pub use error::TlsError;
pub use settings::{CertificateFiles, ClientAuth, TlsSettings, TlsVersion};
pub use standing::CertificateStanding;

use certificates::{CertificateStore, Entry};
use files::{Look, WatchedFiles};
use pair::Pair;
use server::Front;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// TLS for one listener.
pub(crate) struct TlsTermination {
    settings: TlsSettings,
    alpn: Vec<Vec<u8>>,
    clock: Arc<dyn Clock>,
    provider: Arc<CryptoProvider>,
    certificates: Arc<CertificateStore>,
    front: ArcSwap<Front>,
    watched: Mutex<Watched>,
}

/// The files, as last seen.
struct Watched {
    pairs: Vec<WatchedFiles>,
    client_ca: Option<WatchedFiles>,
}

impl TlsTermination {
    /// Reads every file that `settings` name. `alpn` are the protocols offered, the dearest first: `h2`, `http/1.1`.
    pub(crate) fn load(settings: TlsSettings, alpn: &[&[u8]], clock: Arc<dyn Clock>) -> Result<Self, TlsError> {
        if settings.certificates.is_empty() {
            return Err(TlsError::NoCertificates);
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut watched: Vec<WatchedFiles> = settings.certificates.iter().map(WatchedFiles::of_pair).collect();
        let mut entries = Vec::with_capacity(watched.len());
        for (files, watched) in settings.certificates.iter().zip(&mut watched) {
            let pair = watched.read(|contents| Pair::read(files, contents, &provider))?;
            entries.push(Entry::new(files, pair));
        }
        let mut client_ca = settings.client_auth.ca().map(|path| WatchedFiles::new([path.clone()]));
        let alpn: Vec<Vec<u8>> = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        let certificates = Arc::new(CertificateStore::new(entries));
        let parts = server::Parts { settings: &settings, alpn: &alpn, certificates: &certificates, clock: &clock };
        let front = match &mut client_ca {
            None => server::front(parts, None, &provider)?,
            Some(file) => file.read(|contents| server::front(parts, contents.first().map(|ca| &***ca), &provider))?,
        };
        certificates.warn_of_ends(clock.now());
        let front = ArcSwap::from_pointee(front);
        let watched = Mutex::new(Watched { pairs: watched, client_ca });
        Ok(Self { settings, alpn, clock, provider, certificates, front, watched })
    }

    /// What a connection meets that begins now.
    pub(crate) fn front(&self) -> Arc<Front> {
        self.front.load_full()
    }

    /// Looks at the files once, and takes over those that changed and are whole. A pair that cannot be read, or whose
    /// halves do not belong together, leaves the one before in place.
    pub(crate) fn look(&self) {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let Watched { pairs, client_ca } = &mut *watched;
        for (place, (files, watched)) in self.settings.certificates.iter().zip(pairs).enumerate() {
            match watched.look(|contents| Pair::read(files, contents, &self.provider)) {
                Look::Same => {}
                Look::New(pair) => {
                    let names = pair.names.join(" ");
                    self.certificates.replace(place, Entry::new(files, pair));
                    tracing::info!(file = %files.certificate.display(), names, "a certificate was replaced");
                }
                Look::Wrong(error) => {
                    tracing::warn!("a certificate is not replaced, and the one before stays in use: {error}");
                }
            }
        }
        if let Some(file) = client_ca {
            let Self { settings, alpn, certificates, clock, .. } = self;
            let parts = server::Parts { settings, alpn, certificates, clock };
            match file.look(|contents| server::front(parts, contents.first().map(|ca| &***ca), &self.provider)) {
                Look::Same => {}
                Look::New(front) => {
                    self.front.store(Arc::new(front));
                    tracing::info!("the authorities of client certificates were replaced; no older session is resumed");
                }
                Look::Wrong(error) => {
                    tracing::warn!("the authorities of client certificates stay those of before: {error}");
                }
            }
        }
        self.certificates.warn_of_ends(self.clock.now());
    }

    /// Looks at the files for ever.
    pub(crate) async fn watch(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK).await;
            let this = Arc::clone(&self);
            // A panic there is reported by the runtime, and the next round begins anew.
            let _ = tokio::task::spawn_blocking(move || this.look()).await;
        }
    }
}

impl fmt::Debug for TlsTermination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsTermination").field("certificates", &self.certificates).finish_non_exhaustive()
    }
}
