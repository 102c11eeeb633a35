//! What a team holds: all its resources, by kind and name. Cheap to copy, so that before and after can be compared.

use std::collections::BTreeMap;
use std::sync::Arc;

use keyward_model::api::ApiSpec;
use keyward_model::app::AppSpec;
use keyward_model::connection::ConnectionSpec;
use keyward_model::manifest::Manifest;
use keyward_model::policy::PolicySpec;
use keyward_model::secret::SecretSpec;
use keyward_model::subscription::SubscriptionSpec;
use keyward_model::team::TeamId;
use keyward_model::upstream::UpstreamSpec;
use keyward_model::{Name, Record, Resource};
use keyward_store::{StoreError, Tx};

/// All resources of one kind, by name.
pub(crate) type Shelf<T> = BTreeMap<Name, Arc<Record<T>>>;

/// All resources of a team.
#[derive(Clone, Default)]
pub(crate) struct Holdings {
    pub(crate) apps: Shelf<AppSpec>,
    pub(crate) secrets: Shelf<SecretSpec>,
    pub(crate) connections: Shelf<ConnectionSpec>,
    pub(crate) upstreams: Shelf<UpstreamSpec>,
    pub(crate) apis: Shelf<ApiSpec>,
    pub(crate) subscriptions: Shelf<SubscriptionSpec>,
    pub(crate) policies: Shelf<PolicySpec>,
}

/// A kind of resource that a team holds.
pub(crate) trait Held: Resource {
    /// The word in paths and files.
    const PLURAL: &'static str;

    /// Where its resources stand.
    fn shelf(holdings: &Holdings) -> &Shelf<Self>;

    /// Where its resources stand, to change them.
    fn shelf_mut(holdings: &mut Holdings) -> &mut Shelf<Self>;

    /// What a file declares of it.
    fn declared(manifest: &Manifest) -> &BTreeMap<Name, Self>;

    /// Leaves out what may be large, for lists.
    fn abridge(&mut self);
}

macro_rules! held {
    ($($spec:ty = $shelf:ident $(without $field:ident)?,)+) => {
        $(
            impl Held for $spec {
                const PLURAL: &'static str = stringify!($shelf);

                fn shelf(holdings: &Holdings) -> &Shelf<Self> {
                    &holdings.$shelf
                }

                fn shelf_mut(holdings: &mut Holdings) -> &mut Shelf<Self> {
                    &mut holdings.$shelf
                }

                fn declared(manifest: &Manifest) -> &BTreeMap<Name, Self> {
                    &manifest.$shelf
                }

                fn abridge(&mut self) {
                    $(self.$field = None;)?
                }
            }
        )+

        impl Holdings {
            /// Reads all that `team` holds.
            pub(crate) async fn load(tx: &mut Tx, team: TeamId) -> Result<Self, StoreError> {
                let mut holdings = Self::default();
                $(
                    for record in tx.all_resources::<$spec>(team).await? {
                        holdings.$shelf.insert(record.name.clone(), Arc::new(record));
                    }
                )+
                Ok(holdings)
            }

            /// How many resources there are, and of which kinds.
            pub(crate) fn count(&self) -> Vec<(&'static str, usize)> {
                let counts = [$((stringify!($shelf), self.$shelf.len())),+];
                counts.into_iter().filter(|(_, count)| *count > 0).collect()
            }
        }
    };
}

held! {
    AppSpec = apps,
    SecretSpec = secrets,
    ConnectionSpec = connections,
    UpstreamSpec = upstreams,
    ApiSpec = apis without openapi,
    SubscriptionSpec = subscriptions,
    PolicySpec = policies,
}

impl Holdings {
    /// The resource of a kind with this name.
    pub(crate) fn find<T: Held>(&self, name: &Name) -> Option<&Arc<Record<T>>> {
        T::shelf(self).get(name)
    }
}

/// Runs a statement for each kind, what is named before what names it.
macro_rules! each_kind {
    ($spec:ident => $body:block) => {{
        {
            type $spec = keyward_model::app::AppSpec;
            $body
        }
        {
            type $spec = keyward_model::secret::SecretSpec;
            $body
        }
        {
            type $spec = keyward_model::connection::ConnectionSpec;
            $body
        }
        {
            type $spec = keyward_model::upstream::UpstreamSpec;
            $body
        }
        {
            type $spec = keyward_model::api::ApiSpec;
            $body
        }
        {
            type $spec = keyward_model::subscription::SubscriptionSpec;
            $body
        }
        {
            type $spec = keyward_model::policy::PolicySpec;
            $body
        }
    }};
}

/// Runs a statement for each kind, what names before what is named.
macro_rules! each_kind_in_reverse {
    ($spec:ident => $body:block) => {{
        {
            type $spec = keyward_model::policy::PolicySpec;
            $body
        }
        {
            type $spec = keyward_model::subscription::SubscriptionSpec;
            $body
        }
        {
            type $spec = keyward_model::api::ApiSpec;
            $body
        }
        {
            type $spec = keyward_model::upstream::UpstreamSpec;
            $body
        }
        {
            type $spec = keyward_model::connection::ConnectionSpec;
            $body
        }
        {
            type $spec = keyward_model::secret::SecretSpec;
            $body
        }
        {
            type $spec = keyward_model::app::AppSpec;
            $body
        }
    }};
}

pub(crate) use {each_kind, each_kind_in_reverse};
