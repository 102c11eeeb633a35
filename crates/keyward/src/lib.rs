//! The binary's own parts: command line, configuration, composition, and the demo. It wires the house
//! together and knows no business rule.

pub mod cli;
pub mod client;
pub mod command;
pub mod configuration;
pub mod demo;
pub mod failure;
pub mod installation;
pub mod manifest;
pub mod output;
pub mod reference;

mod declare;
mod operator;
mod people;
mod private_file;
mod progress;
mod secret_text;
mod serve;

/// Runs the command that the process was started with.
pub fn run() -> std::process::ExitCode {
    cli::run(std::env::args_os(), std::env::vars_os())
}

/// The runtime of commands that work on the store, and of everything that serves but the gateway's workers.
fn runtime() -> Result<tokio::runtime::Runtime, failure::Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| failure::Failure::failed(format!("cannot start threads: {error}")))
}
