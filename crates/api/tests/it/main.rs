//! The control plane in process: the real router over a real SQLite store, with the real follower.
#![expect(clippy::unwrap_used, reason = "what a test cannot go on without, it fails on")]

mod apply;
mod calls;
mod document;
mod holder;
mod import;
mod manners;
mod metrics;
mod references;
mod resources;
mod rights;
mod secrets;
mod store_gone;
mod support;
mod teams;
mod tokens;
mod walk;
