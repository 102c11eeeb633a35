//! How much each token, app, api and team has used, shared by all workers without a lock.
//!
//! A rate is a GCRA state in one atomic word, a quota a period and a count in another; both are changed by compare and
//! swap, so that of two calls racing for the last unit one gets it. All limits of a call are taken together: when one
//! refuses, those taken before are given back. What limits are defined as is kept once for all who have equal ones.
//! Rates live in memory only and run on the monotonic clock; quotas follow the
//! calendar and are written to the store every second, or every ten where many change ([`Limits::flush`]), so that a
//! crash loses at most that.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use foldhash::fast::RandomState;
use keyward_model::limits::{LimitUnit, Limits as Definition, Quota, RateLimit};
use keyward_model::{Clock, Code, Denial, Timestamp};
use keyward_policy::rate::{Level, Taken};
use keyward_store::{Store, StoreError};
use smallvec::SmallVec;

mod count;
mod flush;
mod handed;
mod prepared;
mod subject;
mod subject_limits;
mod usage;
mod word;

pub use handed::Handed;
pub use subject::{Subject, SubjectError};
pub use usage::LimitUsage;

use count::{CountKey, Counts};
use handed::{Late, RateKey};
use prepared::{Calendar, Prepared, Span};
use subject_limits::{Moment, SubjectLimits};

/// All rates and quotas in use.
pub struct Limits {
    subjects: papaya::HashMap<Subject, Arc<SubjectLimits>, RandomState>,
    /// By how they are defined.
    prepared: papaya::HashMap<String, Arc<Prepared>>,
    aside: Counts,
    /// Those with counts to be written down. Only the flush takes the lock.
    changed: mpsc::Sender<Changed>,
    waiting: Mutex<mpsc::Receiver<Changed>>,
    clock: Arc<dyn Clock>,
    /// Counts the reloads. Versions of records from before one say nothing.
    epoch: AtomicU32,
    /// Whether another process has the counts: what is used then is kept for it.
    handing: AtomicBool,
    late: Late,
    /// When rates are full again that the process before used, until their subjects are met.
    rates_before: papaya::HashMap<RateKey, Duration>,
}

type Changed = (Subject, Arc<SubjectLimits>);

/// The moment of a call, on both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) wall: Timestamp,
    pub(crate) monotonic: Duration,
}

/// Limits that a call asks.
pub(crate) struct Asked<'a> {
    pub(crate) subject: Subject,
    /// What its owner calls it.
    pub(crate) name: &'a str,
    /// The version of the record that holds the limits.
    pub(crate) version: u64,
    pub(crate) limits: &'a Definition,
}

/// What is left of the tightest limit of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Units per window.
    pub(crate) limit: u64,
    /// Seconds.
    pub(crate) window: u64,
    /// Units left.
    pub(crate) remaining: u64,
    /// Whole seconds until all are there again.
    pub(crate) reset: u64,
}

/// A limit refuses.
#[derive(Debug)]
pub(crate) struct Exceeded {
    pub(crate) denial: Denial,
    pub(crate) standing: Standing,
}

/// Units taken, to be given back when a later limit refuses. The first number says whose, the second which limit.
enum Spent {
    Rate(usize, usize, u32),
    Quota(usize, usize, Span, u64),
}

/// What a call asks: token, app, api and team.
type Limited<'a> = SmallVec<[(&'a Asked<'a>, Arc<SubjectLimits>); 4]>;

