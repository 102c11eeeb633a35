//! The points of a chart in time: from mark to mark of its step, as the clock of its zone shows them.
//!
//! A mark that the clock springs over counts where it does. One that it shows twice counts twice where the whole step
//! is repeated, as an hour is when summer time ends, and once where it is a part of a longer step.

use jiff::tz::AmbiguousOffset;
use keyward_model::Timestamp;
use keyward_model::time_window::Zone;

use crate::analytics::{AnalyticsError, AnalyticsQuery};
use crate::step::Step;

/// Points that a chart may have in time.
const MOST_POINTS: usize = 3000;
/// Marks that the clock may spring over at once: the minutes of a day, which islands at the date line left out.
const MOST_SKIPPED: i64 = 24 * 60;
/// Minutes by which the clock may be set back: two hours at most so far, at Troll in Antarctica.
const MOST_REPEATED: i64 = 3 * 60;

/// The time that is asked for, in whole steps.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    /// Where points begin, and where the last one ends: two at least.
    marks: Vec<Mark>,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    at: i64,
    number: i64,
}

impl Axis {
    /// The points of a chart.
    pub(crate) fn of(query: &AnalyticsQuery) -> Result<Self, AnalyticsError> {
        let ((from, to), step) = (range(query)?, query.step);
        let numbers = *around(query, from).start()..=*around(query, to).end();
        let too_fine = AnalyticsError::TooFine { most: MOST_POINTS as u64 };
        if numbers.end() - numbers.start() > 2 * MOST_POINTS as i64 {
            return Err(too_fine);
        }
        let mut marks = marks(step, &query.zone, numbers).ok_or(AnalyticsError::Calendar)?;
        let first = marks.partition_point(|mark| mark.at <= from).checked_sub(1).ok_or(AnalyticsError::Calendar)?;
        let last = marks.partition_point(|mark| mark.at < to);
        if last - first > MOST_POINTS {
            return Err(too_fine);
        }
        if last >= marks.len() {
            return Err(AnalyticsError::Calendar);
        }
        marks.truncate(last + 1);
        marks.drain(..first);
        Ok(Self { marks })
    }

    /// The whole range in one point, of however many steps it is.
    pub(crate) fn whole(query: &AnalyticsQuery) -> Result<Self, AnalyticsError> {
        let (from, to) = range(query)?;
        let near = |moment: i64| marks(query.step, &query.zone, around(query, moment)).ok_or(AnalyticsError::Calendar);
        let first = near(from)?.into_iter().rfind(|mark| mark.at <= from);
        let last = near(to)?.into_iter().find(|mark| mark.at >= to);
        first.zip(last).map(|(first, last)| Self { marks: vec![first, last] }).ok_or(AnalyticsError::Calendar)
    }

    /// The same range in one point.
    pub(crate) fn as_one(&self) -> Self {
        Self { marks: vec![self.marks[0], self.marks[self.points()]] }
    }

    /// The range before, point by point. Before whole days, weeks or months of the calendar are as many, each point
    /// where the clock shows the same; an hour that it shows on one side alone has no time on the other. Before any
    /// other range are as many steps.
    pub(crate) fn before(&self, query: &AnalyticsQuery) -> Result<Self, AnalyticsError> {
        let (first, steps) = (self.marks[0], self.marks[self.points()].number - self.marks[0].number);
        let shifted = |mark: &Mark| {
            let number = mark.number - steps;
            Some(Mark { at: query.zone.first_moment(query.step.mark(number)?)?.as_millis(), number })
        };
        let mut marks = if steps > 0 && query.step.makes_days(steps) {
            self.marks.iter().map(shifted).collect()
        } else {
            let reach = 2 * self.points() as i64 + MOST_SKIPPED;
            let numbers = first.number - reach..=first.number + repeated(query.step);
            marks(query.step, &query.zone, numbers).and_then(|mut marks| {
                marks.retain(|mark| mark.at < first.at);
                marks.push(first);
                Some(marks.split_off(marks.len().checked_sub(self.marks.len())?))
            })
        }
        .ok_or(AnalyticsError::Calendar)?;
        // It ends where this one begins, also where that is the second of two alike hours.
        marks.last_mut().into_iter().for_each(|mark| mark.at = first.at);
        Ok(Self { marks })
    }

    pub(crate) fn from(&self) -> i64 {
        self.marks[0].at
    }

    pub(crate) fn to(&self) -> i64 {
        self.marks[self.points()].at
    }

    pub(crate) fn points(&self) -> usize {
        self.marks.len() - 1
    }

    /// When a point begins and ends.
    pub(crate) fn span(&self, point: usize) -> (i64, i64) {
        (self.marks[point].at, self.marks[point + 1].at)
    }

    /// Whether every point begins and ends with a whole `grain` of milliseconds, in UTC, as rollups do.
    pub(crate) fn is_of(&self, grain: i64) -> bool {
        self.marks.iter().all(|mark| mark.at % grain == 0)
    }

