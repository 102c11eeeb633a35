//! Turns of a worker: what the calls of one turn have to say leaves together.
//!
//! Whoever sleeps until bytes come is woken by them, which costs the sender more than the bytes. A call that would send
//! at once would wake its peer once for each message; behind the other calls that are ready, it sends while the peer is
//! still awake from the message before.

use std::future::poll_fn;
use std::task::Poll;

/// Lets the other calls that are ready come as far as this one, before it goes on. On a worker with nothing else to do,
/// it goes on at once.
pub(crate) async fn together() {
    let mut waited = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        // To the end of the line of this worker, ahead of the next look for events.
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use tokio::task::{LocalSet, spawn_local};

    use super::*;

    #[tokio::test]
    async fn those_that_are_ready_read_before_the_first_of_them_sends() {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let calls = LocalSet::new();
        for call in 0..3 {
            let seen = Rc::clone(&seen);
            calls.spawn_local(async move {
                seen.borrow_mut().push(("reads", call));
                together().await;
                seen.borrow_mut().push(("sends", call));
            });
        }
        calls.run_until(async { spawn_local(async {}).await.expect("it ends") }).await;
        calls.await;
        let order: Vec<_> = seen.borrow().iter().map(|(what, _)| *what).collect();
        assert_eq!(order, ["reads", "reads", "reads", "sends", "sends", "sends"]);
    }
}
