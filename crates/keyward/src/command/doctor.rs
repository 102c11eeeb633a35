//! `keyward doctor`.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::Context;
use crate::failure::{Exit, Failure};
use crate::output::{Column, text_at};
use crate::runtime;

mod calls;
mod captures;
mod files;
mod processes;
mod store;

/// Looks at the configuration, the data directory, the store with its keys and trails, and the running processes.
#[derive(Debug, clap::Args)]
pub struct Doctor {
    /// Leave out what reads every row of the store and every capture.
    #[arg(long)]
    pub quick: bool,
}

/// What was found of one thing.
struct Finding {
    what: &'static str,
    how: Severity,
    detail: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Severity {
    Ok,
    Warning,
    Problem,
}

impl Finding {
    fn ok(what: &'static str, detail: impl Into<String>) -> Self {
        Self { what, how: Severity::Ok, detail: detail.into() }
    }

    fn warning(what: &'static str, detail: impl Into<String>) -> Self {
        Self { what, how: Severity::Warning, detail: detail.into() }
    }

    fn problem(what: &'static str, detail: impl Into<String>) -> Self {
        Self { what, how: Severity::Problem, detail: detail.into() }
    }

    fn to_json(&self) -> Value {
        let how = match self.how {
            Severity::Ok => "ok",
            Severity::Warning => "warning",
            Severity::Problem => "problem",
        };
        json!({"check": self.what, "result": how, "detail": self.detail})
    }
}

const COLUMNS: &[Column] = &[
    Column::new("CHECK", |v| text_at(v, "/check")),
    Column::new("RESULT", |v| text_at(v, "/result")),
    Column::new("DETAIL", |v| text_at(v, "/detail")),
];

impl Doctor {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let mut findings = settings(context);
        findings.extend(files::look(&context.configuration));
        findings.extend(calls::look(&context.configuration));
        findings.push(captures::look(&context.configuration, self.quick));
        findings.extend(runtime()?.block_on(store::look(&context.configuration, &context.environment, self.quick)));
        findings.extend(processes::look(context));
        let items: Vec<Value> = findings.iter().map(Finding::to_json).collect();
        context.output.list(COLUMNS, &items)?;
        if findings.iter().any(|finding| finding.how == Severity::Problem) {
            return Err(Failure::silent(Exit::Failed));
        }
        Ok(())
    }
}

fn settings(context: &Context<'_>) -> Vec<Finding> {
    let unknown = crate::configuration::unknown_variables(context.environment.keys().map(String::as_str));
    if unknown.is_empty() {
        return vec![Finding::ok("settings", "all are known and valid")];
    }
    let detail = format!("{} mean nothing to Keyward; mistyped?", unknown.join(", "));
    vec![Finding::warning("settings", detail)]
}

/// A path as it is shown.
fn shown(path: &Path) -> String {
    path.display().to_string()
}
