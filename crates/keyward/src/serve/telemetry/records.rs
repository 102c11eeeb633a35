//! Lines of the log as OpenTelemetry's records of logs (logs data model 1.0; OTLP 1).

use keyward_model::Timestamp;
use prost::Message;
use tracing::Level;

use super::messages::{AnyValue, LogRecord, LogsRequest, Resource, ResourceLogs, ScopeLogs, Severity, Value};
use super::scope;
use super::sender::Signal;
use super::spans::Said;
use crate::serve::logging::{self, Line, Logged};

/// The lines that wait, and who says them.
pub(super) struct Lines {
    pub(super) logged: Logged,
    pub(super) resource: Resource,
}

impl Signal for Lines {
    type Item = Line;
    const WHAT: &'static str = "logs";

    fn next(&self) -> Option<Line> {
        self.logged.next()
    }

    fn encode(&self, batch: &[Line]) -> Vec<u8> {
        let log_records = batch.iter().map(record).collect();
        let scope_logs = vec![ScopeLogs { scope: Some(scope()), log_records }];
        let resource_logs = vec![ResourceLogs { resource: Some(self.resource.clone()), scope_logs }];
        LogsRequest { resource_logs }.encode_to_vec()
    }
}

fn record(line: &Line) -> LogRecord {
    let mut said = Said::default();
    said.text("keyward.module", &line.target);
    if let Some(request_id) = &line.request_id {
        said.text("keyward.request_id", request_id);
    }
    for (name, value) in &line.fields {
        match value {
            logging::Value::Text(text) => said.text(name, text),
            logging::Value::Signed(number) => said.put(name, Value::Number(*number)),
            logging::Value::Unsigned(number) => {
                said.put(name, Value::Number(i64::try_from(*number).unwrap_or(i64::MAX)))
            }
            logging::Value::Float(number) => said.put(name, Value::Float(*number)),
            logging::Value::Bool(is) => said.put(name, Value::Bool(*is)),
        }
    }
    let time = u64::try_from(line.at.since(Timestamp::from_millis(0)).as_nanos()).unwrap_or(0);
    LogRecord {
        time_unix_nano: time,
        observed_time_unix_nano: time,
        severity_number: severity(line.level).into(),
        severity_text: line.level.as_str().to_owned(),
        body: Some(AnyValue { value: Some(Value::Text(line.message.clone())) }),
        attributes: said.0,
        trace_id: line.trace_id.as_deref().and_then(trace_id).unwrap_or_default(),
    }
}

fn severity(level: Level) -> Severity {
    match level {
        Level::TRACE => Severity::Trace,
        Level::DEBUG => Severity::Debug,
        Level::INFO => Severity::Info,
        Level::WARN => Severity::Warn,
        Level::ERROR => Severity::Error,
    }
}

/// The sixteen bytes of a trace's id (W3C Trace Context section 3.2.2.3).
fn trace_id(text: &str) -> Option<Vec<u8>> {
    let digits = (text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(text)?;
    u128::from_str_radix(digits, 16).ok().filter(|id| *id != 0).map(|id| id.to_be_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_id_is_sixteen_bytes_or_none() {
        let id = trace_id("0af7651916cd43dd8448eb211c80319c").unwrap();
        assert_eq!((id.len(), id[0], id[15]), (16, 0x0a, 0x9c));
        for text in ["", "0", &"0".repeat(32), &"g".repeat(32), "+af7651916cd43dd8448eb211c80319c"] {
            assert_eq!(trace_id(text), None, "{text}");
        }
    }
}
