//! Every endpoint of the control plane. Who may call each stands in its handler's parameters and in the OpenAPI
//! document; a test walks all of them with the wrong credentials.

use axum::Router;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::kinds::{apis, apps, connections, policies, secrets, subscriptions, upstreams};
use crate::{
    ApiState, apply, audit, calls, error_pages, explain, export, health, holder, import, keys, limits, metrics,
    middleware, nodes, openapi, people, security_events, target_health, teams, tokens,
};

/// The control plane, ready to be served. The server has to hand in `ConnectInfo<SocketAddr>`: without it no request
/// has an address.
pub fn router(state: ApiState) -> Router {
    let (routes, _) = endpoints().split_for_parts();
    middleware::around(routes, state)
}

/// Every endpoint with its part of the OpenAPI document.
pub(crate) fn endpoints() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(openapi::frame())
        // Open to everybody.
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::health))
        .routes(routes!(metrics::metrics))
        .routes(routes!(openapi::document))
        .routes(routes!(error_pages::read))
        // People: coming in, and what they change about themselves.
        .routes(routes!(people::setup::read, people::setup::set_up))
        .routes(routes!(people::session::read, people::session::sign_in, people::session::sign_out))
        .routes(routes!(people::factors::prove))
        .routes(routes!(people::factors::challenge))
        .routes(routes!(people::factors::passkey))
        .routes(routes!(people::invitations::look))
        .routes(routes!(people::invitations::accept))
        .routes(routes!(people::account::read, people::account::edit))
        .routes(routes!(people::account::password))
        .routes(routes!(people::account::add_totp, people::account::remove_totp))
        .routes(routes!(people::account::confirm_totp))
        .routes(routes!(people::account::new_passkey))
        .routes(routes!(people::account::add_passkey))
        .routes(routes!(people::account::remove_passkey))
        .routes(routes!(people::account::recovery_codes))
        .routes(routes!(people::account::sessions, people::account::end_other_sessions))
        .routes(routes!(people::account::end_session))
        .routes(routes!(people::roles::list))
        .routes(routes!(people::users::reset))
        // Any valid token.
        .routes(routes!(holder::identity))
        .routes(routes!(holder::latest_refusal))
        .routes(routes!(holder::call_explanation))
        // The installation.
        .routes(routes!(keys::list))
        .routes(routes!(keys::rotate))
        .routes(routes!(nodes::list))
        .routes(routes!(people::users::list))
        .routes(routes!(people::users::edit))
        .routes(routes!(people::users::make_link))
        .routes(routes!(security_events::list))
        .routes(routes!(calls::list::of_all_teams))
        .routes(routes!(calls::tail::of_all_teams))
        .routes(routes!(calls::export::of_all_teams))
        .routes(routes!(calls::addresses::of_all_teams))
        .routes(routes!(calls::analytics::of_all_teams))
        .routes(routes!(calls::status::status))
        .routes(routes!(audit::list_of_installation))
        .routes(routes!(audit::verify_of_installation))
        .routes(routes!(teams::list::list))
        // A team.
        .routes(routes!(teams::read::read, teams::put::put, teams::patch::patch, teams::delete::delete))
        .routes(routes!(apps::list))
        .routes(routes!(apps::read, apps::put, apps::patch, apps::delete))
        .routes(routes!(apis::list))
        .routes(routes!(import::import))
        .routes(routes!(apis::read, apis::put, apis::patch, apis::delete))
        .routes(routes!(upstreams::list))
        .routes(routes!(upstreams::read, upstreams::put, upstreams::patch, upstreams::delete))
        .routes(routes!(target_health::read))
        .routes(routes!(connections::list))
        .routes(routes!(connections::read, connections::put, connections::patch, connections::delete))
        .routes(routes!(secrets::list))
        .routes(routes!(secrets::read, secrets::put, secrets::patch, secrets::delete))
        .routes(routes!(subscriptions::list))
        .routes(routes!(subscriptions::read, subscriptions::put, subscriptions::patch, subscriptions::delete))
        .routes(routes!(policies::list))
        .routes(routes!(policies::read, policies::put, policies::patch, policies::delete))
        .routes(routes!(apply::apply))
        .routes(routes!(export::export))
        // Its people.
        .routes(routes!(people::members::list))
        .routes(routes!(people::members::edit, people::members::remove))
        .routes(routes!(people::invitations::list, people::invitations::invite))
        .routes(routes!(people::invitations::withdraw))
        .routes(routes!(people::roles::of_team))
        // Its tokens.
        .routes(routes!(tokens::list::list, tokens::create::create))
        .routes(routes!(tokens::import::import))
        .routes(routes!(tokens::overdue::overdue))
        .routes(routes!(tokens::revoke_many::revoke_many))
        .routes(routes!(tokens::verify::verify))
        .routes(routes!(tokens::read::read, tokens::edit::edit))
        .routes(routes!(tokens::approve::approve))
        .routes(routes!(tokens::switch::disable))
        .routes(routes!(tokens::switch::enable))
        .routes(routes!(tokens::rotate::rotate))
        .routes(routes!(tokens::rotation::end))
        .routes(routes!(tokens::rotation::extend))
        .routes(routes!(tokens::revoke::revoke))
        .routes(routes!(tokens::usage::usage))
        .routes(routes!(limits::limits))
        // Its calls.
        .routes(routes!(calls::list::of_team))
        .routes(routes!(calls::tail::tail))
        .routes(routes!(calls::export::of_team))
        .routes(routes!(calls::addresses::of_team))
        .routes(routes!(calls::analytics::of_team))
        .routes(routes!(calls::read::read))
        .routes(routes!(calls::explanation::explanation))
        .routes(routes!(calls::capture::capture))
        .routes(routes!(explain::explain))
        .routes(routes!(calls::attempt::attempt))
        // Its trail.
        .routes(routes!(audit::list))
        .routes(routes!(audit::verify))
}