    /// The point that a moment is in.
    pub(crate) fn point(&self, at: i64) -> Option<usize> {
        if !(self.from()..self.to()).contains(&at) {
            return None;
        }
        // Points are of one length but for changes of the clock and months: the first guess is right or nearly so.
        let mean = ((self.to() - self.from()) / self.points() as i64).max(1);
        let mut point = usize::try_from((at - self.from()) / mean).unwrap_or(0).min(self.points() - 1);
        while at < self.marks[point].at {
            point -= 1;
        }
        while at >= self.marks[point + 1].at {
            point += 1;
        }
        Some(point)
    }
}

fn range(query: &AnalyticsQuery) -> Result<(i64, i64), AnalyticsError> {
    let (from, to) = (query.from.as_millis(), query.to.as_millis());
    if from < to { Ok((from, to)) } else { Err(AnalyticsError::Range) }
}

fn local(zone: &Zone, moment: i64) -> jiff::civil::DateTime {
    zone.as_jiff().to_datetime(Timestamp::from_millis(moment).to_jiff())
}

/// So many marks more are to be looked at where the clock may have been set back: it shows them twice, and lower
/// numbers after higher ones.
fn repeated(step: Step) -> i64 {
    MOST_REPEATED / step.minutes()
}

/// The numbers of all marks that may stand next to a moment.
fn around(query: &AnalyticsQuery, moment: i64) -> std::ops::RangeInclusive<i64> {
    let (number, more) = (query.step.number(local(&query.zone, moment)), repeated(query.step));
    number - 1 - more..=number + 2 + more
}

