//! What all workers know of the targets of one upstream: who is ejected, who fails its probes, since when.
//!
//! Two sets of places say who is out; they are all that choosing a target has to look at while everybody is well.
//! Everything else is per target and touched when a target fails, comes back or is probed.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use keyward_model::upstream::{MOST_TARGETS, UpstreamSpec};

use super::places::{Places, bit};
use super::slow_start::grown;

/// The health of one upstream's targets, shared by all workers.
#[derive(Debug)]
pub struct Health {
    pub(super) rules: Rules,
    /// Out for having failed calls; see `passive`.
    pub(super) ejected: AtomicU64,
    /// Out for having failed probes; see `active`.
    pub(super) down: AtomicU64,
    pub(super) targets: Box<[TargetHealth]>,
}

/// The rules, in the units that are reckoned in.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) failures: u32,
    pub(super) eject: Duration,
    pub(super) max_eject: Duration,
    /// How many may be ejected at a time.
    pub(super) max_ejected: usize,
    /// Whether anybody probes: nobody else brings back who is down.
    probed: bool,
    pub(super) healthy_after: u32,
    pub(super) unhealthy_after: u32,
    slow_start: Duration,
    panic_percent: u8,
}

/// What is known of one target.
#[derive(Debug, Default)]
pub(super) struct TargetHealth {
    weight: u16,
    /// Failed calls in a row.
    pub(super) failures: AtomicU32,
    /// Ejections that still count; each doubles the next.
    pub(super) ejections: AtomicU32,
    /// When the ejection ends, in nanoseconds; 0 while none is decided.
    pub(super) until: AtomicU64,
    /// Probes in a row that speak against what is held of the target.
    pub(super) contrary: AtomicU32,
    /// When it last came into use or went out of it, in nanoseconds; 0 when it always was in use.
    pub(super) since: AtomicU64,
}

/// What is held of one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It gets its share of calls.
    InUse,
    /// It is in use and grows into its share, so far this many percent of it.
    Growing(u8),
    /// It failed calls, and is left out until then.
    Ejected(Duration),
    /// It fails its probes.
    Down,
    /// Its weight is 0.
    Drained,
}

/// One target, for whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What is held of it.
    pub state: State,
    /// When that began; zero for what was so from the start.
    pub since: Duration,
    /// Failed calls in a row.
    pub failures: u32,
}

impl Health {
    /// All targets of `spec` well, and none new. Targets beyond the 64th, which no validated upstream has, are never
    /// chosen.
    pub fn new(spec: &UpstreamSpec) -> Self {
        let passive = &spec.health.passive;
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        let count = spec.targets.len().min(MOST_TARGETS);
        let (healthy_after, unhealthy_after) =
            spec.health.active.as_ref().map_or((1, 1), |active| (active.healthy_after, active.unhealthy_after));
        let rules = Rules {
            failures: passive.failures,
            eject: seconds(passive.eject_seconds),
            max_eject: seconds(passive.max_eject_seconds.max(passive.eject_seconds)),
            max_ejected: most_ejected(count, passive.max_ejected_percent),
            probed: spec.health.active.is_some(),
            healthy_after,
            unhealthy_after,
            slow_start: seconds(spec.health.slow_start_seconds),
            panic_percent: spec.health.panic_percent,
        };
        let targets = spec.targets[..count].iter();
        let targets = targets.map(|target| TargetHealth { weight: target.weight, ..TargetHealth::default() });
        Self { rules, ejected: AtomicU64::new(0), down: AtomicU64::new(0), targets: targets.collect() }
    }

