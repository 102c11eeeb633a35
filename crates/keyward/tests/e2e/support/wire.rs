//! A small HTTP/1.1 client over one kept connection, for load: it counts what it sends and misses nothing.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// One connection to the gateway.
pub(crate) struct Wire {
    port: u16,
    stream: Option<BufReader<TcpStream>>,
}

/// An answer as it came.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The code of a refusal; empty for an answer that is none.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Wire {
    pub(crate) fn to(port: u16) -> Self {
        Self { port, stream: None }
    }

    /// A GET with a bearer token.
    pub(crate) fn get(&mut self, path: &str, token: &str) -> std::io::Result<Reply> {
        self.send("GET", path, &[("authorization", &format!("Bearer {token}"))], b"")
    }

    /// Any request. A connection the server has closed in between is opened anew, as every client does.
    pub(crate) fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> std::io::Result<Reply> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n", self.port);
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let reused = self.stream.is_some();
        match self.exchange(head.as_bytes(), body, method == "HEAD") {
            Err(error) if reused && stale(&error) => {
                self.stream = None;
                self.exchange(head.as_bytes(), body, method == "HEAD")
            }
            done => done,
        }
    }

    fn exchange(&mut self, head: &[u8], body: &[u8], bodyless: bool) -> std::io::Result<Reply> {
        let result = self.try_exchange(head, body, bodyless);
        let close = result.as_ref().map_or(true, |reply| reply.header("connection") == Some("close"));
        if close {
            self.stream = None;
        }
        result
    }

    fn try_exchange(&mut self, head: &[u8], body: &[u8], bodyless: bool) -> std::io::Result<Reply> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(("127.0.0.1", self.port))?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(Duration::from_secs(30)))?;
                self.stream.insert(BufReader::new(stream))
            }
        };
        stream.get_mut().write_all(head)?;
        stream.get_mut().write_all(body)?;
        read_reply(stream, bodyless)
    }
}

/// Whether the error says that a kept connection was closed before it carried anything.
fn stale(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionReset, NotConnected};
    matches!(error.kind(), BrokenPipe | ConnectionReset | NotConnected)
        || error.to_string() == "closed before the answer"
}

/// Reads one answer.
pub(crate) fn read_reply(stream: &mut impl BufRead, bodyless: bool) -> std::io::Result<Reply> {
    let invalid = |what: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, what.to_owned());
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(std::io::Error::other("closed before the answer"));
    }
    let status: u16 = line.split(' ').nth(1).and_then(|text| text.parse().ok()).ok_or_else(|| invalid(&line))?;
    let mut headers = Vec::new();
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let text = line.trim_end();
        if text.is_empty() {
            break;
        }
        let (name, value) = text.split_once(':').ok_or_else(|| invalid(text))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut reply = Reply { status, headers, body: Vec::new() };
    if bodyless || status == 204 || status == 304 {
        return Ok(reply);
    }
    if reply.header("transfer-encoding") == Some("chunked") {
        loop {
            line.clear();
            stream.read_line(&mut line)?;
            let size = usize::from_str_radix(line.trim(), 16).map_err(|_| invalid("a chunk size"))?;
            let mut chunk = vec![0; size + 2];
            stream.read_exact(&mut chunk)?;
            reply.body.extend_from_slice(&chunk[..size]);
            if size == 0 {
                return Ok(reply);
            }
        }
    }
    match reply.header("content-length").and_then(|text| text.parse::<usize>().ok()) {
        Some(length) => {
            reply.body = vec![0; length];
            stream.read_exact(&mut reply.body)?;
        }
        None => {
            stream.read_to_end(&mut reply.body)?;
        }
    }
    Ok(reply)
}
