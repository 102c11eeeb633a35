//! Parquet files read column by column, straight from their pages.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageReader};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::properties::ReaderProperties;
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::file::statistics::Statistics;

use super::parquet_pages::{ids, join, join_numbers, texts};
use super::{Column, Damage, Kind, Part, Values, Words};

/// Rows that a page may claim to have: what is damaged must not ask for all memory.
const MOST_ROWS: usize = 1 << 22;

/// A file whose footer has been read.
#[derive(Clone, Debug)]
pub(crate) struct ColumnFile {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    metadata: Arc<ParquetMetaData>,
}

impl ColumnFile {
    /// Reads the footer of a file, which must be of this schema.
    pub(crate) fn open(path: &Path, schema: &'static [Column]) -> Result<Self, Damage> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&file).map_err(Damage::content)?;
        let columns = metadata.file_metadata().schema_descr().columns();
        if !columns.iter().map(|column| column.name()).eq(schema.iter().map(|column| column.0)) {
            return Err(Damage::content("it has other columns than this version of Keyward knows"));
        }
        for group in metadata.row_groups() {
            for column in group.columns() {
                let (start, length) = column.byte_range();
                if start.saturating_add(length) > bytes {
                    return Err(Damage::content("it ends before its last page"));
                }
            }
        }
        Ok(Self { path: path.to_owned(), bytes, metadata: Arc::new(metadata) })
    }

    /// Its row groups.
    pub(crate) fn groups(&self, schema: &'static [Column]) -> Result<Vec<Group>, Damage> {
        let file = Shared(Arc::new(File::open(&self.path)?));
        Ok((0..self.metadata.num_row_groups())
            .map(|number| Group { of: self.clone(), file: file.clone(), number, schema })
            .collect())
    }

    /// How many rows it has.
    pub(crate) fn rows(&self) -> u64 {
        u64::try_from(self.metadata.file_metadata().num_rows()).unwrap_or(0)
    }

    /// First and last moment of the column with this number, over all row groups.
    pub(crate) fn range(&self, column: usize) -> Option<(i64, i64)> {
        let ranges = (0..self.metadata.num_row_groups()).filter_map(|group| range(&self.metadata, group, column));
        ranges.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    }

    /// What was noted in the footer.
    pub(crate) fn note(&self, key: &str) -> Option<&str> {
        let notes = self.metadata.file_metadata().key_value_metadata()?;
        notes.iter().find(|note| note.key == key)?.value.as_deref()
    }
}

/// A file read at places, so that threads that share it do not move each other's.
#[derive(Clone, Debug)]
struct Shared(Arc<File>);

/// Reads on from a place.
struct ReadFrom {
    file: Shared,
    at: u64,
}

impl Length for Shared {
    fn len(&self) -> u64 {
        self.0.metadata().map_or(0, |metadata| metadata.len())
    }
}

