//! Time between two points of a chart, by the clock and the calendar of a zone.
//!
//! Points begin where the local clock shows a whole multiple of the step, its *marks*, which are numbered: those of
//! minutes, hours and days from 1970, those of weeks from a Monday, those of months from a January.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use serde::{Serialize, Serializer};

/// The longest step, in minutes: ten years.
const LONGEST: i64 = 10 * 366 * 24 * 60;
/// The first Monday of 1970, in minutes from its beginning.
const MONDAY: i64 = 4 * Unit::Day.minutes();

/// Time between two points of a chart: `5m`, `1h`, `1d`, `1w`, `1mo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    count: u32,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
}

impl Unit {
    const ALL: [(Self, &str); 5] =
        [(Self::Month, "mo"), (Self::Minute, "m"), (Self::Hour, "h"), (Self::Day, "d"), (Self::Week, "w")];

    /// How long one is; of months, the shortest.
    const fn minutes(self) -> i64 {
        match self {
            Self::Minute => 1,
            Self::Hour => 60,
            Self::Day => 24 * 60,
            Self::Week => 7 * 24 * 60,
            Self::Month => 28 * 24 * 60,
        }
    }
}

impl Step {
    /// One minute.
    pub const MINUTE: Self = Self { count: 1, unit: Unit::Minute };
    /// One hour.
    pub const HOUR: Self = Self { count: 1, unit: Unit::Hour };
    /// A day of the calendar.
    pub const DAY: Self = Self { count: 1, unit: Unit::Day };
    /// A week, from Monday to Sunday (ISO 8601).
    pub const WEEK: Self = Self { count: 1, unit: Unit::Week };
    /// A month of the calendar.
    pub const MONTH: Self = Self { count: 1, unit: Unit::Month };

    /// One that makes at most 300 points of a range of this length, as long as there are so long steps.
    pub fn fitting(range: Duration) -> Self {
        let of = |count, unit| Self { count, unit };
        let steps = [Self::MINUTE, of(5, Unit::Minute), of(15, Unit::Minute), Self::HOUR, of(6, Unit::Hour)];
        let fits = |step: &Self| i128::from(range.as_secs() / 60) / i128::from(step.minutes()) < 300;
        steps.into_iter().chain([Self::DAY, Self::WEEK]).find(fits).unwrap_or(Self::MONTH)
    }

    /// How long it is but for changes of the clock; with months, at least.
    pub(crate) fn minutes(self) -> i64 {
        i64::from(self.count) * self.unit.minutes()
    }

    /// Whether so many steps are whole days, weeks or months of the calendar.
    pub(crate) fn makes_days(self, steps: i64) -> bool {
        self.unit == Unit::Month || steps * self.minutes() % Unit::Day.minutes() == 0
    }

    /// The number of the last mark that the clock has shown when it shows `local`.
    pub(crate) fn number(self, local: DateTime) -> i64 {
        if self.unit == Unit::Month {
            let months = (i64::from(local.year()) - 1970) * 12 + i64::from(local.month()) - 1;
            return months.div_euclid(i64::from(self.count));
        }
        // Years of the calendar fit into a timestamp but for the last hours of the first and last.
        let seconds = Offset::UTC.to_timestamp(local).map_or(0, jiff::Timestamp::as_second);
        (seconds.div_euclid(60) - self.first()).div_euclid(self.minutes())
    }

    /// What the clock shows at a mark. Nothing beyond the calendar.
    pub(crate) fn mark(self, number: i64) -> Option<DateTime> {
        if self.unit == Unit::Month {
            let months = number.checked_mul(i64::from(self.count))?;
            let year = i16::try_from(months.div_euclid(12).checked_add(1970)?).ok()?;
            let month = i8::try_from(months.rem_euclid(12)).ok()? + 1;
            return Some(Date::new(year, month, 1).ok()?.to_datetime(Time::midnight()));
        }
        let minutes = number.checked_mul(self.minutes())?.checked_add(self.first())?;
        let moment = jiff::Timestamp::from_second(minutes.checked_mul(60)?).ok()?;
        Some(Offset::UTC.to_datetime(moment))
    }

    /// The mark that is numbered 0, in minutes from 1970.
    fn first(self) -> i64 {
        if self.unit == Unit::Week { MONDAY } else { 0 }
    }
}

/// The text is no step.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("use whole minutes, hours, days, weeks or months, such as 5m, 1h, 1d, 1w or 1mo, ten years at most")]
pub struct StepError;

impl FromStr for Step {
    type Err = StepError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (unit, digits) =
                Unit::ALL.into_iter().find_map(|(unit, name)| Some((unit, text.strip_suffix(name)?)))?;
            let is_plain = digits.bytes().all(|digit| digit.is_ascii_digit());
            let step = Self { count: digits.parse().ok().filter(|count| *count > 0)?, unit };
            (is_plain && step.minutes() <= LONGEST).then_some(step)
        };
        read().ok_or(StepError)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Unit::ALL.into_iter().find(|(unit, _)| *unit == self.unit).map_or("", |(_, name)| name);
        write!(f, "{}{name}", self.count)
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(text: &str) -> Step {
        text.parse().unwrap()
    }

    #[test]
    fn steps_are_read_as_they_are_written() {
        for text in ["1m", "90m", "1h", "6h", "1d", "2w", "3mo", "120mo"] {
            assert_eq!(step(text).to_string(), text);
        }
        for bad in ["", "m", "mo", "0h", "-1d", "+1d", "1.5h", "5", "1y", "é", "1 h", "11000d", "99999999999d"] {
            assert!(bad.parse::<Step>().is_err(), "{bad}");
        }
    }

    #[test]
    fn steps_fit_the_range() {
        let days = |count: u64| Step::fitting(Duration::from_secs(count * 86_400)).to_string();
        assert_eq!([0, 1, 7, 30, 200, 2000, 9000].map(days), ["1m", "5m", "1h", "6h", "1d", "1w", "1mo"]);
    }

    #[test]
    fn marks_are_mondays_first_days_and_full_hours() {
        let begins = |text: &str, local: &str| {
            let step = step(text);
            step.mark(step.number(local.parse().unwrap())).unwrap().to_string()
        };
        // 2026-05-06 is a Wednesday.
        assert_eq!(begins("1w", "2026-05-06T12:34:56"), "2026-05-04T00:00:00");
        assert_eq!(begins("1w", "2026-05-04T00:00:00"), "2026-05-04T00:00:00");
        assert_eq!(begins("1w", "1969-12-31T00:00:00"), "1969-12-29T00:00:00");
        assert_eq!(begins("1mo", "2026-02-28T23:59:59"), "2026-02-01T00:00:00");
        assert_eq!(begins("3mo", "2026-05-06T00:00:00"), "2026-04-01T00:00:00");
        assert_eq!(begins("1mo", "1969-12-31T00:00:00"), "1969-12-01T00:00:00");
        assert_eq!(begins("6h", "2026-05-06T12:34:56"), "2026-05-06T12:00:00");
        assert_eq!(begins("1d", "2026-05-06T12:34:56"), "2026-05-06T00:00:00");
    }
}
