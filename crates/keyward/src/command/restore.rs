//! `keyward restore`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyward_model::clock::SystemClock;
use keyward_store::RestoreError;
use serde_json::json;

use crate::cli::Context;
use crate::failure::{Exit, Failure};
use crate::installation::{Missing, open_store};
use crate::progress::Progress;
use crate::runtime;

/// What to load.
#[derive(Debug, clap::Args)]
pub struct Restore {
    /// The copy that `keyward backup` wrote; `-` is standard input.
    #[arg(short, long, value_name = "FILE")]
    pub file: PathBuf,
    /// Replace what the store holds now. Gateways that are running follow.
    #[arg(long)]
    pub replace: bool,
}

impl Restore {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let input: Box<dyn BufRead + Send> = if self.file == Path::new("-") {
            Box::new(BufReader::new(std::io::stdin()))
        } else {
            let file = File::open(&self.file);
            Box::new(BufReader::new(
                file.map_err(|error| Failure::usage(format!("cannot read {}: {error}", self.file.display())))?,
            ))
        };
        let mut input = Progress::over(input, "read");
        let summary = runtime()?.block_on(async {
            let clock = Arc::new(SystemClock::new());
            let store = open_store(&context.configuration, clock, Missing::Make { command: "keyward restore" }).await?;
            store.restore(&mut input, self.replace).await.map_err(Failure::from)
        })?;
        drop(input.into_inner());
        let value = json!({"revision": summary.revision, "rows": summary.rows, "created_at": summary.created_at});
        let key = context.configuration.master_key_file.display().to_string();
        Ok(context.output.words(&value, || {
            format!(
                "{} rows of {} restored, now at revision {}; it opens with the master key it was made with ({key})\n\
                 What changed since then is undone: tokens revoked after the backup work again. Revoke them anew.",
                summary.rows, summary.created_at, summary.revision
            )
        })?)
    }
}

impl From<RestoreError> for Failure {
    fn from(error: RestoreError) -> Self {
        match error {
            RestoreError::Store(error) => error.into(),
            RestoreError::NotEmpty => Failure::new(Exit::Conflict, error.to_string())
                .remedy("`--replace` replaces it; make a backup of it before."),
            other => Failure::new(Exit::Failed, other.to_string()),
        }
    }
}
