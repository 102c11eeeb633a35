//! A block of fields, taken apart.

use crate::fault::Fault;
use crate::fields::{Field, wipe};
use crate::head::{Limits, MOST_FIELDS};
use crate::request::{Pseudo, Request};

/// Fields of a head besides those that have names of their own.
const PSEUDO: usize = 5;

/// The fields of a block, as they came.
#[derive(Debug, Default)]
pub(super) struct Parts {
    text: Vec<u8>,
    /// Where each begins, and the lengths of its name and value.
    list: Vec<(usize, usize, usize)>,
    too_large: bool,
}

impl Parts {
    /// Adds a field. What goes over the bounds is left out, however much it is.
    pub(super) fn add(&mut self, name: &[u8], value: &[u8], limits: &Limits) {
        let size = self.text.len() + name.len() + value.len();
        if size > limits.bytes || self.list.len() == limits.fields.min(MOST_FIELDS) + PSEUDO {
            self.too_large = true;
            return;
        }
        self.list.push((self.text.len(), name.len(), value.len()));
        self.text.extend_from_slice(name);
        self.text.extend_from_slice(value);
    }

    /// Name and value of each.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> + Clone {
        self.list.iter().map(|(at, name, value)| self.text[*at..at + name + value].split_at(*name))
    }

    /// Whether there was more than is taken.
    pub(super) fn is_too_large(&self) -> bool {
        self.too_large
    }

    /// Nothing is left of what was there.
    pub(super) fn clear(&mut self) {
        wipe(&mut self.text);
        self.list.clear();
        self.too_large = false;
        // A head far larger than most is no reason to hold its memory.
        if self.text.capacity() > 16 * 1024 {
            self.text = Vec::new();
        }
    }

    /// The head of a request (RFC 9113 section 8.3.1), in the memory that `spare` gives; or what is wrong with it, and
    /// its method and target as far as they are legible.
    pub(super) fn request(
        &self,
        has_body: bool,
        limits: &Limits,
        spare: &mut impl FnMut() -> (Vec<u8>, Vec<Field>),
    ) -> Result<Request, (Fault, Vec<u8>)> {
        let (mut method, mut path, mut scheme, mut authority, mut protocol) = (None, None, None, None, None);
        let (mut count, mut fault) = (0, None);
        for (name, value) in self.iter().take_while(|(name, _)| name.starts_with(b":")) {
            count += 1;
            let place = match name {
                b":method" => &mut method,
                b":path" => &mut path,
                b":scheme" => &mut scheme,
                b":authority" => &mut authority,
                b":protocol" => &mut protocol,
                _ => {
                    fault = Some(Fault::malformed("The head has a pseudo-header that no request has."));
                    continue;
                }
            };
            if place.replace(value).is_some() {
                fault = Some(Fault::malformed("The head has a pseudo-header twice."));
            }
        }
        let made = match fault {
            _ if self.too_large => Err(Fault::too_large("The head of the request is too large.")),
            Some(fault) => Err(fault),
            None => whole(method, path, scheme, protocol).and_then(|(method, path)| {
                let pseudo = Pseudo { method, scheme, path, authority, protocol };
                let (bytes, list) = spare();
                Request::assemble(bytes, list, pseudo, self.iter().skip(count), has_body, limits)
            }),
        };
        made.map_err(|fault| {
            let line = [method.unwrap_or_default(), b" ", path.unwrap_or_default()].concat();
            (fault, line)
        })
    }
}

/// Method and path of a head that has all that it must.
fn whole<'a>(
    method: Option<&'a [u8]>,
    path: Option<&'a [u8]>,
    scheme: Option<&'a [u8]>,
    protocol: Option<&'a [u8]>,
) -> Result<(&'a [u8], &'a [u8]), Fault> {
    match (method, path, scheme) {
        (Some(method), Some(path), Some(_)) => Ok((method, path)),
        // RFC 9113 section 8.5; refused further on, as it is in HTTP/1.
        (Some(b"CONNECT"), path, _) if protocol.is_none() => Ok((b"CONNECT", path.unwrap_or_default())),
        _ => Err(Fault::malformed("The head lacks a pseudo-header that every request has.")),
    }
}
