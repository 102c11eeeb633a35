//! The body of an answer. It takes the exchange along, so that the record is written when the last byte is gone.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use keyward_model::upstream::Timeouts;
use keyward_model::{Code, Denial};

use crate::exchange::Exchange;
use crate::forward::Lease;

/// Bodies up to this size are waited for, so that head and body leave in one write.
const SMALL: u64 = 32 * 1024;

/// The body of an answer.
pub(crate) struct ResponseBody {
    exchange: Box<Exchange>,
    content: Content,
}

enum Content {
    /// Keyward's own.
    Whole(Option<Bytes>),
    /// The upstream's.
    Passing(Box<Passing>),
}

/// A body on its way from the upstream to the caller.
pub(crate) struct Passing {
    incoming: Incoming,
    /// Taken from `incoming` already.
    first: Option<Frame<Bytes>>,
    lease: Option<Lease>,
    idle: Duration,
}

/// The upstream's answer broke off; so does the caller's, who can tell by its length or its last chunk.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// It stood still for too long.
    #[error("the answer stood still")]
    Late,
    /// It was malformed, or the connection closed.
    #[error("the answer broke off")]
    Off,
}

impl Passing {
    pub(super) fn new(incoming: Incoming, lease: Lease, timeouts: Timeouts) -> Self {
        let idle = Duration::from_millis(u64::from(timeouts.idle_ms));
        Self { incoming, first: None, lease: Some(lease), idle }
    }

    /// Waits for the first piece of a small body of known length: it comes along with the head, and where it does not
    /// come there is still time to say so. A body that is not small, or of unknown length as a stream of events is,
    /// waits for nothing.
    pub(super) async fn wait_for_small(&mut self, exchange: &Exchange) -> Result<(), Denial> {
        if !self.incoming.size_hint().exact().is_some_and(|length| (1..=SMALL).contains(&length)) {
            return Ok(());
        }
        match poll_fn(|cx| self.poll_incoming(cx, exchange)).await.transpose() {
            Ok(first) => {
                self.first = first;
                Ok(())
            }
            Err(broken) => Err(denial(exchange, broken)),
        }
    }

    fn poll_incoming(
        &mut self,
        cx: &mut Context<'_>,
        exchange: &Exchange,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let waiting = exchange.upload.waiting();
        match Pin::new(&mut self.incoming).poll_frame(cx) {
            Poll::Ready(frame) => {
                waiting.disarm();
                if frame.is_none() || self.incoming.is_end_stream() {
                    self.put_back(exchange);
                }
                Poll::Ready(frame.map(|frame| frame.map_err(|_| Broken::Off)))
            }
            Poll::Pending => {
                waiting.arm_once(self.idle);
                waiting.poll_late(cx).map(|()| Some(Err(Broken::Late)))
            }
        }
    }

    /// The answer is over: its connection may take the next call, unless the request is still being sent.
    fn put_back(&mut self, exchange: &Exchange) {
        if let Some(Lease { connection, key }) = self.lease.take()
            && exchange.upload.is_over()
        {
            exchange.worker.pool.give(key, connection, exchange.worker.clock.monotonic());
        }
    }
}

impl ResponseBody {
    pub(super) fn whole(exchange: Box<Exchange>, bytes: Bytes) -> Self {
        Self { exchange, content: Content::Whole(Some(bytes)) }
    }

    pub(super) fn passing(exchange: Box<Exchange>, mut passing: Passing) -> Self {
        if passing.incoming.is_end_stream() {
            passing.put_back(&exchange);
        }
        Self { exchange, content: Content::Passing(Box::new(passing)) }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let Self { exchange, content } = self.get_mut();
        let polled = match content {
            Content::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Content::Passing(passing) => match passing.first.take() {
                Some(first) => Poll::Ready(Some(Ok(first))),
                None => passing.poll_incoming(cx, exchange),
            },
        };
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                exchange.bytes_out += frame.data_ref().map_or(0, |data| data.len() as u64);
            }
            Poll::Ready(Some(Err(broken))) => exchange.denial = Some(denial(exchange, *broken)),
            Poll::Ready(None) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Whole(bytes) => bytes.is_none(),
            Content::Passing(passing) => passing.first.is_none() && passing.incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Content::Passing(passing) => match &passing.first {
                None => passing.incoming.size_hint(),
                Some(first) => {
                    let taken = first.data_ref().map_or(0, |data| data.len() as u64);
                    let rest = passing.incoming.size_hint().exact();
                    rest.map_or_else(SizeHint::default, |rest| SizeHint::with_exact(rest + taken))
                }
            },
        }
    }
}

/// For the record, or where nothing of the answer has reached the caller, for the caller as well.
fn denial(exchange: &Exchange, broken: Broken) -> Denial {
    let (code, what, detail) = match broken {
        Broken::Late => {
            let detail = "The service behind this API did not go on with its answer in time.";
            (Code::UpstreamTimeout, "stood still for longer than idle_ms", detail)
        }
        Broken::Off => {
            let detail = "The service behind this API broke off in the middle of its answer.";
            (Code::UpstreamInvalid, "broke off in the middle of its answer", detail)
        }
    };
    let target = exchange.target_name.as_deref().unwrap_or_default();
    Denial::new(code, format!("upstream target {target}: {what}"), detail)
}
