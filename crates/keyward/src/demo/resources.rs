//! What the demo is made of: a team with an app, and an api in front of the orders service.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use keyward_model::api::ApiSpec;
use keyward_model::app::AppSpec;
use keyward_model::audit::Cause;
use keyward_model::connection::ConnectionSpec;
use keyward_model::manifest::Manifest;
use keyward_model::secret::{Hidden, Secret, SecretSpec};
use keyward_model::team::{Team, TeamSpec};
use keyward_model::upstream::UpstreamSpec;
use keyward_model::{Name, Record, Resource};
use keyward_store::{SecretValue, StoreError};
use keyward_vault::Sealed;

use crate::declare::Declare;
use crate::installation::Installation;

/// The demo's team.
pub(crate) const TEAM: &str = "demo";
/// What it publishes, as one would write it for `keyward apply`.
const MANIFEST: &str = include_str!("demo.yaml");
const SECRET: &str = "orders-key";
const CONNECTION: &str = "orders";

/// The key that the orders service wants and the vault holds: the one there, or a new one.
pub(crate) async fn orders_key(installation: &Installation) -> Result<Hidden, StoreError> {
    let Installation { store, vault, random, .. } = installation;
    if let Some(team) = store.team_by_name(TEAM).await?
        && let Some(secret) = store.resource::<SecretSpec>(team.id, SECRET).await?
        && let Some(value) = store.secret_value(secret.id).await?
    {
        let sealed = Sealed { key_version: value.key_version, bytes: value.sealed };
        // One that does not open any more is replaced, like one that is gone.
        if let Ok(key) = vault.open(team.id, &secret.id.to_string(), &sealed) {
            return Ok(key);
        }
    }
    let mut bytes = [0u8; 24];
    random.fill(&mut bytes);
    Ok(Hidden::new(bytes.map(|byte| format!("{byte:02x}")).concat()))
}

/// Where the orders service listened the last time.
pub(crate) async fn orders_port(installation: &Installation) -> Result<u16, StoreError> {
    let store = &installation.store;
    let Some(team) = store.team_by_name(TEAM).await? else { return Ok(0) };
    let upstream = store.resource::<UpstreamSpec>(team.id, CONNECTION).await?;
    let target = upstream.as_ref().and_then(|upstream| upstream.spec.targets.first());
    Ok(target.map_or(0, |target| target.url.origin().port()))
}

/// Makes sure that all of it is there. What somebody has changed since stays as it is; only the way to the orders
/// service follows where it listens now.
pub(crate) async fn ensure(installation: &Installation, orders: SocketAddr, key: &Hidden) -> Result<(), StoreError> {
    let manifest = manifest(orders);
    let mut declare = Declare::begin(installation, Cause::machine(super::COMMAND)).await?;
    let team = match declare.tx.team_by_name(TEAM).await? {
        Some(team) => team,
        None => {
            let spec = TeamSpec { title: "Demo".to_owned(), ..TeamSpec::default() };
            declare.ensure(None, TEAM, spec).await?
        }
    };
    only::<AppSpec>(&mut declare, &team, manifest.apps).await?;
    // The value is made here and comes from nowhere else.
    let secrets = manifest.secrets.into_iter().map(|(name, spec)| (name, SecretSpec { value_from: None, ..spec }));
    let secret = only::<SecretSpec>(&mut declare, &team, secrets.collect()).await?;
    put_key(installation, &mut declare, &secret, key).await?;
    let connection = manifest.connections.into_iter().next();
    follow::<ConnectionSpec>(&mut declare, &team, connection, |spec, new| spec.origin = new.origin).await?;
    let upstream = manifest.upstreams.into_iter().next();
    follow::<UpstreamSpec>(&mut declare, &team, upstream, |spec, new| spec.targets = new.targets).await?;
    only::<ApiSpec>(&mut declare, &team, manifest.apis).await?;
    declare.finish().await
}

fn manifest(orders: SocketAddr) -> Manifest {
    let text = MANIFEST.replace("http://127.0.0.1:9000", &format!("http://{orders}"));
    serde_saphyr::from_str(&text).expect("the demo's manifest is part of the binary and tested")
}

async fn only<T: Resource>(
    declare: &mut Declare<'_>,
    team: &Team,
    specs: BTreeMap<Name, T>,
) -> Result<Record<T>, StoreError> {
    let (name, spec) = specs.into_iter().next().expect("the demo's manifest has one of each");
    declare.ensure(Some(team.id), &name, spec).await
}

async fn follow<T: Resource>(
    declare: &mut Declare<'_>,
    team: &Team,
    wanted: Option<(Name, T)>,
    change: impl FnOnce(&mut T, T),
) -> Result<(), StoreError> {
    let (name, wanted) = wanted.expect("the demo's manifest has one of each");
    let there = declare.ensure(Some(team.id), &name, wanted.clone()).await?;
    let mut spec = there.spec.clone();
    change(&mut spec, wanted);
    declare.change(&there, spec).await.map(drop)
}

async fn put_key(
    installation: &Installation,
    declare: &mut Declare<'_>,
    secret: &Secret,
    key: &Hidden,
) -> Result<(), StoreError> {
    if let Some(there) = installation.store.secret_value(secret.id).await? {
        let sealed = Sealed { key_version: there.key_version, bytes: there.sealed };
        let held = installation.vault.open(secret.team, &secret.id.to_string(), &sealed);
        if held.is_ok_and(|held| keyward_vault::equal(held.expose(), key.expose())) {
            return Ok(());
        }
    }
    let sealed = installation.vault.seal(secret.team, &secret.id.to_string(), key);
    let (key_version, sealed) = (sealed.key_version, sealed.bytes);
    let value = SecretValue { secret: secret.id, team: secret.team, key_version, sealed };
    declare.put_value(secret, &value).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demos_manifest_is_sound_and_points_at_the_service() {
        let manifest = manifest(([127, 0, 0, 1], 12345).into());
        assert_eq!(manifest.validate(), []);
        let upstream = manifest.upstreams.values().next().expect("an upstream");
        assert_eq!(upstream.targets[0].url.to_string(), "http://127.0.0.1:12345");
        let connection = manifest.connections.values().next().expect("a connection");
        assert_eq!(connection.origin, *upstream.targets[0].url.origin());
    }
}