impl Limits {
    /// Nothing used yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let (changed, waiting) = mpsc::channel();
        Self {
            // Moved to larger memory at once. In steps, papaya never ends the move of a map that grows by `compute`
            // alone, and each look-up searches every smaller table first: 240 ns of 10,000 subjects instead of 14.
            subjects: papaya::HashMap::builder()
                .hasher(RandomState::default())
                .resize_mode(papaya::ResizeMode::Blocking)
                .build(),
            prepared: papaya::HashMap::new(),
            aside: Counts::default(),
            changed,
            waiting: Mutex::new(waiting),
            clock,
            epoch: AtomicU32::new(0),
            handing: AtomicBool::new(false),
            late: Late::default(),
            rates_before: papaya::HashMap::new(),
        }
    }

    /// What the store remembers of the quotas of this and the last month.
    pub async fn load(clock: Arc<dyn Clock>, store: &Store) -> Result<Self, StoreError> {
        let limits = Self::new(clock);
        let now = limits.clock.now();
        for quota in store.quota_uses(now.minus(Duration::from_secs(62 * 86_400))).await? {
            if !flush::is_past(quota.period, quota.period_start, now) {
                limits.aside.remember(&quota);
            }
        }
        Ok(limits)
    }

    /// Takes a call's units from all limits, or from none. Answers what is left of the tightest, where there is any.
    /// Allocates only for a subject whose limits it has not seen, and to refuse.
    pub(crate) fn take(&self, asked: &[Asked<'_>], cost: u32, at: Now) -> Result<Option<Standing>, Box<Exceeded>> {
        let limited: Limited<'_> =
            asked.iter().filter(|asked| !asked.limits.is_empty()).map(|asked| (asked, self.subject(asked))).collect();
        if limited.is_empty() {
            return Ok(None);
        }
        let mut spent = SmallVec::<[Spent; 8]>::new();
        let outcome = self.take_all(&limited, cost, at, &mut spent);
        if outcome.is_err() {
            for unit in spent {
                match unit {
                    Spent::Rate(whose, rate, units) => limited[whose].1.give_back_rate(rate, units),
                    Spent::Quota(whose, calendar, span, units) => {
                        let (asked, limits) = &limited[whose];
                        limits.give_back_quota(calendar, &span, units);
                        let back = -i64::try_from(units).unwrap_or(i64::MAX);
                        self.write_down(asked.subject, limits, calendar, &span, back, 0);
                    }
                }
            }
        }
        outcome
    }

    fn take_all(
        &self,
        limited: &Limited<'_>,
        cost: u32,
        Now { wall: now, monotonic }: Now,
        spent: &mut SmallVec<[Spent; 8]>,
    ) -> Result<Option<Standing>, Box<Exceeded>> {
        let mut tightest = None;
        for (whose, (asked, limits)) in limited.iter().enumerate() {
            for (place, (rate, _)) in limits.prepared.rates.iter().enumerate() {
                let units = units(rate.unit, cost);
                let (level, refused) = match limits.take_rate(place, monotonic, units) {
                    Taken::Admitted { level, .. } => (level, None),
                    Taken::Refused { retry_after, level } => (level, Some(retry_after)),
                };
                let standing = Standing::of_rate(rate, level);
                if let Some(retry_after) = refused {
                    let limit = format!("limits.rates[{place}]: {rate}");
                    return Err(exceeded(Code::RateLimited, asked, &limit, retry_after, standing));
                }
                spent.push(Spent::Rate(whose, place, units));
                tighten(&mut tightest, standing, units);
            }
        }
        for (whose, (asked, limits)) in limited.iter().enumerate() {
            let idle = limits.touch(monotonic);
            let at = Moment { subject: asked.subject, idle, aside: &self.aside };
            for (place, (quota, calendar)) in limits.prepared.quotas.iter().enumerate() {
                let units = units(quota.unit, cost);
                let span = limits.prepared.calendars[*calendar].span(now);
                // Two quotas of one calendar share a count; a call counts once.
                let counted = spent.iter().any(|s| matches!(s, Spent::Quota(w, c, ..) if (*w, c) == (whose, calendar)));
                let after = if counted {
                    let used = limits.used(*calendar, &span, &at);
                    if used <= quota.limit { Ok(used) } else { Err(used) }
                } else {
                    limits.take_quota(*calendar, &span, &at, u64::from(units), quota.limit)
                };
                let used = after.unwrap_or_else(|used| used);
                let standing = Standing::of_quota(quota, &span, used, now);
                if after.is_err() {
                    let limit = format!("limits.quotas[{place}]: {quota}");
                    return Err(exceeded(Code::QuotaExhausted, asked, &limit, span.end.since(now), standing));
                }
                if !counted {
                    self.write_down(asked.subject, limits, *calendar, &span, i64::from(units), used);
                    spent.push(Spent::Quota(whose, *calendar, span, u64::from(units)));
                }
                tighten(&mut tightest, standing, units);
            }
        }
        Ok(tightest.map(|(_, standing)| standing))
    }

    /// Queues a count for the next flush, unless its subject is queued. `units` were taken, or given back, and `after`
    /// are used then.
    fn write_down(
        &self,
        subject: Subject,
        limits: &Arc<SubjectLimits>,
        calendar: usize,
        span: &Span,
        units: i64,
        after: u64,
    ) {
        // Read after the count was changed: the handing over sets it before it reads the counts.
        if self.handing.load(Ordering::SeqCst) {
            let Calendar { period, unit, .. } = limits.prepared.calendars[calendar];
            self.note_late(CountKey { subject, period, unit, start: span.start }, units, after);
        }
        if limits.mark(calendar, span) {
            // Fails only when the other end is gone, and that lives as long as this one.
            let _ = self.changed.send((subject, Arc::clone(limits)));
        }
    }

    fn prepared(&self, definition: &Definition) -> Arc<Prepared> {
        let fresh = || Arc::new(Prepared::of(definition));
        Arc::clone(self.prepared.pin().get_or_insert_with(format!("{definition:?}"), fresh))
    }

    /// The limits of a subject. Made anew when its record changed; a definition that stayed keeps its state.
    fn subject(&self, asked: &Asked<'_>) -> Arc<SubjectLimits> {
        let epoch = self.epoch.load(Ordering::Relaxed);
        // A call that began before a change must not bring back the limits from before it.
        let current = |held: &SubjectLimits| held.epoch == epoch && held.version >= asked.version;
        let subjects = self.subjects.pin();
        if let Some(held) = subjects.get(&asked.subject)
            && current(held)
        {
            return Arc::clone(held);
        }
        let prepared = self.prepared(asked.limits);
        let computed = subjects.compute(asked.subject, |entry| match entry {
            Some((_, held)) if current(held) => papaya::Operation::Abort(Arc::clone(held)),
            held => {
                let before = held.map(|(_, held)| &**held);
                let fresh = SubjectLimits::of(asked, epoch, Arc::clone(&prepared), before);
                if before.is_none() {
                    self.resume_rates(asked.subject, &fresh);
                }
                papaya::Operation::Insert(Arc::new(fresh))
            }
        });
        match computed {
            papaya::Compute::Inserted(_, held) => Arc::clone(held),
            papaya::Compute::Updated { new: (_, held), old: (_, before) } => {
                before.part_from(&held.prepared, asked.subject, &self.aside);
                Arc::clone(held)
            }
            papaya::Compute::Aborted(held) => held,
            papaya::Compute::Removed(..) => Arc::new(SubjectLimits::of(asked, epoch, prepared, None)),
        }
    }

    /// Records may have gone back to older versions: the next call of each subject looks at its definition anew.
    pub(crate) fn forget_versions(&self) {
        self.epoch.fetch_add(1, Ordering::Relaxed);
    }
}

