//! The control plane: JSON API for people and programs.
//!
//! `routes.rs` lists every endpoint, `middleware.rs` every layer, `access.rs` says who may call what. A handler's
//! parameters, response, OpenAPI and code stand together in the file named after what it does.

mod access;
mod apply;
mod audit;
mod calls;
mod error_pages;
mod explain;
mod export;
mod figures;
mod health;
mod holder;
mod import;
mod keys;
mod kinds;
mod limits;
mod metrics;
mod middleware;
mod nodes;
mod openapi;
mod path;
mod people;
mod resources;
mod routes;
mod secrets;
mod security_events;
mod settled;
mod state;
mod target_health;
mod teams;
mod tokens;

pub use calls::attempt::{GatewayCaller, TestAnswer, TestRequest};
pub use error_pages::page as error_page;
pub use figures::{CertificateFigures, ExportFigures, NodeFigures, NodeView, ProcessFigures, UpstreamFigures};
pub use middleware::Unreadable;
pub use openapi::openapi;
pub use routes::router;
pub use state::{
    ApiState, LastError, LastProbe, LimitUse, LimitView, Readiness, TargetHealth, TargetState, TargetView, Targets,
    Verdict,
};
