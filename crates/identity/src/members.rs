//! The members of a team.

use keyward_model::app::{AppId, AppSpec};
use keyward_model::audit::{AuditDraft, Cause};
use keyward_model::membership::{Membership, Role};
use keyward_model::resource::Kind;
use keyward_model::team::{Team, TeamId};
use keyward_model::user::{User, UserId};
use keyward_store::Tx;

use crate::{People, PeopleError, trail};

/// A member, and who they are.
#[derive(Clone, Debug)]
pub struct Member {
    /// Their membership.
    pub membership: Membership,
    /// Who they are.
    pub user: User,
    /// Whether they have a second factor.
    pub has_second_factor: bool,
}

/// What is to change about a membership.
#[derive(Clone, Debug, Default)]
pub struct EditMembership {
    /// Another role.
    pub role: Option<Role>,
    /// Other apps of theirs.
    pub apps: Option<Vec<AppId>>,
}

impl People {
    /// The members of a team, the oldest first.
    pub async fn members(&self, team: TeamId) -> Result<Vec<Member>, PeopleError> {
        let mut members = Vec::new();
        for membership in self.store.members(team).await? {
            members.push(self.described(membership).await?);
        }
        Ok(members)
    }

    /// A member of a team.
    pub async fn member(&self, team: TeamId, user: UserId) -> Result<Member, PeopleError> {
        let membership = self.store.membership(team, user).await?;
        self.described(membership.ok_or(PeopleError::NotFound("member"))?).await
    }

    async fn described(&self, membership: Membership) -> Result<Member, PeopleError> {
        let user = self.user(membership.user).await?;
        let factors = crate::rights::factors(&self.vault, &self.store.credentials(user.id).await?)?;
        let has_second_factor = factors.iter().any(|factor| factor.is_second());
        Ok(Member { membership, user, has_second_factor })
    }

    /// Changes a membership. The last administrator stays one.
    pub async fn edit_member(
        &self,
        cause: Cause,
        team: &Team,
        user: UserId,
        edit: EditMembership,
    ) -> Result<Membership, PeopleError> {
        if let Some(role) = &edit.role {
            self.check_role(team, role).await?;
        }
        let mut tx = self.store.begin(cause).await?;
        let before = tx.membership(team.id, user).await?.ok_or(PeopleError::NotFound("member"))?;
        let who = tx.user(user).await?.ok_or(PeopleError::NotFound("member"))?;
        if let Some(apps) = &edit.apps {
            check_apps(&tx, team.id, apps).await?;
        }
        let after = Membership {
            role: edit.role.unwrap_or_else(|| before.role.clone()),
            apps: edit.apps.unwrap_or_else(|| before.apps.clone()),
            version: before.version + 1,
            updated_at: tx.now(),
            ..before.clone()
        };
        if after.role != Role::Administrator {
            stays_administered(&tx, &before).await?;
        }
        tx.update_membership(&after).await?;
        audit(&mut tx, "membership.edit", &who, Some(&before), Some(&after)).await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Ends a membership. The last administrator stays.
    pub async fn remove_member(&self, cause: Cause, team: TeamId, user: UserId) -> Result<(), PeopleError> {
        let mut tx = self.store.begin(cause).await?;
        let membership = tx.membership(team, user).await?.ok_or(PeopleError::NotFound("member"))?;
        let who = tx.user(user).await?.ok_or(PeopleError::NotFound("member"))?;
        stays_administered(&tx, &membership).await?;
        tx.delete_membership(team, user).await?;
        audit(&mut tx, "membership.delete", &who, Some(&membership), None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Refuses roles that no policy of the team speaks of: nobody would have any right by them.
    pub(crate) async fn check_role(&self, team: &Team, role: &Role) -> Result<(), PeopleError> {
        let roles = self.roles(team).await?;
        if roles.contains(role) {
            return Ok(());
        }
        let known: Vec<&str> = roles.iter().map(Role::as_str).collect();
        let problem = format!("names `{role}`, which no policy of the team permits anything");
        Err(PeopleError::field("role", problem, format!("use one of {}", known.join(", "))))
    }
}

/// Refuses to take the last administrator away.
async fn stays_administered(tx: &Tx, leaving: &Membership) -> Result<(), PeopleError> {
    if leaving.role != Role::Administrator {
        return Ok(());
    }
    let members = tx.members(leaving.team).await?;
    if members.iter().any(|member| member.user != leaving.user && member.role == Role::Administrator) {
        return Ok(());
    }
    let text = "the team would be left without an administrator; make somebody else one first";
    Err(PeopleError::Conflict(text.to_owned()))
}

async fn check_apps(tx: &Tx, team: TeamId, apps: &[AppId]) -> Result<(), PeopleError> {
    for (place, app) in apps.iter().enumerate() {
        if tx.resource_by_id::<AppSpec>(team, *app).await?.is_none() {
            let problem = format!("names {app}, which is no app of the team");
            return Err(PeopleError::field(&format!("apps[{place}]"), problem, "name apps that are there"));
        }
    }
    Ok(())
}

/// Says in the team's trail that a membership changed.
pub(crate) async fn audit(
    tx: &mut Tx,
    action: &str,
    user: &User,
    before: Option<&Membership>,
    after: Option<&Membership>,
) -> Result<(), PeopleError> {
    let Some(team) = after.or(before).map(|membership| membership.team) else { return Ok(()) };
    let draft = AuditDraft {
        action: action.to_owned(),
        kind: Kind::Membership,
        target: user.id.to_string(),
        target_name: user.email.to_string(),
        before: before.map(trail::shown),
        after: after.map(trail::shown),
        reason: None,
    };
    tx.audit(team, draft).await?;
    Ok(())
}
