//! Bodies on their way: from where they come to where they go, no faster than they are taken.

use std::task::{Context, Poll};

use keyward_wire::Fields;

use crate::capture::Tap;

/// Bytes that wait to be sent before more is taken.
pub(crate) const ROOM: usize = 64 * 1024;

/// A body that comes in.
pub(crate) trait Source {
    /// Waits until content is there: false once all of it was.
    fn poll_content(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, Lost>>;

    /// What is there.
    fn content(&self) -> &[u8];

    /// Takes so many bytes of what is there.
    fn consume(&mut self, bytes: usize);

    /// What came behind the content, once all of that was there.
    fn trailers(&mut self) -> Result<Option<Fields>, Lost>;
}

/// Where a body goes.
pub(crate) trait Sink {
    /// Bytes that may be pushed before a flush.
    fn room(&self) -> usize;

    /// Takes content, to be sent.
    fn push(&mut self, content: &[u8]);

    /// No content follows.
    fn finish(&mut self, trailers: Option<Fields>);

    /// Waits until all that was pushed is sent.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>>;
}

/// A connection, or a stream on one, is no more use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// What came breaks the protocol.
    Malformed,
    /// It closed.
    Closed,
    /// Of HTTP/2: the other side ended the stream.
    Reset(h2::Reason),
    /// Of HTTP/2: the other side says that it has not looked at what was sent (RFC 9113 section 8.7).
    Unprocessed,
}

/// How far a body went.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Bytes of content.
    pub(crate) bytes: u64,
    /// Whether anything was asked of the source.
    pub(crate) begun: bool,
    /// Whether the sink knows its end.
    pub(crate) finished: bool,
    /// Whether all of it has left.
    pub(crate) done: bool,
}

/// Why a body goes no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stuck {
    /// It does not come.
    Source(Lost),
    /// It is not taken.
    Sink(Lost),
    /// It is longer than it may be.
    TooLong,
}

/// Whom a body waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// For more to come.
    Source,
    /// For what is there to be taken.
    Sink,
}

/// Moves what can be moved, past `tap` where the call is captured. Ready once all of it has left, or it is stuck; else
/// whom it waits for.
pub(crate) fn poll_transfer(
    cx: &mut Context<'_>,
    source: &mut impl Source,
    sink: &mut impl Sink,
    progress: &mut Progress,
    most: u64,
    mut tap: Option<Tap<'_>>,
) -> Result<Option<Wait>, Stuck> {
    loop {
        let (mut waits, mut failed) = (None, None);
        while !progress.finished && waits.is_none() && failed.is_none() {
            let room = sink.room();
            if room == 0 {
                break;
            }
            progress.begun = true;
            match source.poll_content(cx) {
                Poll::Ready(Ok(true)) => {
                    let content = source.content();
                    let taken = content.len().min(room);
                    progress.bytes += taken as u64;
                    if progress.bytes > most {
                        return Err(Stuck::TooLong);
                    }
                    if let Some(tap) = &mut tap {
                        tap.take(&content[..taken]);
                    }
                    sink.push(&content[..taken]);
                    source.consume(taken);
                }
                Poll::Ready(Ok(false)) => {
                    sink.finish(source.trailers().map_err(Stuck::Source)?);
                    progress.finished = true;
                    if let Some(tap) = &mut tap {
                        tap.end();
                    }
                }
                // What came before it is still worth sending.
                Poll::Ready(Err(lost)) => failed = Some(lost),
                Poll::Pending => waits = Some(Wait::Source),
            }
        }
        match sink.poll_flush(cx) {
            Poll::Ready(Ok(())) if progress.finished => {
                progress.done = true;
                return Ok(None);
            }
            Poll::Ready(Ok(())) => match (failed, waits) {
                (Some(lost), _) => return Err(Stuck::Source(lost)),
                (None, Some(wait)) => return Ok(Some(wait)),
                // What is all sent has room again, or nothing ever leaves and this would go on for ever.
                (None, None) if sink.room() == 0 => return Err(Stuck::Sink(Lost::Closed)),
                (None, None) => {}
            },
            Poll::Ready(Err(lost)) => return Err(Stuck::Sink(lost)),
            Poll::Pending => return Ok(Some(Wait::Sink)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    struct Endless;

    impl Source for Endless {
        fn poll_content(&mut self, _: &mut Context<'_>) -> Poll<Result<bool, Lost>> {
            Poll::Ready(Ok(true))
        }

        fn content(&self) -> &[u8] {
            b"more"
        }

        fn consume(&mut self, _: usize) {}

        fn trailers(&mut self) -> Result<Option<Fields>, Lost> {
            Ok(None)
        }
    }

    /// Says that all is sent, and has no room for more all the same.
    struct Wall;

    impl Sink for Wall {
        fn room(&self) -> usize {
            0
        }

        fn push(&mut self, _: &[u8]) {}

        fn finish(&mut self, _: Option<Fields>) {}

        fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Lost>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn a_sink_that_never_has_room_is_given_up_on() {
        let mut cx = Context::from_waker(Waker::noop());
        let stuck = poll_transfer(&mut cx, &mut Endless, &mut Wall, &mut Progress::default(), u64::MAX, None);
        assert_eq!(stuck, Err(Stuck::Sink(Lost::Closed)));
    }
}
