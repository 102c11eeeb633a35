//! A PostgreSQL for tests: the one that `KEYWARD_TEST_POSTGRES` names, or one of our own on a free port.
//!
//! Nothing but the standard library and PostgreSQL's own programs, so that other crates' tests can take in this
//! file by its path.
#![allow(dead_code, reason = "not every test that takes this file in needs all of it")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A database that is dropped with this.
#[derive(Debug)]
pub(crate) struct Database {
    admin: String,
    name: String,
}

impl Database {
    /// A new, empty database on the shared server.
    pub(crate) fn create() -> Self {
        Self::create_on(&shared(), "")
    }

    /// A new, empty database on the server of `admin`, the URL of an existing one there; `with` is appended to
    /// CREATE DATABASE.
    pub(crate) fn create_on(admin: &str, with: &str) -> Self {
        let name = format!("kw_test_{}", unique());
        psql(admin, &format!("CREATE DATABASE {name} {with}"));
        Self { admin: admin.to_owned(), name }
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        let (start, query) = self.admin.split_once('?').map_or((self.admin.as_str(), None), |(s, q)| (s, Some(q)));
        let slash = start.rfind('/').expect("a URL with a database");
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}/{}{query}", &start[..slash], self.name)
    }

    /// Its name on the server.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Whoever is still connected is a part of a test that failed.
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let _ = Command::new(program("psql")).args(["-X", "-q", "-d", &self.admin, "-c", &drop]).output();
    }
}

/// The URL of a database on a server that all tests of this process share.
pub(crate) fn shared() -> String {
    static SHARED: OnceLock<(String, Option<Server>)> = OnceLock::new();
    let (url, _) = SHARED.get_or_init(|| match std::env::var("KEYWARD_TEST_POSTGRES") {
        Ok(url) if !url.is_empty() => (url, None),
        _ => {
            let server = Server::start();
            (server.url(), Some(server))
        }
    });
    url.clone()
}

/// Runs one statement.
pub(crate) fn psql(url: &str, statement: &str) {
    let output = Command::new(program("psql"))
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement])
        .output()
        .expect("psql runs");
    assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A server of our own. It ends with this value, and also when the test process is killed.
#[derive(Debug)]
pub(crate) struct Server {
    directory: PathBuf,
    port: u16,
    watch: Child,
}

impl Server {
    /// Makes a cluster and starts it on a free port of 127.0.0.1.
    pub(crate) fn start() -> Self {
        let directory = std::env::temp_dir().join(format!("keyward-postgres-{}", unique()));
        std::fs::create_dir(&directory).expect("a directory for PostgreSQL");
        if as_root() {
            run(Command::new("chown").arg("postgres").arg(&directory));
        }
        let data = directory.join("data");
        run(as_postgres("initdb").args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "-D"]).arg(&data));
        let stop = format!(
            "cat >/dev/null; {} -D {} -m immediate stop; rm -rf {}",
            shell(&as_postgres("pg_ctl")),
            data.display(),
            directory.display()
        );
        // It reads from a pipe of ours that ends when we do, however we end.
        let watch = Command::new("sh")
            .args(["-c", &stop])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let server = Self { directory, port: free_port(), watch };
        server.start_again();
        server
    }

    /// The URL of its database `postgres`.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// A directory that the server may write to.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The processes that serve a database's connections.
    pub(crate) fn backends_of(&self, database: &str) -> Vec<String> {
        let query = format!("SELECT pid FROM pg_stat_activity WHERE datname = '{database}'");
        let output = Command::new(program("psql")).args(["-X", "-A", "-t", "-d", &self.url(), "-c", &query]).output();
        String::from_utf8_lossy(&output.expect("psql runs").stdout).split_whitespace().map(str::to_owned).collect()
    }

    /// Stops it at once, as a crash would.
    pub(crate) fn stop(&self) {
        run(as_postgres("pg_ctl").arg("-D").arg(self.directory.join("data")).args(["-m", "immediate", "stop"]));
    }

    /// Starts it after [`Self::stop`].
    pub(crate) fn start_again(&self) {
        let options = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=100",
            self.port,
            self.directory.display()
        );
        run(as_postgres("pg_ctl")
            .arg("-D")
            .arg(self.directory.join("data"))
            .arg("-l")
            .arg(self.directory.join("log"))
            .args(["-w", "-o", &options, "start"])
            .stdout(Stdio::null())
            .stderr(Stdio::null()));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        let _ = self.watch.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A program of PostgreSQL's, run as somebody it accepts: it refuses to serve as root.
fn as_postgres(name: &str) -> Command {
    if as_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program(name)).current_dir("/");
        command
    } else {
        Command::new(program(name))
    }
}

fn shell(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn as_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id runs");
    output.stdout.starts_with(b"0\n")
}

/// A program of the newest PostgreSQL on this machine, where Debian puts it, or else on the path.
fn program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .map(|version| version.path().join("bin").join(name))
        .filter(|path| path.exists())
        .max_by_key(|path| path.components().nth(4).and_then(|v| v.as_os_str().to_str()?.parse::<u32>().ok()));
    newest.unwrap_or_else(|| {
        assert!(
            Command::new(name).arg("--version").output().is_ok(),
            "no PostgreSQL here: install the package postgresql, or name a server in KEYWARD_TEST_POSTGRES"
        );
        PathBuf::from(name)
    })
}

/// A word that no other test of any process has.
fn unique() -> String {
    use std::hash::{BuildHasher, Hasher};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let random = std::hash::RandomState::new().build_hasher().finish();
    format!("{}_{}_{random:016x}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}
