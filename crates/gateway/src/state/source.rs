//! The records that the gateway's state is built from, as the store has them.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use keyward_model::api::ApiSpec;
use keyward_model::app::AppSpec;
use keyward_model::change::Change;
use keyward_model::connection::ConnectionSpec;
use keyward_model::id::Id;
use keyward_model::policy::PolicySpec;
use keyward_model::resource::Kind;
use keyward_model::secret::{SecretId, SecretSpec};
use keyward_model::subscription::SubscriptionSpec;
use keyward_model::team::{TeamId, TeamSpec};
use keyward_model::upstream::UpstreamSpec;
use keyward_model::{Name, Record, Resource};
use keyward_store::{SecretValue, Store, StoreError};

/// All records, by id.
#[derive(Default)]
pub(super) struct Source {
    pub(super) teams: Shelf<TeamSpec>,
    pub(super) apis: Shelf<ApiSpec>,
    pub(super) upstreams: Shelf<UpstreamSpec>,
    pub(super) connections: Shelf<ConnectionSpec>,
    pub(super) subscriptions: Shelf<SubscriptionSpec>,
    pub(super) policies: Shelf<PolicySpec>,
    /// Of apps only who they are: there may be many.
    pub(super) apps: BTreeMap<Id<AppSpec>, (TeamId, Name)>,
    pub(super) secrets: BTreeMap<SecretId, (TeamId, Name)>,
    pub(super) values: BTreeMap<SecretId, SecretValue>,
    /// Counts the changes that may admit other apps to apis.
    pub(super) admissions: u64,
}

/// Records of one kind.
pub(super) type Shelf<T> = BTreeMap<Id<T>, std::sync::Arc<Record<T>>>;

impl Source {
    /// Everything, anew.
    pub(super) async fn load(store: &Store) -> Result<Self, StoreError> {
        let name = |record: Record<SecretSpec>| (record.id, (record.team, record.name));
        Ok(Self {
            teams: shelf(store).await?,
            apis: shelf(store).await?,
            upstreams: shelf(store).await?,
            connections: shelf(store).await?,
            subscriptions: shelf(store).await?,
            policies: shelf(store).await?,
            apps: store
                .resources_of_all_teams::<AppSpec>()
                .await?
                .into_iter()
                .map(|app| (app.id, (app.team, app.name)))
                .collect(),
            secrets: store.resources_of_all_teams::<SecretSpec>().await?.into_iter().map(name).collect(),
            values: store.secret_values_of_all_teams().await?.into_iter().map(|value| (value.secret, value)).collect(),
            admissions: 0,
        })
    }

    /// Reads again what changed. Answers whether anything here did.
    pub(super) async fn update(&mut self, store: &Store, changes: &[Change]) -> Result<bool, StoreError> {
        let changed: BTreeSet<(Kind, &str)> = changes.iter().map(|change| (change.kind, &*change.id)).collect();
        let mut relevant = false;
        for (kind, id) in changed {
            relevant |= !matches!(kind, Kind::Token | Kind::Key | Kind::User | Kind::Membership | Kind::Invitation);
            self.admissions += u64::from(matches!(kind, Kind::App | Kind::Subscription));
            match kind {
                Kind::Team => refresh(store, &mut self.teams, id).await?,
                Kind::Api => refresh(store, &mut self.apis, id).await?,
                Kind::Upstream => refresh(store, &mut self.upstreams, id).await?,
                Kind::Connection => refresh(store, &mut self.connections, id).await?,
                Kind::Subscription => refresh(store, &mut self.subscriptions, id).await?,
                Kind::Policy => refresh(store, &mut self.policies, id).await?,
                Kind::App => refresh_name::<AppSpec>(store, &mut self.apps, id).await?,
                Kind::Secret => {
                    refresh_name::<SecretSpec>(store, &mut self.secrets, id).await?;
                    if let Ok(id) = SecretId::from_str(id) {
                        match legible(store.secret_value(id).await)? {
                            Some(value) => self.values.insert(id, value),
                            None => self.values.remove(&id),
                        };
                    }
                }
                Kind::Token | Kind::Key | Kind::User | Kind::Membership | Kind::Invitation => {}
            }
        }
        Ok(relevant)
    }
}

/// What is damaged is let go of: the record it was before is not what anybody means any more.
fn legible<T>(read: Result<Option<T>, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Err(StoreError::Corrupt { what }) => {
            tracing::error!(what, "a damaged record is left out");
            Ok(None)
        }
        other => other,
    }
}

async fn shelf<T: Resource>(store: &Store) -> Result<Shelf<T>, StoreError> {
    let records = store.resources_of_all_teams::<T>().await?;
    Ok(records.into_iter().map(|record| (record.id, std::sync::Arc::new(record))).collect())
}

async fn refresh<T: Resource>(store: &Store, shelf: &mut Shelf<T>, id: &str) -> Result<(), StoreError> {
    if let Ok(id) = Id::<T>::from_str(id) {
        match legible(store.resource_of_any_team::<T>(id).await)? {
            Some(record) => shelf.insert(id, std::sync::Arc::new(record)),
            None => shelf.remove(&id),
        };
    }
    Ok(())
}

async fn refresh_name<T: Resource>(
    store: &Store,
    names: &mut BTreeMap<Id<T>, (TeamId, Name)>,
    id: &str,
) -> Result<(), StoreError> {
    if let Ok(id) = Id::<T>::from_str(id) {
        match legible(store.resource_of_any_team::<T>(id).await)? {
            Some(record) => names.insert(id, (record.team, record.name)),
            None => names.remove(&id),
        };
    }
    Ok(())
}
