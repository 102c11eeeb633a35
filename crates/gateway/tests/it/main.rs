//! What the gateway promises, tried over real sockets: raw callers in front, real upstreams behind, a real store.
#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]

mod abuse;
mod answers;
mod behind;
mod captures;
mod changes;
mod client;
mod cors;
mod credentials;
mod crowd;
mod drain;
mod forwarding;
mod grpc;
mod http2;
mod identities;
mod limits;
mod malformed;
mod probes;
mod records;
mod retries;
mod room;
mod routes;
mod security;
mod streaming;
mod timeouts;
mod tls;
mod traces;
mod upstream;
mod websocket;
mod world;
