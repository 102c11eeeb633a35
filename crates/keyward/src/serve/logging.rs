//! Logs: what happens, on standard error, and to a collector where that is asked for. Values that could be secrets never
//! get this far: their types do not show them.

use std::io::IsTerminal;

use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::configuration::{LogConfiguration, LogFormat};
use crate::failure::Failure;
use json::Json;
pub(super) use line::{Line, Value};
pub(crate) use relay::Logged;

mod json;
mod line;
mod relay;

/// Other crates' own chatter is of interest only to whoever asks for it by name.
const QUIET: &str = "sqlx=warn,sea_orm=warn,hyper=warn,hyper_util=warn,h2=warn,rustls=warn,tower_http=warn";

/// Begins to log. Where `relayed` says so, what is logged can be had for a collector as well.
pub(crate) fn start(configuration: &LogConfiguration, relayed: bool) -> Result<Option<Logged>, Failure> {
    let filter = EnvFilter::try_new(format!("{QUIET},{}", configuration.level)).map_err(|error| {
        Failure::usage(format!("`log.level` is not valid: {error}"))
            .remedy("Use error, warn, info, debug or trace, also by module as in `info,keyward_gateway=debug`.")
    })?;
    let written = fmt::layer().with_writer(std::io::stderr);
    let written = match configuration.format {
        LogFormat::Json => written.fmt_fields(JsonFields::new()).event_format(Json::new()).boxed(),
        LogFormat::Text => written.with_ansi(std::io::stderr().is_terminal()).boxed(),
    };
    let (relay, logged) = relayed.then(relay::relay).unzip();
    let started = tracing_subscriber::registry().with(filter).with(written).with(relay).try_init();
    started.map_err(|error| Failure::failed(format!("cannot begin to log: {error}")))?;
    Ok(logged)
}