/// When the clock shows the marks of these numbers, in order.
fn marks(step: Step, zone: &Zone, numbers: std::ops::RangeInclusive<i64>) -> Option<Vec<Mark>> {
    let mut marks = Vec::new();
    for number in numbers {
        let local = step.mark(number)?;
        let at = zone.first_moment(local)?.as_millis();
        marks.push(Mark { at, number });
        if let AmbiguousOffset::Fold { before, after } = zone.as_jiff().to_ambiguous_timestamp(local).offset() {
            let repeated = i64::from(before.seconds() - after.seconds());
            if step.minutes() * 60 <= repeated {
                marks.push(Mark { at: at + repeated * 1000, number });
            }
        }
    }
    marks.sort_by_key(|mark| (mark.at, mark.number));
    // Of marks that the clock springs over at once, the last is the one it goes on from.
    marks.dedup_by(|next, kept| {
        let is_same = next.at == kept.at;
        if is_same {
            *kept = *next;
        }
        is_same
    });
    Some(marks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytics::AnalyticsFilter;

    fn query(zone: &str, step: &str, from: &str, to: &str) -> AnalyticsQuery {
        AnalyticsQuery {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            step: step.parse().unwrap(),
            zone: zone.parse().unwrap(),
            group_by: Vec::new(),
            filter: AnalyticsFilter::default(),
            top: 10,
            compare_with_previous: true,
        }
    }

    fn moments(axis: &Axis) -> Vec<String> {
        let short = |mark: &Mark| Timestamp::from_millis(mark.at).to_string().replace(":00.000Z", "Z")[5..].to_owned();
        axis.marks.iter().map(short).collect()
    }

    fn lengths(axis: &Axis) -> Vec<i64> {
        (0..axis.points()).map(|point| axis.span(point)).map(|(begin, end)| (end - begin) / 60_000).collect()
    }

    #[test]
    fn days_begin_at_midnight_and_have_23_or_25_hours() {
        let spring = query("Europe/Berlin", "1d", "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z");
        let axis = Axis::of(&spring).unwrap();
        assert_eq!(moments(&axis), ["03-27T23:00Z", "03-28T23:00Z", "03-29T22:00Z", "03-30T22:00Z"]);
        assert_eq!(moments(&axis.before(&spring).unwrap())[..2], ["03-24T23:00Z", "03-25T23:00Z"]);
        let autumn = query("Europe/Berlin", "1d", "2026-10-25T12:00:00Z", "2026-10-25T13:00:00Z");
        assert_eq!(lengths(&Axis::of(&autumn).unwrap()), [25 * 60]);
        assert_eq!(lengths(&Axis::of(&autumn).unwrap().before(&autumn).unwrap()), [24 * 60]);
        // Midnight is left out in Beirut on that day.
        let beirut = query("Asia/Beirut", "1d", "2026-03-29T12:00:00Z", "2026-03-29T13:00:00Z");
        assert_eq!(moments(&Axis::of(&beirut).unwrap()), ["03-28T22:00Z", "03-29T21:00Z"]);
    }

    #[test]
    fn hours_follow_the_clock_through_its_changes() {
        let of = |step: &str, day: &str| {
            let query = query("Europe/Berlin", step, &format!("{day}T00:00:00+01:00"), &format!("{day}T20:00:00Z"));
            lengths(&Axis::of(&query).unwrap())[..4].to_vec()
        };
        assert_eq!(of("1h", "2026-03-29"), [60, 60, 60, 60]);
        assert_eq!(of("2h", "2026-03-29"), [120, 60, 120, 120]);
        assert_eq!(of("6h", "2026-03-29"), [300, 360, 360, 360]);
        let autumn = query("Europe/Berlin", "2h", "2026-10-24T22:00:00Z", "2026-10-25T05:00:00Z");
        assert_eq!(lengths(&Axis::of(&autumn).unwrap()), [120, 180, 120]);
        let autumn = query("Europe/Berlin", "1h", "2026-10-24T22:00:00Z", "2026-10-25T02:00:00Z");
        assert_eq!(lengths(&Axis::of(&autumn).unwrap()), [60; 4]);
        let kathmandu = query("Asia/Kathmandu", "6h", "2026-05-04T00:00:00Z", "2026-05-04T01:00:00Z");
        // 00:15Z is 06:00 there.
        assert_eq!(moments(&Axis::of(&kathmandu).unwrap()), ["05-03T18:15Z", "05-04T00:15Z", "05-04T06:15Z"]);
    }

    #[test]
    fn marks_that_the_clock_shows_twice_are_all_there() {
        // From 00:00Z to 01:00Z it shows 2 to 3 in Berlin, and again from 01:00Z to 02:00Z.
        let of = |from: &str, to: &str| {
            let query = query("Europe/Berlin", "15m", &format!("2026-10-25T{from}Z"), &format!("2026-10-25T{to}Z"));
            let axis = Axis::of(&query).unwrap();
            let whole = Axis::whole(&query).unwrap();
            assert_eq!((whole.from(), whole.to()), (axis.from(), axis.to()), "{from} to {to}");
            [lengths(&axis), lengths(&axis.before(&query).unwrap())]
        };
        for (from, to) in [("00:50", "01:50"), ("00:05", "01:05"), ("01:02", "02:02"), ("00:55", "01:01")] {
            for points in of(from, to) {
                assert!(points.iter().all(|minutes| *minutes == 15), "{from} to {to}: {points:?}");
            }
        }
    }

    #[test]
    fn before_a_day_of_hours_is_the_day_before_hour_by_hour() {
        // The day on which the clock springs from 2 to 3.
        let spring = query("Europe/Berlin", "1h", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
        let axis = Axis::of(&spring).unwrap();
        let before = axis.before(&spring).unwrap();
        assert_eq!((axis.points(), before.points()), (23, 23));
        assert_eq!(lengths(&before)[..3], [60, 120, 60]);
        assert_eq!((before.from(), before.to()), (axis.from() - 24 * 3_600_000, axis.from()));
        // And the day after it.
        let monday = query("Europe/Berlin", "1h", "2026-03-29T22:00:00Z", "2026-03-30T22:00:00Z");
        let before = Axis::of(&monday).unwrap().before(&monday).unwrap();
        assert_eq!(lengths(&before)[..4], [60, 60, 0, 60]);
        assert_eq!(before.point(before.span(2).0), Some(3), "a point without time holds nothing");
        // Half a day is no day: as many steps.
        let half = query("Europe/Berlin", "1h", "2026-03-29T02:00:00Z", "2026-03-29T05:00:00Z");
        assert_eq!(lengths(&Axis::of(&half).unwrap().before(&half).unwrap()), [60; 3]);
    }

    #[test]
    fn months_and_weeks_are_those_of_the_calendar() {
        let months = query("America/New_York", "1mo", "2026-03-15T00:00:00Z", "2026-04-15T00:00:00Z");
        let axis = Axis::of(&months).unwrap();
        assert_eq!(moments(&axis), ["03-01T05:00Z", "04-01T04:00Z", "05-01T04:00Z"]);
        assert_eq!(moments(&axis.before(&months).unwrap()), ["01-01T05:00Z", "02-01T05:00Z", "03-01T05:00Z"]);
        let weeks = query("UTC", "1w", "2026-05-06T00:00:00Z", "2026-05-07T00:00:00Z");
        assert_eq!(moments(&Axis::of(&weeks).unwrap()), ["05-04T00:00Z", "05-11T00:00Z"]);
        // 30 December 2011 did not happen in Apia.
        let apia = query("Pacific/Apia", "1d", "2011-12-29T12:00:00Z", "2012-01-01T00:00:00Z");
        assert_eq!(lengths(&Axis::of(&apia).unwrap()), [24 * 60; 3]);
    }

    #[test]
    fn a_range_beyond_the_calendar_is_an_error() {
        for step in ["1h", "1d", "1w", "1mo"] {
            let query = query("Europe/Berlin", step, "9999-12-30T00:00:00Z", "9999-12-30T21:30:00Z");
            assert!(matches!(Axis::of(&query), Err(AnalyticsError::Calendar)), "{step}");
        }
    }
}
