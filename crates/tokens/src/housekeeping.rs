//! What Keyward does by itself: disabling tokens that were not rotated in time, and deleting the long dead.

use std::sync::PoisonError;
use std::time::Duration;

use keyward_model::Timestamp;
use keyward_model::audit::Cause;
use keyward_model::team::{AfterDeadline, Team, TeamId, days};
use keyward_model::token::{Token, TokenFacts, TokenId, TokenState};
use keyward_store::{StoreError, Tx};

use crate::overdue::{Aging, overdue_token};
use crate::tokens::{draft, token, unless_damaged, write_change};
use crate::{Live, Tokens};

/// The most that one transaction takes on, so that no other writer waits long.
const BATCH: usize = 100;
/// A wall clock that is ahead of what has passed by more than this has leapt.
const LEAP: Duration = Duration::from_secs(3600);

/// What a round of housekeeping did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HousekeepingReport {
    /// Tokens due for rotation that still work.
    pub overdue: usize,
    /// Tokens disabled because their deadline has passed.
    pub disabled: usize,
    /// Records of dead tokens deleted.
    pub deleted: usize,
}

impl Tokens {
    /// One round: looks through the tokens in memory, and changes in the store what is due there too.
    /// Every change is audited as a job of Keyward's own. Rounds of several nodes do no harm to each other.
    ///
    /// The first round after the wall clock has leapt ahead does nothing: until somebody has had the time to set it
    /// right, tokens only look long dead.
    pub async fn housekeeping(&self, live: &Live) -> Result<HousekeepingReport, StoreError> {
        let now = self.clock.now();
        if self.clock_has_leapt(now) {
            tracing::error!(%now, "the clock has leapt ahead; nothing is disabled or deleted in this round");
            return Ok(HousekeepingReport::default());
        }
        let (mut overdue, mut to_disable, mut to_delete) = (0, Vec::new(), Vec::new());
        live.for_each(|token| {
            let (team, facts, aging) = (token.team(), token.facts(), Aging::of(token));
            if is_long_dead(&facts, &team, now) {
                to_delete.push((facts.team, facts.id));
            } else if is_to_disable(&aging, &team, now) {
                to_disable.push((facts.team, facts.id));
            } else if overdue_token(&aging, &team.spec.tokens, now).is_some() {
                overdue += 1;
            }
        });
        let mut report = HousekeepingReport { overdue, ..HousekeepingReport::default() };
        for batch in to_disable.chunks(BATCH) {
            report.disabled += self.disable_overdue(batch).await?;
        }
        for batch in to_delete.chunks(BATCH) {
            report.deleted += self.delete_dead(batch).await?;
        }
        Ok(report)
    }

    /// Whether more time has passed on the wall clock than can have, since the last round.
    fn clock_has_leapt(&self, now: Timestamp) -> bool {
        let monotonic = self.clock.monotonic();
        let mut last_round = self.last_round.lock().unwrap_or_else(PoisonError::into_inner);
        let before = last_round.replace((now, monotonic));
        before.is_some_and(|(wall, then)| now.since(wall) > monotonic.saturating_sub(then) + LEAP)
    }

    async fn disable_overdue(&self, batch: &[(TeamId, TokenId)]) -> Result<usize, StoreError> {
        let mut tx = self.begin(Cause::job("rotation policy")).await?;
        let mut disabled = 0;
        for (team, id) in batch {
            let Some((team, before)) = read(&mut tx, *team, *id).await? else { continue };
            if is_to_disable(&Aging::from(&before), &team, tx.now()) {
                let mut after = Token { state: TokenState::Disabled, ..before.clone() };
                let reason = "it was not rotated before its deadline".to_owned();
                write_change(&mut tx, "token.disable", &before, &mut after, Some(reason)).await?;
                disabled += 1;
            }
        }
        commit_if(tx, disabled).await
    }

    async fn delete_dead(&self, batch: &[(TeamId, TokenId)]) -> Result<usize, StoreError> {
        let mut tx = self.begin(Cause::job("retention")).await?;
        let mut deleted = 0;
        for (team, id) in batch {
            let Some((team, dead)) = read(&mut tx, *team, *id).await? else { continue };
            if is_long_dead(&dead.facts(), &team, tx.now()) {
                tx.delete_token(team.id, *id).await?;
                let reason = format!("it was dead for {} days", team.spec.retention.dead_tokens_days);
                tx.audit(team.id, draft("token.delete", Some(&dead), None, Some(reason))).await?;
                deleted += 1;
            }
        }
        commit_if(tx, deleted).await
    }
}

