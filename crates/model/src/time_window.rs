//! When in the week a token works: days and hours in a named zone.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::text::textual;

/// A time zone of the IANA database, such as `Europe/Berlin` or `UTC`.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(jiff::tz::TimeZone);

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self(jiff::tz::TimeZone::UTC)
    }

    /// For calendar arithmetic.
    pub fn as_jiff(&self) -> &jiff::tz::TimeZone {
        &self.0
    }

    /// When the clock of the zone first shows `local`, or, where it springs over that, the moment in which it does.
    /// Nothing beyond the calendar.
    pub fn first_moment(&self, local: jiff::civil::DateTime) -> Option<Timestamp> {
        let found = self.0.to_ambiguous_timestamp(local);
        let is_gap = matches!(found.offset(), jiff::tz::AmbiguousOffset::Gap { .. });
        let moment = found.compatible().ok()?;
        if is_gap {
            let after = moment.checked_add(jiff::SignedDuration::from_nanos(1)).ok()?;
            return self.0.preceding(after).next().map(|change| Timestamp::from_jiff(change.timestamp()));
        }
        Some(Timestamp::from_jiff(moment))
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::utc()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text names no time zone.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time zone; use a name such as Europe/Berlin or UTC")]
pub struct ZoneError(String);

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "UTC" {
            return Ok(Self::utc());
        }
        jiff::tz::TimeZone::get(text).map(Self).map_err(|_| ZoneError(text.to_owned()))
    }
}

textual!(Zone, "Zone", "A time zone of the IANA database.", "Europe/Berlin");

/// A time of day to the minute, `08:30`; `24:00` is the end of the day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// Minutes since midnight, 0 to 1440.
    pub fn minutes(self) -> u16 {
        self.0
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Debug for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a time of day.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a time of day is hours and minutes, 00:00 to 24:00")]
pub struct TimeOfDayError;

impl FromStr for TimeOfDay {
    type Err = TimeOfDayError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (hours, minutes) = text.split_once(':').ok_or(TimeOfDayError)?;
        let part = |part: &str| {
            (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse::<u16>().ok()).flatten()
        };
        let (hours, minutes) = (part(hours).ok_or(TimeOfDayError)?, part(minutes).ok_or(TimeOfDayError)?);
        let total = hours * 60 + minutes;
        if minutes < 60 && total <= 24 * 60 { Ok(Self(total)) } else { Err(TimeOfDayError) }
    }
}

textual!(TimeOfDay, "TimeOfDay", "Hours and minutes, 00:00 to 24:00.", "08:30");

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl From<jiff::civil::Weekday> for Weekday {
    fn from(day: jiff::civil::Weekday) -> Self {
        match day {
            jiff::civil::Weekday::Monday => Self::Mon,
            jiff::civil::Weekday::Tuesday => Self::Tue,
            jiff::civil::Weekday::Wednesday => Self::Wed,
            jiff::civil::Weekday::Thursday => Self::Thu,
            jiff::civil::Weekday::Friday => Self::Fri,
            jiff::civil::Weekday::Saturday => Self::Sat,
            jiff::civil::Weekday::Sunday => Self::Sun,
        }
    }
}

/// Days and hours in which a token works. `from` later than `to` runs over midnight into the next day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeWindow {
    /// The days on which the window opens; none given means every day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Weekday>,
    /// When it opens.
    pub from: TimeOfDay,
    /// When it closes; this minute is no longer inside.
    pub to: TimeOfDay,
    /// The zone in which days and hours are meant.
    #[serde(default)]
    pub zone: Zone,
}

impl TimeWindow {
    /// Whether the window is open at `moment`.
    pub fn contains(&self, moment: Timestamp) -> bool {
        let local = moment.to_jiff().to_zoned(self.zone.0.clone());
        let minutes = u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
        let today = Weekday::from(local.weekday());
        let yesterday = Weekday::from(local.weekday().previous());
        if self.from < self.to {
            self.opens_on(today) && minutes >= self.from.0 && minutes < self.to.0
        } else {
            (self.opens_on(today) && minutes >= self.from.0) || (self.opens_on(yesterday) && minutes < self.to.0)
        }
    }

    fn opens_on(&self, day: Weekday) -> bool {
        self.days.is_empty() || self.days.contains(&day)
    }
}

impl fmt::Display for TimeWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.days.is_empty() {
            f.write_str("every day")?;
        }
        for (place, day) in self.days.iter().enumerate() {
            write!(f, "{}{day:?}", if place > 0 { "," } else { "" })?;
        }
        write!(f, " {}-{} {}", self.from, self.to, self.zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(days: &[Weekday], from: &str, to: &str) -> TimeWindow {
        TimeWindow {
            days: days.to_vec(),
            from: from.parse().expect("a time"),
            to: to.parse().expect("a time"),
            zone: "Europe/Berlin".parse().expect("a zone"),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    #[test]
    fn office_hours_follow_the_zone_through_summer_time() {
        let office = window(&[Weekday::Mon], "09:00", "17:00");
        assert!(office.contains(at("2026-01-05T08:00:00Z")), "09:00 in winter");
        assert!(!office.contains(at("2026-01-05T07:59:59Z")));
        assert!(office.contains(at("2026-07-06T07:00:00Z")), "09:00 in summer");
        assert!(!office.contains(at("2026-07-06T15:00:00Z")), "17:00 is outside");
        assert!(!office.contains(at("2026-01-06T08:00:00Z")), "a Tuesday");
    }

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_it_opens() {
        let night = window(&[Weekday::Fri], "22:00", "06:00");
        assert!(night.contains(at("2026-01-09T21:30:00Z")), "Friday 22:30");
        assert!(night.contains(at("2026-01-10T04:59:00Z")), "Saturday 05:59");
        assert!(!night.contains(at("2026-01-10T21:30:00Z")), "Saturday 22:30");
    }

    #[test]
    fn times_of_day_are_strict() {
        for bad in ["24:01", "9:00", "09:60", "0900", "-1:00", "+9:00"] {
            assert!(bad.parse::<TimeOfDay>().is_err(), "{bad}");
        }
    }
}
