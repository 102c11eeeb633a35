//! Lines as JSON, one object each.

use std::fmt;

use keyward_model::Clock;
use keyward_model::clock::SystemClock;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::line::Line;

/// The form `json`. The library's own writes fields beside what every line has, so that a field called `target` would
/// stand there twice.
pub(super) struct Json {
    clock: SystemClock,
}

impl Json {
    pub(super) fn new() -> Self {
        Self { clock: SystemClock::new() }
    }
}

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let text = serde_json::to_string(&Line::of(event, self.clock.now())).map_err(|_| fmt::Error)?;
        writeln!(writer, "{text}")
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};
    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Kept {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn every_line_is_one_object_of_one_shape() {
        let kept = Kept::default();
        let subscriber = tracing_subscriber::fmt().event_format(Json::new()).with_writer(kept.clone()).finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(target = "http://a", level = 3, request_id = %"r-1", trace_id = "t-1", "left\nout");
            tracing::info!(on = true, share = 0.5, request_id = tracing::field::Empty, "plain");
            tracing::error!("{}", "x".repeat(100_000));
        });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 3, "{text}");
        let module = module_path!();
        let shape = |line: &Value| {
            let at = line["timestamp"].as_str().unwrap();
            assert!(at.parse::<keyward_model::Timestamp>().is_ok(), "{at}");
            let mut rest = line.clone();
            rest.as_object_mut().unwrap().remove("timestamp");
            rest
        };
        assert_eq!(
            shape(&lines[0]),
            json!({
                "level": "WARN", "target": module, "message": "left\nout", "request_id": "r-1", "trace_id": "t-1",
                "fields": { "target": "http://a", "level": 3 },
            })
        );
        assert_eq!(
            shape(&lines[1]),
            json!({ "level": "INFO", "target": module, "message": "plain", "fields": { "on": true, "share": 0.5 } })
        );
        assert_eq!(text.lines().next().unwrap().matches("\"target\"").count(), 2, "one of the line, one of its fields");
        assert!(lines[2]["message"].as_str().unwrap().len() <= 4096);
    }
}
