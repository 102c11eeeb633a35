//! `keyward token import`: keys made elsewhere, by their hashes.

use std::path::PathBuf;

use serde_json::Value;

use crate::cli::Context;
use crate::client::Request;
use crate::command::resource::{at_lines, wrong_file};
use crate::failure::Failure;
use crate::manifest::Source;

/// What to import.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// YAML or JSON file as `POST /tokens/import` takes it; `-` is standard input. Keep it as safe as the keys.
    #[arg(short, long, default_value = "-", value_name = "FILE")]
    pub file: PathBuf,
}

impl Import {
    pub(super) fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let source = Source::new(&self.file, context.read_text(&self.file)?);
        let body: Value = source.parse().map_err(wrong_file)?;
        let (client, team) = context.client_and_team()?;
        let request = Request::new("POST", &["teams", &team, "tokens", "import"]).json(&body)?;
        let answer = client.send(request).map_err(|failure| at_lines(failure, &source))?;
        Ok(context.output.words(&answer.body, || {
            let tokens = answer.body.get("tokens").and_then(Value::as_array).map_or(0, Vec::len);
            format!("{tokens} tokens imported")
        })?)
    }
}
