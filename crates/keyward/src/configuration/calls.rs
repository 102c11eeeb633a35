//! The settings of call records.

use std::path::PathBuf;

use keyward_calls::Most;

use super::gateway::list;
use super::{ConfigurationError, Layers, between, path};
use crate::configuration::StoreUrl;

/// The call records.
#[derive(Clone, Debug)]
pub struct CallsConfiguration {
    /// How much is kept, whatever the teams ask for.
    pub most: Most,
    /// Bytes that the files of captures may have.
    pub capture_bytes: u64,
    /// The databases that say where addresses are.
    pub geo: Vec<PathBuf>,
}

impl CallsConfiguration {
    pub(super) fn read(layers: &Layers, place: &StoreUrl) -> Result<Self, ConfigurationError> {
        let days = layers.optional("calls.retention_days", between(1, 3650))?;
        let bytes = layers.optional("calls.retention_bytes", between(1 << 20, 1 << 50))?;
        if bytes.is_some() && place.file_path().is_none() {
            let problem =
                "is of no use where calls are kept in a database; take it out, and use `calls.retention_days`";
            return Err(layers.wrong("calls.retention_bytes", problem));
        }
        Ok(Self {
            capture_bytes: layers.required("calls.capture_bytes", between(1 << 20, 1 << 50))?,
            most: Most { days: days.and_then(|days| u16::try_from(days).ok()), bytes },
            geo: layers.optional("calls.geo", list(path))?.unwrap_or_default(),
        })
    }
}
