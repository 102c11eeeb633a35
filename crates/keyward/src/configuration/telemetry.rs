//! The settings of traces and of logs for a collector.

use std::path::PathBuf;

use super::gateway::{SWITCH, one_of};
use super::{ConfigurationError, Layers, path, url};

/// What a collector is told.
#[derive(Clone, Debug)]
pub struct TelemetryConfiguration {
    /// The collector; none means that nothing is traced. A URL without a closing slash.
    pub otlp_endpoint: Option<String>,
    /// The share that is kept of traces that begin here, 0 to 1.
    pub sample_ratio: f64,
    /// Where headers for the collector are.
    pub headers_file: Option<PathBuf>,
    /// Whether spans say where a call came from.
    pub client_address: bool,
    /// Whether the collector gets the lines of the log as well.
    pub logs: bool,
}

impl TelemetryConfiguration {
    pub(super) fn read(layers: &Layers) -> Result<Self, ConfigurationError> {
        let otlp_endpoint = layers.optional("telemetry.otlp_endpoint", url)?;
        if otlp_endpoint.is_none() && layers.is_set("telemetry.headers_file") {
            let problem = "is of no use without `telemetry.otlp_endpoint`; set that, or take this out";
            return Err(layers.wrong("telemetry.headers_file", problem));
        }
        let logs = layers.required("telemetry.logs", one_of(SWITCH))?;
        if otlp_endpoint.is_none() && logs {
            let problem = "is of no use without `telemetry.otlp_endpoint`; set that, or take this out";
            return Err(layers.wrong("telemetry.logs", problem));
        }
        Ok(Self {
            logs,
            otlp_endpoint,
            sample_ratio: layers.required("telemetry.sample_ratio", ratio)?,
            headers_file: layers.optional("telemetry.headers_file", path)?,
            client_address: layers.required("telemetry.client_address", one_of(SWITCH))?,
        })
    }
}

fn ratio(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "is out of range; use a number from 0 to 1, such as 0.1".to_owned())
}
