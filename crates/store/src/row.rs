//! Rows as they are: tables, their columns, what stands in them, and the seal that protects it.

use keyward_model::integrity::Mac;
use keyward_model::resource::Kind;
use sea_orm::sea_query::{
    DeleteStatement, Expr, ExprTrait, InsertStatement, Query, SelectStatement, UpdateStatement, Value,
};
use sea_orm::{ColIdx, QueryResult};

use crate::StoreError;

/// A table, as every query and every backup sees it.
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its columns but `seal`, in the order of the seal.
    pub(crate) columns: &'static [Column],
    /// How many of the first columns make up its key.
    pub(crate) key: usize,
    /// Whether its rows carry a `seal` over all other columns.
    pub(crate) sealed: bool,
    /// What a row is called in errors.
    pub(crate) noun: &'static str,
    /// What a row is, where it is something of its own.
    pub(crate) kind: Option<Kind>,
}

/// A column.
pub(crate) struct Column(pub(crate) &'static str, pub(crate) Type);

/// What a column holds. Every one but a key's may hold nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Int,
    Bytes,
}

/// What stands in a column of a row. No `Debug`: some of it nobody should see.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Null(Type),
    Text(String),
    Int(i64),
    Bytes(Vec<u8>),
}

impl Table {
    /// All columns of all rows.
    pub(crate) fn select(&self) -> SelectStatement {
        let mut select = Query::select();
        select.columns(self.columns.iter().map(|column| (self.name, column.0))).from(self.name);
        if self.sealed {
            select.column((self.name, "seal"));
        }
        select
    }

    /// A new row.
    pub(crate) fn insert(&self, cells: Vec<Cell>, mac: Option<&dyn Mac>) -> InsertStatement {
        let mut insert = Query::insert();
        insert.into_table(self.name);
        let seal = self.seal_of(&cells, mac);
        let columns = self.columns.iter().map(|column| column.0).chain(seal.is_some().then_some("seal"));
        insert.columns(columns);
        insert.values_panic(cells.into_iter().map(Expr::from).chain(seal.map(Expr::from)));
        insert
    }

    /// A row written anew, found by its key.
    pub(crate) fn update(&self, cells: Vec<Cell>, mac: Option<&dyn Mac>) -> UpdateStatement {
        let mut update = Query::update();
        update.table(self.name);
        if let Some(seal) = self.seal_of(&cells, mac) {
            update.value("seal", seal);
        }
        for (place, (column, cell)) in self.columns.iter().zip(cells).enumerate() {
            if place < self.key {
                update.and_where(Expr::col(column.0).eq(cell));
            } else {
                update.value(column.0, cell);
            }
        }
        update
    }

    /// All rows gone.
    pub(crate) fn delete(&self) -> DeleteStatement {
        Query::delete().from_table(self.name).to_owned()
    }

    fn seal_of(&self, cells: &[Cell], mac: Option<&dyn Mac>) -> Option<Vec<u8>> {
        mac.filter(|_| self.sealed).map(|mac| self.seal(cells, mac).to_vec())
    }

    /// The seal over a row.
    fn seal(&self, cells: &[Cell], mac: &dyn Mac) -> [u8; 32] {
        let mut encoded = Vec::with_capacity(cells.iter().map(Cell::room).sum());
        let ends: Vec<usize> = cells
            .iter()
            .map(|cell| {
                cell.encode(&mut encoded);
                encoded.len()
            })
            .collect();
        self.seal_encoded(&encoded, &ends, mac)
    }

    /// The seal over a row whose cells were encoded one behind the other, and end there.
    pub(crate) fn seal_encoded(&self, encoded: &[u8], ends: &[usize], mac: &dyn Mac) -> [u8; 32] {
        let mut parts: Vec<&[u8]> = Vec::with_capacity(ends.len() + 2);
        parts.extend([b"keyward row 1", self.name.as_bytes()]);
        let mut from = 0;
        for end in ends {
            parts.push(&encoded[from..*end]);
            from = *end;
        }
        mac.mac(&parts)
    }

    /// The cells of a row that a [`Table::select`] found, held against their seal.
    pub(crate) fn read(&self, row: &QueryResult, mac: Option<&dyn Mac>) -> Result<Vec<Cell>, StoreError> {
        let cells = self.read_unchecked(row).map_err(|()| self.corrupt(row))?;
        if self.sealed {
            let mac = mac.ok_or(StoreError::Unattached)?;
            let seal: Vec<u8> = row.try_get_by(self.columns.len()).map_err(|_| self.corrupt(row))?;
            if !equal(&seal, &self.seal(&cells, mac)) {
                return Err(self.corrupt(row));
            }
        }
        Ok(cells)
    }

