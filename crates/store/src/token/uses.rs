//! When and from where tokens were used: kept beside them, and changed without a transaction's ceremony.

use std::collections::{BTreeMap, HashMap, HashSet};

use keyward_model::Timestamp;
use keyward_model::token::{LastUse, TokenId};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, OnConflict, Query};
use sea_orm::{DatabaseTransaction, QueryResult};

use crate::db::Session;
use crate::row::{Cell, signed, unsigned};
use crate::tables::{TOKEN, TOKEN_USE};
use crate::{Store, StoreError};

/// Rows written by one statement.
const CHUNK: usize = 500;

impl Store {
    /// The last use of each of these tokens; those never used are absent.
    pub async fn last_uses(&self, ids: &[TokenId]) -> Result<HashMap<TokenId, LastUse>, StoreError> {
        let mut uses = HashMap::new();
        for chunk in ids.chunks(CHUNK) {
            let wanted = chunk.iter().map(|id| Expr::val(id.as_str()));
            let query = TOKEN_USE.select().and_where(Expr::col("token_id").is_in(wanted)).to_owned();
            for row in self.read().rows(&query).await? {
                let (id, last) = read(&row).ok_or_else(|| TOKEN_USE.corrupt(&row))?;
                uses.insert(id, last);
            }
        }
        Ok(uses)
    }

    /// Adds calls to what is known, and moves the last use forward. A token that is gone is passed over.
    pub async fn add_uses(&self, uses: &[(TokenId, LastUse)]) -> Result<(), StoreError> {
        // In one order everywhere, so that two nodes never wait for each other's rows in a circle; and each token
        // once, because one statement cannot change a row twice.
        let mut merged: BTreeMap<TokenId, LastUse> = BTreeMap::new();
        for (id, one) in uses {
            let sum = merged.entry(*id).or_insert_with(|| LastUse { calls: 0, ..one.clone() });
            let calls = sum.calls.saturating_add(one.calls);
            *sum = LastUse { calls, ..if one.at >= sum.at { one.clone() } else { sum.clone() } };
        }
        let merged: Vec<_> = merged.into_iter().collect();
        if merged.is_empty() {
            return Ok(());
        }
        let transaction = self.db().write().await?;
        for chunk in merged.chunks(CHUNK) {
            add(&transaction, chunk).await?;
        }
        transaction.commit().await
    }
}

fn read(row: &QueryResult) -> Option<(TokenId, LastUse)> {
    let [id, at, address, calls] = <[Cell; 4]>::try_from(TOKEN_USE.read_unchecked(row).ok()?).ok()?;
    let last = LastUse {
        at: Timestamp::from_millis(at.int()?),
        address: address.text()?.parse().ok()?,
        calls: unsigned(calls.int()?),
    };
    Some((id.text()?.parse().ok()?, last))
}

async fn add(transaction: &Session<DatabaseTransaction>, uses: &[(TokenId, LastUse)]) -> Result<(), StoreError> {
    let wanted = uses.iter().map(|(id, _)| Expr::val(id.as_str()));
    let alive = Query::select().column("id").from(TOKEN.name).and_where(Expr::col("id").is_in(wanted)).to_owned();
    let alive = transaction.rows(&alive).await?;
    let alive: HashSet<String> = alive.iter().filter_map(|row| row.try_get::<String>("", "id").ok()).collect();
    let mut insert = Query::insert();
    insert.into_table(TOKEN_USE.name).columns(TOKEN_USE.columns.iter().map(|column| column.0));
    let mut any = false;
    for (id, last) in uses.iter().filter(|(id, _)| alive.contains(id.as_str())) {
        any = true;
        let cells: [Cell; 4] = [
            id.as_str().into(),
            last.at.as_millis().into(),
            last.address.to_string().into(),
            signed(last.calls).into(),
        ];
        insert.values_panic(cells.map(Expr::from));
    }
    if !any {
        return Ok(());
    }
    insert.on_conflict(
        OnConflict::column("token_id")
            .value("calls", Expr::col((TOKEN_USE.name, "calls")).add(Expr::col(("excluded", "calls"))))
            .value("address", if_newer("address"))
            .value("at", if_newer("at"))
            .to_owned(),
    );
    transaction.run(&insert).await.map(drop)
}

/// The new value where the new use is not older than the known one.
fn if_newer(column: &'static str) -> CaseStatement {
    let newer = Expr::col(("excluded", "at")).gte(Expr::col((TOKEN_USE.name, "at")));
    Expr::case(newer, Expr::col(("excluded", column))).finally(Expr::col((TOKEN_USE.name, column)))
}
