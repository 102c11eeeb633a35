//! Opening what an installation consists of: data directory, store, master key and key ring.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyward_model::audit::{AuditDraft, Cause};
use keyward_model::change::SealedKey;
use keyward_model::clock::SystemClock;
use keyward_model::resource::Kind;
use keyward_model::{Clock, Random};
use keyward_store::{INSTALLATION, OpenError, Store, StoreError};
use keyward_vault::{KeyRing, MasterKey, MasterKeyError, OpenRingError, SystemRandom, Vault};

use crate::configuration::Configuration;
use crate::failure::{Exit, Failure};

/// An installation, open.
pub struct Installation {
    /// The store, with the key ring attached.
    pub store: Store,
    /// The key ring at work.
    pub vault: Arc<Vault>,
    /// What the key ring is sealed under.
    pub master: MasterKey,
    /// The machine's clock.
    pub clock: Arc<dyn Clock>,
    /// The machine's randomness.
    pub random: Arc<dyn Random>,
}

/// Whether what is missing is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Data directory, database, master key and key ring are made.
    Make {
        /// For the audit trail: the command that makes it.
        command: &'static str,
    },
    /// What is not there is an error.
    Refuse,
}

/// Why an installation could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum InstallationError {
    /// The data directory cannot be used.
    #[error("the data directory {path} cannot be used: {source}; name another with --data-dir, or mend its rights")]
    DataDir {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is none yet.
    #[error(
        "there is no installation in {path}; make one with `keyward init` or `keyward serve`, or name another place with --data-dir"
    )]
    Absent {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The database is there, but not the key that opens it.
    #[error(
        "the store's keys are sealed under a master key, and {path} is not there; put the file back from its backup, \
         or set KEYWARD_MASTER_KEY"
    )]
    MasterKeyGone {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The master key cannot be had.
    #[error("{whence}: {source}")]
    MasterKey {
        /// From where it was to come.
        whence: String,
        /// Why not.
        source: MasterKeyError,
    },
    /// The key ring does not open.
    #[error("the key ring does not open with the master key from {whence}: {source}")]
    KeyRing {
        /// Where the master key came from.
        whence: String,
        /// Why not.
        source: OpenRingError,
    },
    /// The store does not open.
    #[error("{0}")]
    Store(#[from] OpenError),
    /// The store fails.
    #[error("{0}")]
    Using(#[from] StoreError),
}

impl From<InstallationError> for Failure {
    fn from(error: InstallationError) -> Self {
        let exit = match &error {
            InstallationError::Absent { .. } => Exit::NotFound,
            InstallationError::Store(OpenError::Unreachable { .. })
            | InstallationError::Using(StoreError::Unavailable(_)) => Exit::Unreachable,
            InstallationError::Store(OpenError::BadUrl(_)) | InstallationError::MasterKey { .. } => Exit::Usage,
            _ => Exit::Failed,
        };
        Failure::new(exit, error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        InstallationError::from(error).into()
    }
}

impl Installation {
    /// Opens the installation that is configured.
    pub async fn open(
        configuration: &Configuration,
        environment: &BTreeMap<String, String>,
        missing: Missing,
    ) -> Result<Self, InstallationError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let store = open_store(configuration, Arc::clone(&clock), missing).await?;
        let keys = store.keys().await?;
        let (master, whence) = master_key(configuration, environment, &keys, missing, &*random)?;
        let (ring, master) = if keys.is_empty() {
            (make_ring(&store, &master, &clock, &random, missing).await?, master)
        } else {
            match KeyRing::open(&master, &keys) {
                Ok(ring) => (ring, master),
                Err(source) => half_rotated(configuration, environment, &keys)
                    .ok_or(InstallationError::KeyRing { whence, source })?,
            }
        };
        let vault = Arc::new(Vault::new(ring, Arc::clone(&random)));
        store.attach(Arc::clone(&vault) as _);
        Ok(Self { store, vault, master, clock, random })
    }
}

/// Where `keyward keys rotate --master` keeps the new key until the store is sealed under it.
pub(crate) fn next_master_key(configuration: &Configuration) -> PathBuf {
    configuration.master_key_file.with_extension("key.next")
}

/// A rotation of the master key that ended between the store and the file: the new key is beside the old one.
fn half_rotated(
    configuration: &Configuration,
    environment: &BTreeMap<String, String>,
    keys: &[SealedKey],
) -> Option<(KeyRing, MasterKey)> {
    if environment.contains_key("KEYWARD_MASTER_KEY") {
        return None;
    }
    let path = next_master_key(configuration);
    let master = MasterKey::from_file(&path).ok()?;
    let ring = KeyRing::open(&master, keys).ok()?;
    tracing::warn!(
        "a rotation of the master key was interrupted: the new key is still in {}; run `keyward keys rotate --master` \
         once more to finish it",
        path.display()
    );
    Some((ring, master))
}

/// Opens the store without its keys: enough for copies.
pub async fn open_store(
    configuration: &Configuration,
    clock: Arc<dyn Clock>,
    missing: Missing,
) -> Result<Store, InstallationError> {
    let url = configuration.store.url.as_str();
    match missing {
        Missing::Make { .. } => ensure_private(&configuration.data_dir)?,
        Missing::Refuse => {
            let file = configuration.store.url.file_path();
            if let Some(path) = file.filter(|path| !path.exists()) {
                return Err(InstallationError::Absent { path });
            }
        }
    }
    Ok(Store::open(url, clock).await?)
}

/// Makes a directory that nobody else can read; one that is there already keeps its rights.
pub fn ensure_private(path: &Path) -> Result<(), InstallationError> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| InstallationError::DataDir { path: path.to_owned(), source })
}

