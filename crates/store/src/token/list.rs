//! Listing a team's tokens, newest first.

use keyward_model::app::AppId;
use keyward_model::team::TeamId;
use keyward_model::token::{Token, TokenStatus};
use keyward_model::{Name, Timestamp};
use sea_orm::sea_query::{Cond, Expr, ExprTrait, Order, Query, SelectStatement};

use super::read;
use crate::find::contains;
use crate::tables::TOKEN;
use crate::{Page, PageRequest, Store, StoreError};

/// Which tokens are wanted; all that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenFilter {
    /// Of this app.
    pub app: Option<AppId>,
    /// What they amount to right now.
    pub status: Option<TokenStatus>,
    /// With this label, key and value.
    pub label: Option<(String, String)>,
    /// With this text in name, description, id or last four characters; capitals do not matter.
    pub text: Option<String>,
    /// That expire before this moment, or have.
    pub expires_before: Option<Timestamp>,
    /// Made before this moment and not used since.
    pub unused_since: Option<Timestamp>,
    /// Held to apis, this one among them.
    pub api: Option<Name>,
}

impl Store {
    /// A page of the tokens of `team`, newest first. Damaged ones are left out and logged; read by id they are
    /// errors.
    pub async fn tokens(
        &self,
        team: TeamId,
        filter: &TokenFilter,
        page: &PageRequest,
    ) -> Result<Page<Token>, StoreError> {
        let mac = self.mac()?;
        let mut query = TOKEN.select();
        query.and_where(column("team_id").eq(team.to_string()));
        filter.narrow(&mut query, self.clock().now());
        if let Some((at, id)) = page.after_number_and_id()? {
            let before = Expr::tuple([Expr::val(at), Expr::val(id)]);
            query.and_where(Expr::tuple([column("created_at"), column("id")]).lt(before));
        }
        query.order_by((TOKEN.name, "created_at"), Order::Desc).order_by((TOKEN.name, "id"), Order::Desc);
        let rows = self.read().rows(&query.limit(page.asked()).to_owned()).await?;
        let found = rows.iter().map(|row| {
            let place = (row.try_get::<i64>("", "created_at").unwrap_or(0), TOKEN.key_of(row).concat());
            (place, read(row, &*mac))
        });
        // The cursor is taken from the row before damaged ones are left out, so that a page of them is not the end.
        let found = Page::of(found.collect(), page, |((at, id), _)| format!("{at}.{id}"));
        let mut items = Vec::with_capacity(found.items.len());
        for (_, token) in found.items {
            match token {
                Ok(stored) => items.push(stored.token),
                Err(damaged) => tracing::error!(%damaged, "a token is left out of a list"),
            }
        }
        Ok(Page { items, next: found.next })
    }
}

fn column(name: &'static str) -> Expr {
    Expr::col((TOKEN.name, name))
}

impl TokenFilter {
    fn narrow(&self, query: &mut SelectStatement, now: Timestamp) {
        if let Some(app) = self.app {
            query.and_where(column("app_id").eq(app.to_string()));
        }
        if let Some(status) = self.status {
            query.cond_where(amounts_to(status, now));
        }
        if let Some((key, value)) = &self.label {
            query.and_where(has_term("label", key, Some(value)));
        }
        if let Some(api) = &self.api {
            query.and_where(has_term("api", api, None));
        }
        if let Some(text) = &self.text {
            query.and_where(contains((TOKEN.name, "search"), text));
        }
        if let Some(moment) = self.expires_before {
            query.and_where(column("expires_at").lt(moment.as_millis()));
        }
        if let Some(moment) = self.unused_since {
            let used = Query::select()
                .column("token_id")
                .from("token_use")
                .and_where(Expr::col(("token_use", "token_id")).equals((TOKEN.name, "id")))
                .and_where(Expr::col("at").gte(moment.as_millis()))
                .to_owned();
            query.and_where(column("created_at").lt(moment.as_millis())).and_where(Expr::not_exists(used));
        }
    }
}

fn has_term(kind: &'static str, word: &str, value: Option<&str>) -> Expr {
    let mut term = Query::select();
    term.column("token_id")
        .from("token_term")
        .and_where(Expr::col(("token_term", "token_id")).equals((TOKEN.name, "id")))
        .and_where(Expr::col(("token_term", "kind")).eq(kind))
        .and_where(Expr::col("word").eq(word));
    if let Some(value) = value {
        term.and_where(Expr::col("value").eq(value));
    }
    Expr::exists(term.to_owned())
}

/// [`Token::status`] as a condition.
fn amounts_to(status: TokenStatus, now: Timestamp) -> Cond {
    let now = now.as_millis();
    let state = |word: &str| column("state").eq(word);
    let alive = Cond::any().add(column("expires_at").is_null()).add(column("expires_at").gt(now));
    let begun = Cond::any().add(column("not_before").is_null()).add(column("not_before").lte(now));
    match status {
        TokenStatus::Revoked => Cond::all().add(state("revoked")),
        TokenStatus::Expired => Cond::all().add(column("state").ne("revoked")).add(column("expires_at").lte(now)),
        TokenStatus::Disabled => Cond::all().add(state("disabled")).add(alive),
        TokenStatus::Pending => Cond::all().add(state("pending")).add(alive),
        TokenStatus::NotYetValid => Cond::all().add(state("active")).add(alive).add(column("not_before").gt(now)),
        TokenStatus::Rotating => {
            Cond::all().add(state("active")).add(alive).add(begun).add(column("has_successor").eq(1i64))
        }
        TokenStatus::Active => {
            Cond::all().add(state("active")).add(alive).add(begun).add(column("has_successor").eq(0i64))
        }
    }
}
