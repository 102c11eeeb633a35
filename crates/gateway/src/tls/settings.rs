//! What is said about TLS in front.

use std::path::PathBuf;

/// TLS of one listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSettings {
    /// The certificates, chosen by SNI. The first is shown where no other fits, or no name is asked for.
    pub certificates: Vec<CertificateFiles>,
    /// Whether clients are asked for certificates.
    pub client_auth: ClientAuth,
    /// The oldest version spoken.
    pub min_version: TlsVersion,
}

/// A certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// PEM: the server's own certificate first, then those between it and the root.
    pub certificate: PathBuf,
    /// PEM: the private key, without a passphrase.
    pub key: PathBuf,
}

/// Whether clients are asked for certificates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ClientAuth {
    /// They are not.
    #[default]
    Off,
    /// They are, and may go on without one. One that does not verify ends the handshake.
    Optional {
        /// PEM: the authorities whose certificates are accepted.
        ca: PathBuf,
    },
    /// Without one there is no connection.
    Required {
        /// PEM: the authorities whose certificates are accepted.
        ca: PathBuf,
    },
}

impl ClientAuth {
    /// The file of the authorities.
    pub(super) fn ca(&self) -> Option<&PathBuf> {
        match self {
            Self::Off => None,
            Self::Optional { ca } | Self::Required { ca } => Some(ca),
        }
    }
}

/// A version of TLS. None older is spoken at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// RFC 5246, with the suites that still count as good: ECDHE with AES-GCM or ChaCha20-Poly1305.
    #[default]
    Tls12,
    /// RFC 8446.
    Tls13,
}
