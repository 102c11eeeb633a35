//! Token rows of SQLite with most of their columns in one value: the driver copies each value of a row by itself, and of
//! a million tokens that takes longer than all else.
//!
//! A row is what its seal says, wherever its columns were cut: cells that fit the seal are the ones that were sealed. What
//! does not fit is read once more, column by column, before it counts as damaged.

use keyward_model::integrity::Mac;
use sea_orm::QueryResult;
use sea_orm::sea_query::{Expr, Query, SelectStatement};

use crate::row::{Cell, Type, equal};
use crate::tables::TOKEN;

/// Columns that have a value of their own: long ones, and bytes.
const ALONE: [&str; 3] = ["search", "doc", "hash_digest"];
/// Stands between the columns in the one value.
const BETWEEN: char = '\u{1f}';

/// Stands for a column that holds nothing.
const NULL: &str = "\u{1e}";

/// Number, packed columns, search, doc, digest and seal of all rows.
pub(super) fn select(row: &'static str) -> SelectStatement {
    let packed = TOKEN.columns.iter().map(|column| column.0).filter(|name| !ALONE.contains(name));
    let packed: Vec<String> = packed.map(|name| format!("ifnull(token.{name}, char(30))")).collect();
    let mut select = Query::select();
    select.expr_as(Expr::col((TOKEN.name, row)), row);
    select.expr_as(Expr::cust(packed.join(" || char(31) || ")), "packed");
    for name in ALONE.into_iter().chain(["seal"]) {
        select.column((TOKEN.name, name));
    }
    select.from(TOKEN.name);
    select
}

/// The cells of a row, if they are those that were sealed.
pub(super) fn cells(row: &QueryResult, mac: &dyn Mac) -> Option<Vec<Cell>> {
    let packed: String = row.try_get_by(1).ok()?;
    let mut packed = packed.split(BETWEEN);
    let cells = TOKEN.columns.iter().map(|column| {
        if let Some(place) = ALONE.iter().position(|name| *name == column.0) {
            return match column.1 {
                Type::Bytes => row.try_get_by::<Vec<u8>, _>(place + 2).ok().map(Cell::Bytes),
                _ => row.try_get_by::<String, _>(place + 2).ok().map(Cell::Text),
            };
        }
        Some(match (packed.next()?, column.1) {
            (NULL, of) => Cell::Null(of),
            (number, Type::Int) => Cell::Int(number.parse().ok()?),
            (text, _) => Cell::Text(text.to_owned()),
        })
    });
    let cells: Vec<Cell> = cells.collect::<Option<_>>()?;
    let seal: Vec<u8> = row.try_get_by(2 + ALONE.len()).ok()?;
    equal(&seal, &TOKEN.seal(&cells, mac)).then_some(cells)
}
