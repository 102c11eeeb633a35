//! `keyward calls export`: calls for other tools.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use keyward_model::Clock;
use keyward_model::clock::SystemClock;

use super::filter::Filter;
use super::of_team_or_all;
use crate::cli::Context;
use crate::client::Request;
use crate::failure::{Exit, Failure};

/// Which calls to write, and how.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// Which.
    #[command(flatten)]
    pub filter: Filter,
    /// The form.
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub form: Form,
    /// Where to; standard output unless given. The file is its owner's alone, and there only once it is whole.
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Calls of every team. For operators.
    #[arg(long)]
    pub all_teams: bool,
}

/// The form of a file of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// Comma-separated, with a head line.
    #[default]
    Csv,
    /// Parquet.
    Parquet,
}

impl Export {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let client = context.client()?;
        let team = if self.all_teams { None } else { Some(context.team(&client)?) };
        let request = Request::new("GET", &of_team_or_all(team.as_deref(), &["calls", "export"]));
        let form = match self.form {
            Form::Csv => "csv",
            Form::Parquet => "parquet",
        };
        let request = self.filter.onto(request, SystemClock::new().now()).query("format", Some(form));
        let mut stream = client.stream(request)?;
        let Some(file) = &self.file else {
            return io::copy(&mut stream, context.output.out).map(drop).map_err(|error| broken(&error));
        };
        let bytes = write(&mut stream, file)?;
        Ok(context.output.note(&format!("{bytes} bytes are in {}", file.display()))?)
    }
}

/// Writes beside the file first: half an export must not pass for a whole one.
fn write(stream: &mut impl Read, file: &Path) -> Result<u64, Failure> {
    let mut name = file.as_os_str().to_owned();
    name.push(".unfinished");
    let unfinished = PathBuf::from(name);
    let cannot = |error: io::Error| Failure::failed(format!("cannot write {}: {error}", file.display()));
    let mut out =
        File::options().write(true).create(true).truncate(true).mode(0o600).open(&unfinished).map_err(cannot)?;
    let written = io::copy(stream, &mut out).map_err(|error| broken(&error)).and_then(|bytes| {
        out.sync_all().and_then(|()| std::fs::rename(&unfinished, file)).map_err(cannot)?;
        Ok(bytes)
    });
    if written.is_err() {
        // The failure that is told is the one that came first.
        let _ = std::fs::remove_file(&unfinished);
    }
    written
}

fn broken(error: &io::Error) -> Failure {
    Failure::new(Exit::Unreachable, format!("the export broke off: {error}")).remedy(
        "What was written is not whole. Was the token revoked, or the disk full? The log of the server says more.",
    )
}
