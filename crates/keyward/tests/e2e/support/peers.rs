//! Other people's programs: upstreams behind the gateway and clients in front of it.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::{eventually, free_port};

/// A server started for one test. Killed when dropped.
pub(crate) struct Peer {
    child: Child,
    pub(crate) port: u16,
    _folder: Option<tempfile::TempDir>,
}

impl Drop for Peer {
    fn drop(&mut self) {
        // nginx stops its workers only when asked.
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/peers").join(name)
}

/// The Python that has httpx: the one `make test` prepared, or the one named.
fn python() -> PathBuf {
    let prepared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-venv/bin/python");
    match std::env::var_os("KEYWARD_TEST_PYTHON") {
        Some(path) => path.into(),
        None if prepared.exists() => prepared,
        None => "python3".into(),
    }
}

fn port_printed(mut command: Command) -> Peer {
    let mut child = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn().expect("the upstream starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("its port");
    let port = line.trim().parse().expect("a port on the first line");
    Peer { child, port, _folder: None }
}

/// The echo written in Python.
pub(crate) fn python_upstream() -> Peer {
    let mut command = Command::new("python3");
    command.arg(script("upstream.py"));
    port_printed(command)
}

/// The echo written for Node.
pub(crate) fn node_upstream() -> Peer {
    let mut command = Command::new("node");
    command.arg(script("upstream.mjs"));
    port_printed(command)
}

/// nginx, answering every call with 200 and one line of text.
pub(crate) fn nginx_upstream() -> Peer {
    let folder = tempfile::tempdir().expect("a directory");
    let at = folder.path().display();
    let port = free_port();
    let config = folder.path().join("nginx.conf");
    let text = format!(
        "daemon off; worker_processes 1; pid {at}/pid; error_log {at}/error.log;\n\
         events {{ worker_connections 1024; }}\n\
         http {{ access_log off; client_body_temp_path {at}/body; proxy_temp_path {at}/proxy;\n\
         fastcgi_temp_path {at}/fastcgi; uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi;\n\
         keepalive_requests 100;\n\
         server {{ listen 127.0.0.1:{port}; location / {{ default_type text/plain; return 200 'nginx was here\\n'; }} }} }}\n"
    );
    std::fs::write(&config, text).expect("its configuration");
    let program = if Path::new("/usr/sbin/nginx").exists() { "/usr/sbin/nginx" } else { "nginx" };
    let child = Command::new(program).arg("-c").arg(&config).stderr(Stdio::null()).spawn().expect("nginx starts");
    let peer = Peer { child, port, _folder: Some(folder) };
    eventually("nginx listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    peer
}

/// Drives the gateway with Python's httpx.
pub(crate) fn httpx(plan: &Value) -> Vec<Value> {
    drive(Command::new(python()).arg(script("client_httpx.py")), plan)
}

/// Drives the gateway with Node's fetch.
pub(crate) fn fetch(plan: &Value) -> Vec<Value> {
    drive(Command::new("node").arg(script("client_fetch.mjs")), plan)
}

/// Metrics as the parsers of Prometheus's own client read them: by sample, labels and values.
pub(crate) fn parsed_metrics(text: &str, as_openmetrics: bool) -> Value {
    let mut command = Command::new(python());
    command.arg(script("read_metrics.py")).args(as_openmetrics.then_some("openmetrics"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the parser starts");
    child.stdin.take().expect("its input").write_all(text.as_bytes()).expect("the metrics");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "the metrics cannot be read:\n{text}");
    serde_json::from_slice(&output.stdout).expect("JSON of the samples")
}

/// Node, calling over HTTP/2 until told to stop.
pub(crate) struct Http2Caller(Child);

/// Begins to call `path` of `origin` over HTTP/2.
pub(crate) fn http2_caller(origin: &str, path: &str, token: &str) -> Http2Caller {
    let mut command = Command::new("node");
    command.arg(script("client_http2.mjs")).args([origin, path, token]);
    Http2Caller(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the client starts"))
}

impl Http2Caller {
    /// How many calls were answered with 200; none may have failed.
    pub(crate) fn stop(mut self) -> usize {
        drop(self.0.stdin.take());
        let output = self.0.wait_with_output().expect("the client ends");
        let said: Value = serde_json::from_slice(&output.stdout).expect("JSON of what came back");
        assert_eq!(said["failed"], Value::Array(Vec::new()), "calls over HTTP/2 failed");
        said["answered"].as_u64().and_then(|answered| answered.try_into().ok()).expect("a number")
    }
}

fn drive(command: &mut Command, plan: &Value) -> Vec<Value> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the client starts");
    child.stdin.take().expect("its input").write_all(plan.to_string().as_bytes()).expect("the plan");
    let output = child.wait_with_output().expect("the client ends");
    assert!(output.status.success(), "the client failed: {}", output.status);
    serde_json::from_slice(&output.stdout).expect("JSON of what came back")
}

/// Runs curl; status code and body.
pub(crate) fn curl(args: &[&str]) -> (u16, String) {
    let output = Command::new("curl")
        .args(["-s", "--max-time", "30", "-w", "\n%{http_code}"])
        .args(args)
        .output()
        .expect("curl runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let (body, status) = text.rsplit_once('\n').expect("a closing line");
    (status.parse().expect("a status"), body.to_owned())
}
