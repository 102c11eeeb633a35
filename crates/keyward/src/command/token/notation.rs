//! How limits, windows and times are written on the command line.

use std::time::Duration;

use keyward_model::Timestamp;
use keyward_model::limits::{LimitUnit, Quota, QuotaPeriod, RateLimit};
use keyward_model::time_window::{TimeWindow, Weekday, Zone};
use keyward_model::token::ApiGrant;

/// A moment, or a span from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A moment.
    At(Timestamp),
    /// A span.
    In(Duration),
}

impl Moment {
    /// The moment meant; a span counts forward from `now`.
    pub fn from(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(moment) => moment,
            Self::In(span) => now.plus(span),
        }
    }

    /// The moment meant; a span counts back from `now`.
    pub fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(moment) => moment,
            Self::In(span) => now.minus(span),
        }
    }
}

/// When a token expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expires {
    /// Never.
    Never,
    /// Then.
    Then(Moment),
}

impl Expires {
    /// As the API takes it.
    pub fn from(self, now: Timestamp) -> String {
        match self {
            Self::Never => "never".to_owned(),
            Self::Then(moment) => moment.from(now).to_string(),
        }
    }
}

/// Reads a moment: `2030-01-31T12:00:00Z`, `90m`, `2h`, `7d`.
pub fn moment(text: &str) -> Result<Moment, String> {
    if let Some(span) = span(text) {
        return Ok(Moment::In(span));
    }
    text.parse().map(Moment::At).map_err(|_| {
        format!("`{text}` is neither a date and time such as 2030-01-31T12:00:00Z nor a span such as 90m, 2h or 7d")
    })
}

/// Reads when a token expires: as a moment, or `never`.
pub fn expiry(text: &str) -> Result<Expires, String> {
    if text == "never" { Ok(Expires::Never) } else { moment(text).map(Expires::Then) }
}

/// Reads a span: a whole number and s, m, h, d or w.
pub fn duration(text: &str) -> Result<Duration, String> {
    span(text).ok_or_else(|| format!("`{text}` is not a span; write it as 90s, 15m, 12h, 7d or 2w"))
}

fn span(text: &str) -> Option<Duration> {
    let unit = text.chars().next_back()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let count: u64 = plain.then(|| digits.parse().ok()).flatten()?;
    count.checked_mul(seconds).map(Duration::from_secs)
}

/// Reads a rate: `100/60s`, `10/s,burst=20`, `500/1h,unit=cost`.
pub fn rate(text: &str) -> Result<RateLimit, String> {
    let wrong = || format!("`{text}` is not a rate; write it as 100/60s, 10/s,burst=20 or 500/1h,unit=cost");
    let mut parts = text.split(',');
    let (limit, window) = parts.next().and_then(|first| first.split_once('/')).ok_or_else(wrong)?;
    let window = if window.len() == 1 { span(&format!("1{window}")) } else { span(window) }.ok_or_else(wrong)?;
    let mut rate = RateLimit {
        limit: limit.parse().map_err(|_| wrong())?,
        window: u32::try_from(window.as_secs()).map_err(|_| wrong())?,
        burst: None,
        unit: LimitUnit::Calls,
    };
    for part in parts {
        match part.split_once('=') {
            Some(("burst", count)) => rate.burst = Some(count.parse().map_err(|_| wrong())?),
            Some(("unit", unit)) => rate.unit = unit_of(unit).ok_or_else(wrong)?,
            _ => return Err(wrong()),
        }
    }
    Ok(rate)
}

/// Reads a quota: `10000/day`, `1000000/month,zone=Europe/Berlin`, `500/hour,unit=cost`.
pub fn quota(text: &str) -> Result<Quota, String> {
    let wrong = || {
        format!("`{text}` is not a quota; write it as 10000/day, 5000/month,zone=Europe/Berlin or 500/hour,unit=cost")
    };
    let mut parts = text.split(',');
    let (limit, period) = parts.next().and_then(|first| first.split_once('/')).ok_or_else(wrong)?;
    let period = match period {
        "hour" => QuotaPeriod::Hour,
        "day" => QuotaPeriod::Day,
        "month" => QuotaPeriod::Month,
        _ => return Err(wrong()),
    };
    let mut quota =
        Quota { limit: limit.parse().map_err(|_| wrong())?, period, zone: Zone::utc(), unit: LimitUnit::Calls };
    for part in parts {
        match part.split_once('=') {
            Some(("zone", zone)) => quota.zone = zone.parse().map_err(|error| format!("{error}"))?,
            Some(("unit", unit)) => quota.unit = unit_of(unit).ok_or_else(wrong)?,
            _ => return Err(wrong()),
        }
    }
    Ok(quota)
}

