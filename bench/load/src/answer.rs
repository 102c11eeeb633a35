//! Finding the end of an answer with as little work as may be.

/// An answer that this client does not understand. It is counted as a failure and its connection given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadAnswer {
    /// It does not begin as an answer of HTTP/1.1 does, or its head is endless.
    #[error("the answer is not HTTP/1.1")]
    Head,
    /// Nothing but `Content-Length` is understood here.
    #[error("the answer has no Content-Length")]
    Length,
    /// More came than was asked for.
    #[error("bytes came behind the answer")]
    Extra,
}

/// A whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: u16,
    /// Whether the server said that it closes the connection.
    pub(crate) closing: bool,
}

const LONGEST_HEAD: usize = 16 * 1024;

/// Reads one answer after the other.
#[derive(Debug, Default)]
pub(crate) struct AnswerReader {
    /// The beginning of a head that came in pieces.
    head: Vec<u8>,
    /// The answer whose body is under way, and the bytes it lacks.
    body: Option<(Answer, usize)>,
}

impl AnswerReader {
    /// Takes what came; says when that made an answer whole.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<Option<Answer>, BadAnswer> {
        if let Some((answer, lacking)) = self.body.take() {
            return self.body(answer, lacking, bytes);
        }
        if self.head.is_empty() {
            return match Head::read(bytes)? {
                Some(head) => self.body(head.answer, head.length, &bytes[head.end..]),
                None => self.keep(bytes),
            };
        }
        self.keep(bytes)?;
        let Some(head) = Head::read(&self.head)? else { return Ok(None) };
        let whole = std::mem::take(&mut self.head);
        self.body(head.answer, head.length, &whole[head.end..])
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<Option<Answer>, BadAnswer> {
        self.head.extend_from_slice(bytes);
        if self.head.len() > LONGEST_HEAD { Err(BadAnswer::Head) } else { Ok(None) }
    }

    fn body(&mut self, answer: Answer, lacking: usize, bytes: &[u8]) -> Result<Option<Answer>, BadAnswer> {
        match lacking.checked_sub(bytes.len()) {
            Some(0) => Ok(Some(answer)),
            Some(lacking) => {
                self.body = Some((answer, lacking));
                Ok(None)
            }
            None => Err(BadAnswer::Extra),
        }
    }
}

struct Head {
    answer: Answer,
    length: usize,
    end: usize,
}

impl Head {
    /// Walks the lines of a head; none while its end has not come.
    fn read(bytes: &[u8]) -> Result<Option<Self>, BadAnswer> {
        let (mut at, mut length, mut closing) = (0, None, false);
        while let Some(line) = memchr::memchr(b'\n', &bytes[at..]).map(|end| &bytes[at..at + end]) {
            let first = at == 0;
            at += line.len() + 1;
            match line {
                b"\r" => {
                    let status = status(bytes)?;
                    let bare = matches!(status, 204 | 304).then_some(0);
                    let length = bare.or(length).ok_or(BadAnswer::Length)?;
                    return Ok(Some(Self { answer: Answer { status, closing }, length, end: at }));
                }
                _ if first => {}
                [b'c' | b'C', b'o' | b'O', b'n' | b'N', ..] => match value(line) {
                    Some((name, text)) if name.eq_ignore_ascii_case(b"content-length") => length = number(text),
                    Some((name, text)) if name.eq_ignore_ascii_case(b"connection") => {
                        closing |= text.eq_ignore_ascii_case(b"close");
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        Ok(None)
    }
}

fn status(bytes: &[u8]) -> Result<u16, BadAnswer> {
    match bytes {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1', b' ', digits @ ..] => {
            let digits = digits.get(..3).ok_or(BadAnswer::Head)?;
            number(digits).and_then(|status| u16::try_from(status).ok()).ok_or(BadAnswer::Head)
        }
        _ => Err(BadAnswer::Head),
    }
}

fn value(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr::memchr(b':', line)?;
    Some((&line[..colon], line[colon + 1..].trim_ascii()))
}

fn number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &[u8] = b"HTTP/1.1 200 OK\r\nServer: x\r\ncontent-length: 5\r\n\r\nhello";

    #[test]
    fn an_answer_is_read_however_it_is_cut() {
        let expected = Answer { status: 200, closing: false };
        for first in 0..WHOLE.len() {
            for second in first..WHOLE.len() {
                let mut reader = AnswerReader::default();
                let pieces = [&WHOLE[..first], &WHOLE[first..second], &WHOLE[second..]];
                let answers: Vec<_> = pieces.iter().filter_map(|piece| reader.feed(piece).expect("good")).collect();
                assert_eq!(answers, [expected], "cut at {first} and {second}");
                assert_eq!(reader.feed(WHOLE), Ok(Some(expected)), "the next one");
            }
        }
    }

    #[test]
    fn closing_and_bodiless_answers_are_told() {
        let mut reader = AnswerReader::default();
        let closing = b"HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(reader.feed(closing), Ok(Some(Answer { status: 401, closing: true })));
        assert_eq!(reader.feed(b"HTTP/1.1 204 No\r\n\r\n"), Ok(Some(Answer { status: 204, closing: false })));
    }

    #[test]
    fn what_cannot_be_framed_is_refused() {
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(AnswerReader::default().feed(chunked), Err(BadAnswer::Length));
        let extra = [WHOLE, b"x"].concat();
        assert_eq!(AnswerReader::default().feed(&extra), Err(BadAnswer::Extra));
        assert_eq!(AnswerReader::default().feed(b"SSH-2.0\r\nContent-Length: 0\r\n\r\n"), Err(BadAnswer::Head));
    }
}
