//! The requests, as bytes, one for each token.

use std::path::Path;

use anyhow::{Context, Result, ensure};

/// What is asked, in which words; the tokens are taken in turn.
#[derive(Debug)]
pub(crate) struct Requests {
    bytes: Vec<u8>,
    /// Where each request ends in `bytes`.
    ends: Vec<usize>,
    next: usize,
}

impl Requests {
    /// `GET path` with each token of the list; without any token where there is none. `closing` asks the server to
    /// close behind its answer.
    pub(crate) fn new(path: &str, host: &str, tokens: &[String], closing: bool) -> Self {
        let connection = if closing { "Connection: close\r\n" } else { "" };
        let start = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: keyward-load\r\nAccept: */*\r\n");
        let longest = tokens.iter().map(String::len).max().unwrap_or(0);
        let mut requests = Self { bytes: Vec::new(), ends: Vec::with_capacity(tokens.len().max(1)), next: 0 };
        requests.bytes.reserve_exact(tokens.len().max(1) * (start.len() + connection.len() + longest + 32));
        let mut add = |token: Option<&str>| {
            requests.bytes.extend_from_slice(start.as_bytes());
            requests.bytes.extend_from_slice(connection.as_bytes());
            if let Some(token) = token {
                requests.bytes.extend_from_slice(format!("Authorization: Bearer {token}\r\n").as_bytes());
            }
            requests.bytes.extend_from_slice(b"\r\n");
            requests.ends.push(requests.bytes.len());
        };
        if tokens.is_empty() {
            add(None);
        }
        tokens.iter().for_each(|token| add(Some(token)));
        requests
    }

    /// The next request.
    pub(crate) fn take(&mut self) -> &[u8] {
        let place = self.next;
        self.next = if place + 1 == self.ends.len() { 0 } else { place + 1 };
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        &self.bytes[start..self.ends[place]]
    }
}

/// The tokens of a file, one a line; none without a file.
pub(crate) fn read_tokens(file: Option<&Path>) -> Result<Vec<String>> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let tokens: Vec<String> = text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    ensure!(!tokens.is_empty(), "{} holds no token", file.display());
    ensure!(tokens.iter().all(|token| token.bytes().all(|byte| byte.is_ascii_graphic())), "a token cannot be sent");
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_taken_in_turn() {
        let tokens = ["one".to_owned(), "two".to_owned()];
        let mut requests = Requests::new("/a", "h:1", &tokens, false);
        for token in ["one", "two", "one"] {
            let text = String::from_utf8_lossy(requests.take()).into_owned();
            let start = "GET /a HTTP/1.1\r\nHost: h:1\r\nUser-Agent: keyward-load\r\nAccept: */*\r\n";
            assert_eq!(text, format!("{start}Authorization: Bearer {token}\r\n\r\n"));
        }
    }

    #[test]
    fn without_tokens_there_is_one_bare_request() {
        let mut requests = Requests::new("/", "h", &[], true);
        let first = requests.take().to_vec();
        assert!(first.ends_with(b"Connection: close\r\n\r\n"));
        assert_eq!(requests.take(), first);
    }
}
