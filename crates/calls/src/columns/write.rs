//! A Parquet file out of tables: one row group each, in pages short enough that one row is read without
//! the others of its group.
//!
//! The pages are encoded here and not by the library's column writers, because a table has its dictionaries already:
//! hashing every value of every column once more would be most of the cost of a record. Headers and footer are the
//! library's, and any Parquet reader reads the file.

use std::borrow::Borrow;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, KeyValue};
use parquet::file::properties::WriterProperties;
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use parquet::schema::types::{ColumnDescPtr, Type};

use super::parquet_pages::{bits_for, put_ids, put_texts, split};
use super::{Column, Kind, Table, Values};

/// Rows of a page, where there are texts: tables of those are asked for single rows. All others are read as a whole.
const PAGE: usize = 16_384;
const LONG_PAGE: usize = 131_072;

/// Level of zstd: on such pages level 3 saves nothing, and costs a sixth more.
const LEVEL: i32 = 1;

/// Writes `tables`, all of one schema, to a new file and to the disk, with `notes` in its footer. Nobody sees the
/// file under its name before it is whole.
pub(crate) fn write(path: &Path, tables: &[&Table], notes: &[(&str, String)]) -> io::Result<()> {
    let Some(first) = tables.first() else { return Ok(()) };
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    std::fs::create_dir_all(folder)?;
    let unfinished = path.with_extension("unfinished");
    let file = File::create(&unfinished)?;
    let notes = notes.iter().map(|(key, value)| KeyValue::new((*key).to_owned(), value.clone())).collect();
    let written = to_parquet(file, first.schema, tables.iter().copied(), notes).map_err(io_error)?;
    written.sync_all()?;
    std::fs::rename(&unfinished, path)?;
    // The new name itself.
    File::open(folder)?.sync_all()
}

/// Writes `tables` to `sink` as one Parquet file.
pub(crate) fn to_parquet<W: io::Write + Send>(
    sink: W,
    schema: &'static [Column],
    tables: impl IntoIterator<Item: Borrow<Table>>,
    notes: Vec<KeyValue>,
) -> Result<W, ParquetError> {
    let properties = WriterProperties::builder().set_key_value_metadata(Some(notes)).build();
    let mut file = SerializedFileWriter::new(sink, Arc::new(parquet_schema(schema)?), Arc::new(properties))?;
    let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
    // A page says when a bit of it has flipped.
    compressor.include_checksum(true)?;
    for table in tables {
        let table = table.borrow();
        if table.rows() == 0 {
            continue;
        }
        let columns: Vec<ColumnDescPtr> = file.schema_descr().columns().to_vec();
        let mut group = file.next_row_group()?;
        let texts = table.schema.iter().any(|column| column.1 == Kind::Text);
        let page_rows = if texts { PAGE } else { LONG_PAGE };
        for (values, (column, description)) in table.columns.iter().zip(table.schema.iter().zip(columns)) {
            let (bytes, close) = chunk(values, *column, description, page_rows, &mut compressor)?;
            group.append_column(&bytes, close)?;
        }
        group.close()?;
    }
    file.into_inner()
}

