//! `keyward keys`: the key ring.

use clap::Subcommand;
use keyward_model::change::KeyPurpose;
use serde_json::json;

use crate::cli::Context;
use crate::client::Request;
use crate::failure::Failure;
use crate::output::{Column, moment, text_at};

mod master;

/// What can be done with the key ring.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// List the versions of every key.
    List,
    /// Put a new version of a key into use, or a new master key.
    Rotate(Rotate),
}

/// Which key to rotate.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["purpose", "master"]))]
pub struct Rotate {
    /// The key: pepper (hashes tokens; old tokens are re-hashed when they are next used) or seal (seals secrets;
    /// they are re-sealed in the background).
    #[arg(value_name = "PURPOSE")]
    pub purpose: Option<KeyPurpose>,
    /// The master key: reseals the key ring under a new one. Works on the store itself; stop Keyward before.
    #[arg(long)]
    pub master: bool,
    /// The new master key's file; made with a fresh key if it is not there. With --master.
    #[arg(long, value_name = "FILE", requires = "master")]
    pub new_file: Option<std::path::PathBuf>,
}

const COLUMNS: &[Column] = &[
    Column::new("PURPOSE", |v| text_at(v, "/purpose")),
    Column::new("VERSION", |v| text_at(v, "/version")),
    Column::new("IN USE", |v| text_at(v, "/in_use")),
    Column::new("CREATED", |v| moment(v, "/created_at")),
];

impl KeysCommand {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        match self {
            Self::List => {
                let (items, _) = context.client()?.list(1000, || Request::new("GET", &["keys"]))?;
                Ok(context.output.list(COLUMNS, &items)?)
            }
            Self::Rotate(rotate) => rotate.run(context),
        }
    }
}

impl Rotate {
    fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let Some(purpose) = self.purpose else {
            return master::rotate(self.new_file.as_deref(), context);
        };
        let request = Request::new("POST", &["keys", "rotate"]).json(&json!({"purpose": purpose}))?;
        let answer = context.client()?.send(request)?;
        Ok(context.output.words(&answer.body, || {
            let version = text_at(&answer.body, "/key/version");
            let resealed = answer.body.get("resealed").and_then(serde_json::Value::as_u64).unwrap_or(0);
            let secrets =
                if resealed > 0 { format!("; {resealed} secrets and credentials sealed anew") } else { String::new() };
            format!("version {version} of the {} key is in use{secrets}", purpose.as_str())
        })?)
    }
}
