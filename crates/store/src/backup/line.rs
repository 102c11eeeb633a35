//! One line of a backup: a row of a table.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Trailer;
use crate::row::{Cell, Column, Table, Type};

/// A line behind the first.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Line {
    /// A row.
    Row {
        /// Its table.
        table: String,
        /// Its columns.
        row: Map<String, Value>,
    },
    /// The end.
    End {
        /// How much there was.
        end: Trailer,
    },
    /// Neither.
    Unknown(Value),
}

/// A row in words.
pub(super) fn row_of(table: &Table, cells: Vec<Cell>, seal: Option<Vec<u8>>) -> Line {
    let mut row = Map::new();
    for (column, cell) in table.columns.iter().zip(cells) {
        let value = match cell {
            Cell::Null(_) => continue,
            Cell::Text(text) => Value::String(text),
            Cell::Int(number) => Value::from(number),
            Cell::Bytes(bytes) => Value::String(STANDARD.encode(bytes)),
        };
        row.insert(column.0.to_owned(), value);
    }
    if let Some(seal) = seal {
        row.insert("seal".to_owned(), Value::String(STANDARD.encode(seal)));
    }
    Line::Row { table: table.name.to_owned(), row }
}

/// The row that words say, in the order of the table's columns, with its seal.
pub(super) fn cells_of(table: &Table, mut row: Map<String, Value>) -> Option<(Vec<Cell>, Option<Vec<u8>>)> {
    let seal = match row.remove("seal") {
        Some(seal) if table.sealed => Some(STANDARD.decode(seal.as_str()?).ok()?),
        None if !table.sealed => None,
        _ => return None,
    };
    let mut cells = Vec::with_capacity(table.columns.len());
    for Column(name, of) in table.columns {
        cells.push(match (row.remove(*name), of) {
            (None, of) => Cell::Null(*of),
            (Some(Value::String(text)), Type::Text) => Cell::Text(text),
            (Some(Value::Number(number)), Type::Int) => Cell::Int(number.as_i64()?),
            (Some(Value::String(text)), Type::Bytes) => Cell::Bytes(STANDARD.decode(text).ok()?),
            _ => return None,
        });
    }
    // A column this binary does not know would be lost in silence.
    row.is_empty().then_some((cells, seal))
}
