//! The command line as a client of the management API: any other client with the same token can do the same.

use std::io::Read;
use std::time::Duration;

use keyward_model::problem::Problem;
use keyward_model::secret::Hidden;
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::failure::{Exit, Failure};

mod paging;
mod request;

pub use paging::PAGE_LIMIT;
pub use request::{Exposed, Request};

/// An answer is never longer than this.
const MOST: u64 = 512 << 20;

/// A client with its token.
pub struct Client {
    agent: ureq::Agent,
    base: String,
    token: Option<Hidden>,
}

/// An answer that was not a refusal.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body; `null` when there was none.
    pub body: Value,
}

/// The HTTP client that commands use, made for the control plane at `url`.
pub fn agent(url: &str) -> ureq::Agent {
    let mut config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent(concat!("keyward/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_recv_response(Some(Duration::from_secs(120)));
    if is_loopback(url) {
        // What goes to this machine itself must not take its token past a proxy.
        config = config.proxy(None);
    }
    config.build().new_agent()
}

/// Whether `url` leads to this machine itself.
pub fn is_loopback(url: &str) -> bool {
    keyward_model::origin::Origin::split_url(url).is_ok_and(|(origin, _)| {
        let host = origin.host().trim_matches(['[', ']']);
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

impl Client {
    /// A client of the control plane at `base`, a URL without a closing slash.
    pub fn new(agent: ureq::Agent, base: &str, token: Option<Hidden>) -> Self {
        Self { agent, base: base.to_owned(), token }
    }

    /// Where the control plane is.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Reads something.
    pub fn get(&self, segments: &[&str]) -> Result<Value, Failure> {
        Ok(self.send(Request::new("GET", segments))?.body)
    }

    /// Sends a request and takes its answer; a refusal becomes a failure.
    pub fn send(&self, request: Request) -> Result<Answer, Failure> {
        let mut response = self.answer(request)?;
        let status = response.status().as_u16();
        let limited = response.body_mut().with_config().limit(MOST);
        let bytes = Zeroizing::new(limited.read_to_vec().map_err(|error| self.unreachable(&error))?);
        if !(200..300).contains(&status) {
            return Err(self.refused(status, &bytes));
        }
        if bytes.is_empty() {
            return Ok(Answer { status, body: Value::Null });
        }
        let body = serde_json::from_slice(&bytes)
            .map_err(|_| Failure::failed(format!("{} answered something that is not JSON", self.base)))?;
        Ok(Answer { status, body })
    }

    /// Sends a request whose answer is a stream; a refusal becomes a failure.
    pub fn stream(&self, request: Request) -> Result<impl Read + use<>, Failure> {
        let mut response = self.answer(request)?;
        let status = response.status().as_u16();
        if (200..300).contains(&status) {
            return Ok(response.into_body().into_with_config().limit(u64::MAX).reader());
        }
        let bytes = response.body_mut().read_to_vec().unwrap_or_default();
        Err(self.refused(status, &bytes))
    }

    fn answer(&self, request: Request) -> Result<http::Response<ureq::Body>, Failure> {
        let mut head = http::Request::builder()
            .method(request.method)
            .uri(format!("{}{}", self.base, request.target()))
            .header("accept", "application/json");
        for (name, value) in &request.headers {
            head = head.header(*name, value);
        }
        if let Some(token) = self.token.as_ref().and_then(Hidden::expose_str) {
            let text = Zeroizing::new(format!("Bearer {token}"));
            let mut value = http::HeaderValue::from_str(&text)
                .map_err(|_| Failure::usage("the token holds characters that no token has"))?;
            value.set_sensitive(true);
            head = head.header("authorization", value);
        }
        let wrong = |error: http::Error| Failure::usage(format!("cannot ask {}: {error}", self.base));
        let sent = match &request.body {
            Some(body) => {
                let head = head.header("content-type", request.content_type).body(body.as_slice()).map_err(wrong)?;
                self.agent.run(head)
            }
            None => self.agent.run(head.body(()).map_err(wrong)?),
        };
        sent.map_err(|error| self.unreachable(&error))
    }

    fn unreachable(&self, error: &ureq::Error) -> Failure {
        let failure = Failure::new(Exit::Unreachable, format!("cannot reach Keyward at {}: {error}", self.base));
        failure.remedy("Is `keyward serve` running there? `--url` or KEYWARD_URL name another place.")
    }

    fn refused(&self, status: u16, bytes: &[u8]) -> Failure {
        let Ok(problem) = serde_json::from_slice::<Problem>(bytes) else {
            let what = format!("{} answered {status}, not in the manner of Keyward", self.base);
            return Failure::new(Exit::of_status(status), what)
                .remedy("Does `--url` name the control plane, not the gateway?");
        };
        let failure = Failure::from(problem);
        if failure.exit == Exit::NotAllowed && self.token.is_none() {
            return failure.remedy(
                "Set KEYWARD_TOKEN or KEYWARD_TOKEN_FILE, or run `keyward init --save-token` where the data directory is.",
            );
        }
        failure
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("base", &self.base).finish_non_exhaustive()
    }
}

/// Puts a request's body into JSON. The bytes may hold secrets and are wiped when dropped.
fn body_of(body: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
    serde_json::to_writer(&mut *bytes, body).map_err(|error| Failure::failed(format!("cannot write JSON: {error}")))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        for url in ["http://127.0.0.1:8081", "http://localhost", "https://[::1]:9/x"] {
            assert!(is_loopback(url), "{url}");
        }
        for url in ["http://keyward.example", "http://127.0.0.1.example", "http://10.0.0.1"] {
            assert!(!is_loopback(url), "{url}");
        }
    }

    #[test]
    fn nobody_listening_is_unreachable_with_advice() {
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let url = format!("http://127.0.0.1:{port}");
        let failure = Client::new(agent(&url), &url, None).get(&["self"]).expect_err("nobody is there");
        assert_eq!(failure.exit, Exit::Unreachable);
        assert!(failure.to_string().contains("keyward serve"), "{failure}");
    }
}
