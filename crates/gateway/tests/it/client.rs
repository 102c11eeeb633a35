//! A caller that says exactly what it is told to say, and reads what comes back byte by byte.

use std::net::SocketAddr;
use std::time::Duration;

use keyward_model::problem::Problem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// One connection.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// One answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values =
            self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| &**value);
        let first = values.next();
        assert!(values.next().is_none(), "{name} came twice: {self:?}");
        first
    }

    pub(crate) fn request_id(&self) -> &str {
        let id = self.header("x-request-id").unwrap_or_else(|| panic!("no x-request-id: {self:?}"));
        let parsed: uuid::Uuid = id.parse().unwrap();
        assert_eq!(parsed.get_version_num(), 7, "{id}");
        id
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The problem in the body, which agrees with status and headers.
    pub(crate) fn problem(&self) -> Problem {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem: Problem = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem.status, self.status);
        assert_eq!(problem.request_id, self.request_id());
        assert_eq!(problem.page, format!("http://control.test/errors/{}", problem.code));
        problem
    }

    /// Fails unless the answer is a refusal with this code.
    #[track_caller]
    pub(crate) fn refused(&self, code: &str) -> Problem {
        let problem = self.problem();
        assert_eq!(problem.code.as_str(), code, "{}", self.text());
        problem
    }
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// As [`Self::send`], to somebody who may have closed already.
    pub(crate) async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).await.is_ok()
    }

    /// Sends a request without a body and reads its answer.
    pub(crate) async fn call(&mut self, method: &str, path: &str, headers: &str) -> Answer {
        self.send(format!("{method} {path} HTTP/1.1\r\nHost: api.test\r\n{headers}\r\n")).await;
        if method == "HEAD" { self.head().await } else { self.answer().await }
    }

    /// Sends a `GET` with the token and reads its answer.
    pub(crate) async fn get(&mut self, path: &str, token: &str) -> Answer {
        self.call("GET", path, &format!("Authorization: Bearer {token}\r\n")).await
    }

    /// Whether more came.
    async fn more(&mut self) -> bool {
        let read = tokio::time::timeout(PATIENCE, self.stream.read_buf(&mut self.buffer)).await;
        // A reset is an end as well.
        read.expect("an answer in time").unwrap_or(0) > 0
    }

    /// The head of an answer; its body is left.
    pub(crate) async fn head(&mut self) -> Answer {
        let end = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end;
            }
            assert!(self.more().await, "the connection closed after {:?}", String::from_utf8_lossy(&self.buffer));
        };
        let head: Vec<u8> = self.buffer.drain(..end + 4).collect();
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.map(|line| line.split_once(':').unwrap());
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
        Answer { status, headers, body: Vec::new() }
    }

    /// A whole answer.
    pub(crate) async fn answer(&mut self) -> Answer {
        let mut answer = self.head().await;
        if answer.header("transfer-encoding") == Some("chunked") {
            while let Some(chunk) = self.chunk().await {
                answer.body.extend(chunk);
            }
        } else if let Some(length) = answer.header("content-length") {
            let length = length.parse().unwrap();
            while self.buffer.len() < length {
                assert!(self.more().await, "the body broke off: {answer:?}");
            }
            answer.body = self.buffer.drain(..length).collect();
        } else if !matches!(answer.status, 100..200 | 204 | 304) {
            while self.more().await {}
            answer.body = std::mem::take(&mut self.buffer);
        }
        answer
    }

    /// One chunk of a chunked body; none at its end.
    pub(crate) async fn chunk(&mut self) -> Option<Vec<u8>> {
        self.try_chunk().await.expect("the body broke off")
    }

    /// One chunk of a chunked body, `None` at its end; nothing at all where the connection closed before.
    pub(crate) async fn try_chunk(&mut self) -> Option<Option<Vec<u8>>> {
        loop {
            if let Some(line) = find(&self.buffer, b"\r\n") {
                let size = usize::from_str_radix(std::str::from_utf8(&self.buffer[..line]).unwrap(), 16).unwrap();
                let end = line + 2 + size + 2;
                if self.buffer.len() >= end {
                    let chunk = self.buffer[line + 2..line + 2 + size].to_vec();
                    self.buffer.drain(..end);
                    return Some((size > 0).then_some(chunk));
                }
            }
            if !self.more().await {
                return None;
            }
        }
    }

    /// At least one more byte of whatever comes; none when the connection closed.
    pub(crate) async fn some(&mut self) -> Option<Vec<u8>> {
        if self.buffer.is_empty() && !self.more().await {
            return None;
        }
        Some(std::mem::take(&mut self.buffer))
    }

    /// Says that nothing more follows.
    pub(crate) async fn finish(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    /// Waits for the other side to close; what came before is nothing.
    pub(crate) async fn closed(&mut self) {
        let more = self.some().await.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert_eq!(more, None, "more came instead of the end");
    }
}

pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
