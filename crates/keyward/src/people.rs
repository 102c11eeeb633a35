//! The first people: by a link that is printed once, or ready-made for the demonstration.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use keyward_identity::{Audience, FirstUser, LinkCode, People, readable_code};
use keyward_model::audit::Cause;
use keyward_model::secret::Hidden;
use keyward_vault::Vault;
use zeroize::Zeroizing;

use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::installation::Installation;
use crate::serve::web;
use crate::{private_file, secret_text};

/// The address of the demonstration's user. Nobody can have it (RFC 2606 section 3).
const DEMO_EMAIL: &str = "demo@example.com";
const DEMO_FILE: &str = "demo.password";

/// Who may sign in at `public_url`.
pub(crate) fn people(installation: &Installation, public_url: &str) -> People {
    let Installation { store, vault, clock, random, .. } = installation;
    let vault: Arc<Vault> = Arc::clone(vault);
    People::new(store.clone(), vault, Arc::clone(clock), Arc::clone(random), Audience::at(public_url))
}

/// Prints a link that makes the first user, where there is none.
pub(crate) async fn print_setup(people: &People, public_url: &str, out: &mut dyn Write) -> Result<(), Failure> {
    if !people.needs_setup().await.map_err(failed)? {
        return Ok(());
    }
    let code = people.setup_code().await.map_err(failed)?;
    writeln!(out, "# Nobody can sign in yet. This link makes the first user; it works once, for 15 minutes:")?;
    writeln!(out, "{}", link(public_url, "setup", &code).as_str())?;
    say_without_pages(out)?;
    out.flush()?;
    Ok(())
}

/// The demonstration's user: made once, with a password that only its file and the output know.
pub(crate) async fn ensure_demo(installation: &Installation, configuration: &Configuration) -> Result<(), Failure> {
    let people = people(installation, "http://localhost");
    if !people.needs_setup().await.map_err(failed)? {
        return Ok(());
    }
    let password = readable_code(&*installation.random);
    private_file::write(&demo_file(&configuration.data_dir), password.as_bytes())
        .map_err(|error| Failure::failed(format!("cannot write {DEMO_FILE}: {error}")))?;
    let first = FirstUser {
        email: DEMO_EMAIL.parse().expect("it is an address"),
        name: "Demo".to_owned(),
        password: Hidden::new(password.as_bytes()),
    };
    people.make_operator(Cause::machine("keyward serve --demo"), first).await.map_err(failed)?;
    Ok(())
}

/// Says how to sign in to the demonstration.
pub(crate) fn print_demo(data_dir: &Path, public_url: &str, out: &mut dyn Write) -> std::io::Result<()> {
    let Ok(password) = secret_text::read_file(&demo_file(data_dir)) else { return Ok(()) };
    let password = password.expose_str().unwrap_or_default();
    writeln!(out, "# The control room; sign in as {DEMO_EMAIL} with the password {password}")?;
    writeln!(out, "#   {}/", by_name(public_url))?;
    say_without_pages(out)
}

fn say_without_pages(out: &mut dyn Write) -> std::io::Result<()> {
    if web::is_built() {
        return Ok(());
    }
    writeln!(
        out,
        "#   This Keyward was built without its pages; with Node.js 20 or newer, `make run` builds them, too."
    )
}

/// A link with a code behind `#`, which browsers do not send.
pub(crate) fn link(public_url: &str, page: &str, code: &LinkCode) -> Zeroizing<String> {
    Zeroizing::new(format!("{}/{page}#{}", by_name(public_url), code.expose()))
}

/// Where browsers should go: passkeys belong to the name of a host, and a loopback address has one.
fn by_name(public_url: &str) -> String {
    public_url.replacen("://127.0.0.1", "://localhost", 1).replacen("://[::1]", "://localhost", 1)
}

fn demo_file(data_dir: &Path) -> std::path::PathBuf {
    data_dir.join(DEMO_FILE)
}

fn failed(error: keyward_identity::PeopleError) -> Failure {
    Failure::failed(error.to_string())
}
