//! The calendar of quotas: when a period begins and ends in a zone, through summer time and its likes.
//!
//! The periods of a kind and zone follow each other without gap or overlap.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use keyward_model::Timestamp;
use keyward_model::limits::QuotaPeriod;
use keyward_model::time_window::Zone;

/// When the period that holds `moment` began.
pub fn period_start(period: QuotaPeriod, zone: &Zone, moment: Timestamp) -> Timestamp {
    let date = local(zone.as_jiff(), moment).date();
    match period {
        QuotaPeriod::Hour => hour(zone.as_jiff(), moment).0,
        QuotaPeriod::Day => midnight(zone, date).unwrap_or(moment).min(moment),
        QuotaPeriod::Month => midnight(zone, date.first_of_month()).unwrap_or(moment).min(moment),
    }
}

/// When the period that holds `moment` ends, and the next begins.
pub fn period_end(period: QuotaPeriod, zone: &Zone, moment: Timestamp) -> Timestamp {
    let date = local(zone.as_jiff(), moment).date();
    let next = match period {
        QuotaPeriod::Hour => return hour(zone.as_jiff(), moment).1,
        QuotaPeriod::Day => date.checked_add(1.day()),
        QuotaPeriod::Month => date.first_of_month().checked_add(1.month()),
    };
    // Beyond the last day of the calendar nothing ends any more.
    next.ok().and_then(|date| midnight(zone, date)).unwrap_or(Timestamp::from_millis(i64::MAX))
}

/// The number of the period that holds `moment`: days and months that follow each other have numbers that do, hours too,
/// but where the local clock is set.
pub fn period_number(period: QuotaPeriod, zone: &Zone, moment: Timestamp) -> i64 {
    let date = local(zone.as_jiff(), moment).date();
    match period {
        QuotaPeriod::Hour => moment.as_seconds().div_euclid(3600),
        QuotaPeriod::Day => date.duration_since(Date::ZERO).as_hours() / 24,
        QuotaPeriod::Month => i64::from(date.year()) * 12 + i64::from(date.month()),
    }
}

fn local(zone: &TimeZone, moment: Timestamp) -> DateTime {
    zone.to_datetime(moment.to_jiff())
}

/// Midnight; the first of two.
fn midnight(zone: &Zone, date: Date) -> Option<Timestamp> {
    zone.first_moment(date.to_datetime(Time::midnight()))
}

