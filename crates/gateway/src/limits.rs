//! How much each token, app, api and team has used, shared by all workers without a lock.
//!
//! A rate is a GCRA state in one atomic, a quota a counter in another; both are changed by compare and swap, so that
//! of two calls racing for the last unit one gets it. All limits of a call are taken together: when one refuses,
//! those taken before are given back. Rates live in memory only and run on the monotonic clock; quotas follow the
//! calendar and are written to the store every second ([`Limits::flush`]), so that a crash loses at most that.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use keyward_model::limits::{LimitUnit, Limits as Definition};
use keyward_model::{Clock, Code, Denial, Timestamp};
use keyward_store::{Store, StoreError};

mod flush;
mod quota;
mod rate;
mod subject;
mod usage;

pub use subject::{Subject, SubjectError};
pub use usage::LimitUsage;

use quota::{Counter, Counters, QuotaState};
use rate::RateState;

/// All rates and quotas in use.
pub struct Limits {
    subjects: papaya::HashMap<Subject, Arc<SubjectLimits>>,
    counters: Counters,
    clock: Arc<dyn Clock>,
    /// Counts the reloads. Versions of records from before one say nothing.
    epoch: AtomicU64,
}

/// The limits of one subject, and how far they are used.
struct SubjectLimits {
    epoch: u64,
    version: u64,
    rates: Box<[RateState]>,
    quotas: Box<[QuotaState]>,
    /// When a call last asked, in seconds of the monotonic clock.
    touched: AtomicU64,
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

/// A unit taken, to be given back when a later limit refuses.
enum Taken<'a> {
    Rate(&'a RateState, u32),
    Quota(Arc<Counter>, u64),
}

impl Limits {
    /// Nothing used yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { subjects: papaya::HashMap::new(), counters: Counters::new(), clock, epoch: AtomicU64::new(0) }
    }

    /// What the store remembers of the quotas of this and the last month.
    pub async fn load(clock: Arc<dyn Clock>, store: &Store) -> Result<Self, StoreError> {
        let limits = Self::new(clock);
        let since = limits.clock.now().minus(Duration::from_secs(62 * 86_400));
        for quota in store.quota_uses(since).await? {
            limits.counters.remember(&quota);
        }
        Ok(limits)
    }

    /// Takes a call's units from all limits, or from none. Answers what is left of the tightest, where there is any.
    pub(crate) fn take(&self, asked: &[Asked<'_>], cost: u32) -> Result<Option<Standing>, Box<Exceeded>> {
        let limited: Vec<(&Asked<'_>, Arc<SubjectLimits>)> =
            asked.iter().filter(|asked| !asked.limits.is_empty()).map(|asked| (asked, self.subject(asked))).collect();
        if limited.is_empty() {
            return Ok(None);
        }
        let mut taken = Vec::with_capacity(8);
        let outcome = self.take_all(&limited, cost, &mut taken);
        if outcome.is_err() {
            for unit in taken {
                match unit {
                    Taken::Rate(rate, units) => rate.give_back(units),
                    Taken::Quota(counter, units) => self.counters.give_back(&counter, units),
                }
            }
        }
        outcome
    }

    fn take_all<'a>(
        &self,
        limited: &'a [(&Asked<'_>, Arc<SubjectLimits>)],
        cost: u32,
        taken: &mut Vec<Taken<'a>>,
    ) -> Result<Option<Standing>, Box<Exceeded>> {
        let (now, monotonic) = (self.clock.now(), self.clock.monotonic());
        let mut tightest = None;
        for (asked, limits) in limited {
            limits.touched.store(monotonic.as_secs(), Ordering::Relaxed);
            for (place, rate) in limits.rates.iter().enumerate() {
                let units = units(rate.definition.unit, cost);
                let (standing, refused) = rate.take(monotonic, units);
                if let Some(retry_after) = refused {
                    let limit = format!("limits.rates[{place}]: {}", rate.definition);
                    return Err(exceeded(Code::RateLimited, asked, &limit, retry_after, standing));
                }
                taken.push(Taken::Rate(rate, units));
                tighten(&mut tightest, standing, units);
            }
        }
        for (asked, limits) in limited {
            for (place, quota) in limits.quotas.iter().enumerate() {
                let units = units(quota.definition.unit, cost);
                let window = quota.window(asked.subject, now, &self.counters);
                // Two quotas of one calendar share a counter; a call counts once.
                let shared = taken.iter().any(|t| matches!(t, Taken::Quota(c, _) if Arc::ptr_eq(c, &window.counter)));
                let after = self.counters.take(&window.counter, u64::from(units), quota.definition.limit, shared);
                let standing = window.standing(&quota.definition, after.unwrap_or_else(|used| used), now);
                if after.is_err() {
                    let limit = format!("limits.quotas[{place}]: {}", quota.definition);
                    let until = window.end.since(now);
                    return Err(exceeded(Code::QuotaExhausted, asked, &limit, until, standing));
                }
                if !shared {
                    taken.push(Taken::Quota(Arc::clone(&window.counter), u64::from(units)));
                }
                tighten(&mut tightest, standing, units);
            }
        }
        Ok(tightest.map(|(_, standing)| standing))
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
        let computed = subjects.compute(asked.subject, |entry| match entry {
            Some((_, held)) if current(held) => papaya::Operation::Abort(Arc::clone(held)),
            held => {
                let before = held.map(|(_, held)| &**held);
                papaya::Operation::Insert(Arc::new(SubjectLimits::of(asked, epoch, before)))
            }
        });
        match computed {
            papaya::Compute::Inserted(_, held) | papaya::Compute::Updated { new: (_, held), .. } => Arc::clone(held),
            papaya::Compute::Aborted(held) => held,
            papaya::Compute::Removed(..) => Arc::new(SubjectLimits::of(asked, epoch, None)),
        }
    }

    /// Records may have gone back to older versions: the next call of each subject looks at its definition anew.
    pub(crate) fn forget_versions(&self) {
        self.epoch.fetch_add(1, Ordering::Relaxed);
    }
}

impl SubjectLimits {
    fn of(asked: &Asked<'_>, epoch: u64, before: Option<&Self>) -> Self {
        let rates = asked.limits.rates.iter().map(|definition| {
            let kept = before.into_iter().flat_map(|before| &before.rates).find(|rate| rate.definition == *definition);
            kept.cloned().unwrap_or_else(|| RateState::new(definition))
        });
        Self {
            epoch,
            version: asked.version,
            rates: rates.collect(),
            quotas: asked.limits.quotas.iter().map(QuotaState::new).collect(),
            touched: AtomicU64::new(0),
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
