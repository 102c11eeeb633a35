//! The data plane: the path of a call.
//!
//! ```text
//! listen → route → authenticate → authorize → limit → transform → forward → respond → record
//! ```
//!
//! `path.rs` reads like that line, and each phase is a file of its own over one `Exchange`. Nothing on the path takes
//! a lock that another core waits for, touches the database, or allocates for each configured thing. Each worker is a
//! thread with its own runtime, listener and upstream connections; the configuration is swapped whole.

mod authenticate;
mod authorize;
mod buffers;
mod capture;
mod channel;
mod config;
mod deadlines;
mod exchange;
mod figures;
mod forward;
mod gateway;
mod http1;
mod http2;
mod intake;
mod limit;
mod limits;
mod listen;
mod listeners;
mod path;
mod probe;
mod query;
mod record;
mod respond;
mod review;
mod route;
mod security;
mod state;
mod stream;
mod targets;
mod tls;
mod trace;
mod transfer;
mod transform;
mod turn;
mod websocket;
mod worker;

pub use config::{ForwardedHeader, GatewayConfig, TlsListener};
pub use figures::UpstreamFigures;
pub use gateway::{Deps, Figures, Gateway, StartError};
pub use intake::{Loads, Patience, UnderWay};
pub use limits::{Handed, LimitUsage, Limits, Subject, SubjectError};
pub use listeners::Listeners;
pub use targets::{ProbeStanding, TargetStanding, Targets, UpstreamStanding};
pub use tls::{CertificateFiles, CertificateStanding, ClientAuth, TlsError, TlsSettings, TlsVersion};
pub use trace::{Traced, TracedCall, TracedTarget, Tracer};
