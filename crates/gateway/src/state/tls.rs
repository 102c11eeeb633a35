//! What is trusted when Keyward speaks TLS to an upstream.

use std::sync::{Arc, OnceLock};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

mod identity;

pub(super) use identity::identity;

/// Trusts the certificates in `ca` (PEM) alone, or the machine's where there is none; presents `identity` to whoever
/// asks for a client certificate. The error is for the api's owner.
pub(super) fn connector(ca: Option<&str>, identity: Option<Arc<CertifiedKey>>) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    match ca {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let certificate = certificate.map_err(|error| format!("its `ca` cannot be read: {error:?}"))?;
                roots.add(certificate).map_err(|error| format!("its `ca` holds no usable certificate: {error}"))?;
            }
            if roots.is_empty() {
                return Err("its `ca` holds no certificate".to_owned());
            }
        }
        None => roots.add_parsable_certificates(of_the_machine().iter().cloned()).0.checked_sub(1).map_or_else(
            || Err("this machine has no certificates to trust; install ca-certificates, or set `ca`".to_owned()),
            |_| Ok(()),
        )?,
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))?
        .with_root_certificates(roots);
    let mut config = match identity {
        Some(identity) => config.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity))),
        None => config.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Read once: the machine's store holds hundreds, and changes with the machine.
fn of_the_machine() -> &'static [CertificateDer<'static>] {
    static CERTIFICATES: OnceLock<Vec<CertificateDer<'static>>> = OnceLock::new();
    CERTIFICATES.get_or_init(|| rustls_native_certs::load_native_certs().certs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ca_that_holds_nothing_is_named() {
        for (pem, expected) in
            [("", "no certificate"), ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "usable")]
        {
            let Err(problem) = connector(Some(pem), None) else { panic!("{pem:?} was taken") };
            assert!(problem.contains(expected), "{problem}");
        }
    }
}
