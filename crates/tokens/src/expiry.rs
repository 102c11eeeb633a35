//! Until when a token works: a moment, or never; and what a team's rules make of the wish.

use std::fmt;
use std::str::FromStr;

use keyward_model::team::{TokenRules, days};
use keyward_model::{FieldError, Timestamp};

/// Days that a token of a team without "never" may live at most.
pub const LONGEST_LIFETIME_DAYS: u16 = 3650;

/// Until when a token is to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// For ever; only where the team allows it.
    Never,
    /// Until this moment, which is no longer inside.
    At(Timestamp),
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never"),
            Self::At(moment) => fmt::Display::fmt(moment, f),
        }
    }
}

/// The text is not an expiry.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a date and time such as 2030-01-31T12:00:00Z nor `never`")]
pub struct ExpiryError(String);

impl FromStr for Expiry {
    type Err = ExpiryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "never" {
            return Ok(Self::Never);
        }
        text.parse().map(Self::At).map_err(|_| ExpiryError(text.to_owned()))
    }
}

impl serde::Serialize for Expiry {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Expiry {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Expiry {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("A date and time, RFC 3339, or `never` where the team allows it."))
            .examples([serde_json::Value::from("2030-01-31T12:00:00.000Z"), serde_json::Value::from("never")])
            .into()
    }
}

impl utoipa::ToSchema for Expiry {
    fn name() -> std::borrow::Cow<'static, str> {
        std::borrow::Cow::Borrowed("Expiry")
    }
}

/// From when and until when a token works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lifetime {
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) expires_at: Option<Timestamp>,
}

impl Lifetime {
    /// What the rules of a team make of a wish at `now`. No wish means the team's default.
    pub(crate) fn decide(
        rules: &TokenRules,
        now: Timestamp,
        not_before: Option<Timestamp>,
        wish: Option<Expiry>,
        errors: &mut Vec<FieldError>,
    ) -> Self {
        let starts = not_before.map_or(now, |moment| moment.max(now));
        let expires_at = match wish {
            None => Some(starts.plus(days(rules.default_lifetime_days))),
            Some(Expiry::Never) => {
                if !rules.allow_never_expiring {
                    let remedy = "give a date and time, or have the team allow it (`tokens.allow_never_expiring`)";
                    errors.push(FieldError::new("expires_at", "is `never`, which the team does not allow", remedy));
                }
                None
            }
            Some(Expiry::At(moment)) => {
                check_moment(rules, now, starts, moment, errors);
                Some(moment)
            }
        };
        Self { not_before, expires_at }
    }

    /// As long as the life of a token from `started` to `ended`, beginning at `now`, or at `not_before` where that
    /// is still to come. What was for ever and no longer may be is as long as the team's default.
    pub(crate) fn renew(
        rules: &TokenRules,
        now: Timestamp,
        not_before: Option<Timestamp>,
        started: Timestamp,
        ended: Option<Timestamp>,
    ) -> Self {
        let not_before = not_before.filter(|moment| *moment > now);
        let length = match ended {
            Some(ended) if rules.allow_never_expiring => Some(ended.since(started)),
            Some(ended) => Some(ended.since(started).min(days(LONGEST_LIFETIME_DAYS))),
            None if rules.allow_never_expiring => None,
            None => Some(days(rules.default_lifetime_days)),
        };
        let starts = not_before.unwrap_or(now);
        Self { not_before, expires_at: length.map(|length| starts.plus(length)) }
    }
}

