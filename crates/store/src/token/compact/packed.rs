//! Many token rows of SQLite as one value: the driver hands over each row by itself and copies each value of it, and of a
//! million tokens that takes longer than all else.
//!
//! A row is what its seal says, wherever it was cut from the value: texts that fit the seal are the ones that were
//! sealed. Where anything does not fit, the rows are read again one by one.

use keyward_model::integrity::Mac;
use keyward_model::token::{CompactToken, SharedParts, StoredCompactToken};
use sea_orm::sea_query::{Expr, Query, SelectStatement};

use super::super::{DOCUMENT, document_and_hash};
use crate::row::{Cell, Type, equal};
use crate::tables::TOKEN;

/// Stands between rows.
const ROWS: char = '\u{1d}';
/// Stands for a column that holds nothing.
const NULL: &str = "\u{1e}";
/// Stands between columns.
const COLUMNS: char = '\u{1f}';

/// Each row as one text: its columns and its seal, bytes in hexadecimal.
pub(super) fn rows(place: &'static str) -> SelectStatement {
    let text = |name: &str, of: Type| match of {
        Type::Bytes => format!("ifnull(hex(token.{name}), char(30))"),
        Type::Text | Type::Int => format!("ifnull(token.{name}, char(30))"),
    };
    let columns = TOKEN.columns.iter().map(|column| text(column.0, column.1));
    let columns: Vec<String> = columns.chain([text("seal", Type::Bytes)]).collect();
    let mut select = Query::select();
    select.expr_as(Expr::col((TOKEN.name, place)), "place");
    select.expr_as(Expr::cust(columns.join(" || char(31) || ")), "packed");
    select.from(TOKEN.name).to_owned()
}

/// All of `rows` as one row: `last`, the highest place; `number`, how many there are; `page`, their texts.
pub(super) fn page(rows: SelectStatement) -> SelectStatement {
    Query::select()
        .expr_as(Expr::cust("max(place)"), "last")
        .expr_as(Expr::cust("count(*)"), "number")
        .expr_as(Expr::cust("group_concat(packed, char(29))"), "page")
        .from_subquery(rows, "rows")
        .to_owned()
}

/// The tokens of a page, if every one fits its seal.
pub(super) fn read(page: &str, number: usize, mac: &dyn Mac, parts: &SharedParts) -> Option<Vec<StoredCompactToken>> {
    let mut tokens = Vec::with_capacity(number);
    let mut encoded = Vec::with_capacity(4096);
    for row in page.split(ROWS) {
        tokens.push(token(row, &mut encoded, mac, parts)?);
    }
    (tokens.len() == number).then_some(tokens)
}

fn token(row: &str, encoded: &mut Vec<u8>, mac: &dyn Mac, parts: &SharedParts) -> Option<StoredCompactToken> {
    let mut texts = row.split(COLUMNS);
    let mut ends = [0; TOKEN.columns.len()];
    let mut tail = Vec::with_capacity(TOKEN.columns.len() - DOCUMENT);
    encoded.clear();
    for (place, (column, end)) in TOKEN.columns.iter().zip(&mut ends).enumerate() {
        let text = texts.next()?;
        let cell = match column.1 {
            _ if text == NULL => Cell::Null(column.1),
            Type::Int => Cell::Int(text.parse().ok()?),
            Type::Bytes => Cell::Bytes(bytes(text)?),
            Type::Text if place >= DOCUMENT => Cell::Text(text.to_owned()),
            Type::Text => {
                Cell::encode_text(text, encoded);
                *end = encoded.len();
                continue;
            }
        };
        cell.encode(encoded);
        *end = encoded.len();
        if place >= DOCUMENT {
            tail.push(cell);
        }
    }
    let seal = bytes(texts.next()?)?;
    if texts.next().is_some() || !equal(&seal, &TOKEN.seal_encoded(encoded, &ends, mac)) {
        return None;
    }
    let (document, hash) = document_and_hash(tail.into_iter())?;
    let (token, team, app) = CompactToken::read(&document, parts).ok()?;
    Some(StoredCompactToken { token, team, app, hash })
}

/// What hexadecimal digits, as SQLite writes them, stand for.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect())?
}
