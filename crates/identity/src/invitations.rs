//! Invitations: a link that works once, for one address, for 72 hours.

use keyward_model::audit::{AuditDraft, Cause};
use keyward_model::invitation::{INVITATION_LIFETIME, Invitation, InvitationId};
use keyward_model::membership::{Membership, Role};
use keyward_model::resource::Kind;
use keyward_model::secret::Hidden;
use keyward_model::team::{Team, TeamId};
use keyward_model::user::{Email, User, UserId};
use keyward_store::{StoredInvitation, Tx};

use crate::code::{LinkCode, Purpose, digest};
use crate::rights::{Factor, Person};
use crate::session::{Proof, SignedIn};
use crate::{People, PeopleError, Visitor, members, setup, trail};

/// Whom to invite, and as what.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// Whom.
    pub email: Email,
    /// As what.
    pub role: Role,
    /// Who invites, where that is a person.
    pub invited_by: Option<UserId>,
}

/// An invitation that was just made: the one moment at which its code can be seen.
#[derive(Debug)]
pub struct Invited {
    /// The invitation.
    pub invitation: Invitation,
    /// The code of its link.
    pub code: LinkCode,
}

/// What an invitation offers to whoever holds its code.
#[derive(Debug)]
pub struct Offer {
    /// The invitation.
    pub invitation: Invitation,
    /// Into which team.
    pub team: Team,
    /// Whether there is a user with its address.
    pub account_exists: bool,
}

impl People {
    /// Invites somebody into a team.
    pub async fn invite(&self, cause: Cause, team: &Team, wanted: NewInvitation) -> Result<Invited, PeopleError> {
        let NewInvitation { email, role, invited_by } = wanted;
        self.check_role(team, &role).await?;
        let code = LinkCode::new(&*self.random);
        let digest = digest(&self.vault, Purpose::Invitation, code.expose());
        let mut tx = self.store.begin(cause).await?;
        if let Some(user) = tx.user_by_email(&email).await?
            && tx.membership(team.id, user.id).await?.is_some()
        {
            return Err(PeopleError::Conflict(format!("{email} is a member of this team already")));
        }
        let invitation = Invitation {
            id: keyward_model::id::Id::new(&*self.clock, &*self.random),
            team: team.id,
            email,
            role,
            invited_by,
            created_at: tx.now(),
            expires_at: tx.now().plus(INVITATION_LIFETIME),
        };
        tx.insert_invitation(&StoredInvitation { invitation: invitation.clone(), digest }).await?;
        audit(&mut tx, "invitation.create", &invitation, true).await?;
        tx.commit().await?;
        Ok(Invited { invitation, code })
    }

    /// The invitations into a team that can still be accepted.
    pub async fn invitations(&self, team: TeamId) -> Result<Vec<Invitation>, PeopleError> {
        let now = self.clock.now();
        let all = self.store.invitations(team).await?;
        Ok(all.into_iter().filter(|invitation| invitation.expires_at > now).collect())
    }

    /// Takes an invitation back.
    pub async fn withdraw_invitation(&self, cause: Cause, team: TeamId, id: InvitationId) -> Result<(), PeopleError> {
        let mut tx = self.store.begin(cause).await?;
        let invitation = tx.invitation(team, id).await?.ok_or(PeopleError::NotFound("invitation"))?;
        tx.delete_invitation(&invitation).await?;
        audit(&mut tx, "invitation.withdraw", &invitation, false).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What an invitation offers.
    pub async fn look_at_invitation(&self, code: &str) -> Result<Offer, PeopleError> {
        let digest = digest(&self.vault, Purpose::Invitation, code);
        let found = self.store.invitation_by_digest(&digest).await?;
        let invitation = self.still_open(found)?;
        let team = self.store.team_by_id(invitation.team).await?.ok_or(PeopleError::LinkInvalid)?;
        let account_exists = self.store.user_by_email(&invitation.email).await?.is_some();
        Ok(Offer { invitation, team, account_exists })
    }

    /// Accepts an invitation as somebody new, and signs them in.
    pub async fn accept_as_new(
        &self,
        visitor: &Visitor,
        code: &str,
        name: &str,
        password: Hidden,
    ) -> Result<SignedIn, PeopleError> {
        setup::check(name, &password)?;
        let digest = digest(&self.vault, Purpose::Invitation, code);
        self.still_open(self.store.invitation_by_digest(&digest).await?)?;
        let hash = self.hasher.hash(password).await;
        let invitation = self.still_open(self.store.invitation_by_digest(&digest).await?)?;
        let user = self.fresh_user(invitation.email.clone(), name.to_owned(), false);
        let mut tx = self.store.begin(visitor.cause(&user)).await?;
        let invitation = self.still_open(tx.invitation_by_digest(&digest).await?)?;
        if tx.user_by_email(&invitation.email).await?.is_some() {
            let text =
                format!("there is a user with the address {} already; sign in, and accept then", invitation.email);
            return Err(PeopleError::Conflict(text));
        }
        self.insert_user(&mut tx, &user, Some(&hash)).await?;
        self.join(&mut tx, &user, &invitation).await?;
        let signed_in = self.open_session(&mut tx, user, visitor, Proof::Password, vec![Factor::Password]).await?;
        tx.commit().await?;
        Ok(signed_in)
    }

    /// Accepts an invitation as the user it is for.
    pub async fn accept(&self, person: &Person, visitor: &Visitor, code: &str) -> Result<Membership, PeopleError> {
        let digest = digest(&self.vault, Purpose::Invitation, code);
        let mut tx = self.store.begin(visitor.cause(&person.user)).await?;
        let invitation = self.still_open(tx.invitation_by_digest(&digest).await?)?;
        if invitation.email != person.user.email {
            let text = format!("this invitation is for {}; sign in with that address", invitation.email);
            return Err(PeopleError::Conflict(text));
        }
        let membership = self.join(&mut tx, &person.user, &invitation).await?;
        tx.commit().await?;
        Ok(membership)
    }

    async fn join(&self, tx: &mut Tx, user: &User, invitation: &Invitation) -> Result<Membership, PeopleError> {
        let now = tx.now();
        let membership = Membership {
            user: user.id,
            team: invitation.team,
            role: invitation.role.clone(),
            apps: Vec::new(),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        tx.insert_membership(&membership).await?;
        tx.delete_invitation(invitation).await?;
        audit(tx, "invitation.accept", invitation, false).await?;
        members::audit(tx, "membership.create", user, None, Some(&membership)).await?;
        Ok(membership)
    }

    fn still_open(&self, found: Option<Invitation>) -> Result<Invitation, PeopleError> {
        found.filter(|invitation| invitation.expires_at > self.clock.now()).ok_or(PeopleError::LinkInvalid)
    }
}

async fn audit(tx: &mut Tx, action: &str, invitation: &Invitation, made: bool) -> Result<(), PeopleError> {
    let shown = Some(trail::shown(invitation));
    let (before, after) = if made { (None, shown) } else { (shown, None) };
    let draft = AuditDraft {
        action: action.to_owned(),
        kind: Kind::Invitation,
        target: invitation.id.to_string(),
        target_name: invitation.email.to_string(),
        before,
        after,
        reason: None,
    };
    tx.audit(invitation.team, draft).await?;
    Ok(())
}
