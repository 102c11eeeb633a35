//! A line of the log, of one shape whoever wrote it.

use std::collections::BTreeMap;
use std::fmt;

use keyward_model::Timestamp;
use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

/// Bytes of one text that are kept.
const LONGEST: usize = 4096;

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(in crate::serve) struct Line {
    #[serde(rename = "timestamp")]
    pub(in crate::serve) at: Timestamp,
    #[serde(serialize_with = "level")]
    pub(in crate::serve) level: Level,
    /// The module that wrote it.
    pub(in crate::serve) target: String,
    pub(in crate::serve) message: String,
    /// The request it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::serve) request_id: Option<String>,
    /// The trace of the call it is about (W3C Trace Context), 32 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::serve) trace_id: Option<String>,
    /// Whatever else it says, under names of its own: none of them can be taken for one of the above.
    pub(in crate::serve) fields: BTreeMap<&'static str, Value>,
}

/// What a field says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(in crate::serve) enum Value {
    Text(String),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Bool(bool),
}

impl Line {
    pub(super) fn of(event: &Event<'_>, at: Timestamp) -> Self {
        let metadata = event.metadata();
        let mut line = Self {
            at,
            level: *metadata.level(),
            target: metadata.target().to_owned(),
            message: String::new(),
            request_id: None,
            trace_id: None,
            fields: BTreeMap::new(),
        };
        event.record(&mut line);
        line
    }

    fn text(&mut self, field: &Field, mut text: String) {
        text.truncate(text.floor_char_boundary(LONGEST));
        match field.name() {
            "message" => self.message = text,
            "request_id" => self.request_id = Some(text),
            "trace_id" => self.trace_id = Some(text),
            // What comes by way of the `log` crate says so in fields: where from, and where in which file.
            "log.target" => self.target = text,
            name => self.put(name, Value::Text(text)),
        }
    }

    fn put(&mut self, name: &'static str, value: Value) {
        if !name.starts_with("log.") {
            self.fields.insert(name, value);
        }
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value.to_owned());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), Value::Signed(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), Value::Unsigned(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field.name(), Value::Float(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), Value::Bool(value));
    }
}

fn level<S: serde::Serializer>(level: &Level, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(level.as_str())
}
