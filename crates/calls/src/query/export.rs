//! Calls for other tools: as CSV, or as a Parquet file.

use std::io::{self, Write};

use keyward_store::{CallFilter, StoreError};

use super::Whose;
use super::list::groups;
use super::select::Wanted;
use crate::columns::read::Group;
use crate::columns::{Part, Table, Values, write};
use crate::files::CallFiles;
use crate::schema::{CALLS, call};

/// As what calls are exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Comma-separated, with a head line (RFC 4180). A cell that a spreadsheet would run as a formula is quoted with an
    /// apostrophe.
    Csv,
    /// A Parquet file with the same columns.
    Parquet,
}

/// Why an export ended.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// What was recorded cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody takes what is written.
    #[error("the export could not be written: {0}")]
    Sink(#[from] io::Error),
}

impl CallFiles {
    /// Writes the wanted calls to `sink` file by file, the oldest first; one file at a time is in memory. Answers how
    /// many calls they are.
    pub(crate) fn export(
        &self,
        whose: Whose,
        filter: &CallFilter,
        format: ExportFormat,
        sink: &mut (dyn Write + Send),
    ) -> Result<u64, ExportError> {
        let wanted = Wanted::new(whose, filter);
        let (active, waiting, mut groups) = {
            let state = self.shared.state();
            let active = wanted_of(&wanted, &state.active.calls).map_err(StoreError::from)?;
            (active, state.waiting.clone(), groups(&state, &wanted))
        };
        groups.sort_by_key(|group| group.range(call::AT));
        let mut calls = 0;
        let of_group = |group: &Group| {
            wanted_of(&wanted, group).unwrap_or_else(|damage| {
                self.damaged(group, &damage);
                Table::new(&CALLS)
            })
        };
        let of_segment = |segment: &std::sync::Arc<crate::segment::Segment>| {
            wanted_of(&wanted, &segment.calls).unwrap_or_else(|_| Table::new(&CALLS))
        };
        let tables = groups.iter().map(of_group).chain(waiting.iter().map(of_segment)).chain([active]);
        let tables = tables.inspect(|table| calls += table.rows() as u64);
        write_tables(tables, format, sink)?;
        Ok(calls)
    }
}

pub(crate) fn write_tables(
    tables: impl Iterator<Item = Table>,
    format: ExportFormat,
    sink: &mut (dyn Write + Send),
) -> io::Result<()> {
    match format {
        ExportFormat::Csv => csv(tables, sink),
        ExportFormat::Parquet => write::to_parquet(sink, &CALLS, tables, Vec::new()).map_err(write::io_error)?.flush(),
    }
}

fn wanted_of(wanted: &Wanted<'_>, part: &dyn Part) -> Result<Table, crate::columns::Damage> {
    let mut table = Table::new(&CALLS);
    table.append(part, &wanted.rows(part)?)?;
    Ok(table)
}

/// Calls as comma-separated lines.
fn csv(tables: impl Iterator<Item = Table>, sink: &mut (dyn Write + Send)) -> io::Result<()> {
    let head: Vec<&str> = CALLS.iter().map(|column| column.0).collect();
    write!(sink, "{}\r\n", head.join(","))?;
    let mut line = Vec::new();
    for table in tables {
        for row in 0..table.rows() {
            line.clear();
            for (number, values) in table.columns.iter().enumerate() {
                if number > 0 {
                    line.push(b',');
                }
                cell(values, number, row, &mut line)?;
            }
            line.extend_from_slice(b"\r\n");
            sink.write_all(&line)?;
        }
    }
    sink.flush()
}

fn cell(values: &Values, number: usize, row: usize, line: &mut Vec<u8>) -> io::Result<()> {
    match values {
        Values::Int64(values) if number == call::AT => {
            write!(line, "{}", keyward_model::Timestamp::from_millis(values[row]))
        }
        Values::Int64(values) => write!(line, "{}", values[row]),
        Values::Int32(values) => write!(line, "{}", values[row]),
        Values::Uuids(values) => write!(line, "{}", uuid::Uuid::from_bytes(values[row])),
        Values::Words { .. } | Values::Texts { .. } => {
            text(values.bytes(row), line);
            Ok(())
        }
    }
}

fn text(text: &[u8], line: &mut Vec<u8>) {
    // What callers wrote must not become a formula in somebody's spreadsheet.
    let formula = text.first().is_some_and(|first| b"=+-@\t\r".contains(first));
    if !formula && !text.iter().any(|byte| b",\"\r\n".contains(byte)) {
        line.extend_from_slice(text);
        return;
    }
    line.push(b'"');
    if formula {
        line.push(b'\'');
    }
    for byte in text {
        if *byte == b'"' {
            line.push(b'"');
        }
        line.push(*byte);
    }
    line.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let written = |cell: &str| {
            let mut line = Vec::new();
            text(cell.as_bytes(), &mut line);
            String::from_utf8(line).unwrap()
        };
        assert_eq!(written("/orders"), "/orders");
        assert_eq!(written("a,b"), "\"a,b\"");
        assert_eq!(written("say \"no\""), "\"say \"\"no\"\"\"");
        assert_eq!(written("=1+1"), "\"'=1+1\"");
    }
}