fn chunk(
    values: &Values,
    column: Column,
    description: ColumnDescPtr,
    page_rows: usize,
    compressor: &mut zstd::bulk::Compressor<'static>,
) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
    let rows = u32::try_from(values.rows()).map_err(|_| ParquetError::General("too many rows".to_owned()))?;
    let mut sink = TrackedWrite::new(Vec::new());
    let (mut unpacked, mut data_offset, mut dictionary_offset) = (0, None, None);
    {
        let mut pages = SerializedPageWriter::new(&mut sink);
        let mut page = |page: &[u8], encoding: Option<Encoding>, count: u32| -> Result<(), ParquetError> {
            let buf = Bytes::from(compressor.compress(page)?);
            let written = match encoding {
                None => Page::DictionaryPage { buf, num_values: count, encoding: Encoding::PLAIN, is_sorted: false },
                Some(encoding) => Page::DataPage {
                    buf,
                    num_values: count,
                    encoding,
                    def_level_encoding: Encoding::RLE,
                    rep_level_encoding: Encoding::RLE,
                    statistics: None,
                },
            };
            let spec = pages.write_page(CompressedPage::new(written, page.len()))?;
            unpacked += spec.uncompressed_size;
            match encoding {
                None => dictionary_offset = Some(spec.offset),
                Some(_) => data_offset = data_offset.or(Some(spec.offset)),
            }
            Ok(())
        };
        let mut bytes = Vec::new();
        let mut bits = 0;
        if let Values::Words { words, .. } = values {
            put_texts(words.iter(), &mut bytes);
            page(&bytes, None, u32::try_from(words.len()).unwrap_or(u32::MAX))?;
            bits = bits_for(words.len());
        }
        for begin in (0..values.rows()).step_by(page_rows) {
            let rows = begin..(begin + page_rows).min(values.rows());
            bytes.clear();
            let encoding = match values {
                Values::Words { ids, .. } => {
                    put_ids(&ids[rows.clone()], bits, &mut bytes);
                    Encoding::RLE_DICTIONARY
                }
                Values::Texts { .. } => {
                    put_texts(rows.clone().map(|row| values.bytes(row)), &mut bytes);
                    Encoding::PLAIN
                }
                Values::Int32(values) => {
                    split(values[rows.clone()].iter().map(|value| value.to_le_bytes()), &mut bytes);
                    Encoding::BYTE_STREAM_SPLIT
                }
                Values::Int64(values) => {
                    split(values[rows.clone()].iter().map(|value| value.to_le_bytes()), &mut bytes);
                    Encoding::BYTE_STREAM_SPLIT
                }
                Values::Uuids(values) => {
                    split(values[rows.clone()].iter().copied(), &mut bytes);
                    Encoding::BYTE_STREAM_SPLIT
                }
            };
            page(&bytes, Some(encoding), u32::try_from(rows.len()).unwrap_or(u32::MAX))?;
        }
        pages.close()?;
    }
    let bytes = sink.into_inner()?;
    let mut encodings = vec![Encoding::RLE];
    encodings.push(match column.1 {
        Kind::Word | Kind::Blob => Encoding::RLE_DICTIONARY,
        Kind::Text => Encoding::PLAIN,
        Kind::Int32 | Kind::Int64 | Kind::Moment | Kind::Uuid => Encoding::BYTE_STREAM_SPLIT,
    });
    if dictionary_offset.is_some() {
        encodings.push(Encoding::PLAIN);
    }
    let offset = |offset: u64| i64::try_from(offset).unwrap_or(i64::MAX);
    let mut metadata = ColumnChunkMetaData::builder(description)
        .set_encodings(encodings)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?))
        .set_num_values(i64::from(rows))
        .set_total_compressed_size(offset(bytes.len() as u64))
        .set_total_uncompressed_size(offset(unpacked as u64))
        .set_data_page_offset(offset(data_offset.unwrap_or(0)))
        .set_dictionary_page_offset(dictionary_offset.map(offset));
    if let (Values::Int64(values), Kind::Moment) = (values, column.1) {
        let (first, last) = (values.iter().min().copied(), values.iter().max().copied());
        metadata = metadata.set_statistics(Statistics::int64(first, last, None, Some(0), false));
    }
    let close = ColumnCloseResult {
        bytes_written: bytes.len() as u64,
        rows_written: u64::from(rows),
        metadata: metadata.build()?,
        bloom_filter: None,
        column_index: None,
        offset_index: None,
    };
    Ok((Bytes::from(bytes), close))
}

fn parquet_schema(schema: &[Column]) -> Result<Type, ParquetError> {
    let fields = schema
        .iter()
        .map(|Column(name, kind)| {
            let (physical, logical, length) = match kind {
                Kind::Word | Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String), None),
                Kind::Blob => (Physical::BYTE_ARRAY, None, None),
                Kind::Int32 => {
                    let unsigned = LogicalType::integer(32, false);
                    (Physical::INT32, Some(unsigned), None)
                }
                Kind::Int64 => (Physical::INT64, None, None),
                Kind::Moment => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS)), None),
                Kind::Uuid => (Physical::FIXED_LEN_BYTE_ARRAY, Some(LogicalType::Uuid), Some(16)),
            };
            let mut builder = Type::primitive_type_builder(name, physical)
                .with_repetition(Repetition::REQUIRED)
                .with_logical_type(logical);
            if let Some(length) = length {
                builder = builder.with_length(length);
            }
            builder.build().map(Arc::new)
        })
        .collect::<Result<Vec<_>, _>>()?;
    Type::group_type_builder("call").with_fields(fields).build()
}

pub(crate) fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}