fn unit_of(text: &str) -> Option<LimitUnit> {
    match text {
        "calls" => Some(LimitUnit::Calls),
        "cost" => Some(LimitUnit::Cost),
        _ => None,
    }
}

/// Reads a window: `mon,tue 08:00-18:00 Europe/Berlin`; days and zone may be left out.
pub fn time_window(text: &str) -> Result<TimeWindow, String> {
    let wrong = || format!("`{text}` is not a window; write it as `mon,tue 08:00-18:00 Europe/Berlin`");
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let hours = words.iter().position(|word| word.contains(':')).ok_or_else(wrong)?;
    let (from, to) = words[hours].split_once('-').ok_or_else(wrong)?;
    let time = |text: &str| text.parse().map_err(|_| wrong());
    let (from, to) = (time(from)?, time(to)?);
    let zone = match words.split_off(hours)[1..] {
        [] => Zone::utc(),
        [zone] => zone.parse().map_err(|error| format!("{error}"))?,
        _ => return Err(wrong()),
    };
    let days = match words[..] {
        [] => Vec::new(),
        [days] => days.split(',').map(|day| weekday(day).ok_or_else(wrong)).collect::<Result<_, _>>()?,
        _ => return Err(wrong()),
    };
    Ok(TimeWindow { days, from, to, zone })
}

fn weekday(text: &str) -> Option<Weekday> {
    serde_json::from_value(serde_json::Value::from(text)).ok()
}

/// Reads an api a token may call: `orders` or `orders:list,show`.
pub fn api_grant(text: &str) -> Result<ApiGrant, String> {
    let (api, routes) = text.split_once(':').unwrap_or((text, ""));
    let name = |text: &str| text.parse().map_err(|error: keyward_model::name::NameError| error.to_string());
    let routes = routes.split(',').filter(|route| !route.is_empty()).map(name).collect::<Result<_, _>>()?;
    Ok(ApiGrant { api: name(api)?, routes })
}

/// Reads a label: `key=value`.
pub fn label(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(format!("`{text}` is not a label; write it as key=value")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_meant() {
        assert_eq!(rate("100/60s").expect("a rate").to_string(), "100 calls per 60 s, burst 100");
        assert_eq!(rate("5/m,burst=9,unit=cost").expect("a rate").to_string(), "5 cost units per 60 s, burst 9");
        let quota = quota("10/month,zone=Europe/Berlin").expect("a quota");
        assert_eq!(quota.to_string(), "10 calls per month (Europe/Berlin)");
        let window = time_window("mon,fri 08:00-18:00 Europe/Berlin").expect("a window");
        assert_eq!(window.to_string(), "Mon,Fri 08:00-18:00 Europe/Berlin");
        assert_eq!(time_window("22:00-06:00").expect("a window").to_string(), "every day 22:00-06:00 UTC");
        assert_eq!(api_grant("orders:list,show").expect("a grant").to_string(), "orders: list, show");
        assert_eq!(moment("2h"), Ok(Moment::In(Duration::from_secs(7200))));
        assert_eq!(expiry("never"), Ok(Expires::Never));
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_the_way_to_write_it() {
        for (read, text) in [
            (rate("100").map(drop), "100/60s"),
            (rate("5/s,bust=3").map(drop), "burst"),
            (quota("5/week").map(drop), "10000/day"),
            (time_window("08:00").map(drop), "08:00-18:00"),
            (time_window("someday 08:00-18:00").map(drop), "mon,tue"),
            (moment("tomorrow").map(drop), "2030"),
            (moment("é").map(drop), "2030"),
            (duration("18446744073709551615w").map(drop), "7d"),
            (label("x").map(drop), "key=value"),
        ] {
            let error = read.expect_err("must be refused");
            assert!(error.contains(text), "{error}");
        }
    }
}
