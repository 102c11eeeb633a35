//! From a TCP connection to a TLS one.

use std::future::Future;
use std::io;

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

/// A handshake that came to nothing. Of interest to the record of security events; the client was told by an alert.
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
    /// The certificate has ended since it was verified: the session was begun before.
    #[error("the session was resumed, and its client certificate has ended since")]
    CertificateEnded,
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
        let acceptor = TlsAcceptor::from(self.config());
        let stream = tokio::select! {
            biased;
            stream = acceptor.accept(stream) => stream?,
            () = late => return Err(HandshakeError::Late),
        };
        let (_, session) = stream.get_ref();
        let is_http2 = session.alpn_protocol() == Some(b"h2");
        let shown = session.peer_certificates().and_then(|chain| chain.first());
        let client_certificate = shown.map(|own| ClientCertificate::read(own)).transpose()?;
        // What a session holds is not verified again when it is resumed.
        if client_certificate.as_ref().is_some_and(|certificate| self.clock.now() > certificate.not_after) {
            return Err(HandshakeError::CertificateEnded);
        }
        Ok(Accepted { stream, is_http2, client_certificate })
    }
}
