//! `keyward reference`: what is generated from the code itself.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{CommandFactory, Subcommand};

use crate::cli::{Cli, Context};
use crate::failure::Failure;
use crate::reference;

/// What to generate.
#[derive(Debug, Subcommand)]
pub enum ReferenceCommand {
    /// The reference of commands or settings, as Markdown.
    Markdown {
        /// Of what.
        #[arg(value_enum)]
        page: Page,
    },
    /// Manual pages, one for each command, into a directory.
    Man {
        /// The directory; made if it is not there.
        directory: PathBuf,
    },
    /// Completions for a shell.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// The JSON Schema of manifests, for editors.
    Schema,
    /// Everything that is kept in docs/reference, into a directory.
    Write {
        /// The directory; made if it is not there.
        directory: PathBuf,
    },
}

/// A page of the reference.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Page {
    /// Every command with its options.
    Commands,
    /// Every setting.
    Configuration,
}

impl ReferenceCommand {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let out = &mut context.output.out;
        match self {
            Self::Markdown { page: Page::Commands } => out.write_all(reference::commands().as_bytes())?,
            Self::Markdown { page: Page::Configuration } => out.write_all(reference::configuration().as_bytes())?,
            Self::Schema => out.write_all(reference::schema().as_bytes())?,
            Self::Completions { shell } => {
                clap_complete::generate(shell, &mut Cli::command(), "keyward", out);
            }
            Self::Man { directory } => {
                std::fs::create_dir_all(&directory)?;
                clap_mangen::generate_to(Cli::command(), &directory)?;
            }
            Self::Write { directory } => {
                std::fs::create_dir_all(&directory)?;
                for (name, text) in reference::kept() {
                    write_file(&directory.join(name), &text)?;
                }
            }
        }
        Ok(())
    }
}

fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::failed(format!("cannot write {}: {error}", path.display())))
}
