//! Tables by column, in memory and in files.
//!
//! A [`Table`] is filled row by row and then written as a row group of a Parquet file ([`write`]), or read back from
//! one column by column ([`read`]). Whoever asks looks at [`Part`]s and does not know which it is.

use std::borrow::Cow;

pub(crate) mod parquet_pages;
pub(crate) mod read;
pub(crate) mod words;
pub(crate) mod write;

pub(crate) use words::Words;

/// What a column holds, and how it lies in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Texts that repeat: a dictionary and the places in it. The empty text stands for none.
    Word,
    /// Texts that rarely repeat.
    Text,
    /// Unsigned, 32 bits.
    Int32,
    /// Signed, 64 bits.
    Int64,
    /// Milliseconds since 1970 in UTC.
    Moment,
    /// A UUID.
    Uuid,
    /// Bytes that repeat: a dictionary and the places in it.
    Blob,
}

/// A column: its name in files, and its kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column(pub(crate) &'static str, pub(crate) Kind);

/// The values of a column.
#[derive(Clone, Debug)]
pub(crate) enum Values {
    Words { words: Words, ids: Vec<u32> },
    Texts { bytes: Vec<u8>, ends: Vec<u32> },
    Int32(Vec<u32>),
    Int64(Vec<i64>),
    Uuids(Vec<[u8; 16]>),
}

impl Values {
    pub(crate) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Word | Kind::Blob => Self::Words { words: Words::default(), ids: Vec::new() },
            Kind::Text => Self::Texts { bytes: Vec::new(), ends: Vec::new() },
            Kind::Int32 => Self::Int32(Vec::new()),
            Kind::Int64 | Kind::Moment => Self::Int64(Vec::new()),
            Kind::Uuid => Self::Uuids(Vec::new()),
        }
    }

    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::Words { ids, .. } => ids.len(),
            Self::Texts { ends, .. } => ends.len(),
            Self::Int32(values) => values.len(),
            Self::Int64(values) => values.len(),
            Self::Uuids(values) => values.len(),
        }
    }

    /// The places in the dictionary, and the dictionary; empty for a column of another kind.
    pub(crate) fn words(&self) -> (&Words, &[u32]) {
        static NONE: std::sync::LazyLock<Words> = std::sync::LazyLock::new(Words::default);
        match self {
            Self::Words { words, ids } => (words, ids),
            _ => (&NONE, &[]),
        }
    }

    pub(crate) fn int32(&self) -> &[u32] {
        if let Self::Int32(values) = self { values } else { &[] }
    }

    pub(crate) fn int64(&self) -> &[i64] {
        if let Self::Int64(values) = self { values } else { &[] }
    }

    pub(crate) fn uuids(&self) -> &[[u8; 16]] {
        if let Self::Uuids(values) = self { values } else { &[] }
    }

    /// The bytes of a row of a column of texts, words or blobs.
    pub(crate) fn bytes(&self, row: usize) -> &[u8] {
        match self {
            Self::Words { words, ids } => ids.get(row).map_or(&[], |id| words.bytes(*id)),
            Self::Texts { bytes, ends } => {
                let begin = row.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
                ends.get(row).and_then(|end| bytes.get(begin as usize..*end as usize)).unwrap_or_default()
            }
            _ => &[],
        }
    }

    pub(crate) fn text(&self, row: usize) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes(row))
    }

    pub(crate) fn push_bytes(&mut self, value: &[u8]) {
        match self {
            Self::Words { words, ids } => ids.push(words.intern(value)),
            Self::Texts { bytes, ends } => {
                bytes.extend_from_slice(value);
                ends.push(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
            }
            _ => {}
        }
    }

    /// Takes over a value by its place in the dictionary.
    pub(crate) fn push_id(&mut self, id: u32) {
        if let Self::Words { ids, .. } = self {
            ids.push(id);
        }
    }

    pub(crate) fn push_int32(&mut self, value: u32) {
        if let Self::Int32(values) = self {
            values.push(value);
        }
    }

    pub(crate) fn push_int64(&mut self, value: i64) {
        if let Self::Int64(values) = self {
            values.push(value);
        }
    }

    pub(crate) fn push_uuid(&mut self, value: [u8; 16]) {
        if let Self::Uuids(values) = self {
            values.push(value);
        }
    }

    /// Forgets the rows and keeps the dictionary.
    pub(crate) fn clear_rows(&mut self) {
        match self {
            Self::Words { ids, .. } => ids.clear(),
            Self::Texts { bytes, ends } => {
                bytes.clear();
                ends.clear();
            }
            Self::Int32(values) => values.clear(),
            Self::Int64(values) => values.clear(),
            Self::Uuids(values) => values.clear(),
        }
    }

    pub(crate) fn intern(&mut self, value: &[u8]) -> u32 {
        if let Self::Words { words, .. } = self { words.intern(value) } else { 0 }
    }

    /// Appends the rows of `other` that `rows` names.
    pub(crate) fn append(&mut self, other: &Values, rows: &[u32]) {
        match (self, other) {
            (Self::Words { words, ids }, Self::Words { words: theirs, ids: their_ids }) => {
                let mut ours: Vec<u32> = vec![u32::MAX; theirs.len()];
                for row in rows {
                    let Some(their_id) = their_ids.get(*row as usize) else { continue };
                    let Some(our_id) = ours.get_mut(*their_id as usize) else { continue };
                    if *our_id == u32::MAX {
                        *our_id = words.intern(theirs.bytes(*their_id));
                    }
                    ids.push(*our_id);
                }
            }
            (Self::Int32(ours), Self::Int32(theirs)) => pick(ours, theirs, rows),
            (Self::Int64(ours), Self::Int64(theirs)) => pick(ours, theirs, rows),
            (Self::Uuids(ours), Self::Uuids(theirs)) => pick(ours, theirs, rows),
            (ours @ Self::Texts { .. }, theirs @ Self::Texts { .. }) => {
                for row in rows {
                    ours.push_bytes(theirs.bytes(*row as usize));
                }
            }
            _ => {}
        }
    }
}

