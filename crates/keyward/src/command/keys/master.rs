//! `keyward keys rotate --master`: the key ring sealed anew under another master key.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use keyward_model::audit::{AuditDraft, Cause};
use keyward_model::resource::Kind;
use keyward_store::INSTALLATION;
use keyward_vault::MasterKey;
use serde_json::json;

use crate::cli::Context;
use crate::failure::{Exit, Failure};
use crate::installation::{Installation, Missing, next_master_key};
use crate::runtime;

/// A node that serves reports more often than this.
const SAYS_SO_WITHIN: Duration = Duration::from_secs(8);

/// Reseals the key ring. The keys in it stay: tokens and secrets need nothing.
///
/// Without a place named for the new key it takes the old one's. It is written beside it first, and put in its place
/// when the store is sealed under it: at every moment one of the two files opens the store.
pub(super) fn rotate(new_file: Option<&Path>, context: &mut Context<'_>) -> Result<(), Failure> {
    let current = context.configuration.master_key_file.clone();
    let next = match new_file {
        Some(path) => path.to_owned(),
        None if context.environment.contains_key("KEYWARD_MASTER_KEY") => {
            return Err(Failure::usage("the master key comes from KEYWARD_MASTER_KEY").remedy(
                "Name a file for the new one with --new-file, and set the variable to its content afterwards.",
            ));
        }
        None => next_master_key(&context.configuration),
    };
    runtime()?.block_on(reseal(&next, context))?;
    let file = if new_file.is_none() { put_in_place(&next, &current, context)? } else { next };
    let value = json!({"master_key_file": file});
    Ok(context.output.words(&value, || {
        format!("the key ring is sealed under the master key in {}; start Keyward with it", file.display())
    })?)
}

async fn reseal(next: &Path, context: &Context<'_>) -> Result<(), Failure> {
    let installation = Installation::open(&context.configuration, &context.environment, Missing::Refuse).await?;
    refuse_while_serving(&installation).await?;
    let master =
        MasterKey::load_or_create(next, &*installation.random).map_err(|error| Failure::failed(error.to_string()))?;
    let sealed = installation.vault.ring().reseal_under(&master, &*installation.random);
    let mut tx = installation.store.begin(Cause::machine("keyward keys rotate --master")).await?;
    tx.replace_keys(&sealed).await?;
    tx.audit(INSTALLATION, draft()).await?;
    tx.commit().await?;
    Ok(())
}

/// A node that serves would go on making keys under the old master key.
async fn refuse_while_serving(installation: &Installation) -> Result<(), Failure> {
    let since = installation.clock.now().minus(SAYS_SO_WITHIN);
    let nodes = installation.store.nodes().await?;
    let serving: Vec<&str> = nodes.iter().filter(|node| node.seen_at >= since).map(|node| node.node.as_str()).collect();
    if serving.is_empty() {
        return Ok(());
    }
    Err(Failure::new(Exit::Conflict, format!("these nodes serve, or did until a moment ago: {}", serving.join(", ")))
        .remedy("Stop them, wait ten seconds, and try again. They start with the new key afterwards."))
}

fn put_in_place(next: &Path, current: &Path, context: &mut Context<'_>) -> Result<PathBuf, Failure> {
    let old = current.with_extension("key.old");
    let cannot = |error: std::io::Error| {
        Failure::failed(format!(
            "the store is sealed under the key in {}, which cannot be moved: {error}",
            next.display()
        ))
        .remedy(format!("Move it to {} by hand.", current.display()))
    };
    if current.exists() {
        // A second name first, so that a crash between leaves both.
        let _ = fs::remove_file(&old);
        fs::hard_link(current, &old).map_err(cannot)?;
    }
    fs::rename(next, current).map_err(cannot)?;
    let note = format!(
        "The key before is in {}: backups made until now open with it. Take it away from this machine.",
        old.display()
    );
    context.output.note(&note)?;
    Ok(current.to_owned())
}

fn draft() -> AuditDraft {
    AuditDraft {
        action: "key.rotate_master".to_owned(),
        kind: Kind::Key,
        target: "master".to_owned(),
        target_name: "master key".to_owned(),
        before: None,
        after: None,
        reason: None,
    }
}
