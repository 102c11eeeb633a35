//! The handshake of a WebSocket, by HTTP/1.1 (RFC 6455 section 4) and by HTTP/2 (RFC 8441). Behind the gateway it is
//! always that of HTTP/1.1.
//!
//! Bytes pass unread only once the target has proved that it took the handshake for one: a target that answers 101 to
//! something else opens nothing, so that no request can hide behind a handshake that failed.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyward_model::{Code, Denial};
use keyward_wire::{Fields, Known, Length, Request, Response, Version};

use crate::channel::FieldsOut;
use crate::worker::Worker;

/// What the key is answered with (RFC 6455 section 1.3).
const ANSWER: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// The only version of the protocol.
const VERSION: &[u8] = b"13";

/// A handshake that a caller asks for.
pub(crate) struct Handshake {
    /// 16 bytes in base64: the caller's, or over HTTP/2, where there is none, one of Keyward's own.
    key: [u8; 24],
}

impl Handshake {
    /// Reads what the caller asks for.
    pub(crate) fn read(head: &Request, worker: &Worker) -> Result<Self, Denial> {
        let invalid = |detail: &str| Denial::new(Code::RequestInvalid, "WebSocket", detail);
        if head.version == Version::Http2 {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&worker.random().to_le_bytes());
            bytes[8..].copy_from_slice(&worker.random().to_le_bytes());
            return Ok(Self { key: encoded(&bytes) });
        }
        if head.version == Version::Http10 || head.method() != "GET" || head.body != Length::Zero {
            return Err(invalid("A WebSocket begins with a GET of HTTP/1.1 that has no body."));
        }
        let key = head.fields.decisive(Known::SecWebSocketKey).unwrap_or_default();
        let decoded = STANDARD.decode(key).unwrap_or_default();
        let bytes: [u8; 16] =
            decoded.try_into().map_err(|_| invalid("Sec-WebSocket-Key has to be 16 bytes in base64."))?;
        Ok(Self { key: encoded(&bytes) })
    }

    /// Adds the fields of the handshake to a request.
    pub(crate) fn write(&self, asked: &Fields, out: &mut FieldsOut<'_>) {
        out.own("connection", b"upgrade");
        out.own("upgrade", b"websocket");
        out.own("sec-websocket-key", &self.key);
        if !asked.contains(Known::SecWebSocketVersion) {
            out.own("sec-websocket-version", VERSION);
        }
    }

    /// Whether an answer agrees to the handshake (RFC 6455 section 4.1).
    pub(crate) fn is_agreed(&self, answer: &Response) -> bool {
        let is = |known, wanted: &str| answer.fields.decisive(known).is_some_and(|v| v.eq_ignore_ascii_case(wanted));
        let accept = answer.fields.decisive(Known::SecWebSocketAccept);
        answer.status == 101
            && is(Known::Upgrade, "websocket")
            && answer.fields.lists(Known::Connection, "upgrade")
            && accept.is_some_and(|accept| accept.as_bytes() == self.accept())
    }

    fn accept(&self) -> [u8; 28] {
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &[&self.key[..], ANSWER].concat());
        encoded(hash.as_ref())
    }
}

/// In base64, of which the length is known.
fn encoded<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut text = [0; N];
    STANDARD.encode_slice(bytes, &mut text).expect("the text is as long as base64 makes it");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_answered_as_in_the_rfc() {
        let key = *b"dGhlIHNhbXBsZSBub25jZQ==";
        assert_eq!(&Handshake { key }.accept(), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