impl Standing {
    fn of_rate(rate: &RateLimit, level: Level) -> Self {
        Self {
            limit: u64::from(rate.limit),
            window: u64::from(rate.window),
            remaining: u64::from(level.remaining),
            reset: whole_seconds(level.reset),
        }
    }

    /// What is left of a quota when `used` is used.
    fn of_quota(quota: &Quota, span: &Span, used: u64, now: Timestamp) -> Self {
        Self {
            limit: quota.limit,
            window: seconds_between(span.start, span.end),
            remaining: quota.limit.saturating_sub(used),
            reset: seconds_between(now, span.end),
        }
    }
}

impl std::fmt::Debug for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Limits").field("subjects", &self.subjects.len()).finish_non_exhaustive()
    }
}

/// What a call counts in `unit`.
fn units(unit: LimitUnit, cost: u32) -> u32 {
    match unit {
        LimitUnit::Calls => 1,
        LimitUnit::Cost => cost,
    }
}

/// Keeps the limit that admits the fewest calls like this one; of equals the one that lasts longer.
fn tighten(tightest: &mut Option<(u64, Standing)>, standing: Standing, units: u32) {
    let calls = standing.remaining / u64::from(units.max(1));
    let tighter = tightest.is_none_or(|(least, held)| calls < least || (calls == least && standing.reset > held.reset));
    if tighter {
        *tightest = Some((calls, standing));
    }
}

fn exceeded(code: Code, asked: &Asked<'_>, limit: &str, retry_after: Duration, standing: Standing) -> Box<Exceeded> {
    let seconds = whole_seconds(retry_after).max(1);
    let (kind, name) = (asked.subject.kind(), asked.name);
    let definition = limit.split_once(": ").map_or(limit, |(_, definition)| definition);
    let detail = format!("The limit of this {kind}, {definition}, is reached; try again in {seconds} s.");
    let mut denial = Denial::new(code, format!("{kind} {name} {limit}"), detail);
    denial.retry_after = Some(seconds);
    Box::new(Exceeded { denial, standing })
}

/// Rounded up: a caller told to wait must not come too early.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// How long a window is, from start to end.
fn seconds_between(start: Timestamp, end: Timestamp) -> u64 {
    whole_seconds(end.since(start))
}

#[cfg(test)]
mod tests;
