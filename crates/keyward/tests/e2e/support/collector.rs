//! Stands in for an OpenTelemetry collector: keeps whatever comes, and answers as told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::peers::{read_logs, read_spans};

/// A collector on a port of its own.
pub(crate) struct Collector {
    pub(crate) port: u16,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    /// Heads and bodies as they came.
    heads: Vec<String>,
    bodies: Vec<Vec<u8>>,
    status: u16,
}

impl Collector {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let shared = Arc::new(Mutex::new(Shared { heads: Vec::new(), bodies: Vec::new(), status: 200 }));
        let kept = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || while serve(&stream, &kept).is_some() {});
            }
        });
        Self { port, shared }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From now on answers so.
    pub(crate) fn answer(&self, status: u16) {
        self.lock().status = status;
    }

    /// Requests that came, whatever they were answered with.
    pub(crate) fn requests(&self) -> usize {
        self.lock().bodies.len()
    }

    /// Every byte that came.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let shared = self.lock();
        [shared.heads.concat().into_bytes(), shared.bodies.concat()].concat()
    }

    /// The heads of all requests.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.lock().heads.clone()
    }

    /// The spans of all requests.
    pub(crate) fn spans(&self) -> Vec<Value> {
        read_spans(&self.bodies_of("/v1/traces"))
    }

    /// The records of logs of all requests.
    pub(crate) fn logs(&self) -> Vec<Value> {
        read_logs(&self.bodies_of("/v1/logs"))
    }

    fn bodies_of(&self, path: &str) -> Vec<Vec<u8>> {
        let (shared, line) = (self.lock(), format!("POST {path} HTTP/1.1\r\n"));
        let all = shared.heads.iter().zip(&shared.bodies);
        all.filter(|(head, _)| head.starts_with(&line)).map(|(_, body)| body.clone()).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes one request of a connection; none when it is over.
fn serve(mut stream: &TcpStream, shared: &Mutex<Shared>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let status = {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.heads.push(head);
        shared.bodies.push(body);
        shared.status
    };
    let answer =
        format!("HTTP/1.1 {status} As Told\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(answer.as_bytes()).ok()
}
