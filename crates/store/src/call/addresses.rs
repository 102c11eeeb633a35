//! Where calls come from.

use std::collections::HashMap;
use std::net::IpAddr;

use keyward_model::Timestamp;
use keyward_model::call::Country;
use keyward_model::team::TeamId;
use sea_orm::QueryResult;
use sea_orm::sea_query::{CaseStatement, Cond, Expr, ExprTrait, Query};

use super::{CALL_RECORD, CallStore};
use crate::row::unsigned;
use crate::{CallFilter, StoreError};

/// Addresses told at most.
const MOST: usize = 100;

/// Where calls came from, as far as their records are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// How many addresses they came from.
    pub distinct: u64,
    /// How many calls.
    pub calls: u64,
    /// The first of the addresses; at most 100.
    pub rows: Vec<AddressRow>,
}

/// The calls from one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressRow {
    /// From where.
    pub address: IpAddr,
    /// In which country that was at the last call, where it is known.
    pub country: Option<Country>,
    /// How many.
    pub calls: u64,
    /// How many the gateway turned away.
    pub refused: u64,
    /// How many it let through that were answered with 500 or above, or not at all.
    pub errors: u64,
    /// When the last one came.
    pub last_at: Timestamp,
}

/// Which addresses come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressOrder {
    /// Those that were seen last.
    Latest,
    /// Those with the most calls.
    Busiest,
}

impl Addresses {
    /// The first of `rows`, each of another address.
    pub fn of(mut rows: Vec<AddressRow>, order: AddressOrder) -> Self {
        rows.sort_unstable_by(|one, other| {
            let by_time = other.last_at.cmp(&one.last_at);
            let by_calls = other.calls.cmp(&one.calls);
            let ordered = match order {
                AddressOrder::Latest => by_time.then(by_calls),
                AddressOrder::Busiest => by_calls.then(by_time),
            };
            ordered.then(one.address.cmp(&other.address))
        });
        let (distinct, calls) = (rows.len() as u64, rows.iter().map(|row| row.calls).sum());
        rows.truncate(MOST);
        Self { distinct, calls, rows }
    }
}

impl CallStore {
    /// Where the recorded calls came from, those of `team` or of the whole installation.
    pub async fn addresses(
        &self,
        team: Option<TeamId>,
        filter: &CallFilter,
        order: AddressOrder,
    ) -> Result<Addresses, StoreError> {
        let refused = |yes: i64| Expr::col("refused").eq(yes);
        let failed = Cond::any().add(Expr::col("status").eq(0)).add(Expr::col("status").gte(500));
        let those = |when: Cond| Expr::expr(CaseStatement::new().case(when, 1).finally(0)).sum();
        let mut query = Query::select()
            .from(CALL_RECORD.name)
            .column("address")
            .column("country")
            .expr_as(Expr::col("request_id").count(), "calls")
            .expr_as(those(Cond::all().add(refused(1))), "refused_calls")
            .expr_as(those(Cond::all().add(refused(0)).add(failed)), "errors")
            .expr_as(Expr::col("at").max(), "last_at")
            .group_by_col("address")
            .group_by_col("country")
            .to_owned();
        if let Some(team) = team {
            query.and_where(Expr::col("team_id").eq(team.to_string()));
        }
        filter.narrow(&mut query);
        let mut found: HashMap<IpAddr, AddressRow> = HashMap::new();
        for row in self.db.read().rows(&query).await? {
            let row = read(&row).ok_or_else(|| StoreError::Corrupt { what: "a call record".to_owned() })?;
            // Whether an address lies in a range cannot be told of its text.
            if filter.address.is_some_and(|range| !range.contains(row.address)) {
                continue;
            }
            // The country of an address may change.
            found.entry(row.address).and_modify(|known| known.add(&row)).or_insert(row);
        }
        Ok(Addresses::of(found.into_values().collect(), order))
    }
}

impl AddressRow {
    /// Takes in other calls from the same address.
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.refused += other.refused;
        self.errors += other.errors;
        if other.last_at >= self.last_at {
            self.last_at = other.last_at;
            self.country = other.country.or(self.country);
        } else {
            self.country = self.country.or(other.country);
        }
    }
}

fn read(row: &QueryResult) -> Option<AddressRow> {
    let country = row.try_get::<Option<String>>("", "country").ok()?;
    let number = |column| row.try_get("", column).ok().map(unsigned);
    Some(AddressRow {
        address: row.try_get::<String>("", "address").ok()?.parse().ok()?,
        country: country.map(|country| country.parse()).transpose().ok()?,
        calls: number("calls")?,
        refused: number("refused_calls")?,
        errors: number("errors")?,
        last_at: Timestamp::from_millis(row.try_get("", "last_at").ok()?),
    })
}