/// The full hour by the local clock. Where the clock is set in the middle of an hour, a period ends and another begins.
fn hour(zone: &TimeZone, moment: Timestamp) -> (Timestamp, Timestamp) {
    const HOUR: i64 = 3_600_000;
    let offset = i64::from(zone.to_offset(moment.to_jiff()).seconds()) * 1000;
    let full = (moment.as_millis() + offset).div_euclid(HOUR) * HOUR - offset;
    let next_change = zone.following(moment.to_jiff()).next();
    // One nanosecond on, so that a change at this very moment counts as past.
    let just_after = moment.to_jiff().checked_add(SignedDuration::from_nanos(1)).ok();
    let last_change = just_after.and_then(|after| zone.preceding(after).next());
    let start = last_change.map_or(full, |change| full.max(change.timestamp().as_millisecond()));
    let end = next_change.map_or(full + HOUR, |change| (full + HOUR).min(change.timestamp().as_millisecond()));
    (Timestamp::from_millis(start), Timestamp::from_millis(end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zone(name: &str) -> Zone {
        name.parse().expect("a zone")
    }

    fn period(period: QuotaPeriod, name: &str, moment: &str) -> (String, String) {
        let moment = moment.parse().expect("a moment");
        let short = |moment: Timestamp| moment.to_string().replace(":00.000Z", "Z");
        (short(period_start(period, &zone(name), moment)), short(period_end(period, &zone(name), moment)))
    }

    fn expect(kind: QuotaPeriod, name: &str, moment: &str, start: &str, end: &str) {
        assert_eq!(period(kind, name, moment), (start.to_owned(), end.to_owned()), "{kind:?} {name} {moment}");
    }

    #[test]
    fn plain_periods() {
        use QuotaPeriod::*;
        expect(Hour, "UTC", "2026-02-03T04:05:06Z", "2026-02-03T04:00Z", "2026-02-03T05:00Z");
        expect(Day, "UTC", "2026-02-03T04:05:06Z", "2026-02-03T00:00Z", "2026-02-04T00:00Z");
        expect(Month, "UTC", "2026-02-28T23:59:59.999Z", "2026-02-01T00:00Z", "2026-03-01T00:00Z");
        expect(Day, "UTC", "2026-02-03T00:00:00Z", "2026-02-03T00:00Z", "2026-02-04T00:00Z");
        expect(Month, "UTC", "2026-12-05T00:00:00Z", "2026-12-01T00:00Z", "2027-01-01T00:00Z");
        expect(Hour, "Asia/Kolkata", "2026-02-03T04:05:06Z", "2026-02-03T03:30Z", "2026-02-03T04:30Z");
        expect(Day, "Asia/Kolkata", "2026-02-03T20:00:00Z", "2026-02-03T18:30Z", "2026-02-04T18:30Z");
    }

    #[test]
    fn periods_that_follow_each_other_have_numbers_that_do() {
        for name in ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin", "Asia/Kolkata"] {
            for kind in [QuotaPeriod::Day, QuotaPeriod::Month] {
                let mut moment = "2026-01-15T12:00:00Z".parse().expect("a moment");
                for _ in 0..400 {
                    let next = period_end(kind, &zone(name), moment);
                    let number = |moment| period_number(kind, &zone(name), moment);
                    assert_eq!(number(next), number(moment) + 1, "{name} {moment}");
                    moment = next;
                }
            }
        }
    }

    #[test]
    fn days_of_23_and_25_hours() {
        use QuotaPeriod::*;
        expect(Day, "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00Z", "2026-03-29T22:00Z");
        expect(Day, "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00Z", "2026-10-25T23:00Z");
        expect(Month, "Europe/Berlin", "2026-10-31T12:00:00Z", "2026-09-30T22:00Z", "2026-10-31T23:00Z");
        // The hour from two to three comes twice; each is an hour of its own.
        expect(Hour, "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T00:00Z", "2026-10-25T01:00Z");
        expect(Hour, "Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T01:00Z", "2026-10-25T02:00Z");
    }

    #[test]
    fn a_day_without_midnight_begins_when_the_clock_springs() {
        use QuotaPeriod::*;
        // Cairo, 2026-04-24: 00:00 becomes 01:00.
        expect(Day, "Africa/Cairo", "2026-04-24T12:00:00Z", "2026-04-23T22:00Z", "2026-04-24T21:00Z");
        // Havana, 2026-11-01: 01:00 becomes 00:00, so that there are two midnights; the day begins with the first.
        expect(Day, "America/Havana", "2026-11-01T12:00:00Z", "2026-11-01T04:00Z", "2026-11-02T05:00Z");
        expect(Day, "America/Havana", "2026-11-01T05:30:00Z", "2026-11-01T04:00Z", "2026-11-02T05:00Z");
        // Toronto, 1919-03-30: 23:30 becomes 00:30, so that the 31st begins at half past midnight.
        expect(Day, "America/Toronto", "1919-03-31T12:00:00Z", "1919-03-31T04:30Z", "1919-04-01T04:00Z");
        expect(Day, "America/Toronto", "1919-03-31T04:29:00Z", "1919-03-30T05:00Z", "1919-03-31T04:30Z");
        // Apia had no 30 December 2011.
        expect(Day, "Pacific/Apia", "2011-12-30T09:59:00Z", "2011-12-29T10:00Z", "2011-12-30T10:00Z");
    }

    #[test]
    fn half_an_hour_of_summer_time_cuts_the_hour() {
        use QuotaPeriod::*;
        // Lord Howe, 2026-04-05: 02:00 (+11) becomes 01:30 (+10:30).
        expect(Hour, "Australia/Lord_Howe", "2026-04-04T14:59:00Z", "2026-04-04T14:00Z", "2026-04-04T15:00Z");
        expect(Hour, "Australia/Lord_Howe", "2026-04-04T15:10:00Z", "2026-04-04T15:00Z", "2026-04-04T15:30Z");
        expect(Hour, "Australia/Lord_Howe", "2026-04-04T15:40:00Z", "2026-04-04T15:30Z", "2026-04-04T16:30Z");
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        for moment in [i64::MIN, i64::MAX, 0, -1] {
            for kind in [QuotaPeriod::Hour, QuotaPeriod::Day, QuotaPeriod::Month] {
                for name in ["UTC", "Pacific/Kiritimati", "Pacific/Niue"] {
                    let moment = Timestamp::from_millis(moment);
                    assert!(period_start(kind, &zone(name), moment) <= moment);
                    assert!(period_end(kind, &zone(name), moment) >= moment);
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn periods_follow_each_other_without_gap(
            // 2012 to 2050
            millis in 1_325_376_000_000i64..2_524_608_000_000,
            kind in prop::sample::select(vec![QuotaPeriod::Hour, QuotaPeriod::Day, QuotaPeriod::Month]),
            name in prop::sample::select(vec![
                "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Cairo",
                "America/Havana", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Chatham", "America/St_Johns",
            ]),
        ) {
            let (zone, moment) = (zone(name), Timestamp::from_millis(millis));
            let (start, end) = (period_start(kind, &zone, moment), period_end(kind, &zone, moment));
            prop_assert!(start <= moment && moment < end, "{} {} {}", start, moment, end);
            let last = Timestamp::from_millis(end.as_millis() - 1);
            for inside in [start, last] {
                prop_assert_eq!(period_start(kind, &zone, inside), start);
                prop_assert_eq!(period_end(kind, &zone, inside), end);
            }
            prop_assert_eq!(period_start(kind, &zone, end), end);
        }
    }
}
