//! Why TLS cannot be set up. Nothing of a key is ever in these.

use std::path::PathBuf;

/// What is wrong with the settings or files of TLS, and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// No certificate is named.
    #[error("TLS needs at least one certificate with its key")]
    NoCertificates,
    /// A file cannot be read.
    #[error("{path} cannot be read: {error}; name another file, or let this user read it")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// There is no certificate in it.
    #[error("{path} holds no certificate; it must be PEM, with the server's own certificate first")]
    NoCertificate {
        /// Which.
        path: PathBuf,
    },
    /// A certificate in it is damaged.
    #[error("{path} holds a certificate that cannot be read; write the file anew from where it came")]
    BadCertificate {
        /// Which.
        path: PathBuf,
    },
    /// There is no key in it.
    #[error("{path} holds no private key; it must be PEM: PKCS#8, PKCS#1 or SEC1")]
    NoKey {
        /// Which.
        path: PathBuf,
    },
    /// The key in it needs a passphrase.
    #[error("the private key in {path} is encrypted; write it without a passphrase: openssl pkey -in KEY -out PLAIN")]
    EncryptedKey {
        /// Which.
        path: PathBuf,
    },
    /// The key in it is of no use.
    #[error(
        "the private key in {path} is damaged or of an unknown kind; use RSA (2048 to 8192 bits), ECDSA or Ed25519"
    )]
    BadKey {
        /// Which.
        path: PathBuf,
    },
    /// The halves do not belong together.
    #[error(
        "the private key in {key} is not that of the first certificate in {certificate}; name the key that belongs to \
         it, and put the server's own certificate first"
    )]
    Mismatch {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// The authorities of client certificates are of no use.
    #[error("{path} holds no authority for client certificates; it must be PEM, with one or more certificates of CAs")]
    BadClientCa {
        /// Which.
        path: PathBuf,
    },
    /// rustls refuses.
    #[error("TLS cannot be set up: {0}")]
    Setup(rustls::Error),
}
