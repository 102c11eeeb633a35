//! The binary, started on free ports over a data directory of its own.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use super::{eventually, free_port};

/// How to start it.
#[derive(Default, Clone)]
pub(crate) struct Setup {
    /// The store, when it is not the embedded one.
    pub(crate) store_url: Option<String>,
    /// The data directory, when it is not a temporary one.
    pub(crate) data_dir: Option<PathBuf>,
    /// Workers of the gateway; two unless said.
    pub(crate) workers: Option<usize>,
    /// Further variables.
    pub(crate) env: Vec<(String, String)>,
}

/// A running Keyward. Killed when dropped.
pub(crate) struct Keyward {
    child: Option<Child>,
    pub(crate) setup: Setup,
    pub(crate) gateway: u16,
    pub(crate) control: u16,
    pub(crate) data: tempfile::TempDir,
    pub(crate) operator: String,
}

/// An answer of the management API.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// The body of an answer that has to be a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {:#}", self.status, self.body);
        self.body
    }
}

impl Keyward {
    pub(crate) fn with(setup: Setup) -> Self {
        let data = tempfile::tempdir().expect("a directory");
        let mut keyward =
            Self { child: None, setup, gateway: free_port(), control: free_port(), data, operator: String::new() };
        let output = keyward.command(&["init", "--save-token"]).output().expect("init runs");
        assert!(output.status.success(), "init: {}", String::from_utf8_lossy(&output.stderr));
        let token = keyward.path("operator.token");
        keyward.operator = std::fs::read_to_string(token).expect("the operator's token").trim().to_owned();
        keyward.up();
        keyward
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.data_dir().join(name)
    }

    fn data_dir(&self) -> PathBuf {
        self.setup.data_dir.clone().unwrap_or_else(|| self.data.path().join("data"))
    }

    /// The command line, set to talk to this Keyward.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
        command.args(args).current_dir(self.data.path());
        for name in ["KEYWARD_MASTER_KEY", "KEYWARD_TOKEN", "KEYWARD_TEAM"] {
            command.env_remove(name);
        }
        command.env("KEYWARD_DATA_DIR", self.data_dir());
        command.env("KEYWARD_URL", format!("http://127.0.0.1:{}", self.control));
        command.env("KEYWARD_GATEWAY_LISTEN", format!("127.0.0.1:{}", self.gateway));
        command.env("KEYWARD_CONTROL_LISTEN", format!("127.0.0.1:{}", self.control));
        command.env("KEYWARD_GATEWAY_WORKERS", self.setup.workers.unwrap_or(2).to_string());
        if let Some(url) = &self.setup.store_url {
            command.env("KEYWARD_STORE_URL", url);
        }
        command.envs(self.setup.env.iter().cloned());
        command
    }

    /// Runs a command that has to succeed; its standard output.
    #[track_caller]
    pub(crate) fn cli(&self, args: &[&str]) -> String {
        let output = self.command(args).output().expect("the binary runs");
        assert!(output.status.success(), "keyward {args:?}: {}", words(&output));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Starts the server and waits until it is ready.
    pub(crate) fn up(&mut self) {
        self.child = Some(self.spawn(&["serve"]));
        eventually("the server is ready", || {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().expect("its state"));
            assert!(ended.is_none(), "the server ended: {ended:?}\n{}", self.log());
            self.ready() == Some(200)
        });
    }

    /// Starts a second server that takes over from the first; gives back the first once the second accepts.
    pub(crate) fn take_over(&mut self) -> Child {
        let taken = || self.log().matches("another process has taken over").count();
        let before = taken();
        let child = self.spawn(&["serve", "--take-over"]);
        eventually("the second has taken over", || taken() > before);
        self.child.replace(child).expect("one ran before")
    }

    /// Starts another server process; whoever asks sees to its end.
    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        let log = File::options().create(true).append(true).open(self.data.path().join("log")).expect("a log");
        let mut command = self.command(args);
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("the log again")).stderr(log);
        command.spawn().expect("the server starts")
    }

    /// What `/readyz` answers, if anything.
    pub(crate) fn ready(&self) -> Option<u16> {
        agent().get(format!("http://127.0.0.1:{}/readyz", self.control)).call().ok().map(|a| a.status().as_u16())
    }

    /// What `/readyz` says.
    pub(crate) fn readiness(&self) -> String {
        self.read("/readyz", &[])
    }

    /// What `/metrics` says, in one of the forms `accepted`.
    pub(crate) fn scrape(&self, accepted: &[&str]) -> String {
        self.read("/metrics", accepted)
    }

    fn read(&self, path: &str, accepted: &[&str]) -> String {
        let mut request = agent().get(format!("http://127.0.0.1:{}{path}", self.control));
        for form in accepted {
            request = request.header("accept", *form);
        }
        let mut answer = request.call().expect("an answer");
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        answer.body_mut().read_to_string().expect("text")
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// Everything it has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.data.path().join("log")).unwrap_or_default()
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it can be killed");
            child.wait().expect("it ends");
        }
    }

    /// SIGTERM, and its exit code.
    pub(crate) fn terminate(&mut self) -> Option<i32> {
        let mut child = self.child.take().expect("it runs");
        let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
        child.wait().expect("it ends").code()
    }

    /// Calls the management API as the operator.
    pub(crate) fn api(&self, method: &str, path: &str, body: Value) -> Answer {
        self.try_api(&self.operator, method, path, body).expect("the control plane answers")
    }

    /// Calls the management API with any token; none when it cannot be reached.
    pub(crate) fn try_api(&self, token: &str, method: &str, path: &str, body: Value) -> Option<Answer> {
        let url = format!("http://127.0.0.1:{}/api/v1{path}", self.control);
        let request =
            http::Request::builder().method(method).uri(url).header("authorization", format!("Bearer {token}"));
        let answer = if body.is_null() {
            agent().run(request.body(()).expect("a request"))
        } else {
            let request = request.header("content-type", "application/json");
            agent().run(request.body(body.to_string()).expect("a request"))
        };
        let mut answer = answer.ok()?;
        let text = answer.body_mut().read_to_string().ok()?;
        let body =
            if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::String(text)) };
        Some(Answer { status: answer.status().as_u16(), body })
    }
}

impl Drop for Keyward {
    #[expect(clippy::print_stderr, reason = "whoever reads of a failed test wants to know what the server said")]
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("--- log of the server ---\n{}", self.log());
        }
    }
}

/// Both outputs of a command, for the message of a failed assertion.
pub(crate) fn words(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .timeout_global(Some(std::time::Duration::from_secs(30)))
        .build()
        .into()
}
