//! What commands print: tables and plain records for people, JSON for programs.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

mod table;

pub use table::{Column, moment, text_at};
pub(crate) use table::{legible, plain};

/// The form of what is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Tables for lists, YAML for single things.
    #[default]
    Table,
    /// As the API answers it.
    Json,
    /// The same in YAML.
    Yaml,
}

/// Where a command prints.
pub struct Output<'a> {
    /// What was asked for.
    pub out: &'a mut dyn Write,
    /// Everything else.
    pub err: &'a mut dyn Write,
    /// The form.
    pub format: Format,
}

impl Output<'_> {
    /// Prints a list.
    pub fn list(&mut self, columns: &[Column], items: &[Value]) -> io::Result<()> {
        match self.format {
            Format::Table if items.is_empty() => writeln!(self.err, "nothing there"),
            Format::Table => table::write(self.out, columns, items),
            Format::Json | Format::Yaml => self.value(&items),
        }
    }

    /// Prints one thing as a whole.
    pub fn value(&mut self, value: &impl Serialize) -> io::Result<()> {
        match self.format {
            Format::Json => {
                serde_json::to_writer_pretty(&mut *self.out, value)?;
                writeln!(self.out)
            }
            Format::Table | Format::Yaml => self.out.write_all(yaml(value)?.as_bytes()),
        }
    }

    /// Prints one thing in words for people, as a whole for programs.
    pub fn words(&mut self, value: &impl Serialize, words: impl FnOnce() -> String) -> io::Result<()> {
        match self.format {
            Format::Table => writeln!(self.out, "{}", words()),
            Format::Json | Format::Yaml => self.value(value),
        }
    }

    /// Says something on the side.
    pub fn note(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.err, "{text}")
    }
}

/// A value as YAML that reads back as the same value.
pub fn yaml(value: &impl Serialize) -> io::Result<String> {
    let options = serde_saphyr::ser_options! { quote_all: false };
    serde_saphyr::to_string_with_options(value, options).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_reads_back_as_the_same_value() {
        let value = serde_json::json!({
            "version": "1", "yes": "yes", "number": 3, "time": "08:30", "null": null, "float": "1.0", "empty": "",
            "list": [{"a": "b: c"}, []], "text": "two\nlines\n", "hash": "# no comment", "star": "*:read", "dash": "- x",
            "long": "word ".repeat(60), "tilde": "~", "object": {}, "date": "2030-01-01T00:00:00.000Z", "ctl": "\u{1b}[31m",
        });
        let text = yaml(&value).expect("can be written");
        let back: Value = serde_saphyr::from_str(&text).expect("can be read");
        assert_eq!(back, value, "{text}");
    }
}
