//! Tables for people.

use std::io::{self, Write};

use serde_json::Value;

/// A column: its heading, and what it shows of an entry.
pub struct Column {
    /// The heading.
    pub title: &'static str,
    /// What it shows.
    pub show: fn(&Value) -> String,
}

impl Column {
    /// A column.
    pub const fn new(title: &'static str, show: fn(&Value) -> String) -> Self {
        Self { title, show }
    }
}

/// Writes a table: columns as wide as their widest cell, the last as wide as it comes.
pub(super) fn write(out: &mut dyn Write, columns: &[Column], items: &[Value]) -> io::Result<()> {
    let rows: Vec<Vec<String>> =
        items.iter().map(|item| columns.iter().map(|column| plain(&(column.show)(item))).collect()).collect();
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(place, column)| {
            let cells = rows.iter().map(|row| row[place].chars().count());
            cells.chain([column.title.chars().count()]).max().unwrap_or(0)
        })
        .collect();
    let titles: Vec<String> = columns.iter().map(|column| column.title.to_owned()).collect();
    for row in std::iter::once(&titles).chain(&rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.chars().count() + 2));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// What stands at `pointer` (RFC 6901) as a short text; `-` when nothing does.
pub fn text_at(value: &Value, pointer: &str) -> String {
    let text = match value.pointer(pointer) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(" "),
        Some(Value::Bool(true)) => "yes".to_owned(),
        Some(Value::Bool(false)) => "no".to_owned(),
        Some(other) => other.to_string(),
    };
    if text.is_empty() { "-".to_owned() } else { text }
}

/// A moment to the second: `2030-01-31 12:00:00Z`.
pub fn moment(value: &Value, pointer: &str) -> String {
    let text = text_at(value, pointer);
    match text.split_once('T') {
        Some((date, time)) if time.ends_with('Z') => {
            format!("{date} {}Z", time.split(['.', 'Z']).next().unwrap_or(time))
        }
        _ => text,
    }
}

/// A cell on one line and without control characters: what others wrote must not steer the reader's terminal.
pub(crate) fn plain(text: &str) -> String {
    let mut plain: String =
        text.chars().take(200).map(|c| if c.is_control() || is_bidi(c) { '\u{fffd}' } else { c }).collect();
    if plain.len() < text.len() && text.chars().count() > 200 {
        plain.push('…');
    }
    plain
}

/// Text of several lines without control characters, for the same reason.
pub(crate) fn legible(text: &str) -> String {
    let steers = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || is_bidi(c);
    text.replace("\r\n", "\n").chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

/// Characters that turn the direction of what is read (Trojan Source).
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_table_lines_up_and_disarms_what_others_wrote() {
        let columns = [
            Column::new("NAME", |v| text_at(v, "/name")),
            Column::new("AT", |v| moment(v, "/at")),
            Column::new("TITLE", |v| text_at(v, "/title")),
        ];
        let items = [
            json!({"name": "a", "at": "2030-01-31T12:00:00.250Z", "title": "\u{1b}[2J\u{202e}x"}),
            json!({"name": "longer", "title": ["b", "c"]}),
        ];
        let mut text = Vec::new();
        write(&mut text, &columns, &items).expect("written");
        insta::assert_snapshot!(String::from_utf8(text).expect("text"), @r"
        NAME    AT                    TITLE
        a       2030-01-31 12:00:00Z  �[2J�x
        longer  -                     b c
        ");
    }
}