fn check_moment(rules: &TokenRules, now: Timestamp, starts: Timestamp, end: Timestamp, errors: &mut Vec<FieldError>) {
    if end <= now {
        errors.push(FieldError::new("expires_at", "is in the past", "give a later moment; to end a token, revoke it"));
    } else if end <= starts {
        let remedy = "let the token expire after it has begun to work";
        errors.push(FieldError::new("expires_at", "is not after `not_before`", remedy));
    } else if !rules.allow_never_expiring && end > starts.plus(days(LONGEST_LIFETIME_DAYS)) {
        let remedy =
            format!("stay within {LONGEST_LIFETIME_DAYS} days, or have the team allow tokens that never expire");
        errors.push(FieldError::new("expires_at", "is so far away that it is as good as never", remedy));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + day * DAY)
    }

    fn decide(rules: &TokenRules, not_before: Option<Timestamp>, wish: Option<Expiry>) -> Result<Lifetime, String> {
        let mut errors = Vec::new();
        let lifetime = Lifetime::decide(rules, at(0), not_before, wish, &mut errors);
        errors.pop().map_or(Ok(lifetime), |error| Err(error.problem))
    }

    #[test]
    fn without_a_wish_a_token_lives_as_long_as_the_team_says() {
        let rules = TokenRules::default();
        assert_eq!(decide(&rules, None, None).map(|life| life.expires_at), Ok(Some(at(30))));
        assert_eq!(
            decide(&rules, Some(at(5)), None).map(|life| life.expires_at),
            Ok(Some(at(35))),
            "from its beginning"
        );
        assert_eq!(decide(&rules, Some(at(-5)), None).map(|life| life.expires_at), Ok(Some(at(30))));
        let week = TokenRules { default_lifetime_days: 7, ..TokenRules::default() };
        assert_eq!(decide(&week, None, None).map(|life| life.expires_at), Ok(Some(at(7))));
    }

    #[test]
    fn never_is_the_teams_to_allow_and_cannot_be_had_by_a_far_date() {
        let (strict, free) =
            (TokenRules::default(), TokenRules { allow_never_expiring: true, ..TokenRules::default() });
        assert!(decide(&strict, None, Some(Expiry::Never)).is_err());
        assert!(decide(&strict, None, Some(Expiry::At(at(3651)))).is_err());
        assert!(decide(&strict, None, Some(Expiry::At(at(3650)))).is_ok());
        assert_eq!(decide(&free, None, Some(Expiry::Never)).map(|life| life.expires_at), Ok(None));
        assert!(decide(&free, None, Some(Expiry::At(at(40_000)))).is_ok());
    }

    #[test]
    fn the_end_comes_after_now_and_after_the_beginning() {
        let rules = TokenRules::default();
        assert!(decide(&rules, None, Some(Expiry::At(at(0)))).is_err());
        assert!(decide(&rules, Some(at(3)), Some(Expiry::At(at(3)))).is_err());
        assert!(decide(&rules, Some(at(3)), Some(Expiry::At(at(4)))).is_ok());
    }

    #[test]
    fn a_renewed_life_is_as_long_as_the_last() {
        let strict = TokenRules::default();
        let free = TokenRules { allow_never_expiring: true, ..TokenRules::default() };
        let renew = |rules: &TokenRules, not_before: Option<Timestamp>, ended: Option<Timestamp>| {
            Lifetime::renew(rules, at(60), not_before, at(0), ended)
        };
        assert_eq!(renew(&strict, None, Some(at(90))).expires_at, Some(at(150)));
        assert_eq!(renew(&free, None, None).expires_at, None);
        assert_eq!(renew(&strict, None, None).expires_at, Some(at(90)), "no longer for ever");
        assert_eq!(renew(&strict, None, Some(at(9_000))).expires_at, Some(at(60 + 3650)));
        let waiting = Lifetime { not_before: Some(at(70)), expires_at: Some(at(100)) };
        assert_eq!(renew(&strict, Some(at(70)), Some(at(30))), waiting);
        assert_eq!(renew(&strict, Some(at(50)), Some(at(30))).not_before, None);
    }

    #[test]
    fn an_expiry_reads_back() {
        for text in ["never", "2030-01-31T12:00:00.000Z"] {
            assert_eq!(text.parse::<Expiry>().map(|expiry| expiry.to_string()), Ok(text.to_owned()));
        }
        assert!("tomorrow".parse::<Expiry>().is_err());
    }
}
