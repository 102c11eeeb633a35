//! Calls that people try from the control room: made to the gateway of this very process, like anybody else's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::header::{AUTHORIZATION, HOST};
use http::{HeaderValue, Request};
use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use keyward_api::{GatewayCaller, TestAnswer, TestRequest};
use keyward_model::Clock;
use tokio::net::TcpStream;

/// For the whole call.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of an answer that are worth showing.
const SHOWN: usize = 64 * 1024;

/// Makes calls to the gateway listening here.
pub(crate) struct LocalGateway {
    address: SocketAddr,
    clock: Arc<dyn Clock>,
}

impl LocalGateway {
    /// The gateway that listens at `address`; where that is every address, the loopback one is called.
    pub(crate) fn at(address: SocketAddr, clock: Arc<dyn Clock>) -> Self {
        let ip = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        Self { address: SocketAddr::new(ip, address.port()), clock }
    }

    async fn answered(&self, request: TestRequest) -> Result<TestAnswer, Box<dyn std::error::Error + Send + Sync>> {
        let started = self.clock.monotonic();
        let stream = TcpStream::connect(self.address).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let TestRequest { method, path, headers, body, token } = request;
        let mut request = Request::builder().method(method).uri(path).body(Body::from(body))?;
        *request.headers_mut() = headers;
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose()))?;
        bearer.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, bearer);
        request.headers_mut().insert(HOST, HeaderValue::try_from(self.address.to_string())?);
        let response = sender.send_request(request).await?;
        let (head, mut rest) = response.into_parts();
        let mut bytes: Vec<u8> = Vec::new();
        let mut cut = false;
        while let Some(frame) = rest.frame().await {
            if let Ok(data) = frame?.into_data() {
                bytes.extend_from_slice(&data);
            }
            if bytes.len() > SHOWN {
                bytes.truncate(SHOWN);
                cut = true;
                break;
            }
        }
        connection.abort();
        let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
        let headers = head.headers.iter().filter_map(|(name, value)| Some((name.to_string(), text(value)?))).collect();
        let request_id = head.headers.get("x-request-id").and_then(text).and_then(|id| id.parse().ok());
        let took = self.clock.monotonic().saturating_sub(started).as_millis();
        Ok(TestAnswer {
            status: head.status.as_u16(),
            headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
            cut,
            took_ms: u64::try_from(took).unwrap_or(u64::MAX),
            request_id,
        })
    }
}

impl GatewayCaller for LocalGateway {
    fn call(&self, request: TestRequest) -> BoxFuture<'_, Result<TestAnswer, String>> {
        async {
            match tokio::time::timeout(PATIENCE, self.answered(request)).await {
                Ok(answered) => answered.map_err(|error| error.to_string()),
                Err(_) => Err("there was no whole answer within 30 seconds".to_owned()),
            }
        }
        .boxed()
    }
}
