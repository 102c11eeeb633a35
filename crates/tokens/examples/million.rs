//! How long a million tokens take to load, what they cost in memory, and how fast one among them is found.
//!
//! ```sh
//! cargo run --release -p keyward-tokens --example million -- fill /tmp/million 1000000
//! cargo run --release -p keyward-tokens --example million -- load /tmp/million
//! ```
//!
//! `fill` makes a database of a size, as an installation of ten thousand apps would have it: a few hundred kinds of
//! tokens, names and customers of their own; where there is one, it adds as many. `load` starts from it in a fresh
//! process.

#![expect(clippy::print_stdout, reason = "it is there to print figures")]
#![expect(clippy::disallowed_methods, reason = "it measures the time that really passes")]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use keyward_model::app::{AppId, AppSpec};
use keyward_model::audit::{AuditDraft, Cause};
use keyward_model::clock::SystemClock;
use keyward_model::id::Id;
use keyward_model::resource::Kind;
use keyward_model::team::{TeamId, TeamSpec};
use keyward_model::token::{StoredToken, Token, TokenPrefix, TokenSpec, TokenState, TokenText, generate};
use keyward_model::{Clock, Random, Record, Resource};
use keyward_store::feed::Follow;
use keyward_store::{INSTALLATION, Store};
use keyward_tokens::Live;
use keyward_vault::{KeyRing, MasterKey, SystemRandom, Vault};

type Outcome<T> = Result<T, Box<dyn Error>>;

const APPS: usize = 10_000;
const TEAMS: usize = 50;
/// Tokens made in one transaction.
const BATCH: usize = 10_000;
/// Tokens whose text is kept, to be presented.
const KEPT: usize = 50_000;

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["fill", directory, count] => fill(Path::new(directory), count.parse()?).await,
        ["load", directory] => load(Path::new(directory)).await,
        _ => Err("fill DIRECTORY COUNT, or load DIRECTORY".into()),
    }
}

async fn load(directory: &Path) -> Outcome<()> {
    let begun = Instant::now();
    let store = open(directory).await?;
    let master = MasterKey::from_file(&directory.join("master.key"))?;
    let vault = Arc::new(Vault::new(KeyRing::open(&master, &store.keys().await?)?, Arc::new(SystemRandom)));
    store.attach(vault.clone());
    let live = Live::new(store, vault);
    let (before, opened) = (resident_kib()?, begun.elapsed());
    live.reload().await?;
    let (after, loaded) = (resident_kib()?, begun.elapsed());
    println!("{} tokens, opened after {opened:.1?}, loaded after {loaded:.2?}", live.len());
    println!("processor time {:.2} s", processor_seconds()?);
    println!("resident {} MB before, {} MB after, {} MB at most", before / 1000, after / 1000, peak_kib()? / 1000);
    println!("{} bytes a token", (after - before) * 1024 / live.len().max(1) as u64);
    present(directory, &live)
}

fn present(directory: &Path, live: &Live) -> Outcome<()> {
    let texts = std::fs::read_to_string(directory.join("texts"))?;
    let texts: Vec<&str> = texts.lines().collect();
    for round in 0..3 {
        let begun = Instant::now();
        let known = texts.iter().filter(|text| live.present(text).is_ok()).count();
        let each = begun.elapsed() / u32::try_from(texts.len())?;
        println!("round {round}: {known} of {} presented are known, {each:?} each", texts.len());
    }
    Ok(())
}

fn resident_kib() -> Outcome<u64> {
    status("VmRSS:")
}

fn peak_kib() -> Outcome<u64> {
    status("VmHWM:")
}

fn status(field: &str) -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)).ok_or("no such field")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn processor_seconds() -> Outcome<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: u64 = [fields[11], fields[12]].iter().filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Ok(ticks as f64 / 100.0)
}

async fn open(directory: &Path) -> Outcome<Store> {
    let url = format!("sqlite://{}", directory.join("keyward.db").display());
    Ok(Store::open(&url, Arc::new(SystemClock::new())).await?)
}

async fn fill(directory: &Path, count: usize) -> Outcome<()> {
    std::fs::create_dir_all(directory)?;
    let store = open(directory).await?;
    let master = MasterKey::load_or_create(&directory.join("master.key"), &SystemRandom)?;
    let (keys, random) = (store.keys().await?, Arc::new(SystemRandom));
    let vault = match keys[..] {
        [] => first_keys(&store, &master).await?,
        _ => Arc::new(Vault::new(KeyRing::open(&master, &keys)?, random)),
    };
    store.attach(vault.clone());
    let there = store.resources_of_all_teams::<AppSpec>().await?;
    let apps = match there[..] {
        [] => fill_apps(&store).await?,
        _ => there.into_iter().map(|app| (app.team, app.id)).collect(),
    };
    let mut texts = std::fs::read_to_string(directory.join("texts")).unwrap_or_default();
    for batch in (0..count).collect::<Vec<_>>().chunks(BATCH) {
        let mut tx = store.begin(Cause::machine("filling")).await?;
        for number in batch {
            let (team, app) = apps[number * 7 % apps.len()];
            let (stored, text) = token(*number, team, app, &vault);
            tx.insert_token(&stored).await?;
            tx.audit(team, draft(Kind::Token, stored.token.id.as_str())).await?;
            if *number % (count / KEPT).max(1) == 0 {
                texts.push_str(text.expose());
                texts.push('\n');
            }
        }
        tx.commit().await?;
        println!("{} tokens", batch.last().copied().unwrap_or_default() + 1);
    }
    std::fs::write(directory.join("texts"), texts)?;
    store.close().await;
    Ok(())
}