    /// The cells of a row, whatever they are.
    pub(crate) fn read_unchecked(&self, row: &QueryResult) -> Result<Vec<Cell>, ()> {
        self.columns.iter().enumerate().map(|(place, Column(_, of))| cell(row, place, *of)).collect()
    }

    /// Says that a row is damaged, by its name as far as that can be read.
    pub(crate) fn corrupt(&self, row: &QueryResult) -> StoreError {
        StoreError::Corrupt { what: format!("{} {}", self.noun, self.key_of(row).join(" ")) }
    }

    /// The key of a row, as far as it can be read.
    pub(crate) fn key_of(&self, row: &QueryResult) -> Vec<String> {
        // By their names: this is for rows of any query.
        let keys = self.columns.iter().take(self.key);
        keys.map(|Column(name, of)| match cell(row, *name, *of) {
            Ok(Cell::Text(text)) => text,
            Ok(Cell::Int(number)) => number.to_string(),
            _ => "(unreadable)".to_owned(),
        })
        .collect()
    }
}

/// What stands in a column of a row; by its place where a [`Table::select`] found the row, which is faster.
fn cell<I: ColIdx>(row: &QueryResult, place: I, of: Type) -> Result<Cell, ()> {
    let cell = match of {
        Type::Text => row.try_get_by::<Option<String>, _>(place).map(|value| value.map(Cell::Text)),
        Type::Int => row.try_get_by::<Option<i64>, _>(place).map(|value| value.map(Cell::Int)),
        Type::Bytes => row.try_get_by::<Option<Vec<u8>>, _>(place).map(|value| value.map(Cell::Bytes)),
    };
    cell.map(|cell| cell.unwrap_or(Cell::Null(of))).map_err(drop)
}

/// Whether two seals are the same, in a time that does not depend on where they differ.
pub(crate) fn equal(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |differing, (l, r)| differing | (l ^ r)) == 0
}

impl Cell {
    /// Writes the cell as bytes that no other cell has.
    pub(crate) fn encode(&self, encoded: &mut Vec<u8>) {
        let (tag, bytes): (u8, &[u8]) = match self {
            Self::Null(_) => (0, &[]),
            Self::Text(text) => return Self::encode_text(text, encoded),
            Self::Int(number) => (2, &number.to_be_bytes()),
            Self::Bytes(bytes) => (3, bytes),
        };
        encoded.push(tag);
        encoded.extend_from_slice(bytes);
    }

    /// As [`Cell::encode`] of a text.
    pub(crate) fn encode_text(text: &str, encoded: &mut Vec<u8>) {
        encoded.push(1);
        encoded.extend_from_slice(text.as_bytes());
    }

    /// How many bytes [`Cell::encode`] writes at most.
    fn room(&self) -> usize {
        match self {
            Self::Text(text) => text.len() + 1,
            Self::Bytes(bytes) => bytes.len() + 1,
            Self::Null(_) | Self::Int(_) => 9,
        }
    }

    /// The text that must stand here.
    pub(crate) fn text(self) -> Option<String> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The text, where there may be none.
    pub(crate) fn optional_text(self) -> Option<Option<String>> {
        match self {
            Self::Text(text) => Some(Some(text)),
            Self::Null(_) => Some(None),
            _ => None,
        }
    }

    /// The number that must stand here.
    pub(crate) fn int(self) -> Option<i64> {
        if let Self::Int(number) = self { Some(number) } else { None }
    }

    /// The number, where there may be none.
    pub(crate) fn optional_int(self) -> Option<Option<i64>> {
        match self {
            Self::Int(number) => Some(Some(number)),
            Self::Null(_) => Some(None),
            _ => None,
        }
    }

    /// The bytes that must stand here.
    pub(crate) fn bytes(self) -> Option<Vec<u8>> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }
}

impl From<Cell> for Value {
    fn from(cell: Cell) -> Self {
        match cell {
            Cell::Null(Type::Text) => Value::String(None),
            Cell::Null(Type::Int) => Value::BigInt(None),
            Cell::Null(Type::Bytes) => Value::Bytes(None),
            Cell::Text(text) => Value::String(Some(text)),
            Cell::Int(number) => Value::BigInt(Some(number)),
            Cell::Bytes(bytes) => Value::Bytes(Some(bytes)),
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<Vec<u8>> for Cell {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Null(Type::Text), Self::Text)
    }
}

impl From<Option<i64>> for Cell {
    fn from(number: Option<i64>) -> Self {
        number.map_or(Self::Null(Type::Int), Self::Int)
    }
}

/// A count as the databases keep it.
pub(crate) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count as kept; damaged ones read as nothing.
pub(crate) fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
