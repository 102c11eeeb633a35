//! How Keyward presents itself at each target: what its connection says, with the secrets opened.
//!
//! A connection's secrets go to the connection's origin, or nowhere; a target whose connection cannot be had makes the
//! upstream unusable, so that nothing is ever sent there without what belongs to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use keyward_model::Name;
use keyward_model::connection::{Auth, ConnectionSpec};
use keyward_model::secret::{Hidden, SecretId};
use keyward_model::upstream::{Target, Upstream as UpstreamRecord};
use keyward_store::SecretValue;
use keyward_vault::{Sealed, Vault};
use rustls::sign::CertifiedKey;

use super::Index;
use crate::state::tls;
use crate::state::upstream::Credential;

/// How Keyward presents itself.
#[derive(Clone)]
pub(super) struct Presented {
    pub(super) credential: Arc<Credential>,
    /// What the credential was made by.
    pub(super) auth: Arc<Auth>,
    pub(super) identity: Option<Identity>,
}

/// A client certificate, and which value of which secret it is.
#[derive(Clone)]
pub(super) struct Identity {
    pub(super) of: IdentityOf,
    pub(super) certified: Arc<CertifiedKey>,
}

/// Tells identities apart, and values of one secret: its id, the version of the key it is sealed under, and the sealed
/// bytes, which are never the same for two values.
pub(super) type IdentityOf = (SecretId, u32, Vec<u8>);

/// For the targets of `upstream`, in their order.
pub(super) fn at_targets(
    index: &Index<'_>,
    vault: &Vault,
    upstream: &UpstreamRecord,
) -> Result<Vec<Presented>, String> {
    let mut known: BTreeMap<&Name, Presented> = BTreeMap::new();
    let nothing = Presented { credential: Arc::new(Credential::None), auth: Arc::new(Auth::None), identity: None };
    let of = |target: &Target, name: &Name| {
        let connection = index.connections.get(&(upstream.team, name));
        let connection = connection.ok_or_else(|| format!("connection {name} does not exist"))?;
        let origin = &connection.spec.origin;
        if target.url.origin() != origin {
            return Err(format!("target {} is not of connection {name}'s origin {origin}", target.url));
        }
        Ok(&connection.spec)
    };
    let targets = upstream.spec.targets.iter().map(|target| {
        let Some(name) = upstream.spec.connection_of(target) else { return Ok(nothing.clone()) };
        let connection = of(target, name)?;
        if let Some(known) = known.get(name) {
            return Ok(known.clone());
        }
        let made = presented(index, vault, upstream, connection);
        let made = made.map_err(|problem| format!("connection {name}: {problem}"))?;
        known.insert(name, made.clone());
        Ok(made)
    });
    targets.collect()
}

fn presented(
    index: &Index<'_>,
    vault: &Vault,
    upstream: &UpstreamRecord,
    connection: &ConnectionSpec,
) -> Result<Presented, String> {
    let open = |name: &Name| {
        let (id, value) = value(index, upstream, name)?;
        let sealed = Sealed { key_version: value.key_version, bytes: value.sealed.clone() };
        let opened = vault.open(value.team, &id.to_string(), &sealed);
        Ok::<_, String>((id, value, opened.map_err(|error| format!("secret {name}: {error}"))?))
    };
    let secret = connection.auth.secret().map(open).transpose()?;
    let secret: Option<&Hidden> = secret.as_ref().map(|(_, _, opened)| opened);
    let credential =
        Credential::prepare(&connection.auth, secret).ok_or("its secret has bytes that a header cannot carry")?;
    let identity = connection.client_certificate.as_ref().map(|name| {
        let (id, value, opened) = open(name)?;
        let certified = tls::identity(opened.expose()).map_err(|error| format!("secret {name} {error}"))?;
        Ok::<_, String>(Identity { of: (id, value.key_version, value.sealed.clone()), certified })
    });
    let auth = Arc::new(connection.auth.clone());
    Ok(Presented { credential: Arc::new(credential), auth, identity: identity.transpose()? })
}

fn value<'s>(index: &Index<'s>, upstream: &UpstreamRecord, name: &Name) -> Result<(SecretId, &'s SecretValue), String> {
    let id = index.secrets.get(&(upstream.team, name)).ok_or_else(|| format!("secret {name} does not exist"))?;
    let value = index.source.values.get(id).ok_or_else(|| format!("secret {name} has no value yet"))?;
    Ok((*id, value))
}
