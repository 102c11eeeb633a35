//! What the log of calls promises: exact counts, the newest details, and no store it depends on.
#![expect(clippy::unwrap_used, reason = "what a test cannot go on without, it fails on")]

mod bounded;
mod calendar;
mod captures;
mod crash;
mod files;
mod geo;
mod mmdb;
mod passed_on;
#[path = "../../../store/tests/it/postgres.rs"]
mod postgres;
mod retention;
mod rollups;
mod store_gone;
mod support;
