//! `keyward serve --demo`: something to try. What is there already is taken as it is, so that starting twice is safe.

use std::io::Write;
use std::path::Path;

use keyward_model::audit::Cause;
use keyward_model::secret::Hidden;
use keyward_model::token::{Presented, TokenStatus, TokenText};
use keyward_store::StoreError;
use keyward_tokens::{CreateToken, Tokens};
use tokio::net::TcpListener;

use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::installation::Installation;
use crate::serve::Places;
use crate::{operator, people, private_file, secret_text};

pub mod orders;
mod resources;

const COMMAND: &str = "keyward serve --demo";

/// The demo, ready to be tried.
pub(crate) struct Demo {
    token: TokenText,
    operator_file: Option<String>,
    /// How the command line is called so that it meets this Keyward.
    command: String,
}

impl Demo {
    /// Makes whatever of it is not there, and starts the orders service.
    pub(crate) async fn prepare(installation: &Installation, configuration: &Configuration) -> Result<Self, Failure> {
        let operator_file = ensure_operator(installation, &configuration.data_dir).await?;
        let key = resources::orders_key(installation).await?;
        let listener = listen_where_it_was(resources::orders_port(installation).await?).await?;
        let orders = listener.local_addr()?;
        tracing::info!(address = %orders, "the orders service of the demo listens");
        let service = orders::router(key.clone());
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, service).await {
                tracing::error!(%error, "the orders service of the demo ended");
            }
        });
        resources::ensure(installation, orders, &key).await?;
        people::ensure_demo(installation, configuration).await?;
        let token = ensure_token(installation, &configuration.data_dir.join("demo.token")).await?;
        Ok(Self { token, operator_file, command: command_line(configuration) })
    }

    /// Prints what to paste.
    pub(crate) fn print(&self, places: &Places, out: &mut dyn Write) -> std::io::Result<()> {
        let gateway = format!("http://{}/orders/v1", places.gateway);
        let bearer = format!("curl -s -H \"Authorization: Bearer {}\"", self.token.expose());
        writeln!(out, "# A call that the token may make:")?;
        writeln!(out, "{bearer} \"{gateway}/orders?status=open\"")?;
        writeln!(out, "# One that it may not: it lacks the scope orders:delete.")?;
        writeln!(out, "{bearer} -X DELETE {gateway}/orders/1")?;
        writeln!(out, "# Why that one was refused, check by check:")?;
        writeln!(out, "{bearer} {}/api/v1/self/refusals/latest", places.control)?;
        let keyward = &self.command;
        writeln!(out, "#\n# Where to go next:")?;
        if let Some(file) = &self.operator_file {
            writeln!(out, "#   The operator's token is in {file}; these find it there.")?;
        }
        for words in ["token list", "calls tail", "api show orders.v1", "export"] {
            writeln!(out, "#   {keyward} --team demo {words}")?;
        }
        writeln!(
            out,
            "#   docs/getting-started.md goes on from here; {}/api/v1/openapi.json is the API.",
            places.control
        )?;
        out.flush()
    }
}

/// The program as it was called, with what differs from what it would assume.
fn command_line(configuration: &Configuration) -> String {
    let mut command = std::env::args().next().unwrap_or_else(|| "keyward".to_owned());
    let control = configuration.control.listen;
    if format!("http://{control}") != configuration.client.url {
        command.push_str(&format!(" --url http://{control}"));
    }
    if configuration.data_dir != Path::new("data") {
        command.push_str(&format!(" --data-dir {}", configuration.data_dir.display()));
    }
    command
}

/// The operator's token of a new installation is kept in its file, since nobody is there to note it down.
async fn ensure_operator(installation: &Installation, data_dir: &Path) -> Result<Option<String>, Failure> {
    let path = data_dir.join("operator.token");
    let team = operator::ensure_team(installation, Cause::machine(COMMAND)).await?;
    if !operator::has_token(installation, team).await? {
        let issued = operator::issue_token(installation, Cause::machine(COMMAND), team, None).await?;
        write_secret(&path, &issued.secret)?;
    }
    Ok(path.exists().then(|| path.display().to_string()))
}

/// The demo's token: the one in its file for as long as it works, or else a new one.
async fn ensure_token(installation: &Installation, path: &Path) -> Result<TokenText, Failure> {
    if let Some(text) = kept_token(installation, path).await? {
        return Ok(text);
    }
    let Installation { store, vault, clock, random, .. } = installation;
    let team = store.team_by_name(resources::TEAM).await?;
    let team = team.ok_or_else(|| Failure::failed("the demo's team is gone"))?;
    let tokens = Tokens::new(store.clone(), vault.clone(), clock.clone(), random.clone());
    let wanted = serde_json::json!({
        "app": "shop",
        "name": "demo",
        "description": "May read orders, and nothing else.",
        "scopes": ["orders:read"],
    });
    let wanted: CreateToken =
        serde_json::from_value(wanted).expect("the demo's token is asked for as the API takes it");
    let issued = tokens.create(Cause::machine(COMMAND), team.id, wanted, &Default::default()).await?;
    write_secret(path, &issued.secret)?;
    Ok(issued.secret)
}

async fn kept_token(installation: &Installation, path: &Path) -> Result<Option<TokenText>, StoreError> {
    let Ok(kept) = secret_text::read_file(path) else { return Ok(None) };
    let Some(text) = kept.expose_str() else { return Ok(None) };
    let Ok(presented) = Presented::parse(text) else { return Ok(None) };
    let Some(stored) = installation.store.token_of_any_team(presented.id).await? else { return Ok(None) };
    let digest = installation.vault.pepper_digest(stored.hash.key_version, text);
    let matches = digest.is_some_and(|digest| keyward_vault::equal(&digest, &stored.hash.digest));
    let works = stored.token.status(installation.clock.now()) == TokenStatus::Active;
    Ok((matches && works).then(|| TokenText::foreign(text.to_owned())))
}

/// Listens on the port of the last time, so that nothing has to change; on another where that is taken.
async fn listen_where_it_was(port: u16) -> Result<TcpListener, Failure> {
    if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await {
        return Ok(listener);
    }
    let bound = TcpListener::bind(("127.0.0.1", 0)).await;
    bound.map_err(|error| Failure::failed(format!("the orders service of the demo cannot listen: {error}")))
}

fn write_secret(path: &Path, secret: &TokenText) -> Result<(), Failure> {
    let secret = Hidden::new(secret.expose());
    private_file::write(path, secret.expose())
        .map_err(|error| Failure::failed(format!("cannot write {}: {error}", path.display())))
}
