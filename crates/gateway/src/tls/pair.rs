//! One certificate with its key, read and held against each other.

use std::path::Path;
use std::sync::Arc;

use keyward_model::Timestamp;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
use zeroize::Zeroizing;

use super::error::TlsError;
use super::settings::CertificateFiles;

/// What the PEM of a key that needs a passphrase begins with.
const ENCRYPTED: [&[u8]; 2] = [b"-----BEGIN ENCRYPTED PRIVATE KEY-----", b"Proc-Type: 4,ENCRYPTED"];

/// A certificate and its key.
pub(super) struct Pair {
    pub(super) key: Arc<CertifiedKey>,
    /// The DNS names it is for, in lower case; `*.shop.example` for every name one level below.
    pub(super) names: Vec<String>,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
}

impl Pair {
    /// From what is in `files`: the certificates, then the key.
    pub(super) fn read(
        files: &CertificateFiles,
        contents: &[Zeroizing<Vec<u8>>],
        provider: &CryptoProvider,
    ) -> Result<Self, TlsError> {
        let [certificates, key] = contents else { return Err(TlsError::NoCertificates) };
        let chain = chain(&files.certificate, certificates)?;
        let bad = || TlsError::BadCertificate { path: files.certificate.clone() };
        let (_, own) = X509Certificate::from_der(&chain[0]).map_err(|_| bad())?;
        let names = names(&own).ok_or_else(bad)?;
        let moment = |seconds: i64| Timestamp::from_millis(seconds.saturating_mul(1000));
        let not_before = moment(own.validity().not_before.timestamp());
        let not_after = moment(own.validity().not_after.timestamp());
        let key = private_key(&files.key, key)?;
        let key =
            provider.key_provider.load_private_key(key).map_err(|_| TlsError::BadKey { path: files.key.clone() })?;
        let key = CertifiedKey::new(chain, key);
        match key.keys_match() {
            // Kinds of keys that do not tell their public half are found out by the first handshake.
            Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {}
            Err(rustls::Error::InconsistentKeys(_)) => {
                let CertificateFiles { certificate, key } = files.clone();
                return Err(TlsError::Mismatch { certificate, key });
            }
            Err(_) => return Err(bad()),
        }
        Ok(Self { key: Arc::new(key), names, not_before, not_after })
    }
}

/// Every certificate in the PEM `text`; at least one.
pub(super) fn chain(path: &Path, text: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(text).collect();
    let chain = chain.map_err(|_| TlsError::BadCertificate { path: path.to_owned() })?;
    if chain.is_empty() { Err(TlsError::NoCertificate { path: path.to_owned() }) } else { Ok(chain) }
}

fn private_key(path: &Path, text: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    let path = || path.to_owned();
    if ENCRYPTED.iter().any(|mark| text.windows(mark.len()).any(|window| window == *mark)) {
        return Err(TlsError::EncryptedKey { path: path() });
    }
    PrivateKeyDer::from_pem_slice(text).map_err(|error| match error {
        pem::Error::NoItemsFound => TlsError::NoKey { path: path() },
        _ => TlsError::BadKey { path: path() },
    })
}

/// The DNS names; none where the extension is damaged. A certificate without any is good for whoever asks for no name.
fn names(certificate: &X509Certificate<'_>) -> Option<Vec<String>> {
    let Some(alternative) = certificate.subject_alternative_name().ok()? else { return Some(Vec::new()) };
    let dns = alternative.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(name.trim_end_matches('.').to_ascii_lowercase()),
        _ => None,
    });
    Some(dns.collect())
}
