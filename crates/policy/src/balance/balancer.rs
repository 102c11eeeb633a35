//! The balancer of one worker: whose turn it is, and how many calls are under way where.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use keyward_model::upstream::Balance;

use super::health::Health;
use super::places::Places;
use super::{least_connections, round_robin};

/// Chooses targets for the calls of one worker.
#[derive(Debug)]
pub struct Balancer {
    health: Arc<Health>,
    balance: Balance,
    /// Where this worker begins among equals, so that workers that start together do not all start at one target.
    first: usize,
    credit: Box<[Cell<i64>]>,
    under_way: Box<[Cell<u32>]>,
}

impl Balancer {
    /// The balancer of the worker with this number, nothing under way.
    pub fn new(health: Arc<Health>, balance: Balance, worker: usize) -> Self {
        let count = health.len();
        Self {
            balance,
            first: worker.checked_rem(count).unwrap_or(0),
            credit: vec![Cell::new(0); count].into(),
            under_way: vec![Cell::new(0); count].into(),
            health,
        }
    }

    /// The health that is balanced by.
    pub fn health(&self) -> &Arc<Health> {
        &self.health
    }

    /// The target for a call at `now`. One of `tried` only when there is no other; `random` is drawn anew each time.
    /// None when there is no target with a weight.
    pub fn choose(&self, now: Duration, random: u64, tried: Places) -> Option<usize> {
        let usable = self.health.usable(now);
        let untried = usable.without(tried);
        let among = if untried.is_empty() { usable } else { untried };
        let count = self.health.len();
        // Places from `first` on, around the end.
        let turn = (0..count).map(|step| (self.first + step) % count);
        let targets = turn.filter(|place| among.has(*place)).map(|place| (place, self.health.weight(place, now)));
        match self.balance {
            Balance::RoundRobin => round_robin::choose(&self.credit, targets),
            Balance::LeastConnections => least_connections::choose(&self.under_way, targets, random),
        }
    }

    /// A call, or a connection, to the target begins.
    pub fn begin(&self, place: usize) {
        if let Some(calls) = self.under_way.get(place) {
            calls.set(calls.get().saturating_add(1));
        }
    }

    /// One that began is over.
    pub fn end(&self, place: usize) {
        if let Some(calls) = self.under_way.get(place) {
            calls.set(calls.get().saturating_sub(1));
        }
    }

    /// Calls under way to the target.
    pub fn under_way(&self, place: usize) -> u32 {
        self.under_way.get(place).map_or(0, Cell::get)
    }
}
