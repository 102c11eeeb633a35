//! Calls that last: an answer that comes bit by bit, and a body that is sent bit by bit.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::support::wire::read_reply;

fn send(gateway: u16, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", gateway)).expect("connected");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a bound");
    stream.write_all(head.as_bytes()).expect("sent");
    stream
}

/// An answer of many lines, read as they come.
pub(crate) struct Download(JoinHandle<Vec<u8>>);

impl Download {
    /// Has the first line when this returns.
    pub(crate) fn begin(gateway: u16, path: &str, token: &str) -> Self {
        let head = format!("GET {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\r\n");
        let mut answer = BufReader::new(send(gateway, &head));
        let seen = answer.fill_buf().expect("the answer begins");
        assert!(seen.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(seen));
        Self(std::thread::spawn(move || read_reply(&mut answer, false).expect("the whole answer").body))
    }

    /// Waits for the end: all the lines, in order.
    pub(crate) fn finish(self, lines: usize) {
        let expected: String = (0..lines).map(|line| format!("line {line}\n")).collect();
        let body = self.0.join().expect("the answer was not cut");
        assert_eq!(String::from_utf8_lossy(&body), expected);
    }
}

/// A body of ten bytes, of which five are sent.
pub(crate) struct Upload(TcpStream);

impl Upload {
    /// The call is under way when this returns, as far as the caller can tell.
    pub(crate) fn begin(gateway: u16, path: &str, token: &str) -> Self {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\ncontent-length: 10\r\n\r\nfirst"
        );
        Self(send(gateway, &head))
    }

    /// Sends the rest; the answer has to be 200.
    pub(crate) fn finish_kept(&mut self) {
        self.0.write_all(b"again").expect("sent");
        let reply = read_reply(&mut BufReader::new(&self.0), false).expect("an answer");
        assert_eq!(reply.status, 200);
    }

    /// Sends the rest; the answer has to be 200, and the end of the connection.
    pub(crate) fn finish(&mut self) {
        self.0.write_all(b"again").expect("sent");
        let mut answer = String::new();
        self.0.read_to_string(&mut answer).expect("all of it, and the end");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}
