//! Listing calls, newest first.

use keyward_model::app::AppId;
use keyward_model::call::{CallRecord, Country, Protocol};
use keyward_model::cidr::Cidr;
use keyward_model::team::TeamId;
use keyward_model::token::TokenId;
use keyward_model::{Code, Name, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, Order, SelectStatement};

use super::{CALL_RECORD, CallStore, read};
use crate::find::begins_with;
use crate::{Page, PageRequest, StoreError};

/// Records looked at a time where a range of addresses is wanted.
const PORTION: u64 = 1000;

/// Which calls are wanted; all that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// With this token.
    pub token: Option<TokenId>,
    /// Of this app.
    pub app: Option<AppId>,
    /// To this api, by its name with the version.
    pub api: Option<Name>,
    /// To this route.
    pub route: Option<Name>,
    /// Answered with a status of this hundred: 4 for 400 to 499.
    pub status_class: Option<u8>,
    /// Refused or failed with this code.
    pub code: Option<Code>,
    /// Let through by the gateway, or not.
    pub allowed: Option<bool>,
    /// With this method.
    pub method: Option<String>,
    /// To a path that begins so.
    pub path_prefix: Option<String>,
    /// From this address, or one of this range.
    pub address: Option<Cidr>,
    /// From this country.
    pub country: Option<Country>,
    /// That went to this target.
    pub target: Option<String>,
    /// That spoke this.
    pub protocol: Option<Protocol>,
    /// That took at least so many microseconds in all.
    pub slower_than_us: Option<u32>,
    /// That took at most so many microseconds in all.
    pub faster_than_us: Option<u32>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

impl CallStore {
    /// A page of the calls of `team`, newest first.
    pub async fn calls(
        &self,
        team: TeamId,
        filter: &CallFilter,
        page: &PageRequest,
    ) -> Result<Page<CallRecord>, StoreError> {
        let mut query = CALL_RECORD.select();
        query.and_where(Expr::col("team_id").eq(team.to_string()));
        self.page(query, filter, page).await
    }

    /// A page of the calls of the installation, those of no team among them, newest first.
    pub async fn calls_of_all_teams(
        &self,
        filter: &CallFilter,
        page: &PageRequest,
    ) -> Result<Page<CallRecord>, StoreError> {
        self.page(CALL_RECORD.select(), filter, page).await
    }

    /// The last call with a token of `team` that the gateway turned away.
    pub async fn latest_refusal(&self, team: TeamId, token: TokenId) -> Result<Option<CallRecord>, StoreError> {
        let filter = CallFilter { token: Some(token), allowed: Some(false), ..CallFilter::default() };
        let page = PageRequest { after: None, limit: 1 };
        Ok(self.calls(team, &filter, &page).await?.items.pop())
    }

    async fn page(
        &self,
        mut query: SelectStatement,
        filter: &CallFilter,
        page: &PageRequest,
    ) -> Result<Page<CallRecord>, StoreError> {
        filter.narrow(&mut query);
        query.order_by("at", Order::Desc).order_by("request_id", Order::Desc);
        // Whether an address lies in a range cannot be told of its text: what else is wanted is looked at one by one.
        let range = filter.address.filter(|range| range.single().is_none());
        let portion = if range.is_some() { PORTION } else { page.asked() };
        let mut after = page.after_number_and_id()?;
        let mut found: Vec<CallRecord> = Vec::new();
        loop {
            let mut portioned = query.clone();
            if let Some((at, id)) = after {
                let before = Expr::tuple([Expr::val(at), Expr::val(id)]);
                portioned.and_where(Expr::tuple([Expr::col("at"), Expr::col("request_id")]).lt(before));
            }
            let rows = self.db.read().rows(portioned.limit(portion)).await?;
            let records = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
            after = records.last().map(|record| (record.at.as_millis(), record.request_id.to_string()));
            found.extend(records.into_iter().filter(|record| range.is_none_or(|range| range.contains(record.address))));
            found.truncate(usize::try_from(page.asked()).unwrap_or(usize::MAX));
            if found.len() as u64 == page.asked() || (rows.len() as u64) < portion {
                break;
            }
        }
        Ok(Page::of(found, page, |record| format!("{}.{}", record.at.as_millis(), record.request_id)))
    }
}

impl CallFilter {
    pub(super) fn narrow(&self, query: &mut SelectStatement) {
        let texts = [
            ("token_id", self.token.map(|token| token.to_string())),
            ("app_id", self.app.map(|app| app.to_string())),
            ("api", self.api.as_ref().map(ToString::to_string)),
            ("route", self.route.as_ref().map(ToString::to_string)),
            ("code", self.code.map(|code| code.to_string())),
            ("method", self.method.clone()),
            ("address", self.address.and_then(|range| range.single()).map(|address| address.to_string())),
            ("country", self.country.map(|country| country.to_string())),
            ("target", self.target.clone()),
            ("protocol", self.protocol.map(|protocol| protocol.to_string())),
        ];
        for (column, text) in texts {
            if let Some(text) = text {
                query.and_where(Expr::col(column).eq(text));
            }
        }
        if let Some(class) = self.status_class {
            let first = i64::from(class) * 100;
            query.and_where(Expr::col("status").gte(first)).and_where(Expr::col("status").lt(first + 100));
        }
        if let Some(allowed) = self.allowed {
            query.and_where(Expr::col("refused").eq(i64::from(!allowed)));
        }
        if let Some(least) = self.slower_than_us {
            query.and_where(Expr::col("total_us").gte(i64::from(least)));
        }
        if let Some(most) = self.faster_than_us {
            query.and_where(Expr::col("total_us").lte(i64::from(most)));
        }
        if let Some(prefix) = &self.path_prefix {
            query.and_where(begins_with("path", prefix));
        }
        if let Some(from) = self.from {
            query.and_where(Expr::col("at").gte(from.as_millis()));
        }
        if let Some(to) = self.to {
            query.and_where(Expr::col("at").lt(to.as_millis()));
        }
    }
}
