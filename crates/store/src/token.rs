//! Tokens: each row sealed as a whole, so that neither a scope nor a hash can be exchanged past Keyward.

use keyward_model::app::AppId;
use keyward_model::integrity::Mac;
use keyward_model::resource::Kind;
use keyward_model::team::TeamId;
use keyward_model::token::{StoredToken, Token, TokenHash, TokenId, TokenState};
use sea_orm::sea_query::{Expr, ExprTrait, Order, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult};

use crate::db::Session;
use crate::find::lowered;
use crate::row::{Cell, signed};
use crate::tables::TOKEN;
use crate::{Store, StoreError, Tx};

mod compact;
mod list;
mod uses;
mod write;

pub use compact::{TokenBatch, TokenStretch};
pub use list::TokenFilter;

/// A row that is not what Keyward wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorruptRow {
    /// What it should be.
    pub kind: Kind,
    /// Its id, as far as it can be read.
    pub id: String,
}

impl Store {
    /// The token of `team` with this id.
    pub async fn token(&self, team: TeamId, id: TokenId) -> Result<Option<StoredToken>, StoreError> {
        one(&self.read(), &*self.mac()?, of_team(team, id)).await
    }

    /// The token with this id, whosever it is.
    pub async fn token_of_any_team(&self, id: TokenId) -> Result<Option<StoredToken>, StoreError> {
        one(&self.read(), &*self.mac()?, by_id(id)).await
    }
}

impl Tx {
    /// As [`Store::token`], inside the transaction.
    pub async fn token(&self, team: TeamId, id: TokenId) -> Result<Option<StoredToken>, StoreError> {
        one(self.session(), &*self.mac()?, of_team(team, id)).await
    }

    /// Every token of an app. A damaged one is an error.
    pub async fn tokens_of_app(&self, app: AppId) -> Result<Vec<Token>, StoreError> {
        let query = TOKEN.select().and_where(Expr::col("app_id").eq(app.to_string())).to_owned();
        many(self.session(), &*self.mac()?, query).await
    }

    /// Every token of a team. A damaged one is an error.
    pub async fn tokens_of_team(&self, team: TeamId) -> Result<Vec<Token>, StoreError> {
        let query = TOKEN.select().and_where(Expr::col("team_id").eq(team.to_string())).to_owned();
        many(self.session(), &*self.mac()?, query).await
    }
}

fn by_id(id: TokenId) -> SelectStatement {
    TOKEN.select().and_where(Expr::col("id").eq(id.as_str())).to_owned()
}

fn of_team(team: TeamId, id: TokenId) -> SelectStatement {
    by_id(id).and_where(Expr::col("team_id").eq(team.to_string())).to_owned()
}

async fn one<C: ConnectionTrait>(
    session: &Session<C>,
    mac: &dyn Mac,
    query: SelectStatement,
) -> Result<Option<StoredToken>, StoreError> {
    session.row(&query).await?.map(|row| read(&row, mac)).transpose()
}

async fn many<C: ConnectionTrait>(
    session: &Session<C>,
    mac: &dyn Mac,
    mut query: SelectStatement,
) -> Result<Vec<Token>, StoreError> {
    query.order_by("id", Order::Asc);
    session.rows(&query).await?.iter().map(|row| read(row, mac).map(|stored| stored.token)).collect()
}

/// A row as it is stored.
fn cells(stored: &StoredToken) -> Vec<Cell> {
    let StoredToken { token, hash } = stored;
    let doc = serde_json::to_string(token).expect("a token is JSON: it came in as such");
    vec![
        token.id.as_str().into(),
        token.team.to_string().into(),
        token.app.to_string().into(),
        signed(token.version).into(),
        state_word(token.state).into(),
        i64::from(token.successor.is_some()).into(),
        token.not_before.map(|at| at.as_millis()).into(),
        token.expires_at.map(|at| at.as_millis()).into(),
        token.created_at.as_millis().into(),
        searched(token).into(),
        doc.into(),
        hash.kind.as_str().into(),
        i64::from(hash.key_version).into(),
        hash.digest.to_vec().into(),
        hash.key_prefix.clone().into(),
        hash.key_secret.as_ref().map(ToString::to_string).into(),
    ]
}

fn state_word(state: TokenState) -> &'static str {
    match state {
        TokenState::Active => "active",
        TokenState::Pending => "pending",
        TokenState::Disabled => "disabled",
        TokenState::Revoked => "revoked",
    }
}

/// What a search for text looks through.
fn searched(token: &Token) -> String {
    // The id keeps its capitals in the token, and loses them here like everything else.
    lowered(&format!("{}\n{}\n{}\n{}", token.spec.name, token.spec.description, token.id, token.last_four))
}

/// A stored row, held against its seal.
fn read(row: &QueryResult, mac: &dyn Mac) -> Result<StoredToken, StoreError> {
    stored(TOKEN.read(row, Some(mac))?).ok_or_else(|| TOKEN.corrupt(row))
}

fn stored(cells: Vec<Cell>) -> Option<StoredToken> {
    let (document, hash) = document_and_hash(cells.into_iter().skip(DOCUMENT))?;
    Some(StoredToken { token: serde_json::from_str(&document).ok()?, hash })
}

/// The place of the column `doc`.
const DOCUMENT: usize = 10;

/// From the column `doc` on.
fn document_and_hash(mut cells: impl Iterator<Item = Cell>) -> Option<(String, TokenHash)> {
    let document = cells.next()?.text()?;
    let hash = TokenHash {
        kind: cells.next()?.text()?.parse().ok()?,
        key_version: cells.next()?.int()?.try_into().ok()?,
        digest: cells.next()?.bytes()?.try_into().ok()?,
        key_prefix: cells.next()?.optional_text()?,
        key_secret: cells.next()?.optional_text()?.map(|name| name.parse()).transpose().ok()?,
    };
    Some((document, hash))
}
