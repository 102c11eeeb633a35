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
    // One function: joined by an operator, each column would have what stands before it copied once more.
    select.expr_as(Expr::cust(format!("concat_ws(char(31), {})", columns.join(", "))), "packed");
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
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let mut wrong = !rest.is_empty();
    let read = pairs.iter().map(|[high, low]| {
        let (high, low) = (DIGITS[usize::from(*high)], DIGITS[usize::from(*low)]);
        wrong |= (high | low) > 0xf;
        high << 4 | low
    });
    let read = read.collect();
    (!wrong).then_some(read)
}

/// What each byte is worth as a digit; more than 15 for one that is none.
const DIGITS: [u8; 256] = {
    let mut digits = [u8::MAX; 256];
    let mut value = 0;
    while value < 16 {
        digits[b"0123456789ABCDEF"[value as usize] as usize] = value;
        value += 1;
    }
    digits
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_of_whole_bytes_are_read() {
        assert_eq!(bytes("00FFA9"), Some(vec![0, 255, 0xa9]));
        assert_eq!(bytes(""), Some(Vec::new()));
        for other in ["0", "0g", "ff", " 1", "1 ", "é"] {
            assert_eq!(bytes(other), None, "{other}");
        }
    }
}