/// One token of a few hundred kinds, with a name and labels of its own.
fn token(number: usize, team: TeamId, app: AppId, vault: &Vault) -> (StoredToken, TokenText) {
    let prefix = TokenPrefix::default();
    let (id, text) = generate(&prefix, &SystemRandom);
    let now = SystemClock::new().now();
    let kind = number % 300;
    let scopes: Vec<String> = (0..=kind % 5).map(|place| format!("service-{}:action-{place}", kind % 40)).collect();
    let mut spec = serde_json::json!({ "name": format!("customer {number} production"), "scopes": scopes });
    if kind.is_multiple_of(2) {
        spec["limits"] = serde_json::json!({
            "rates": [{"limit": 10 + kind, "window_seconds": 60}],
            "quotas": [{"limit": 1000 + kind, "period": "day"}],
        });
    }
    if kind.is_multiple_of(3) {
        spec["restrictions"] = serde_json::json!({
            "apis": [{"api": format!("service-{}", kind % 40)}],
            "allow_addresses": ["10.0.0.0/8", format!("192.0.2.{}", kind % 250)],
        });
    }
    if number.is_multiple_of(4) {
        spec["labels"] = serde_json::json!({"env": "production", "customer": number.to_string()});
    }
    let spec: TokenSpec = serde_json::from_value(spec).expect("a spec");
    let token = Token {
        id,
        team,
        app,
        prefix,
        last_four: text.last_four(),
        version: 1,
        state: if number.is_multiple_of(20) { TokenState::Disabled } else { TokenState::Active },
        spec,
        not_before: None,
        expires_at: number.is_multiple_of(3).then(|| now.plus(std::time::Duration::from_secs(86_400 * 90))),
        created_at: now,
        updated_at: now,
        successor: None,
        rotation: None,
        predecessor: None,
        revoked: None,
        imported: None,
    };
    (StoredToken { token, hash: vault.hash_token(text.expose()) }, text)
}

async fn first_keys(store: &Store, master: &MasterKey) -> Outcome<Arc<Vault>> {
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let (ring, keys) = KeyRing::create(master, &*random, SystemClock::new().now());
    let mut tx = store.begin_unsealed(Cause::machine("filling")).await?;
    tx.seal_with(Arc::new(Vault::new(KeyRing::open(master, &keys)?, random.clone())));
    for key in &keys {
        tx.insert_key(key).await?;
    }
    tx.audit(INSTALLATION, draft(Kind::Key, "ring")).await?;
    tx.commit().await?;
    Ok(Arc::new(Vault::new(ring, random)))
}

async fn fill_apps(store: &Store) -> Outcome<Vec<(TeamId, AppId)>> {
    let clock = SystemClock::new();
    let mut tx = store.begin(Cause::machine("filling")).await?;
    let (mut teams, mut apps) = (Vec::new(), Vec::new());
    for number in 0..TEAMS {
        let id = Id::new(&clock, &SystemRandom);
        teams.push(id);
        tx.insert(&record(id, id, &format!("team-{number}"), TeamSpec::default())).await?;
        tx.audit(id, draft(Kind::Team, &id.to_string())).await?;
    }
    for number in 0..APPS {
        let (team, id) = (teams[number % TEAMS], Id::new(&clock, &SystemRandom));
        apps.push((team, id));
        tx.insert(&record(id, team, &format!("app-{number}"), AppSpec::default())).await?;
        tx.audit(team, draft(Kind::App, &id.to_string())).await?;
    }
    tx.commit().await?;
    Ok(apps)
}

fn record<T: Resource>(id: Id<T>, team: TeamId, name: &str, spec: T) -> Record<T> {
    let (name, now) = (name.parse().expect("a name"), SystemClock::new().now());
    Record { id, team, name, version: 1, created_at: now, updated_at: now, source: None, spec }
}

fn draft(kind: Kind, target: &str) -> AuditDraft {
    AuditDraft {
        action: format!("{kind}.create"),
        kind,
        target: target.to_owned(),
        target_name: target.to_owned(),
        before: None,
        after: None,
        reason: None,
    }
}
