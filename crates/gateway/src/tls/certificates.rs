//! The certificates of a listener, and which of them is shown.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use keyward_model::Timestamp;
use rustls::SignatureScheme;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::pair::Pair;
use super::settings::CertificateFiles;

/// How long before its end a certificate is warned of.
pub(super) const SOON: Duration = Duration::from_secs(14 * 24 * 3600);

/// Certificates by name, replaced whole.
pub(super) struct CertificateStore {
    /// In the order of the settings. Held by whoever replaces, never by a handshake.
    entries: Mutex<Vec<Arc<Entry>>>,
    current: ArcSwap<Index>,
}

/// One certificate and where it came from.
pub(super) struct Entry {
    file: PathBuf,
    pair: Pair,
    /// How far its end was warned of, as [`Stage`].
    warned: AtomicU8,
}

impl Entry {
    pub(super) fn new(files: &CertificateFiles, pair: Pair) -> Self {
        Self { file: files.certificate.clone(), pair, warned: AtomicU8::new(Stage::Good as u8) }
    }
}

/// How a certificate stands to a moment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Good = 0,
    EndsSoon = 1,
    Ended = 2,
    NotBegun = 3,
}

/// What handshakes look into.
struct Index {
    /// Several may be for one name: one of RSA beside one of ECDSA, for clients that know only one of them.
    by_name: HashMap<String, Vec<Arc<CertifiedKey>>>,
    default: Option<Arc<CertifiedKey>>,
}

impl Index {
    fn of(entries: &[Arc<Entry>]) -> Self {
        let mut by_name: HashMap<String, Vec<Arc<CertifiedKey>>> = HashMap::new();
        for entry in entries {
            for name in &entry.pair.names {
                by_name.entry(name.clone()).or_default().push(Arc::clone(&entry.pair.key));
            }
        }
        Self { by_name, default: entries.first().map(|entry| Arc::clone(&entry.pair.key)) }
    }

    /// The certificate for `name`: that of the very name, or that of all names of its level, or the first of all.
    fn find(&self, name: Option<&str>, schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let found = name.and_then(|name| {
            let name = name.to_ascii_lowercase();
            self.by_name.get(&name).or_else(|| {
                let (_, level) = name.split_once('.')?;
                self.by_name.get(&format!("*.{level}"))
            })
        });
        let Some(found) = found else { return self.default.clone() };
        let usable = found.iter().find(|key| key.key.choose_scheme(schemes).is_some());
        usable.or_else(|| found.first()).cloned()
    }
}

impl CertificateStore {
    pub(super) fn new(entries: Vec<Entry>) -> Self {
        let entries: Vec<Arc<Entry>> = entries.into_iter().map(Arc::new).collect();
        Self { current: ArcSwap::from_pointee(Index::of(&entries)), entries: Mutex::new(entries) }
    }

    /// Puts another in the place of one. Handshakes from now on see it.
    pub(super) fn replace(&self, place: usize, entry: Entry) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = entries.get_mut(place) {
            *there = Arc::new(entry);
        }
        self.current.store(Arc::new(Index::of(&entries)));
    }

    /// The file of each and its end, in the order of the settings.
    pub(super) fn ends(&self) -> Vec<(PathBuf, Timestamp)> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().map(|entry| (entry.file.clone(), entry.pair.not_after)).collect()
    }

    /// Logs, once for each stage, which certificates end soon, have ended or have not begun.
    pub(super) fn warn_of_ends(&self, now: Timestamp) {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        for Entry { file, pair, warned } in entries.iter().map(|entry| &**entry) {
            let stage = if now < pair.not_before {
                Stage::NotBegun
            } else if now > pair.not_after {
                Stage::Ended
            } else if now.plus(SOON) > pair.not_after {
                Stage::EndsSoon
            } else {
                Stage::Good
            };
            if warned.swap(stage as u8, Ordering::Relaxed) == stage as u8 {
                continue;
            }
            let file = file.display();
            match stage {
                Stage::Good => {}
                Stage::EndsSoon => tracing::warn!(%file, end = %pair.not_after, "a certificate ends soon; renew it"),
                Stage::Ended => {
                    tracing::error!(%file, end = %pair.not_after, "a certificate has ended; clients refuse it");
                }
                Stage::NotBegun => {
                    tracing::warn!(%file, begin = %pair.not_before, "a certificate is not valid yet; clients refuse it");
                }
            }
        }
    }
}

impl ResolvesServerCert for CertificateStore {
    fn resolve(&self, client_hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.current.load().find(client_hello.server_name(), client_hello.signature_schemes())
    }
}

impl fmt::Debug for CertificateStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.current.load().by_name.keys()).finish()
    }
}
