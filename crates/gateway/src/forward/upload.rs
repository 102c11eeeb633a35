//! The request's body on its way to the target: counted, bounded, and without trailers.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use keyward_model::upstream::Timeouts;

use crate::deadlines::{Deadlines, Watch};
use crate::listen::client::Client;

/// How far a body went. The body itself travels with the request; this stays with the call.
pub(crate) struct Upload {
    most: u64,
    bytes: Cell<u64>,
    progress: Cell<Progress>,
    /// Whether all of the request was handed over.
    whole: Cell<bool>,
    answered: Cell<bool>,
    patience: Cell<Duration>,
    waiting: Watch,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// Nothing was asked of it.
    Untouched,
    /// Some of it may be gone.
    Begun,
    /// All of it is gone.
    Done,
    /// It grew beyond what is taken.
    TooLarge,
    /// It came malformed, or broke off.
    Broken,
}

impl Upload {
    pub(crate) fn new(deadlines: &Rc<Deadlines>, most: u64) -> Self {
        Self {
            most,
            bytes: Cell::new(0),
            progress: Cell::new(Progress::Untouched),
            whole: Cell::new(false),
            answered: Cell::new(false),
            patience: Cell::new(Duration::ZERO),
            waiting: deadlines.watch(),
        }
    }

    /// Bytes that went through.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.get()
    }

    /// The request goes out: from here on the target is waited for, to take each piece of the body, and to answer.
    pub(super) fn begin(&self, body: &RequestBody, timeouts: Timeouts) {
        self.patience.set(Duration::from_millis(u64::from(timeouts.first_byte_ms)));
        self.whole.set(body.is_end_stream());
        self.waiting.arm(self.patience.get());
    }

    /// The head of the answer is there. The wait is free for the answer's body.
    pub(super) fn answered(&self) {
        self.answered.set(true);
        self.waiting.disarm();
    }

    /// The wait of the call: for the answer's head first, then for each piece of its body.
    pub(crate) fn waiting(&self) -> &Watch {
        &self.waiting
    }

    /// Ready once the target takes too long. While the caller owes a piece of the body, the target waits as well; how
    /// long a caller may take is bounded elsewhere.
    pub(super) fn poll_late(&self, client: &Client, cx: &mut Context<'_>) -> Poll<()> {
        ready!(self.waiting.poll_late(cx));
        if !client.owes_body() {
            return Poll::Ready(());
        }
        self.waiting.arm(self.patience.get());
        self.waiting.poll_late(cx)
    }

    pub(super) fn is_untouched(&self) -> bool {
        self.progress.get() == Progress::Untouched
    }

    /// Whether nothing of the request is still on its way.
    pub(crate) fn is_over(&self) -> bool {
        self.whole.get()
    }

    pub(super) fn is_too_large(&self) -> bool {
        self.progress.get() == Progress::TooLarge
    }

    pub(super) fn is_broken(&self) -> bool {
        self.progress.get() == Progress::Broken
    }

    fn moved(&self, progress: Progress) {
        self.progress.set(progress);
        self.whole.set(progress == Progress::Done);
        if !self.answered.get() {
            self.waiting.arm(self.patience.get());
        }
    }
}

/// A request's body.
pub(crate) struct RequestBody {
    /// None for a second sending of a request that has no body.
    incoming: Option<Incoming>,
    upload: Rc<Upload>,
}

/// The body cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    /// It is larger than what is taken.
    #[error("the body is too large")]
    TooLarge,
    /// It is malformed, or broke off.
    #[error("the body broke off")]
    Broken,
}

impl RequestBody {
    pub(crate) fn new(incoming: Incoming, upload: Rc<Upload>) -> Self {
        Self { incoming: Some(incoming), upload }
    }

    /// Whether there is no body at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.is_end_stream()
    }

    /// Of a body that is empty: the same.
    pub(crate) fn empty_copy(&self) -> Self {
        Self { incoming: None, upload: Rc::clone(&self.upload) }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = UploadError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, UploadError>>> {
        let this = self.get_mut();
        let Some(incoming) = &mut this.incoming else { return Poll::Ready(None) };
        if this.upload.is_untouched() {
            this.upload.progress.set(Progress::Begun);
        }
        loop {
            let Some(frame) = ready!(Pin::new(&mut *incoming).poll_frame(cx)) else {
                this.upload.moved(Progress::Done);
                return Poll::Ready(None);
            };
            let Ok(frame) = frame else {
                this.upload.moved(Progress::Broken);
                return Poll::Ready(Some(Err(UploadError::Broken)));
            };
            // Trailers end here: as headers they could say what no head may say.
            let Ok(data) = frame.into_data() else { continue };
            let bytes = this.upload.bytes.get() + data.len() as u64;
            this.upload.bytes.set(bytes);
            if bytes > this.upload.most {
                this.upload.moved(Progress::TooLarge);
                return Poll::Ready(Some(Err(UploadError::TooLarge)));
            }
            this.upload.moved(if incoming.is_end_stream() { Progress::Done } else { Progress::Begun });
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}
