//! The command line: parsed first, then given its configuration, then run.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use keyward_model::Name;

use crate::client::{self, Client};
use crate::command::Command;
use crate::configuration::{Configuration, ConfigurationError, Layers};
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output};
use crate::secret_text;

/// API gateway, token issuer and control plane in one.
///
/// `keyward serve --demo` starts with something to try. Every other command talks to a running control plane with
/// a token, but for those that work on the data directory itself and say so.
#[derive(Debug, Parser)]
#[command(name = "keyward", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// File of settings; ./keyward.toml if it is there (KEYWARD_CONFIG).
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Directory of databases and keys (KEYWARD_DATA_DIR).
    #[arg(long, global = true, value_name = "DIRECTORY")]
    pub data_dir: Option<String>,
    /// The control plane to talk to (KEYWARD_URL).
    #[arg(long, global = true, value_name = "URL")]
    pub url: Option<String>,
    /// File with the token to present (KEYWARD_TOKEN_FILE; KEYWARD_TOKEN holds the token itself).
    #[arg(long, global = true, value_name = "FILE")]
    pub token_file: Option<String>,
    /// The team to work on; the token's own unless given (KEYWARD_TEAM).
    #[arg(long, global = true, value_name = "NAME")]
    pub team: Option<String>,
    /// The form of what is printed.
    #[arg(short, long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: Format,
}

/// What a command has at hand.
pub struct Context<'a> {
    /// Settings, all layers together.
    pub configuration: Configuration,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// Where it prints.
    pub output: Output<'a>,
    /// Where it reads.
    pub input: &'a mut dyn Read,
}

/// Runs the command that `arguments` name.
pub fn run(
    arguments: impl Iterator<Item = OsString>,
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> ExitCode {
    let (mut out, mut err, mut input) = (std::io::stdout().lock(), std::io::stderr(), std::io::stdin());
    let arguments: Vec<OsString> = arguments.collect();
    let environment: BTreeMap<String, String> =
        environment.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect();
    let mut format = Format::Table;
    let done = secret_text::refuse_tokens(&arguments).and_then(|()| {
        let cli = match Cli::try_parse_from(arguments) {
            Ok(cli) => cli,
            Err(error) => {
                // Help and version come this way too, and are no failure.
                error.print()?;
                return Err(Failure::silent(if error.use_stderr() { Exit::Usage } else { Exit::Done }));
            }
        };
        format = cli.global.output;
        let configuration = configure(&cli, &environment)?;
        let output = Output { out: &mut out, err: &mut err, format };
        cli.command.run(&mut Context { configuration, environment, output, input: &mut input })
    });
    let exit = match done {
        Ok(()) => Exit::Done,
        Err(failure) => {
            report(&failure, format, &mut err);
            failure.exit
        }
    };
    // A reader that has gone has all it wanted.
    let _ = out.flush();
    ExitCode::from(exit as u8)
}

fn report(failure: &Failure, format: Format, err: &mut dyn Write) {
    if failure.what.is_empty() {
        return;
    }
    // Nothing is left to do when even this cannot be written.
    let _ = match format {
        Format::Json => writeln!(err, "{}", failure.to_json()),
        Format::Table | Format::Yaml => writeln!(err, "{failure}"),
    };
}

/// Lays defaults, file, environment and flags over each other.
fn configure(cli: &Cli, environment: &BTreeMap<String, String>) -> Result<Configuration, Failure> {
    let mut layers = Layers::defaults();
    let named = cli.global.config.clone().or_else(|| environment.get("KEYWARD_CONFIG").map(PathBuf::from));
    let file = named.clone().unwrap_or_else(|| PathBuf::from("keyward.toml"));
    match std::fs::read_to_string(&file) {
        Ok(text) => layers.add_file(&file, &text)?,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(ConfigurationError::Unreadable { path: file, problem: error.to_string() }.into()),
    }
    layers.add_environment(environment.clone());
    let global = &cli.global;
    let flags = [
        ("data_dir", &global.data_dir),
        ("client.url", &global.url),
        ("client.token_file", &global.token_file),
        ("client.team", &global.team),
    ];
    for (key, value) in flags.into_iter().chain(cli.command.settings()) {
        if let Some(value) = value {
            layers.add_flag(key, value.clone());
        }
    }
    Ok(Configuration::from_layers(&layers)?)
}

impl From<ConfigurationError> for Failure {
    fn from(error: ConfigurationError) -> Self {
        Failure::usage(error.to_string())
    }
}

impl Context<'_> {
    /// A client of the control plane with the token that is configured.
    pub fn client(&self) -> Result<Client, Failure> {
        let client = &self.configuration.client;
        let token = match self.environment.get("KEYWARD_TOKEN") {
            Some(text) if !text.trim().is_empty() => Some(keyward_model::secret::Hidden::new(text.trim())),
            _ => match &client.token_file {
                Some(file) => Some(secret_text::read_file(file)?),
                // What lies here belongs to the Keyward of this machine, and is nobody else's business.
                None if client::is_loopback(&client.url) => operator_token(&self.configuration.data_dir)?,
                None => None,
            },
        };
        if token.is_some() && client.url.starts_with("http://") && !client::is_loopback(&client.url) {
            writeln!(std::io::stderr(), "note: the token goes to {} in cleartext; use https", client.url)?;
        }
        Ok(Client::new(client::agent(&client.url), &client.url, token))
    }

    /// The team to work on: the one configured, or else the token's own.
    pub fn team(&self, client: &Client) -> Result<String, Failure> {
        if let Some(team) = &self.configuration.client.team {
            return Ok(team.to_string());
        }
        let own = client.get(&["self"])?;
        let name = own.pointer("/team/name").or_else(|| own.pointer("/team")).and_then(serde_json::Value::as_str);
        name.map(str::to_owned).ok_or_else(|| Failure::usage("name the team with --team"))
    }

    /// A client and the team to work on.
    pub fn client_and_team(&self) -> Result<(Client, String), Failure> {
        let client = self.client()?;
        let team = self.team(&client)?;
        Ok((client, team))
    }

    /// Reads a file that is no secret; `-` is standard input.
    pub fn read_text(&mut self, file: &Path) -> Result<String, Failure> {
        let mut text = String::new();
        let read = if file == Path::new("-") {
            self.input.read_to_string(&mut text)
        } else {
            std::fs::File::open(file).and_then(|mut file| file.read_to_string(&mut text))
        };
        read.map_err(|error| Failure::usage(format!("cannot read {}: {error}", file.display())))?;
        Ok(text)
    }
}

/// The operator's token, where `keyward init --save-token` put it.
fn operator_token(data_dir: &Path) -> Result<Option<keyward_model::secret::Hidden>, Failure> {
    let file = data_dir.join("operator.token");
    if file.exists() { secret_text::read_file(&file).map(Some) } else { Ok(None) }
}

/// Reads a name from the command line.
pub fn name(text: &str) -> Result<Name, String> {
    text.parse().map_err(|error: keyward_model::name::NameError| error.to_string())
}