impl Values {
    /// Appends all of `other`.
    pub(crate) fn append_all(&mut self, other: &Values) {
        let rows: Vec<u32> = (0..u32::try_from(other.rows()).unwrap_or(u32::MAX)).collect();
        self.append(other, &rows);
    }
}

fn pick<T: Copy>(ours: &mut Vec<T>, theirs: &[T], rows: &[u32]) {
    ours.extend(rows.iter().filter_map(|row| theirs.get(*row as usize)));
}

/// Rows by column.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) schema: &'static [Column],
    pub(crate) columns: Vec<Values>,
}

impl Table {
    pub(crate) fn new(schema: &'static [Column]) -> Self {
        Self { schema, columns: schema.iter().map(|column| Values::new(column.1)).collect() }
    }

    pub(crate) fn rows(&self) -> usize {
        self.columns.first().map_or(0, Values::rows)
    }

    /// All of a part, dictionaries as they are.
    pub(crate) fn of(schema: &'static [Column], part: &dyn Part) -> Result<Self, Damage> {
        let columns = (0..schema.len()).map(|index| part.column(index).map(Cow::into_owned));
        Ok(Self { schema, columns: columns.collect::<Result<_, _>>()? })
    }

    /// Appends the rows of a table that `rows` names.
    pub(crate) fn append_in_memory(&mut self, other: &Table, rows: &[u32]) {
        for (column, theirs) in self.columns.iter_mut().zip(&other.columns) {
            column.append(theirs, rows);
        }
    }

    /// Appends the rows of `part` that `rows` names, in ascending order.
    pub(crate) fn append(&mut self, part: &dyn Part, rows: &[u32]) -> Result<(), Damage> {
        for (index, column) in self.columns.iter_mut().enumerate() {
            let theirs = part.values_of(index, rows)?;
            if theirs.rows() == rows.len() {
                column.append_all(&theirs);
            } else {
                column.append(&theirs, rows);
            }
        }
        Ok(())
    }
}

/// Rows that can be looked at by column, wherever they lie.
pub(crate) trait Part: Sync {
    fn rows(&self) -> usize;

    /// The file it lies in, if it does.
    fn path(&self) -> Option<&std::path::Path> {
        None
    }

    /// The values of the column with this number in the schema.
    fn column(&self, index: usize) -> Result<Cow<'_, Values>, Damage>;

    /// The values of these rows, in ascending order: either those alone, or the whole column where that is at hand.
    fn values_of(&self, index: usize, rows: &[u32]) -> Result<Cow<'_, Values>, Damage> {
        let _ = rows;
        self.column(index)
    }

    /// The words of the column alone, where they can be had for less than the whole.
    fn words(&self, index: usize) -> Result<Option<Words>, Damage> {
        let _ = index;
        Ok(None)
    }
}

impl Part for Table {
    fn rows(&self) -> usize {
        Table::rows(self)
    }

    fn column(&self, index: usize) -> Result<Cow<'_, Values>, Damage> {
        Ok(Cow::Borrowed(&self.columns[index]))
    }
}

/// A file is not what it should be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Damage {
    /// It cannot be read at all.
    #[error("it cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// It is not whole, or not of this format.
    #[error("it is damaged: {0}")]
    Content(String),
}

impl Damage {
    pub(crate) fn content(what: impl ToString) -> Self {
        Self::Content(what.to_string())
    }
}
