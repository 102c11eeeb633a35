//! `keyward apply` and `keyward diff`: a file of resources against what is there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use keyward_model::Name;
use keyward_model::manifest::Manifest;
use keyward_model::secret::Hidden;
use serde::Serialize;
use serde_json::Value;

use crate::cli::Context;
use crate::client::{Answer, Client, Exposed, Request};
use crate::failure::{Exit, Failure};
use crate::manifest::{FileError, Source, secret_values};
use crate::output::Format;

mod difference;

/// What to apply.
#[derive(Debug, clap::Args)]
pub struct Apply {
    /// The manifest; `-` is standard input.
    #[arg(short, long, value_name = "FILE", default_value = "keyward.yaml")]
    pub file: PathBuf,
    /// Go ahead without asking.
    #[arg(short, long)]
    pub yes: bool,
}

/// What to compare.
#[derive(Debug, clap::Args)]
pub struct Diff {
    /// The manifest; `-` is standard input.
    #[arg(short, long, value_name = "FILE", default_value = "keyward.yaml")]
    pub file: PathBuf,
    /// End with exit code 5 if something would change.
    #[arg(long)]
    pub exit_code: bool,
}

/// A manifest read and ready to be sent.
struct Prepared {
    source: Source,
    manifest: Manifest,
    secret_values: BTreeMap<Name, Hidden>,
    client: Client,
    team: String,
}

#[derive(Serialize)]
struct Body<'a> {
    manifest: &'a Manifest,
    secret_values: BTreeMap<&'a Name, Exposed<'a>>,
    dry_run: bool,
}

impl Apply {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let prepared = prepare(&self.file, context)?;
        if self.yes {
            let answer = prepared.send(false)?;
            return print(context, &answer.body, false);
        }
        let planned = prepared.send(true)?.body;
        if !difference::changes(&planned) {
            return print(context, &planned, true);
        }
        if !self.confirmed(&planned, context)? {
            return Ok(context.output.note("Nothing was changed.")?);
        }
        let answer = prepared.send(false)?;
        Ok(context.output.note(&difference::summary(&answer.body, false))?)
    }

    /// Shows what would change and asks. Where nobody can answer, the difference alone is shown.
    fn confirmed(&self, planned: &Value, context: &mut Context<'_>) -> Result<bool, Failure> {
        use std::io::IsTerminal;
        let can_ask = self.file != Path::new("-")
            && context.output.format == Format::Table
            && std::io::stdin().is_terminal()
            && std::io::stderr().is_terminal();
        if !can_ask {
            print(context, planned, true)?;
            return Err(Failure::usage("nothing was changed: nobody is there to ask")
                .remedy("Repeat with --yes to apply this."));
        }
        writeln!(context.output.out, "{}", difference::of(planned))?;
        write!(context.output.err, "{} Apply this? [y/N] ", difference::summary(planned, true))?;
        context.output.err.flush()?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
    }
}

impl Diff {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let planned = prepare(&self.file, context)?.send(true)?.body;
        print(context, &planned, true)?;
        if self.exit_code && difference::changes(&planned) {
            return Err(Failure::silent(Exit::Conflict));
        }
        Ok(())
    }
}

fn prepare(file: &Path, context: &mut Context<'_>) -> Result<Prepared, Failure> {
    let source = Source::new(file, context.read_text(file)?);
    let manifest = source.manifest().map_err(|errors| wrong(&errors))?;
    let beside = file.parent().unwrap_or(Path::new(""));
    let variable = |name: &str| context.environment.get(name).cloned();
    let secret_values = secret_values(&manifest, beside, &variable)
        .map_err(|errors| wrong(&errors.iter().map(|error| source.locate(error)).collect::<Vec<_>>()))?;
    let client = context.client()?;
    let team = match &manifest.team {
        Some(team) => team.to_string(),
        None => context.team(&client)?,
    };
    Ok(Prepared { source, manifest, secret_values, client, team })
}

fn wrong(errors: &[FileError]) -> Failure {
    let mut failure = Failure::usage("the manifest is not valid; nothing was changed");
    failure.lines = errors.iter().map(ToString::to_string).collect();
    failure
}

impl Prepared {
    fn send(&self, dry_run: bool) -> Result<Answer, Failure> {
        let secret_values = self.secret_values.iter().map(|(name, value)| (name, Exposed(value))).collect();
        let body = Body { manifest: &self.manifest, secret_values, dry_run };
        let request = Request::new("POST", &["teams", &self.team, "apply"]).json(&body)?;
        self.client.send(request).map_err(|failure| self.at_lines(failure))
    }

    /// The server's fields lie inside the request; in the file they begin where the manifest does.
    fn at_lines(&self, mut failure: Failure) -> Failure {
        if let Some(problem) = &mut failure.problem {
            for error in &mut problem.errors {
                if let Some(inner) = error.field.strip_prefix("manifest.") {
                    error.field = inner.to_owned();
                } else if let Some(name) = error.field.strip_prefix("secret_values.") {
                    error.field = format!("secrets.{name}");
                }
            }
        }
        super::resource::at_lines(failure, &self.source)
    }
}

fn print(context: &mut Context<'_>, answer: &Value, planned: bool) -> Result<(), Failure> {
    if context.output.format != Format::Table {
        return Ok(context.output.value(answer)?);
    }
    let text = difference::of(answer);
    if !text.is_empty() {
        writeln!(context.output.out, "{text}")?;
    }
    Ok(context.output.note(&difference::summary(answer, planned))?)
}
