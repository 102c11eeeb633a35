//! Time, handed in: wall time for what people read, monotonic time for what is measured.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use crate::text::textual;

/// A moment on the wall clock: milliseconds since 1970-01-01T00:00:00Z. RFC 3339 text outside.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Milliseconds since the Unix epoch; values outside years 1 to 9999 are held at those bounds.
    pub fn from_millis(millis: i64) -> Self {
        const FIRST: i64 = -62_135_596_800_000;
        const LAST: i64 = 253_402_207_199_999;
        Self(millis.clamp(FIRST, LAST))
    }

    /// Milliseconds since the Unix epoch.
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch.
    pub fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The moment `duration` later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self::from_millis(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The moment `duration` earlier.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self::from_millis(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero when it is not after.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The same moment for calendar arithmetic.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// From calendar arithmetic, cut to milliseconds.
    pub fn from_jiff(timestamp: jiff::Timestamp) -> Self {
        Self::from_millis(timestamp.as_millisecond())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.to_jiff())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not an RFC 3339 date and time.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a date and time; write it as in 2030-01-31T12:00:00Z")]
pub struct TimestampError(String);

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(moment) = as_written(text.as_bytes()) {
            return Ok(moment);
        }
        text.parse::<jiff::Timestamp>().map(Self::from_jiff).map_err(|_| TimestampError(text.to_owned()))
    }
}

/// A moment in the form in which Keyward writes them, `2030-01-31T12:00:00.000Z`. Of the millions that are read at a
/// start, all are. Every other form is left to the calendar.
fn as_written(text: &[u8]) -> Option<Timestamp> {
    let [.., b'Z'] = text else { return None };
    if text.len() != 24 || [text[4], text[7], text[10], text[13], text[16], text[19]] != *b"--T::." {
        return None;
    }
    let number = |from: usize, to: usize| {
        text[from..to]
            .iter()
            .try_fold(0i64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second, millis) = (number(11, 13)?, number(14, 16)?, number(17, 19)?, number(20, 23)?);
    // The last days of a month, leap seconds and the edges of the calendar are for those who know them.
    let plain = (1..=9998).contains(&year)
        && (1..=12).contains(&month)
        && (1..=28).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !plain {
        return None;
    }
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let since_epoch = days + (153 * month + 2) / 5 + day - 1 - 719_468;
    Some(Timestamp::from_millis((((since_epoch * 24 + hour) * 60 + minute) * 60 + second) * 1000 + millis))
}

textual!(Timestamp, "Timestamp", "A date and time, RFC 3339, in UTC.", "2030-01-31T12:00:00.000Z");

/// Where time comes from. Handed in, so that tests can hold it still and make it jump.
pub trait Clock: Send + Sync + 'static {
    /// Wall time: for expiry, calendars and records. May jump.
    fn now(&self) -> Timestamp;
    /// Time since some fixed moment of this process: for rates and durations. Never goes back.
    fn monotonic(&self) -> Duration;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    start: std::time::Instant,
}

impl SystemClock {
    /// A clock whose monotonic time starts now.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    pub fn new() -> Self {
        Self { start: std::time::Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let millis = since_epoch.as_secs().saturating_mul(1000).saturating_add(u64::from(since_epoch.subsec_millis()));
        Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }
}

/// A clock that stands still until told otherwise; wall and monotonic time move separately.
#[derive(Debug)]
pub struct ManualClock {
    wall_millis: AtomicI64,
    monotonic_nanos: AtomicU64,
}

impl ManualClock {
    /// Stands at `now`; monotonic time starts at zero.
    pub fn at(now: Timestamp) -> Self {
        Self { wall_millis: AtomicI64::new(now.as_millis()), monotonic_nanos: AtomicU64::new(0) }
    }

    /// Lets time pass: both clocks move.
    pub fn advance(&self, duration: Duration) {
        self.wall_millis.fetch_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
        self.monotonic_nanos.fetch_add(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// Makes the wall clock jump; monotonic time does not notice.
    pub fn jump_to(&self, now: Timestamp) {
        self.wall_millis.store(now.as_millis(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.wall_millis.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_nanos(self.monotonic_nanos.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_reads_back_as_written() {
        let written = "2030-01-31T12:00:00.250Z";
        let read: Timestamp = written.parse().expect("a valid timestamp");
        assert_eq!(read.to_string(), written);
        assert_eq!(read.plus(Duration::from_millis(750)).to_string(), "2030-01-31T12:00:01.000Z");
    }

    proptest::proptest! {
        #[test]
        fn the_written_form_means_what_the_calendar_says(millis in -62_135_596_800_000i64..253_402_207_199_999) {
            let written = Timestamp::from_millis(millis).to_string();
            let by_calendar = written.parse::<jiff::Timestamp>().map(Timestamp::from_jiff).ok();
            proptest::prop_assert_eq!(written.parse().ok(), by_calendar);
            proptest::prop_assert!(as_written(written.as_bytes()).is_none_or(|read| Some(read) == by_calendar));
        }
    }

    #[test]
    fn what_is_no_moment_is_refused_in_the_written_form_too() {
        for bad in [
            "2030-02-30T12:00:00.000Z",
            "2030-13-01T12:00:00.000Z",
            "2030-01-01T24:00:00.000Z",
            "2030-01-0aT12:00:00.000Z",
        ] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_wall_may_jump_and_monotonic_time_does_not() {
        let clock = ManualClock::at(Timestamp::from_millis(1_000_000));
        clock.advance(Duration::from_secs(1));
        clock.jump_to(Timestamp::from_millis(5));
        assert_eq!(clock.now().as_millis(), 5);
        assert_eq!(clock.monotonic(), Duration::from_secs(1));
    }
}
