//! Logs: what happens, on standard error. Values that could be secrets never get this far: their types do not show them.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::configuration::{LogConfiguration, LogFormat};
use crate::failure::Failure;

/// Other crates' own chatter is of interest only to whoever asks for it by name.
const QUIET: &str = "sqlx=warn,sea_orm=warn,hyper=warn,hyper_util=warn,h2=warn,rustls=warn,tower_http=warn";

/// Begins to log.
pub(crate) fn start(configuration: &LogConfiguration) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(format!("{QUIET},{}", configuration.level)).map_err(|error| {
        Failure::usage(format!("`log.level` is not valid: {error}"))
            .remedy("Use error, warn, info, debug or trace, also by module as in `info,keyward_gateway=debug`.")
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match configuration.format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).try_init(),
    };
    started.map_err(|error| Failure::failed(format!("cannot begin to log: {error}")))
}
