//! The control plane in process: the real router over a real SQLite store, with the real follower.
#![expect(clippy::unwrap_used, reason = "what a test cannot go on without, it fails on")]

mod analytics;
mod apply;
mod calls;
mod captures;
mod document;
mod exports;
mod holder;
mod import;
mod manners;
mod metrics;
mod people;
mod references;
mod resources;
mod rights;
mod roles;
mod secrets;
mod security_events;
mod store_gone;
mod support;
mod target_health;
mod teams;
mod tokens;
mod usage;
mod walk;
