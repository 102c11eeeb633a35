//! One batch to the collector (OTLP 1, section "OTLP/HTTP").

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use prost::Message;

use super::messages::ExportResponse;
use crate::client::is_loopback;
use crate::failure::Failure;
use crate::secret_text;

/// For one batch, from connecting to the last byte of the answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read.
const MOST_ANSWER: u64 = 64 * 1024;

/// Where batches go.
pub(super) struct Collector {
    agent: ureq::Agent,
    url: String,
    /// None of which is ever shown.
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// A batch was not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExportError {
    /// It may be taken later.
    #[error("{problem}")]
    Later {
        problem: String,
        /// How long the collector asks to wait.
        after: Option<Duration>,
    },
    /// It never will.
    #[error("it answers {0}")]
    Refused(u16),
}

impl Collector {
    /// `what` is the last part of the path: `traces`, `logs`.
    pub(super) fn new(endpoint: &str, what: &str, headers: Vec<(HeaderName, HeaderValue)>) -> Self {
        let mut config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("keyward/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(TIMEOUT));
        if is_loopback(endpoint) {
            config = config.proxy(None);
        }
        Self { agent: config.build().new_agent(), url: format!("{endpoint}/v1/{what}"), headers }
    }

    /// Hands a batch over; how much of it the collector refused all the same.
    pub(super) fn export(&self, batch: Vec<u8>) -> Result<u64, ExportError> {
        let mut request = http::Request::post(&self.url).header("content-type", "application/x-protobuf");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let later = |problem: String| ExportError::Later { problem, after: None };
        let request = request.body(batch).map_err(|error| later(error.to_string()))?;
        let mut response = self.agent.run(request).map_err(|error| later(error.to_string()))?;
        match response.status().as_u16() {
            200..=299 => {
                // Taken is taken, whatever is said beside it.
                let body = response.body_mut().with_config().limit(MOST_ANSWER).read_to_vec().unwrap_or_default();
                let said = ExportResponse::decode(&*body).unwrap_or_default();
                let rejected = said.partial_success.map_or(0, |partial| partial.rejected);
                Ok(u64::try_from(rejected).unwrap_or(0))
            }
            status @ (429 | 502 | 503 | 504) => {
                let after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
                Err(ExportError::Later {
                    problem: format!("it answers {status}"),
                    after: after.map(Duration::from_secs),
                })
            }
            status => Err(ExportError::Refused(status)),
        }
    }
}

/// Headers from a file: `Name: value`, one a line.
pub(super) fn headers(path: &std::path::Path) -> Result<Vec<(HeaderName, HeaderValue)>, Failure> {
    let secret = secret_text::read_file(path)?;
    let wrong = |line: usize| {
        let what = format!("line {line} of {} is not a header", path.display());
        Failure::usage(what).remedy("Write each as `Name: value`, one a line (`telemetry.headers_file`).")
    };
    let lines = secret.expose_str().ok_or_else(|| wrong(1))?.lines().enumerate();
    let written = lines.filter(|(_, line)| !line.trim().is_empty());
    let header = |(place, line): (usize, &str)| {
        let (name, value) = line.split_once(':').ok_or_else(|| wrong(place + 1))?;
        let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| wrong(place + 1))?;
        let mut value = HeaderValue::from_str(value.trim()).map_err(|_| wrong(place + 1))?;
        value.set_sensitive(true);
        Ok((name, value))
    };
    written.map(header).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_and_never_repeated() {
        let folder = tempfile::tempdir().expect("a directory");
        let file = folder.path().join("headers");
        std::fs::write(&file, "Authorization: Bearer s3cret\n\nX-Scope: a:b\r\n").expect("written");
        let read = headers(&file).expect("headers");
        assert_eq!((read.len(), read[0].1.as_bytes(), read[1].1.as_bytes()), (2, &b"Bearer s3cret"[..], &b"a:b"[..]));
        assert!(!format!("{read:?}").contains("s3cret"));
        for text in ["s3cret", "Na me: s3cret", "X: a\u{1}s3cret"] {
            std::fs::write(&file, text).expect("written");
            let refused = headers(&file).expect_err("no header");
            assert!(!format!("{refused}{refused:?}").contains("s3cret"), "{refused}");
        }
    }
}
