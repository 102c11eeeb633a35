//! Secrets do not show: not in `Debug`, not in errors, not in the trail, not in the database.

use keyward_model::secret::Hidden;
use keyward_model::token::TokenText;
use keyward_tokens::{DryRun, ImportTokens, RotateToken};
use keyward_vault::sha256;
use serde_json::json;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::world::{World, body, cause, everything, request};

const PLANTED: &str = "planted-secret-0123456789";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn no_debug_and_no_display_shows_a_secret() {
    let world = World::new().await;
    let issued = world.issue(request(json!({}))).await;
    world.enter_secret("old-gateway", PLANTED).await;
    let import = json!({"tokens": [{"app": "shop", "name": "x", "hash": {"kind": "plain", "key": PLANTED}}]});
    let import: ImportTokens = serde_json::from_value(import).expect("a request");
    let mut shown = format!("{import:?}");
    let imported = world.tokens.import(cause(), world.team.id, import.clone(), &everything()).await.expect("imported");
    world.settle(imported.revision).await;
    let refused = world.tokens.import(cause(), world.team.id, import, &everything()).await.expect_err("known");
    let short: ImportTokens = serde_json::from_value(
        json!({"tokens": [{"app": "shop", "name": "x", "key_prefix": "zz", "hash": {"kind": "plain", "key": PLANTED}}]}),
    )
    .expect("a request");
    let wrong = world.tokens.import(cause(), world.team.id, short, &everything()).await.expect_err("another prefix");
    shown += &format!("{imported:?} {refused:?} {refused} {wrong:?} {wrong}");

    let rotate = RotateToken::default();
    let id = issued.token.id;
    let rotated = world.tokens.rotate(cause(), world.team.id, id, rotate, &everything()).await.expect("rotated");
    shown += &format!("{issued:?} {rotated:?} {:?} {:?}", world.tokens, world.live);
    let found = world.present(issued.secret.expose()).expect("known");
    let denied = world.live.present(&format!("{PLANTED}-x")).expect_err("unknown");
    shown += &format!("{found:?} {denied:?} {:?} {:?}", world.keys, world.vault);
    let dry_run: DryRun = body(json!({"method": "GET", "path": "/"}), json!({"token_text": issued.secret.expose()}));
    shown += &format!("{dry_run:?} {:?}", world.explainer.dry_run(world.team.id, &dry_run).await);
    let verification = world.tokens.verify(&world.live, world.team.id, &Hidden::new(PLANTED)).await.expect("an answer");
    shown += &format!("{verification:?} {:?}", world.explainer);
    let stored = world.store.token(world.team.id, imported.tokens[0].id).await.expect("an answer").expect("it");
    shown += &format!("{:?}", world.trail(imported.tokens[0].id).await);
    shown += &format!("{:?} {:?}", world.trail(issued.token.id).await, world.trail(rotated.new.token.id).await);

    let secrets = [PLANTED, issued.secret.expose(), rotated.new.secret.expose()];
    for secret in secrets {
        assert!(!shown.contains(secret), "a secret shows");
        // Neither does the greater part of one.
        assert!(!shown.contains(&secret[secret.len() - 20..]), "the end of a secret shows");
    }
    for digest in [stored.hash.digest, sha256(PLANTED.as_bytes())] {
        assert!(!shown.contains(&hex(&digest)) && !shown.contains(&format!("{digest:?}")), "a digest shows");
    }
    assert!(shown.contains("checkout"), "what may be known is shown");
}

#[tokio::test]
async fn no_secret_is_in_the_database() {
    let world = World::new().await;
    let issued = world.issue(request(json!({}))).await;
    world.enter_secret("old-gateway", PLANTED).await;
    let plain = "another-planted-0123456789";
    let import = json!({"tokens": [{"app": "shop", "name": "x", "hash": {"kind": "plain", "key": plain}}]});
    let import: ImportTokens = serde_json::from_value(import).expect("a request");
    world.tokens.import(cause(), world.team.id, import, &everything()).await.expect("imported");

    let mut bytes = Vec::new();
    for file in std::fs::read_dir(world.directory.path()).expect("the directory") {
        bytes.extend(std::fs::read(file.expect("a file").path()).expect("readable"));
    }
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("checkout"), "this is the database");
    // The id of a token and its last four characters are no secret.
    let secret_part = &issued.secret.expose()[3 + 12..issued.secret.expose().len() - 4];
    for secret in [PLANTED, plain, secret_part] {
        assert!(!holds(secret), "a secret is in the database");
    }
    assert!(!bytes.windows(32).any(|window| window == sha256(plain.as_bytes())), "nor a hash that anybody can make");
}

#[test]
fn what_holds_a_secret_wipes_it() {
    fn wiped<T: ZeroizeOnDrop>() {}
    wiped::<TokenText>();
    wiped::<Hidden>();
    wiped::<keyward_vault::MasterKey>();
    let mut hidden = Hidden::new(PLANTED);
    hidden.zeroize();
    assert!(hidden.expose().is_empty());
}
