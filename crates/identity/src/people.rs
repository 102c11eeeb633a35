//! What every operation works with.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use keyward_model::audit::{Actor, Cause};
use keyward_model::change::KeyPurpose;
use keyward_model::user::User;
use keyward_model::{Clock, Random};
use keyward_store::{Store, StoreError};
use keyward_vault::Vault;
use serde_json::json;
use url::{Host, Url};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use crate::password::Hasher;
use crate::throttle::Throttle;
use crate::{PeopleError, keep, trail};

/// Knows people, and lets them in.
pub struct People {
    pub(crate) store: Store,
    pub(crate) vault: Arc<Vault>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) hasher: Hasher,
    pub(crate) throttle: Throttle,
    pub(crate) audience: Audience,
}

/// Where people reach Keyward: what passkeys are bound to.
#[derive(Clone)]
pub struct Audience {
    webauthn: Option<Arc<Webauthn>>,
}

/// Who comes, as far as the connection tells.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// From which address.
    pub address: IpAddr,
    /// With which program.
    pub agent: Option<String>,
    /// With which request.
    pub request_id: uuid::Uuid,
}

impl Audience {
    /// At `public_url`. Passkeys belong to the name of a host: at a loopback address they work as `localhost`, at any
    /// other address not at all.
    pub fn at(public_url: &str) -> Self {
        let webauthn = Url::parse(public_url).ok().and_then(|mut url| {
            let host = match url.host()? {
                Host::Domain(name) => name.to_owned(),
                Host::Ipv4(address) if address.is_loopback() => "localhost".to_owned(),
                Host::Ipv6(address) if address.is_loopback() => "localhost".to_owned(),
                _ => return None,
            };
            url.set_host(Some(&host)).ok()?;
            url.set_path("");
            WebauthnBuilder::new(&host, &url).ok()?.rp_name("Keyward").build().ok()
        });
        Self { webauthn: webauthn.map(Arc::new) }
    }

    /// Whether passkeys can be used.
    pub fn has_passkeys(&self) -> bool {
        self.webauthn.is_some()
    }

    pub(crate) fn webauthn(&self) -> Result<&Webauthn, PeopleError> {
        self.webauthn.as_deref().ok_or(PeopleError::NoPasskeysHere)
    }
}

impl Visitor {
    /// What a signed-in user does.
    pub fn cause(&self, user: &User) -> Cause {
        self.as_actor(Actor::User { id: user.id, name: user.name.clone() })
    }

    /// What somebody does whom nobody knows.
    pub(crate) fn stranger(&self) -> Cause {
        self.as_actor(Actor::Stranger)
    }

    fn as_actor(&self, actor: Actor) -> Cause {
        Cause { actor, address: Some(self.address), agent: self.agent.clone(), request_id: Some(self.request_id) }
    }
}

impl People {
    /// Over a store whose key ring is open in `vault`.
    pub fn new(
        store: Store,
        vault: Arc<Vault>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        audience: Audience,
    ) -> Self {
        let (hasher, throttle) = (Hasher::default(), Throttle::default());
        Self { store, vault, clock, random, hasher, throttle, audience }
    }

    /// Whether passkeys can be used here.
    pub fn has_passkeys(&self) -> bool {
        self.audience.has_passkeys()
    }

    /// Seals anew what people sign in with, where that is sealed with an older key; says how many. One that does not
    /// open is left as it is and logged.
    pub async fn reseal(&self) -> Result<usize, StoreError> {
        // Looked at first outside: a transaction holds up every other writer.
        let current = self.vault.ring().current(KeyPurpose::Seal);
        if self.store.credentials_sealed_otherwise(current).await?.is_empty() {
            return Ok(0);
        }
        let mut tx = self.store.begin(Cause::job("reseal")).await?;
        let mut resealed = 0;
        for credential in tx.credentials_sealed_otherwise(current).await? {
            match keep::resealed(&self.vault, &credential) {
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(credential = credential.id, %error, "a credential does not open and was not sealed anew");
                }
                Ok(Some(anew)) => {
                    tx.put_credential(&anew).await?;
                    let Some(user) = tx.user(anew.user).await? else { continue };
                    let versions = [credential.key_version, anew.key_version];
                    let [before, after] = versions.map(|version| Some(json!({ "key_version": version })));
                    trail::of_user(&mut tx, "credential.reseal", &user, before, after).await?;
                    resealed += 1;
                }
            }
        }
        if resealed > 0 {
            tx.commit().await?;
        }
        Ok(resealed)
    }
}

impl fmt::Debug for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("People")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_need_a_name() {
        for (url, works) in [
            ("https://keyward.example.com", true),
            ("http://127.0.0.1:8081", true),
            ("http://[::1]:8081", true),
            ("http://localhost:8081", true),
            ("http://192.0.2.7:8081", false),
            ("nonsense", false),
        ] {
            assert_eq!(Audience::at(url).has_passkeys(), works, "{url}");
        }
    }
}
