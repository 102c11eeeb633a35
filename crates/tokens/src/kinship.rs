//! Which credentials may be in one hand: what tells a second person from the same one with another token.
//!
//! Whoever holds a token sees the secret of the successor it makes by rotation, and of every token it makes. So all
//! tokens of a rotation line count as one credential, and one that was made with another may be in the other's hand. A
//! person who is signed in is one hand, and so are all tokens they made.

use std::collections::HashSet;

use keyward_model::audit::{Actor, AuditEvent};
use keyward_model::resource::Kind;
use keyward_model::team::TeamId;
use keyward_model::token::TokenId;
use keyward_model::user::UserId;
use keyward_store::{AuditFilter, PageRequest, StoreError};

use crate::Tokens;

/// How close the credential that acts stands to a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kinship {
    /// It is the token itself or of its rotation line, or was made with one that is.
    pub(crate) own: bool,
    /// It made the token, or is of the rotation line of the one that did, or was made with one that is.
    pub(crate) maker: bool,
}

/// What acts: a token, or a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Hand {
    Token(TokenId),
    User(UserId),
}

impl Hand {
    /// None for whoever sits at the machine, and for Keyward itself.
    fn of(actor: &Actor) -> Option<Self> {
        match actor {
            Actor::Token { id, .. } => Some(Self::Token(*id)),
            Actor::User { id, .. } => Some(Self::User(*id)),
            Actor::Stranger | Actor::Machine { .. } | Actor::Keyward { .. } => None,
        }
    }
}

/// What is known of how a token came about.
struct Origin {
    team: TeamId,
    predecessor: Option<TokenId>,
    maker: Option<Hand>,
}

impl Tokens {
    /// How close `actor` stands to the token `id`. Whoever sits at the machine may do everything anyway. None of what
    /// is read here ever changes, so that it can be read before the transaction.
    pub(crate) async fn kinship(&self, actor: &Actor, team: TeamId, id: TokenId) -> Result<Kinship, StoreError> {
        let Some(actor) = Hand::of(actor) else { return Ok(Kinship::default()) };
        let behind = self.behind(team, actor).await?;
        let (root, makers) = self.line(team, id).await?;
        let mut kinship = Kinship { own: behind.contains(&Hand::Token(root)), maker: false };
        for maker in makers {
            let hand = match maker {
                Hand::Token(maker) => Hand::Token(self.line(team, maker).await?.0),
                Hand::User(_) => maker,
            };
            kinship.maker |= behind.contains(&hand);
        }
        Ok(kinship)
    }

    /// A token, all that it took over from, and all that these were made with, back to the first, or to a person.
    async fn behind(&self, team: TeamId, hand: Hand) -> Result<HashSet<Hand>, StoreError> {
        let mut behind = HashSet::new();
        let mut open = vec![(team, hand)];
        while let Some((team, hand)) = open.pop() {
            if behind.insert(hand)
                && let Hand::Token(id) = hand
            {
                let origin = self.origin(team, id).await?;
                let before = origin.predecessor.map(Hand::Token).into_iter().chain(origin.maker);
                open.extend(before.map(|hand| (origin.team, hand)));
            }
        }
        Ok(behind)
    }

    /// The first token of a rotation line, and what its tokens up to this one were made with.
    async fn line(&self, team: TeamId, id: TokenId) -> Result<(TokenId, HashSet<Hand>), StoreError> {
        let (mut team, mut root, mut makers) = (team, id, HashSet::new());
        loop {
            let origin = self.origin(team, root).await?;
            makers.extend(origin.maker);
            let Some(predecessor) = origin.predecessor else { return Ok((root, makers)) };
            (team, root) = (origin.team, predecessor);
        }
    }

    /// The trail says who made a token, and knows of tokens whose records are gone. `team` is where to look for those.
    async fn origin(&self, team: TeamId, id: TokenId) -> Result<Origin, StoreError> {
        let stored = self.store.token_of_any_team(id).await?;
        let team = stored.as_ref().map_or(team, |stored| stored.token.team);
        let made = self.making(team, id).await?;
        let predecessor = match stored {
            Some(stored) => stored.token.predecessor,
            None => made.as_ref().and_then(|event| event.after.as_ref()?.get("predecessor")?.as_str()?.parse().ok()),
        };
        let maker = made.and_then(|event| Hand::of(&event.actor));
        Ok(Origin { team, predecessor, maker })
    }

    async fn making(&self, team: TeamId, id: TokenId) -> Result<Option<AuditEvent>, StoreError> {
        for action in ["token.create", "token.import"] {
            let filter = AuditFilter {
                action_prefix: Some(action.to_owned()),
                kind: Some(Kind::Token),
                target: Some(id.to_string()),
                ..AuditFilter::default()
            };
            let found = self.store.audit_events(team, &filter, &PageRequest { after: None, limit: 1 }).await?;
            if let Some(event) = found.items.into_iter().next() {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }
}
