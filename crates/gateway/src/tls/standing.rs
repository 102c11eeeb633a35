//! How the certificates of a listener stand, for whoever watches.

use std::path::PathBuf;
use std::sync::PoisonError;

use keyward_model::Timestamp;

use super::TlsTermination;
use super::certificates::SOON;

/// How a certificate stands, or the authorities of client certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateStanding {
    /// Its file.
    pub file: PathBuf,
    /// When it ends; none for authorities.
    pub not_after: Option<Timestamp>,
    /// Why its files are not taken over as they are now; what was read before stays in use.
    pub stale: Option<String>,
    /// Whether it ends within two weeks, or has ended.
    pub ends_soon: bool,
    /// Whether it has ended.
    pub has_ended: bool,
}

impl TlsTermination {
    /// How each certificate stands, in the order of the settings, and last the authorities.
    pub(crate) fn standing(&self) -> Vec<CertificateStanding> {
        let now = self.clock.now();
        let ends = self.certificates.ends();
        let watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let pairs = ends.into_iter().zip(&watched.pairs).map(|((file, end), files)| CertificateStanding {
            file,
            not_after: Some(end),
            stale: files.wrong().map(str::to_owned),
            ends_soon: now.plus(SOON) > end,
            has_ended: now > end,
        });
        let authorities = self.settings.client_auth.ca().zip(watched.client_ca.as_ref());
        let authorities = authorities.map(|(file, files)| CertificateStanding {
            file: file.clone(),
            not_after: None,
            stale: files.wrong().map(str::to_owned),
            ends_soon: false,
            has_ended: false,
        });
        pairs.chain(authorities).collect()
    }
}
