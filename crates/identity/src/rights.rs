//! What somebody who is signed in may do, and how sure it is that it is they.

use std::net::IpAddr;
use std::time::Duration;

use keyward_model::Timestamp;
use keyward_model::app::AppId;
use keyward_model::membership::{Membership, Role};
use keyward_model::policy::PolicySpec;
use keyward_model::scope::{Scope, ScopeSet};
use keyward_model::team::Team;
use keyward_model::user::User;
use keyward_policy::people::{PersonFacts, RIGHTS, Roles};
use keyward_store::{Credential, CredentialKind, Session, StoreError};
use keyward_vault::Vault;
use serde::{Deserialize, Serialize};

use crate::totp::TotpState;
use crate::{People, PeopleError, keep};

/// For how long a second factor counts as fresh.
const FRESH: Duration = Duration::from_secs(10 * 60);

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Person {
    /// Who.
    pub user: User,
    /// In which session.
    pub session: Session,
    /// The hash of the session's code.
    pub(crate) digest: String,
    /// What they have to prove themselves with.
    pub factors: Vec<Factor>,
}

/// What somebody proves themselves with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// A password.
    Password,
    /// The code of an authenticator app.
    Totp,
    /// A passkey.
    Passkey,
    /// A recovery code.
    RecoveryCode,
}

impl Factor {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
            Self::Passkey => "passkey",
            Self::RecoveryCode => "recovery_code",
        }
    }

    /// Whether it counts beside a password.
    pub fn is_second(self) -> bool {
        matches!(self, Self::Totp | Self::Passkey)
    }
}

/// What somebody may do in one team.
#[derive(Debug)]
pub struct TeamRights {
    /// The membership; none for an operator who is no member.
    pub membership: Option<Membership>,
    /// What they may do with the whole team, as management scopes.
    pub scopes: ScopeSet,
    /// The apps whose tokens they manage where they do not manage all.
    pub own_apps: Vec<AppId>,
}

impl Person {
    /// Whether they proved a second factor in this session; for those who have none, the password.
    pub fn has_second_factor(&self) -> bool {
        self.session.second_factor_at.is_some()
    }

    /// Refuses unless a second factor was proved within the last ten minutes. Who has none proves what there is.
    pub fn fresh(&self, now: Timestamp) -> Result<(), PeopleError> {
        let second: Vec<Factor> = self.second_factors();
        let proved = if second.is_empty() { Some(self.session.proved_at) } else { self.session.second_factor_at };
        if proved.is_some_and(|at| now < at.plus(FRESH)) {
            return Ok(());
        }
        let methods = if second.is_empty() { vec![Factor::Password] } else { second };
        Err(PeopleError::SecondFactorNeeded { methods })
    }

    /// The second factors they have.
    pub fn second_factors(&self) -> Vec<Factor> {
        let mut second: Vec<Factor> = self.factors.iter().copied().filter(|factor| factor.is_second()).collect();
        if !second.is_empty() && self.factors.contains(&Factor::RecoveryCode) {
            second.push(Factor::RecoveryCode);
        }
        second
    }
}

impl People {
    /// What somebody may do in `team`; none where they are no member, and do not run the installation.
    pub async fn rights(
        &self,
        person: &Person,
        team: &Team,
        address: IpAddr,
    ) -> Result<Option<TeamRights>, PeopleError> {
        let membership = self.store.membership(team.id, person.user.id).await?;
        if membership.is_none() && !person.user.operator {
            return Ok(None);
        }
        if team.spec.members.require_second_factor && !person.has_second_factor() {
            return Err(PeopleError::SecondFactorNeeded { methods: person.second_factors() });
        }
        let policies = self.store.all_resources::<PolicySpec>(team.id).await?;
        let roles = Roles::build(&policies);
        for policy in roles.unreadable() {
            tracing::error!(team = %team.name, %policy, "a policy about people cannot be read; only operators may do anything");
        }
        let facts = facts(person, team, membership.as_ref(), address, self.clock.now());
        let mut scopes: Vec<Scope> = roles.rights(&facts).into_iter().filter_map(scope).collect();
        if person.user.operator {
            scopes.extend(scope("operator"));
        }
        let own = membership.as_ref().map(|membership| membership.apps.as_slice()).unwrap_or_default();
        let own_apps = own.iter().copied().filter(|app| roles.permits(&facts, "tokens.write", Some(*app))).collect();
        Ok(Some(TeamRights { scopes: scopes.into_iter().collect(), own_apps, membership }))
    }

    /// The roles there are in a team.
    pub async fn roles(&self, team: &Team) -> Result<Vec<Role>, PeopleError> {
        Ok(Roles::build(&self.store.all_resources::<PolicySpec>(team.id).await?).names())
    }
}

/// Every management scope that a member of a team may have.
pub(crate) fn scope(right: &str) -> Option<Scope> {
    debug_assert!(right == "operator" || RIGHTS.contains(&right));
    format!("keyward:{right}").parse().ok()
}

fn facts<'a>(
    person: &'a Person,
    team: &'a Team,
    membership: Option<&'a Membership>,
    address: IpAddr,
    now: Timestamp,
) -> PersonFacts<'a> {
    PersonFacts {
        user: person.user.id,
        email: &person.user.email,
        operator: person.user.operator,
        role: membership.map(|membership| &membership.role),
        apps: membership.map(|membership| membership.apps.as_slice()).unwrap_or_default(),
        team: &team.name,
        address,
        second_factor: person.has_second_factor(),
        now,
    }
}

/// What a user's credentials amount to. An authenticator app that was never confirmed is none.
pub(crate) fn factors(vault: &Vault, credentials: &[Credential]) -> Result<Vec<Factor>, StoreError> {
    let mut factors = Vec::new();
    for credential in credentials {
        let factor = match credential.kind {
            CredentialKind::Password => Factor::Password,
            CredentialKind::Passkey => Factor::Passkey,
            CredentialKind::RecoveryCodes if keep::value::<Vec<String>>(vault, credential)?.is_empty() => continue,
            CredentialKind::RecoveryCodes => Factor::RecoveryCode,
            CredentialKind::Totp if !keep::value::<TotpState>(vault, credential)?.confirmed => continue,
            CredentialKind::Totp => Factor::Totp,
        };
        if !factors.contains(&factor) {
            factors.push(factor);
        }
    }
    Ok(factors)
}
