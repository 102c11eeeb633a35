//! The endpoints of each kind of resource. What they do stands once, in [`crate::resources`]; this gives each its path,
//! its rights and its place in the OpenAPI document.

use axum::Json;
use axum::extract::State;
use keyward_http::{Body, Listing, PageParams, Params, Preconditions, Refusal, Tagged};
use keyward_model::Record;
use keyward_model::api::ApiSpec;
use keyward_model::app::AppSpec;
use keyward_model::connection::ConnectionSpec;
use keyward_model::policy::PolicySpec;
use keyward_model::secret::SecretSpec;
use keyward_model::subscription::SubscriptionSpec;
use keyward_model::upstream::UpstreamSpec;

use crate::ApiState;
use crate::access::{self, Member};
use crate::openapi::JsonObject;
use crate::path::{ConditionHeaders, NamePath, NewName, OverrideHeader, PathName, TeamPath};
use crate::resources::{self, Circumstances, Override};
use crate::settled::{Deleted, Settled};

macro_rules! reading {
    ($spec:ident, $one:literal, $many:literal, $read:ident, $write:ident, $read_scope:expr, $write_scope:expr) => {
        #[doc = concat!("Lists the team's ", $many, " by name.")]
        #[utoipa::path(
            get, path = concat!("/api/v1/teams/{team}/", $many), operation_id = concat!("list_", $many), tag = $many,
            summary = concat!("List ", $many), params(TeamPath, PageParams), security(("token" = [$read_scope])),
            responses((status = 200, body = Listing<Record<$spec>>)),
        )]
        pub(crate) async fn list(
            member: Member<access::$read>,
            State(state): State<ApiState>,
            Params(page): Params<PageParams>,
        ) -> Result<Json<Listing<Record<$spec>>>, Refusal> {
            resources::list(&state, &member.team, page).await
        }

        #[doc = concat!("Reads one of the team's ", $many, ".")]
        #[utoipa::path(
            get, path = concat!("/api/v1/teams/{team}/", $many, "/{name}"), operation_id = concat!("read_", $one), tag = $many,
            summary = concat!("Read one of the ", $many), params(NamePath), security(("token" = [$read_scope])),
            responses((status = 200, body = Record<$spec>, headers(("ETag" = String, description = "Its version.")))),
        )]
        pub(crate) async fn read(
            member: Member<access::$read>,
            State(state): State<ApiState>,
            PathName(name): PathName,
        ) -> Result<Tagged<Record<$spec>>, Refusal> {
            resources::read(&state, &member.team, &name).await
        }

        #[doc = concat!("Deletes one of the team's ", $many, "; refused with `conflict` while something still uses it.")]
        #[utoipa::path(
            delete, path = concat!("/api/v1/teams/{team}/", $many, "/{name}"), operation_id = concat!("delete_", $one),
            tag = $many, summary = concat!("Delete one of the ", $many),
            params(NamePath, ConditionHeaders, OverrideHeader), security(("token" = [$write_scope])),
            responses((status = 204, description = "It is gone.")),
        )]
        pub(crate) async fn delete(
            member: Member<access::$write>,
            State(state): State<ApiState>,
            PathName(name): PathName,
            preconditions: Preconditions,
            overriding: Override,
        ) -> Result<Deleted, Refusal> {
            let circumstances = Circumstances { preconditions, overriding };
            resources::delete::<$spec>(&state, &member.caller, member.team.id, &name, circumstances).await
        }
    };
}

macro_rules! writing {
    ($spec:ident, $one:literal, $many:literal, $write:ident, $write_scope:expr) => {
        #[doc = concat!("Creates or replaces one of the team's ", $many, ".")]
        #[utoipa::path(
            put, path = concat!("/api/v1/teams/{team}/", $many, "/{name}"), operation_id = concat!("put_", $one), tag = $many,
            summary = concat!("Create or replace one of the ", $many),
            params(NamePath, ConditionHeaders, OverrideHeader), request_body = $spec,
            security(("token" = [$write_scope])),
            responses(
                (status = 200, body = Record<$spec>, description = "It was replaced, or is as asked already."),
                (status = 201, body = Record<$spec>, description = "It was created."),
            ),
        )]
        pub(crate) async fn put(
            member: Member<access::$write>,
            State(state): State<ApiState>,
            NewName(name): NewName,
            preconditions: Preconditions,
            overriding: Override,
            Body(spec): Body<$spec>,
        ) -> Result<Settled<Record<$spec>>, Refusal> {
            let circumstances = Circumstances { preconditions, overriding };
            resources::put(&state, &member.caller, member.team.id, &name, circumstances, spec).await
        }

        #[doc = concat!("Changes part of one of the team's ", $many, ": a JSON merge patch (RFC 7396) of its spec.")]
        #[utoipa::path(
            patch, path = concat!("/api/v1/teams/{team}/", $many, "/{name}"), operation_id = concat!("patch_", $one),
            tag = $many, summary = concat!("Change part of one of the ", $many),
            params(NamePath, ConditionHeaders, OverrideHeader),
            request_body(content = JsonObject, content_type = "application/merge-patch+json"),
            security(("token" = [$write_scope])),
            responses((status = 200, body = Record<$spec>)),
        )]
        pub(crate) async fn patch(
            member: Member<access::$write>,
            State(state): State<ApiState>,
            PathName(name): PathName,
            preconditions: Preconditions,
            overriding: Override,
            Body(patch): Body<serde_json::Value>,
        ) -> Result<Settled<Record<$spec>>, Refusal> {
            let circumstances = Circumstances { preconditions, overriding };
            resources::patch(&state, &member.caller, member.team.id, &name, circumstances, &patch).await
        }
    };
}

macro_rules! endpoints {
    ($module:ident: $spec:ident, $one:literal, $many:literal, $read:ident, $write:ident) => {
        #[doc = concat!("`/teams/{team}/", $many, "`")]
        pub(crate) mod $module {
            use super::*;
            reading!(
                $spec,
                $one,
                $many,
                $read,
                $write,
                concat!("keyward:", $many, ".read"),
                concat!("keyward:", $many, ".write")
            );
            writing!($spec, $one, $many, $write, concat!("keyward:", $many, ".write"));
        }
    };
}

endpoints!(apps: AppSpec, "app", "apps", AppsRead, AppsWrite);
endpoints!(apis: ApiSpec, "api", "apis", ApisRead, ApisWrite);
endpoints!(upstreams: UpstreamSpec, "upstream", "upstreams", UpstreamsRead, UpstreamsWrite);
endpoints!(connections: ConnectionSpec, "connection", "connections", ConnectionsRead, ConnectionsWrite);
endpoints!(subscriptions: SubscriptionSpec, "subscription", "subscriptions", SubscriptionsRead, SubscriptionsWrite);
endpoints!(policies: PolicySpec, "policy", "policies", PoliciesRead, PoliciesWrite);

/// `/teams/{team}/secrets`; putting and patching a secret takes its value, and so stands apart.
pub(crate) mod secrets {
    use super::*;
    reading!(
        SecretSpec,
        "secret",
        "secrets",
        SecretsRead,
        SecretsWrite,
        "keyward:secrets.read",
        "keyward:secrets.write"
    );
    pub(crate) use crate::secrets::*;
}
