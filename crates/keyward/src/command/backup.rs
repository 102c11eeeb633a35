//! `keyward backup`.

use std::fs;
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyward_model::clock::SystemClock;
use keyward_store::{DumpError, DumpSummary, Store};
use serde_json::json;

use crate::cli::Context;
use crate::failure::{Exit, Failure};
use crate::installation::{Missing, open_store};
use crate::progress::Progress;
use crate::runtime;

/// Where to copy to. The master key is not in the copy: keep it apart.
#[derive(Debug, clap::Args)]
pub struct Backup {
    /// The file to write; `-` is standard output. An older file stays until the new one is whole.
    #[arg(short, long, value_name = "FILE")]
    pub file: PathBuf,
}

impl Backup {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let summary = runtime()?.block_on(async {
            let clock = Arc::new(SystemClock::new());
            let store = open_store(&context.configuration, clock, Missing::Refuse).await?;
            if self.file == Path::new("-") {
                // Standard output is held by this thread already; the copy takes a way of its own to it.
                let mut out = BufWriter::new(fs::OpenOptions::new().write(true).open("/dev/stdout")?);
                return write(&store, &mut out).await;
            }
            into_file(&store, &self.file).await
        })?;
        let (revision, rows) = (summary.revision, summary.rows);
        let text = format!("{rows} rows at revision {revision} copied into {}", self.file.display());
        if self.file == Path::new("-") {
            return Ok(context.output.note(&text)?);
        }
        let value = json!({"file": self.file, "revision": revision, "rows": rows, "created_at": summary.created_at});
        Ok(context.output.words(&value, || text)?)
    }
}

/// Writes beside the file first: what stands there is a whole copy at any moment.
async fn into_file(store: &Store, path: &Path) -> Result<DumpSummary, Failure> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".part");
    let aside = PathBuf::from(aside);
    let cannot = |error: std::io::Error| Failure::failed(format!("cannot write {}: {error}", path.display()));
    let file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside).map_err(cannot)?;
    let mut out = Progress::over(BufWriter::new(file), "written");
    let written = match write(store, &mut out).await {
        Ok(summary) => out.into_inner().get_ref().sync_all().map(|()| summary).map_err(cannot),
        Err(failure) => Err(failure),
    };
    match written {
        Ok(summary) => fs::rename(&aside, path).map(|()| summary).map_err(cannot),
        Err(failure) => {
            // A part of a copy is of no use to anybody.
            let _ = fs::remove_file(&aside);
            Err(failure)
        }
    }
}

async fn write(store: &Store, out: &mut (impl Write + Send)) -> Result<DumpSummary, Failure> {
    let summary = store.dump(out).await?;
    out.flush()?;
    Ok(summary)
}

impl From<DumpError> for Failure {
    fn from(error: DumpError) -> Self {
        match error {
            DumpError::Store(error) => error.into(),
            other => Failure::new(Exit::Failed, other.to_string()),
        }
    }
}
