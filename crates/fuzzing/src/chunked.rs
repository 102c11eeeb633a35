//! A body in the chunked coding.

use keyward_wire::{Body, BodyError, Length, write};

use crate::cuts;
use crate::request_head::check_fields;

/// However the bytes are cut, content and end are the same; what was read and is written anew is read as the same.
pub fn chunked(bytes: &[u8]) {
    let whole = read([bytes]);
    for end in cuts(bytes.len()) {
        assert_eq!(read([&bytes[..end], &bytes[end..]]), whole, "cut after {end} bytes");
    }
    assert_eq!(read(bytes.chunks(1)), whole, "a byte at a time");

    let Ok(body) = whole else { return };
    assert!(body.used <= bytes.len() && body.content.len() <= body.used);
    let Some(trailers) = body.trailers else {
        assert_eq!(body.used, bytes.len(), "a body that is not over takes every byte");
        return;
    };
    let mut written = Vec::new();
    let half = body.content.len() / 2;
    write::chunk(&mut written, &body.content[..half]);
    write::chunk(&mut written, &body.content[half..]);
    written.extend_from_slice(b"0\r\n");
    for (name, value) in &trailers {
        write::field(&mut written, name, value);
    }
    written.extend_from_slice(b"\r\n");
    let used = written.len();
    written.extend_from_slice(b"GET /");
    assert_eq!(read([&written[..]]), Ok(Read { content: body.content, used, trailers: Some(trailers) }));
}

/// What a body amounts to.
#[derive(Debug, PartialEq, Eq)]
struct Read {
    content: Vec<u8>,
    used: usize,
    /// None while it is not over.
    trailers: Option<Vec<(Vec<u8>, Vec<u8>)>>,
}

fn read<'b>(pieces: impl IntoIterator<Item = &'b [u8]>) -> Result<Read, BodyError> {
    let mut body = Body::new(Length::Chunked);
    let (mut content, mut used) = (Vec::new(), 0);
    for mut piece in pieces {
        while !piece.is_empty() && !body.is_over() {
            let found = body.find(piece)?;
            assert!(found.content.end <= found.used && found.used <= piece.len());
            assert!(found.used > 0, "nothing was taken of {piece:?}");
            content.extend_from_slice(&piece[found.content]);
            used += found.used;
            piece = &piece[found.used..];
        }
    }
    if !body.is_over() {
        assert_eq!(body.close(), Err(BodyError), "a body that is not over was cut off");
        return Ok(Read { content, used, trailers: None });
    }
    let trailers = body.trailers()?;
    trailers.iter().for_each(check_fields);
    let trailers = trailers.iter().flat_map(|trailers| trailers.iter());
    let trailers = trailers.map(|(_, name, value)| (name.to_vec(), value.to_vec())).collect();
    Ok(Read { content, used, trailers: Some(trailers) })
}
