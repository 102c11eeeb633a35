//! What the store promises, tried on SQLite and on a real PostgreSQL alike.
#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]
#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]

mod audit;
mod backup;
mod call;
mod crash;
mod damage;
mod feed;
mod mount;
mod people;
mod postgres;
mod postgres_trouble;
mod resource;
mod small;
mod sqlite_trouble;
mod token;
mod transaction;
mod world;