async fn read(tx: &mut Tx, team: TeamId, id: TokenId) -> Result<Option<(Team, Token)>, StoreError> {
    let Some(token) = unless_damaged(token(tx, team, id).await)? else { return Ok(None) };
    Ok(unless_damaged(tx.team_by_id(team).await)?.map(|team| (team, token)))
}

async fn commit_if(tx: Tx, changed: usize) -> Result<usize, StoreError> {
    if changed > 0 {
        tx.commit().await?;
    }
    Ok(changed)
}

fn is_to_disable(token: &Aging<'_>, team: &Team, now: Timestamp) -> bool {
    overdue_token(token, &team.spec.tokens, now)
        .is_some_and(|token| token.deadline_passed && token.after_deadline == AfterDeadline::Disable)
}

fn is_long_dead(token: &TokenFacts<'_>, team: &Team, now: Timestamp) -> bool {
    let revoked = token.revoked.map(|revocation| revocation.at);
    let died = revoked.into_iter().chain(token.expires_at).min();
    died.is_some_and(|died| now >= died.plus(days(team.spec.retention.dead_tokens_days)))
}

#[cfg(test)]
mod tests {
    use keyward_model::Record;
    use keyward_model::id::Id;
    use keyward_model::team::{MaximumAge, TeamSpec, TokenRules};
    use keyward_model::token::{Revocation, TokenPrefix, TokenSpec};

    use super::*;

    fn day(count: u16) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000).plus(days(count))
    }

    fn team(after_deadline: AfterDeadline) -> Team {
        let maximum_age = Some(MaximumAge { days: 10, grace_days: 5, after_deadline });
        let tokens = TokenRules { maximum_age, ..TokenRules::default() };
        let id = Id::from_uuid(uuid::Uuid::from_u128(1));
        let name = "crm".parse().expect("a name");
        let spec = TeamSpec { tokens, ..TeamSpec::default() };
        Record { id, team: id, name, version: 1, created_at: day(0), updated_at: day(0), source: None, spec }
    }

    fn token(expires: u16) -> Token {
        Token {
            id: "4fTz0aB9cD3e".parse().expect("an id"),
            team: Id::from_uuid(uuid::Uuid::from_u128(1)),
            app: Id::from_uuid(uuid::Uuid::from_u128(2)),
            prefix: TokenPrefix::default(),
            last_four: String::new(),
            version: 1,
            state: TokenState::Active,
            spec: TokenSpec::default(),
            not_before: None,
            expires_at: Some(day(expires)),
            created_at: day(0),
            updated_at: day(0),
            successor: None,
            rotation: None,
            predecessor: None,
            revoked: None,
            imported: None,
        }
    }

    #[test]
    fn a_token_is_due_then_overdue_and_only_disabled_where_the_team_chose_so() {
        let (strict, lenient) = (team(AfterDeadline::Disable), team(AfterDeadline::Warn));
        let due = |day| {
            overdue_token(&Aging::from(&token(100)), &strict.spec.tokens, day).map(|overdue| overdue.deadline_passed)
        };
        assert_eq!(
            (due(day(9)), due(day(10)), due(day(14)), due(day(15))),
            (None, Some(false), Some(false), Some(true))
        );
        assert!(!is_to_disable(&Aging::from(&token(100)), &strict, day(14)));
        assert!(is_to_disable(&Aging::from(&token(100)), &strict, day(15)));
        assert!(!is_to_disable(&Aging::from(&token(100)), &lenient, day(15)));
        let rotated = Token { successor: Some(token(1).id), ..token(100) };
        assert!(!is_to_disable(&Aging::from(&rotated), &strict, day(15)), "it is being rotated out already");
    }

    #[test]
    fn the_dead_are_kept_for_as_long_as_the_team_says() {
        let team = team(AfterDeadline::Warn);
        assert!(!is_long_dead(&token(20).facts(), &team, day(109)));
        assert!(is_long_dead(&token(20).facts(), &team, day(110)));
        let revoked = Some(Revocation { at: day(5), reason: "lost".to_owned() });
        let revoked = Token { revoked, state: TokenState::Revoked, ..token(20) };
        assert!(is_long_dead(&revoked.facts(), &team, day(95)), "counted from the revocation");
        let endless = Token { expires_at: None, ..token(0) };
        assert!(!is_long_dead(&endless.facts(), &team, day(3_000)));
    }
}
