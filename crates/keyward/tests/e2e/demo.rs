//! The first five minutes: what `serve --demo` prints works when it is pasted, also the second time.

use std::process::{Command, Stdio};

use crate::support::{eventually, free_port};

struct Demo {
    child: std::process::Child,
    printed: std::path::PathBuf,
}

impl Demo {
    fn start(folder: &std::path::Path, ports: (u16, u16)) -> Self {
        let printed = folder.join("printed");
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
        command.args(["serve", "--demo"]).current_dir(folder).stdin(Stdio::null());
        command.env("KEYWARD_GATEWAY_LISTEN", format!("127.0.0.1:{}", ports.0));
        command.env("KEYWARD_CONTROL_LISTEN", format!("127.0.0.1:{}", ports.1));
        command.stdout(std::fs::File::create(&printed).expect("a file"));
        command.stderr(std::fs::File::create(folder.join("log")).expect("a file"));
        let demo = Self { child: command.spawn().expect("it starts"), printed };
        eventually("the demo prints its lines", || demo.lines().len() >= 3);
        demo
    }

    /// The lines that can be pasted.
    fn lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.printed).unwrap_or_default();
        text.lines().filter(|line| line.starts_with("curl ")).map(str::to_owned).collect()
    }

    fn interrupt(mut self) -> Option<i32> {
        Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().expect("kill runs");
        self.child.wait().expect("it ends").code()
    }
}

/// Pastes a line into a shell.
fn paste(line: &str) -> String {
    let output = Command::new("bash").args(["-c", line]).output().expect("a shell");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_printed_lines_work_when_pasted() {
    let folder = tempfile::tempdir().expect("a directory");
    let ports = (free_port(), free_port());
    for start in 0..2 {
        let demo = Demo::start(folder.path(), ports);
        let lines = demo.lines();
        assert_eq!(lines.len(), 3, "{lines:?}");
        let allowed = paste(&lines[0]);
        assert!(allowed.contains("\"id\"") && !allowed.contains("\"code\""), "start {start}: {allowed}");
        let refused = paste(&lines[1]);
        assert!(refused.contains("scope_missing") && refused.contains("orders:"), "start {start}: {refused}");
        let explained = paste(&lines[2]);
        assert!(explained.contains("scope_missing") && explained.contains("\"checks\""), "start {start}: {explained}");
        assert_eq!(demo.interrupt(), Some(0), "Ctrl-C drains and ends well");
    }
}
