//! A wall clock that can be set: libfaketime (Debian's package faketime). The monotonic clock is the machine's.

use std::path::{Path, PathBuf};

/// The offset of a wall clock, read anew by whoever was started with [`WallClock::env`].
pub(crate) struct WallClock {
    file: PathBuf,
    _folder: tempfile::TempDir,
}

impl WallClock {
    /// Away from the machine's by `offset`, as libfaketime reads it: `+31d`.
    pub(crate) fn at(offset: &str) -> Self {
        let folder = tempfile::tempdir().expect("a directory");
        let clock = Self { file: folder.path().join("offset"), _folder: folder };
        clock.jump(offset);
        clock
    }

    pub(crate) fn jump(&self, offset: &str) {
        std::fs::write(&self.file, offset).expect("the offset");
    }

    /// Where the offset stands, for whoever else is to set it.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// What puts a process under it.
    pub(crate) fn env(&self) -> Vec<(String, String)> {
        let library = [
            "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
            "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
        ]
        .into_iter()
        .find(|path| std::path::Path::new(path).exists())
        .expect("libfaketime is installed (Debian's package faketime)");
        let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        vec![
            variable("LD_PRELOAD", library),
            variable("FAKETIME_TIMESTAMP_FILE", self.file.to_str().expect("a path")),
            variable("FAKETIME_NO_CACHE", "1"),
            variable("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ]
    }
}
