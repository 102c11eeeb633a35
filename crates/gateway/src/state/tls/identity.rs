//! A client certificate with its key, as a secret holds them: PEM, one key and its certificate with the chain.
//!
//! The key is read here and not by the PEM reader of rustls, whose buffers are not wiped.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use zeroize::Zeroizing;

/// Why a secret is no client certificate. In words for the api's owner; nothing of the secret is in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IdentityError {
    /// It is something else.
    #[error("holds no PEM certificate")]
    NoCertificate,
    /// A certificate that cannot be read.
    #[error("holds a certificate that cannot be read")]
    BadCertificate,
    /// The certificate alone.
    #[error("holds no PEM private key")]
    NoKey,
    /// Which of them would be meant is not said.
    #[error("holds more than one private key")]
    SeveralKeys,
    /// Nobody is here to type it.
    #[error("holds a private key that needs a passphrase")]
    Encrypted,
    /// Damaged, or of a kind that is not known.
    #[error("holds a private key that cannot be used")]
    BadKey,
    /// They were mixed up.
    #[error("holds a private key that does not fit its certificate; the client's own has to stand first")]
    Mismatch,
}

/// Reads the certificate and the key.
pub(crate) fn identity(text: &[u8]) -> Result<Arc<CertifiedKey>, IdentityError> {
    let key = private_key(text)?;
    let key = PrivateKeyDer::try_from(&key[..]).map_err(|_| IdentityError::BadKey)?;
    let key = any_supported_type(&key).map_err(|_| IdentityError::BadKey)?;
    let chain: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&without_keys(text)).collect();
    let chain = chain.map_err(|_| IdentityError::BadCertificate)?;
    if chain.is_empty() {
        return Err(IdentityError::NoCertificate);
    }
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(Arc::new(certified)),
        Err(Error::InconsistentKeys(_)) => Err(IdentityError::Mismatch),
        Err(_) => Err(IdentityError::BadCertificate),
    }
}

/// The bytes of the one private key.
fn private_key(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
    let mut keys = sections(text).filter(|section| section.label.ends_with(b"PRIVATE KEY"));
    let key = keys.next().ok_or(IdentityError::NoKey)?;
    if keys.next().is_some() {
        return Err(IdentityError::SeveralKeys);
    }
    // A blank line ends the headers of the old form (RFC 1421), which is how it says that it is encrypted.
    if key.label.starts_with(b"ENCRYPTED") || key.body.contains(&b':') {
        return Err(IdentityError::Encrypted);
    }
    let base64: Vec<u8> = key.body.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    let base64 = Zeroizing::new(base64);
    STANDARD.decode(&*base64).map(Zeroizing::new).map_err(|_| IdentityError::BadKey)
}

/// The text with the content of private keys left out.
fn without_keys(text: &[u8]) -> Vec<u8> {
    let certificates = sections(text).filter(|section| section.label == b"CERTIFICATE");
    certificates.flat_map(|section| [section.whole, b"\n"].concat()).collect()
}

/// One section of a PEM text (RFC 7468).
struct Section<'a> {
    label: &'a [u8],
    body: &'a [u8],
    whole: &'a [u8],
}

fn sections(text: &[u8]) -> impl Iterator<Item = Section<'_>> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    const END: &[u8] = b"-----END ";
    const DASHES: &[u8] = b"-----";
    let mut rest = text;
    std::iter::from_fn(move || {
        let from = find(rest, BEGIN)?;
        let whole = &rest[from..];
        let label = &whole[BEGIN.len()..];
        let label = &label[..find(label, DASHES)?];
        let begun = BEGIN.len() + label.len() + DASHES.len();
        let body = &whole[begun..];
        let body = &body[..find(body, END)?];
        let closing = begun + body.len() + END.len();
        let end = closing + find(&whole[closing..], DASHES)? + DASHES.len();
        rest = &whole[end..];
        Some(Section { label, body, whole: &whole[..end] })
    })
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn pair() -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["client".to_owned()]).unwrap().self_signed(&key).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    #[test]
    fn in_any_order_with_text_around() {
        let ((certificate, key), (other, _)) = (pair(), pair());
        for text in [
            format!("{certificate}{key}"),
            format!("{key}{certificate}{other}"),
            format!("subject: client\r\n{}\r\nmore\r\n{}", key.replace('\n', "\r\n"), certificate),
        ] {
            let found = identity(text.as_bytes()).unwrap();
            assert_eq!(found.cert.len(), if text.contains(&other) { 2 } else { 1 });
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_secret() {
        let ((certificate, key), (other, other_key)) = (pair(), pair());
        let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
        let old = key.replacen("-----\n", "-----\nProc-Type: 4,ENCRYPTED\n\n", 1);
        let damaged = key.replacen("MIG", "!!!", 1);
        let short = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n".to_owned();
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for (text, expected) in [
            (String::new(), IdentityError::NoKey),
            (certificate.clone(), IdentityError::NoKey),
            (key.clone(), IdentityError::NoCertificate),
            (format!("{other}{key}"), IdentityError::Mismatch),
            (format!("{certificate}{key}{other_key}"), IdentityError::SeveralKeys),
            (format!("{certificate}{encrypted}"), IdentityError::Encrypted),
            (format!("{certificate}{old}"), IdentityError::Encrypted),
            (format!("{certificate}{damaged}"), IdentityError::BadKey),
            (format!("{certificate}{short}"), IdentityError::BadKey),
            (format!("{broken}{key}"), IdentityError::BadCertificate),
            (format!("{certificate}-----BEGIN PRIVATE KEY-----\nMIG"), IdentityError::NoKey),
        ] {
            assert_eq!(identity(text.as_bytes()).err(), Some(expected), "{text}");
        }
    }
}
