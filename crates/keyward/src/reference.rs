//! The reference of commands, settings and manifests, written from the code itself.

mod commands;
mod configuration;
mod schema;

pub use commands::commands;
pub use configuration::configuration;
pub use schema::schema;

/// What is kept in `docs/reference`, by file name.
pub fn kept() -> [(&'static str, String); 3] {
    [("commands.md", commands()), ("configuration.md", configuration()), ("keyward.schema.json", schema())]
}
