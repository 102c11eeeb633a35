//! From a TCP connection to a TLS one.

use std::borrow::Cow;
use std::future::Future;
use std::io;
use std::sync::Arc;

use keyward_model::security::SecurityKind;
use rustls::{CertificateError, HandshakeKind};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::TlsTermination;
use super::client::{ClientCertificate, UnreadableCertificate};

/// A connection whose handshake is over.
pub(crate) struct Accepted<S> {
    pub(crate) stream: TlsStream<S>,
    /// Whether the client asked for HTTP/2 and is to get it. Without ALPN it is HTTP/1.1.
    pub(crate) is_http2: bool,
    /// What the client has proved to be.
    pub(crate) client_certificate: Option<ClientCertificate>,
}

/// A handshake that came to nothing. The client was told by an alert.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandshakeError {
    /// It took too long.
    #[error("the TLS handshake took too long")]
    Late,
    /// The client left, or what it sent is refused.
    #[error("the TLS handshake failed: {0}")]
    Failed(#[from] io::Error),
    /// The chain verifies, but Keyward cannot read the certificate's own facts.
    #[error(transparent)]
    Certificate(#[from] UnreadableCertificate),
    /// The session was begun before, and what its client showed then does not verify any more.
    #[error("the session was resumed, and its client certificate does not verify any more: {0}")]
    Resumed(rustls::Error),
}

impl HandshakeError {
    /// What of it is a security event, in words that hold nothing of the client's. Nothing where the client just left.
    pub(crate) fn hostile(&self) -> Option<(SecurityKind, Cow<'static, str>)> {
        let failed = match self {
            Self::Late => return Some((SecurityKind::TlsTimeout, "the handshake took too long".into())),
            Self::Certificate(error) => {
                return Some((SecurityKind::ClientCertificateRefused, error.to_string().into()));
            }
            Self::Resumed(error) => return Some((SecurityKind::ClientCertificateRefused, refused(error).into())),
            Self::Failed(error) => error.get_ref()?.downcast_ref::<rustls::Error>()?,
        };
        Some(match failed {
            rustls::Error::NoCertificatesPresented => {
                (SecurityKind::ClientCertificateMissing, "the client has to show a certificate".into())
            }
            rustls::Error::InvalidCertificate(_) => (SecurityKind::ClientCertificateRefused, refused(failed).into()),
            rustls::Error::AlertReceived(alert) => {
                (SecurityKind::TlsRefused, format!("the client gave up with the alert {alert:?}").into())
            }
            rustls::Error::PeerIncompatible(_) | rustls::Error::NoApplicationProtocol => (
                SecurityKind::TlsRefused,
                "the client asks for a version, suite or protocol that is not offered".into(),
            ),
            _ => (SecurityKind::TlsRefused, "what came is no proper TLS".into()),
        })
    }
}

/// Why a client certificate is not believed.
fn refused(error: &rustls::Error) -> &'static str {
    let rustls::Error::InvalidCertificate(error) = error else { return "the certificate cannot be verified" };
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "the certificate has ended",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "the certificate has not begun",
        CertificateError::UnknownIssuer => "the certificate is of no authority that is believed",
        CertificateError::Revoked => "the certificate is revoked",
        CertificateError::BadEncoding => "the certificate cannot be read",
        CertificateError::BadSignature => "the certificate or the proof of its key has a bad signature",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "the certificate is not one for clients"
        }
        _ => "the certificate cannot be verified",
    }
}

impl TlsTermination {
    /// Makes the handshake. `late` is over when it has taken too long.
    pub(crate) async fn accept<S>(
        &self,
        stream: S,
        late: impl Future<Output = ()>,
    ) -> Result<Accepted<S>, HandshakeError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let front = self.front();
        let acceptor = TlsAcceptor::from(Arc::clone(&front.config));
        let stream = tokio::select! {
            biased;
            stream = acceptor.accept(stream) => stream?,
            () = late => return Err(HandshakeError::Late),
        };
        let (_, session) = stream.get_ref();
        let is_http2 = session.alpn_protocol() == Some(b"h2");
        let Some((own, others)) = session.peer_certificates().and_then(<[_]>::split_first) else {
            return Ok(Accepted { stream, is_http2, client_certificate: None });
        };
        // rustls believes what a resumed session holds. Its chain may have ended since, or its authority be gone.
        let now = self.front();
        if session.handshake_kind() != Some(HandshakeKind::Full) || !Arc::ptr_eq(&front, &now) {
            now.verify(own, others, self.clock.now()).map_err(HandshakeError::Resumed)?;
        }
        let client_certificate = Some(ClientCertificate::read(own)?);
        Ok(Accepted { stream, is_http2, client_certificate })
    }
}