impl ChunkReader for Shared {
    type T = BufReader<ReadFrom>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        // Page headers are all that is read so, and they are short.
        Ok(BufReader::with_capacity(256, ReadFrom { file: self.clone(), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let mut bytes = vec![0; length];
        self.0.read_exact_at(&mut bytes, start)?;
        Ok(Bytes::from(bytes))
    }
}

impl Read for ReadFrom {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.0.read_at(into, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// A row group of a file.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    of: ColumnFile,
    file: Shared,
    number: usize,
    schema: &'static [Column],
}

impl Group {
    /// First and last moment of the column with this number.
    pub(crate) fn range(&self, column: usize) -> (i64, i64) {
        range(&self.of.metadata, self.number, column).unwrap_or((i64::MIN, i64::MAX))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.of.path
    }

    fn pages(&self, column: usize) -> Result<SerializedPageReader<Shared>, Damage> {
        let group = self.of.metadata.row_group(self.number);
        let properties = Arc::new(ReaderProperties::builder().build());
        let (file, rows) = (Arc::new(self.file.clone()), Part::rows(self));
        SerializedPageReader::new_with_properties(file, group.column(column), rows, None, properties)
            .map_err(Damage::content)
    }
}

impl Group {
    /// The pages of a column out of one read, for whoever wants them all.
    fn all_pages(&self, column: usize) -> Result<SerializedPageReader<Chunk>, Damage> {
        let group = self.of.metadata.row_group(self.number);
        let (start, length) = group.column(column).byte_range();
        let length = usize::try_from(length).map_err(Damage::content)?;
        let bytes = self.file.get_bytes(start, length).map_err(Damage::content)?;
        let chunk = Arc::new(Chunk { start, bytes });
        let properties = Arc::new(ReaderProperties::builder().build());
        SerializedPageReader::new_with_properties(chunk, group.column(column), Part::rows(self), None, properties)
            .map_err(Damage::content)
    }
}

/// The bytes of a column, known by their place in the file.
struct Chunk {
    start: u64,
    bytes: Bytes,
}

impl Chunk {
    fn from(&self, place: u64) -> parquet::errors::Result<usize> {
        let within = place.checked_sub(self.start).and_then(|within| usize::try_from(within).ok());
        let within = within.filter(|within| *within <= self.bytes.len());
        within.ok_or_else(|| ParquetError::EOF("a page lies outside of its column".to_owned()))
    }
}

impl Length for Chunk {
    fn len(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

impl ChunkReader for Chunk {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(self.bytes.slice(self.from(start)?..).reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let from = self.from(start)?;
        let to = from.checked_add(length).filter(|to| *to <= self.bytes.len());
        let to = to.ok_or_else(|| ParquetError::EOF("a page ends outside of its column".to_owned()))?;
        Ok(self.bytes.slice(from..to))
    }
}

impl Part for Group {
    fn path(&self) -> Option<&Path> {
        Some(&self.of.path)
    }

    fn rows(&self) -> usize {
        usize::try_from(self.of.metadata.row_group(self.number).num_rows()).unwrap_or(0)
    }

    fn column(&self, index: usize) -> Result<Cow<'_, Values>, Damage> {
        let mut values = Values::new(self.schema[index].1);
        let mut pages = self.all_pages(index)?;
        while let Some(page) = pages.get_next_page().map_err(Damage::content)? {
            take(page, &mut values)?;
        }
        if values.rows() != Part::rows(self) {
            return Err(Damage::content("a column has another length than the others"));
        }
        Ok(Cow::Owned(values))
    }

    fn values_of(&self, index: usize, rows: &[u32]) -> Result<Cow<'_, Values>, Damage> {
        // Where most pages hold one of the rows, all of them are read.
        if rows.len() * 4 > Part::rows(self) {
            return self.column(index);
        }
        let mut picked = Values::new(self.schema[index].1);
        let mut page_values = Values::new(self.schema[index].1);
        let (mut pages, mut begin, mut wanted) = (self.pages(index)?, 0u32, rows);
        while !wanted.is_empty() {
            let Some(next) = pages.peek_next_page().map_err(Damage::content)? else { break };
            let count = if next.is_dict { 0 } else { next.num_rows.or(next.num_levels).unwrap_or(0) };
            let end = begin + u32::try_from(count).unwrap_or(u32::MAX);
            let here = wanted.partition_point(|row| *row < end);
            if here == 0 && !next.is_dict {
                pages.skip_next_page().map_err(Damage::content)?;
            } else {
                let page = pages.get_next_page().map_err(Damage::content)?;
                take(page.ok_or_else(|| Damage::content("a page is missing"))?, &mut page_values)?;
                let within: Vec<u32> = wanted[..here].iter().map(|row| row - begin).collect();
                picked.append(&page_values, &within);
                page_values.clear_rows();
                wanted = &wanted[here..];
            }
            begin = end;
        }
        if picked.rows() != rows.len() {
            return Err(Damage::content("a column has another length than the others"));
        }
        Ok(Cow::Owned(picked))
    }

    fn words(&self, index: usize) -> Result<Option<Words>, Damage> {
        if !matches!(self.schema[index].1, Kind::Word | Kind::Blob) {
            return Ok(None);
        }
        match self.pages(index)?.get_next_page().map_err(Damage::content)? {
            Some(page @ Page::DictionaryPage { .. }) => dictionary(&page).map(Some),
            _ => Ok(None),
        }
    }
}

fn range(metadata: &ParquetMetaData, group: usize, column: usize) -> Option<(i64, i64)> {
    match metadata.row_group(group).columns().get(column)?.statistics()? {
        Statistics::Int64(statistics) => Some((*statistics.min_opt()?, *statistics.max_opt()?)),
        _ => None,
    }
}

fn dictionary(page: &Page) -> Result<Words, Damage> {
    let (mut bytes, mut ends) = (Vec::new(), Vec::new());
    texts(page.buffer(), page.num_values() as usize, &mut bytes, &mut ends)?;
    Ok(Words::of(bytes, ends))
}

fn take(page: Page, values: &mut Values) -> Result<(), Damage> {
    let (bytes, rows) = (page.buffer(), page.num_values() as usize);
    if rows > MOST_ROWS && !page.is_dictionary_page() {
        return Err(Damage::content("a page claims more rows than pages have"));
    }
    match (values, page.encoding()) {
        (Values::Words { words, .. }, _) if page.is_dictionary_page() => {
            *words = dictionary(&page)?;
        }
        (Values::Words { words, ids: into }, Encoding::RLE_DICTIONARY) => ids(bytes, rows, words.len(), into)?,
        (Values::Texts { bytes: into, ends }, Encoding::PLAIN) => texts(bytes, rows, into, ends)?,
        (Values::Int32(values), Encoding::BYTE_STREAM_SPLIT) => {
            let start = values.len();
            values.resize(start + rows, 0);
            join_numbers::<4, u32>(bytes, &mut values[start..], |value, shift| u32::from(value) << shift)?;
        }
        (Values::Int64(values), Encoding::BYTE_STREAM_SPLIT) => {
            let start = values.len();
            values.resize(start + rows, 0);
            join_numbers::<8, i64>(bytes, &mut values[start..], |value, shift| i64::from(value) << shift)?;
        }
        (Values::Uuids(values), Encoding::BYTE_STREAM_SPLIT) => values.extend(join::<16>(bytes, rows)?),
        (_, encoding) => return Err(Damage::content(format!("a page is encoded as {encoding}, which is not ours"))),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{Table, write};

    static SCHEMA: [Column; 2] = [Column("number", Kind::Int64), Column("word", Kind::Word)];

    #[test]
    fn row_groups_of_a_file_are_read_by_many_threads_at_once() {
        let table = |group: i64| {
            let mut table = Table::new(&SCHEMA);
            for row in 0..5000 {
                table.columns[0].push_int64(group * 10_000 + row);
                table.columns[1].push_bytes(format!("{group} {}", row % 7).as_bytes());
            }
            table
        };
        let tables: Vec<Table> = (0..8).map(table).collect();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        write::write(&path, &tables.iter().collect::<Vec<_>>(), &[]).unwrap();
        let groups = ColumnFile::open(&path, &SCHEMA).unwrap().groups(&SCHEMA).unwrap();
        let look = |round: usize| {
            for number in 0..groups.len() {
                let number = (number + round) % groups.len();
                let (group, table) = (&groups[number], &tables[number]);
                assert_eq!(group.column(0).unwrap().int64(), table.columns[0].int64());
                let some = group.values_of(1, &[3, 4000]).unwrap();
                assert_eq!([some.bytes(0), some.bytes(1)], [table.columns[1].bytes(3), table.columns[1].bytes(4000)]);
            }
        };
        std::thread::scope(|scope| (0..8).for_each(|round| drop(scope.spawn(move || look(round)))));
    }
}
