//! An authority, certificates in files, and a service behind the TLS under test.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use keyward_model::clock::ManualClock;
use keyward_model::{Clock, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::super::accept::Accepted;
use super::super::{CertificateFiles, ClientAuth, TlsError, TlsSettings, TlsTermination, TlsVersion};

pub(super) type Authority = CertifiedIssuer<'static, KeyPair>;

pub(super) fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // Not the name that certificates have otherwise: OpenSSL takes those for their own issuers.
    params.distinguished_name.push(DnType::CommonName, "authority");
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

pub(super) fn named(names: &[&str]) -> CertificateParams {
    CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap()
}

/// A certificate and its key, as PEM and DER.
pub(super) struct Issued {
    pub(super) certificate: String,
    pub(super) key: String,
    pub(super) der: CertificateDer<'static>,
    pub(super) key_der: Vec<u8>,
}

pub(super) fn issue(authority: &Authority, params: CertificateParams) -> Issued {
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    Issued {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
        der: certificate.der().clone(),
        key_der: key.serialize_der(),
    }
}

pub(super) struct World {
    pub(super) directory: tempfile::TempDir,
    pub(super) authority: Authority,
    pub(super) clock: Arc<ManualClock>,
    pub(super) settings: TlsSettings,
}

impl World {
    pub(super) fn new() -> Self {
        let settings =
            TlsSettings { certificates: Vec::new(), client_auth: ClientAuth::Off, min_version: TlsVersion::Tls12 };
        let now: Timestamp = "2026-07-01T10:00:00Z".parse().unwrap();
        let directory = tempfile::tempdir().unwrap();
        Self { directory, authority: authority(), clock: Arc::new(ManualClock::at(now)), settings }
    }

    /// With one certificate, `a`, for `names`.
    pub(super) fn with(names: &[&str]) -> Self {
        let mut world = Self::new();
        world.add("a", names);
        world
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Writes a certificate for `names` and its key as `name`.
    pub(super) fn put(&self, name: &str, names: &[&str]) -> CertificateFiles {
        let issued = issue(&self.authority, named(names));
        CertificateFiles {
            certificate: self.write(&format!("{name}.pem"), &issued.certificate),
            key: self.write(&format!("{name}.key"), &issued.key),
        }
    }

    /// The same, and it counts.
    pub(super) fn add(&mut self, name: &str, names: &[&str]) {
        let files = self.put(name, names);
        self.settings.certificates.push(files);
    }

    pub(super) fn load(&self) -> Result<TlsTermination, TlsError> {
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as _;
        TlsTermination::load(self.settings.clone(), &[b"h2", b"http/1.1"], clock)
    }

    pub(super) async fn serve(&self) -> Served {
        let tls = Arc::new(self.load().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = Arc::clone(&tls);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(answer(Arc::clone(&serving), stream));
            }
        });
        Served { tls, address }
    }

    /// A client that trusts the authority.
    pub(super) fn client(&self) -> ClientConfig {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.der().clone()).unwrap();
        ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth()
    }

    /// A client that shows a certificate.
    pub(super) fn client_with(&self, issued: &Issued) -> ClientConfig {
        self.client_with_chain(vec![issued.der.clone()], issued.key_der.clone())
    }

    /// A client that shows a certificate and those between it and its authority.
    pub(super) fn client_with_chain(&self, chain: Vec<CertificateDer<'static>>, key: Vec<u8>) -> ClientConfig {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.der().clone()).unwrap();
        let key = PrivateKeyDer::Pkcs8(key.into());
        ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)
            .unwrap()
    }
}

/// Says what it knows of the client in a line; then gives back what it is sent, up to a `!`.
async fn answer(tls: Arc<TlsTermination>, stream: TcpStream) {
    let accepted = tls.accept(stream, tokio::time::sleep(Duration::from_secs(60))).await;
    let Ok(Accepted { mut stream, is_http2, client_certificate }) = accepted else { return };
    let who = client_certificate.map_or_else(
        || "nobody".to_owned(),
        |certificate| format!("{} {:?} {}", certificate.subject, certificate.names, certificate.thumbprint),
    );
    let kind = stream.get_ref().1.handshake_kind();
    let line = format!("{} {kind:?} {who}\n", if is_http2 { "h2" } else { "http/1.1" });
    if stream.write_all(line.as_bytes()).await.is_err() {
        return;
    }
    let mut byte = [0; 1];
    while let Ok(1) = stream.read(&mut byte).await {
        if byte[0] == b'!' || stream.write_all(&byte).await.is_err() {
            break;
        }
    }
    let _ = stream.shutdown().await;
}

/// TLS, serving.
pub(super) struct Served {
    pub(super) tls: Arc<TlsTermination>,
    pub(super) address: SocketAddr,
}

/// A connection, and the line it began with.
pub(super) struct Met {
    pub(super) stream: TlsStream<TcpStream>,
    pub(super) line: String,
}

impl Met {
    /// The certificate shown by the server.
    pub(super) fn certificate(&self) -> CertificateDer<'static> {
        self.stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
    }
}

impl Served {
    pub(super) async fn meet(&self, config: &Arc<ClientConfig>, name: &str) -> std::io::Result<Met> {
        let stream = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut stream = TlsConnector::from(Arc::clone(config)).connect(name, stream).await?;
        let mut line = Vec::new();
        loop {
            match stream.read_u8().await? {
                b'\n' => return Ok(Met { stream, line: String::from_utf8(line).unwrap() }),
                byte => line.push(byte),
            }
        }
    }
}

/// The certificate in a file.
pub(super) fn in_file(path: &Path) -> CertificateDer<'static> {
    use rustls::pki_types::pem::PemObject;
    CertificateDer::from_pem_file(path).unwrap()
}
