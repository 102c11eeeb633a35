//! What was said over a WebSocket, out of the frames that passed (RFC 6455 section 5): a line for each message, with its
//! text, or what else it is.

use zeroize::Zeroizing;

use super::move_into;

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
/// What is about the connection, from here on.
const CONTROL: u8 = 8;
/// The bit by which an extension says that a message is compressed (RFC 7692 section 6).
const COMPRESSED: u8 = 0x40;

/// What stands for a message that cannot be looked through.
const HIDDEN: [&[u8]; 2] = [b"[binary message]", b"[compressed message]"];

/// What one side said.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// The messages.
    pub(super) text: Zeroizing<Vec<u8>>,
    /// Whether what is held ends within one.
    pub(super) breaks_off: bool,
}

/// One frame, as far as it is there.
struct Frame<'b> {
    is_last: bool,
    reserved: u8,
    kind: u8,
    mask: [u8; 4],
    payload: &'b [u8],
    /// Of its payload, bytes that are not there.
    missing: u64,
}

/// Takes the frames apart that `held` begins with; none where they are not frames.
pub(super) fn said(held: &[u8]) -> Option<Said> {
    let mut text = Zeroizing::new(Vec::with_capacity(held.len()));
    let (mut rest, mut between, mut hidden) = (held, true, false);
    while !rest.is_empty() {
        let Some(frame) = Frame::take(&mut rest) else { return Some(Said { text, breaks_off: true }) };
        let begins = match (frame.reserved, frame.kind) {
            (0 | COMPRESSED, TEXT | BINARY) if between => true,
            (0, CONTINUATION) if !between => false,
            (0, CONTROL..) => false,
            _ => return None,
        };
        make_room(&mut text, 1 + HIDDEN[1].len() + frame.payload.len());
        if begins {
            if !text.is_empty() {
                text.push(b'\n');
            }
            hidden = frame.reserved == COMPRESSED || frame.kind == BINARY;
            if hidden {
                text.extend_from_slice(HIDDEN[usize::from(frame.reserved == COMPRESSED)]);
            }
        }
        if frame.kind < CONTROL {
            if !hidden {
                text.extend(frame.payload.iter().zip(frame.mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
            }
            between = frame.is_last;
        }
        if frame.missing > 0 {
            return Some(Said { text, breaks_off: true });
        }
    }
    Some(Said { text, breaks_off: !between })
}

fn make_room(text: &mut Zeroizing<Vec<u8>>, more: usize) {
    let needed = text.len() + more;
    if needed > text.capacity() {
        let capacity = needed.max(text.capacity() * 2);
        move_into(text, capacity);
    }
}

impl<'b> Frame<'b> {
    /// None where the header is not all there.
    fn take(bytes: &mut &'b [u8]) -> Option<Self> {
        let (&[first, second], rest) = bytes.split_first_chunk()?;
        let (length, rest) = match second & 0x7f {
            126 => rest.split_first_chunk().map(|(length, rest)| (u64::from(u16::from_be_bytes(*length)), rest))?,
            127 => rest.split_first_chunk().map(|(length, rest)| (u64::from_be_bytes(*length), rest))?,
            length => (u64::from(length), rest),
        };
        let is_masked = second & 0x80 != 0;
        let (mask, rest) = if is_masked { rest.split_first_chunk()? } else { (&[0; 4], rest) };
        let there = usize::try_from(length).unwrap_or(usize::MAX).min(rest.len());
        let (payload, rest) = rest.split_at(there);
        *bytes = rest;
        Some(Self {
            is_last: first & 0x80 != 0,
            reserved: first & 0x70,
            kind: first & 0x0f,
            mask: *mask,
            payload,
            missing: length - there as u64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(first: u8, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![first];
        let bit = if mask.is_some() { 0x80 } else { 0 };
        match u16::try_from(payload.len()) {
            Ok(length @ ..126) => bytes.push(bit | length.to_be_bytes()[1]),
            Ok(length) => {
                bytes.push(bit | 126);
                bytes.extend(length.to_be_bytes());
            }
            Err(_) => {
                bytes.push(bit | 127);
                bytes.extend((payload.len() as u64).to_be_bytes());
            }
        }
        bytes.extend(mask.into_iter().flatten());
        let mask = mask.unwrap_or_default();
        bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        bytes
    }

    fn text(text: &str, breaks_off: bool) -> Option<Said> {
        Some(Said { text: Zeroizing::new(text.as_bytes().to_vec()), breaks_off })
    }

    #[test]
    fn messages_of_text_come_out_of_their_frames() {
        let mask = Some([1, 2, 3, 255]);
        let all = [
            frame(0x81, mask, b"hello"),
            frame(0x89, mask, b"ping"),
            frame(0x01, None, b"in "),
            frame(0x8a, None, b""),
            frame(0x80, None, b"parts"),
            frame(0x81, mask, &[b'x'; 300]),
            frame(0x81, None, &[b'y'; 70_000]),
            frame(0x88, None, b"\x03\xe8bye"),
        ];
        let long = format!("hello\nin parts\n{}\n{}", "x".repeat(300), "y".repeat(70_000));
        assert_eq!(said(&all.concat()), text(&long, false));
        assert_eq!(said(&all[..3].concat()), text("hello\nin ", true));
        assert_eq!(said(b""), text("", false));
    }

    #[test]
    fn what_is_cut_says_so_wherever_it_is_cut() {
        let whole = [frame(0x81, Some([9; 4]), b"one"), frame(0x81, None, &[b'z'; 200])].concat();
        for cut in 0..whole.len() {
            let Said { text, breaks_off } = said(&whole[..cut]).expect("frames");
            assert_eq!(breaks_off, cut != 0 && cut != 9, "{cut}");
            assert!(format!("one\n{}", "z".repeat(200)).as_bytes().starts_with(&text), "{cut}");
        }
    }

    #[test]
    fn what_is_no_text_is_not_taken_for_it() {
        let all = [
            frame(0x81, None, b"a"),
            frame(0x02, None, b"\x00\xff"),
            frame(0x80, None, b"secret"),
            frame(0xc1, None, b"secret"),
            frame(0xc2, None, b"secret"),
            frame(0x81, None, b"b"),
        ];
        let shown = "a\n[binary message]\n[compressed message]\n[compressed message]\nb";
        assert_eq!(said(&all.concat()), text(shown, false));
        let within = [frame(0x01, None, b"begun"), frame(0x81, None, b"anew")].concat();
        let others =
            [frame(0x80, None, b"?"), frame(0xa1, None, b"?"), frame(0xc8, None, b""), b"hello".to_vec(), within];
        for other in others {
            assert_eq!(said(&other), None, "{other:?}");
        }
    }
}
