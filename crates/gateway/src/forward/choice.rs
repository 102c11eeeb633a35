//! Which target a call goes to: what one worker knows of an upstream, beside the health that all of them share.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::time::Duration;

use foldhash::HashMap;
use keyward_policy::balance::Balancer;
use keyward_policy::concurrency::Seat;
use keyward_policy::retry::{BackOff, Budget};

use crate::state::health::Ledger;
use crate::state::upstream::Upstream;

/// What one worker knows of one upstream.
pub(crate) struct Choice {
    pub(super) balancer: Balancer,
    pub(super) budget: Budget,
    pub(super) back_off: BackOff,
    /// Gone once nothing uses the upstream any more as it was.
    in_use: Weak<Ledger>,
}

/// What one worker knows of all upstreams.
#[derive(Default)]
pub(crate) struct Choices(RefCell<HashMap<usize, Rc<Choice>>>);

impl Choices {
    /// What is known of `upstream`, by the health that stays when the upstream is built anew.
    pub(super) fn of(&self, upstream: &Upstream, worker: usize, now: Duration) -> Rc<Choice> {
        let key = Arc::as_ptr(&upstream.health) as usize;
        let choices = &mut *self.0.borrow_mut();
        // The health is held by what it is found under, so that no other can be at its address.
        let choice = choices.entry(key).or_insert_with(|| {
            Rc::new(Choice {
                balancer: Balancer::new(Arc::clone(&upstream.health), upstream.balance, worker),
                budget: Budget::new(&upstream.retries, now),
                back_off: BackOff::new(&upstream.retries),
                in_use: Arc::downgrade(&upstream.ledger),
            })
        });
        Rc::clone(choice)
    }

    /// Forgets upstreams that are no more.
    pub(crate) fn sweep(&self) {
        self.0.borrow_mut().retain(|_, choice| choice.in_use.strong_count() > 0);
    }
}

/// A call under way at a target, until it is over.
pub(crate) struct UnderWay {
    choice: Rc<Choice>,
    place: usize,
    /// Its room there, where that is bounded.
    _seat: Option<Seat>,
}

impl UnderWay {
    pub(super) fn begin(choice: &Rc<Choice>, place: usize, seat: Option<Seat>) -> Self {
        choice.balancer.begin(place);
        Self { choice: Rc::clone(choice), place, _seat: seat }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.choice.balancer.end(self.place);
    }
}