/// The master key and where it came from. One is made only where the store has no keys yet: a second one would fit
/// nothing.
fn master_key(
    configuration: &Configuration,
    environment: &BTreeMap<String, String>,
    keys: &[SealedKey],
    missing: Missing,
    random: &dyn Random,
) -> Result<(MasterKey, String), InstallationError> {
    if let Some(text) = environment.get("KEYWARD_MASTER_KEY") {
        let whence = "KEYWARD_MASTER_KEY".to_owned();
        return match MasterKey::from_text(text) {
            Ok(key) => Ok((key, whence)),
            Err(source) => Err(InstallationError::MasterKey { whence, source }),
        };
    }
    let path = &configuration.master_key_file;
    let whence = path.display().to_string();
    let read = if keys.is_empty() && missing != Missing::Refuse {
        MasterKey::load_or_create(path, random)
    } else if path.exists() {
        MasterKey::from_file(path)
    } else {
        return Err(InstallationError::MasterKeyGone { path: path.clone() });
    };
    match read {
        Ok(key) => Ok((key, whence)),
        Err(source) => Err(InstallationError::MasterKey { whence: "the master key".to_owned(), source }),
    }
}

/// Makes the key ring of a new store. Of two nodes that start at once, the second takes over what the first made.
async fn make_ring(
    store: &Store,
    master: &MasterKey,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
    missing: Missing,
) -> Result<KeyRing, InstallationError> {
    let Missing::Make { command } = missing else {
        return Err(InstallationError::Absent { path: PathBuf::from("the store") });
    };
    let mut tx = store.begin_unsealed(Cause::machine(command)).await?;
    let there = tx.keys().await?;
    if !there.is_empty() {
        let whence = "another node that has just started".to_owned();
        return KeyRing::open(master, &there).map_err(|source| InstallationError::KeyRing { whence, source });
    }
    let (ring, sealed) = KeyRing::create(master, &**random, clock.now());
    for key in &sealed {
        tx.insert_key(key).await?;
    }
    // The vault at work is made from the ring returned; this one lives for the seal of these rows alone.
    let (same, random) = (KeyRing::open(master, &sealed), Arc::clone(random));
    let same = same.map_err(|source| InstallationError::KeyRing { whence: "this start".to_owned(), source })?;
    tx.seal_with(Arc::new(Vault::new(same, random)));
    tx.audit(INSTALLATION, first_keys()).await?;
    tx.commit().await?;
    Ok(ring)
}

fn first_keys() -> AuditDraft {
    AuditDraft {
        action: "key.create".to_owned(),
        kind: Kind::Key,
        target: "key_ring".to_owned(),
        target_name: "key ring".to_owned(),
        before: None,
        after: None,
        reason: None,
    }
}