    /// Takes over what `old` knew of the target at `old_place`, for the same target after a change of its upstream.
    /// For use before others share this.
    pub fn adopt(&self, place: usize, old: &Self, old_place: usize) {
        let (Some(to), Some(from)) = (self.targets.get(place), old.targets.get(old_place)) else { return };
        for (to, from) in
            [(&to.failures, &from.failures), (&to.ejections, &from.ejections), (&to.contrary, &from.contrary)]
        {
            to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        to.since.store(from.since.load(Ordering::Relaxed), Ordering::Relaxed);
        // What the new rules would not have put out stays in.
        let room = self.ejected.load(Ordering::Relaxed).count_ones() as usize;
        if old.ejected.load(Ordering::Relaxed) & bit(old_place) != 0 && room < self.rules.max_ejected {
            to.until.store(from.until.load(Ordering::Relaxed), Ordering::Relaxed);
            self.ejected.fetch_or(bit(place), Ordering::Release);
        }
        if self.rules.probed && old.down.load(Ordering::Relaxed) & bit(old_place) != 0 {
            self.down.fetch_or(bit(place), Ordering::Release);
        }
    }

    /// The target at `place` is new at `now`, and grows into its share where a slow start is asked for.
    pub fn begin(&self, place: usize, now: Duration) {
        if let Some(target) = self.targets.get(place) {
            target.since.store(nanos(now), Ordering::Release);
        }
    }

    /// How many targets there are.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// Who may get calls at `now`: all that are neither drained nor out. When less than the panic percentage of all
    /// weight is left, everybody but the drained.
    pub fn usable(&self, now: Duration) -> Places {
        let out = self.out(now);
        let there = self.weighted();
        let well = there.without(out);
        if well == there || !self.is_panic(well, there) { well } else { there }
    }

    /// Whether so few targets are well at `now` that the others are used too.
    pub fn is_panicking(&self, now: Duration) -> bool {
        let there = self.weighted();
        self.is_panic(there.without(self.out(now)), there)
    }

    fn is_panic(&self, well: Places, there: Places) -> bool {
        let weight = |places: Places| places.iter().map(|place| u64::from(self.targets[place].weight)).sum::<u64>();
        well.is_empty() || weight(well) * 100 < weight(there) * u64::from(self.rules.panic_percent)
    }

    /// Who is out at `now`, for calls or for probes. Whoever's ejection is over comes back here.
    pub(super) fn out(&self, now: Duration) -> Places {
        let down = self.down.load(Ordering::Acquire);
        let ejected = self.ejected.load(Ordering::Acquire);
        if ejected == 0 {
            return Places::of_bits(down);
        }
        Places::of_bits(down | self.after_returns(Places::of_bits(ejected), now).bits())
    }

    /// Everybody with a weight.
    fn weighted(&self) -> Places {
        let weighted = self.targets.iter().enumerate().filter(|(_, target)| target.weight > 0);
        weighted.fold(Places::NONE, |places, (place, _)| places.with(place))
    }

    /// The weight of a target that counts at `now`, in [`super::SCALE`]ths.
    pub fn weight(&self, place: usize, now: Duration) -> u64 {
        let Some(target) = self.targets.get(place) else { return 0 };
        match target.since.load(Ordering::Relaxed) {
            0 => grown(target.weight, Duration::MAX, self.rules.slow_start),
            since => grown(target.weight, now.saturating_sub(Duration::from_nanos(since)), self.rules.slow_start),
        }
    }

    /// What is held of a target at `now`; none where there is no such place.
    pub fn standing(&self, place: usize, now: Duration) -> Option<Standing> {
        let ejected = self.out(now).has(place) && self.ejected.load(Ordering::Acquire) & bit(place) != 0;
        let target = self.targets.get(place)?;
        let state = if target.weight == 0 {
            State::Drained
        } else if self.down.load(Ordering::Acquire) & bit(place) != 0 {
            State::Down
        } else if ejected {
            State::Ejected(Duration::from_nanos(target.until.load(Ordering::Relaxed)))
        } else {
            let whole = grown(target.weight, Duration::MAX, Duration::ZERO);
            match self.weight(place, now) * 100 / whole.max(1) {
                percent @ 0..100 => State::Growing(u8::try_from(percent).unwrap_or(99)),
                _ => State::InUse,
            }
        };
        let since = Duration::from_nanos(target.since.load(Ordering::Relaxed));
        Some(Standing { state, since, failures: target.failures.load(Ordering::Relaxed) })
    }
}

/// How many of `count` may be ejected: never the last, and of several always one unless none may be.
fn most_ejected(count: usize, percent: u8) -> usize {
    if percent == 0 {
        return 0;
    }
    (count * usize::from(percent) / 100).max(1).min(count.saturating_sub(1))
}

/// A moment as it is kept; never 0, which says "never".
pub(super) fn nanos(moment: Duration) -> u64 {
    u64::try_from(moment.as_nanos()).unwrap_or(u64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_target_is_never_ejected() {
        let most = |count, percent| most_ejected(count, percent);
        assert_eq!((most(0, 50), most(1, 100), most(2, 100), most(64, 100)), (0, 0, 1, 63));
        assert_eq!((most(2, 50), most(3, 50), most(4, 50), most(10, 5), most(10, 0)), (1, 1, 2, 1, 0));
    }
}
