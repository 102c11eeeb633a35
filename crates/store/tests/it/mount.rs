//! A small disk of its own, to be filled or written to no more.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A tmpfs that is unmounted with this.
pub(crate) struct Disk {
    directory: tempfile::TempDir,
}

impl Disk {
    /// A disk of so many KiB; none where this process may not mount, and then it says so.
    pub(crate) fn new(kib: u32) -> Option<Self> {
        let directory = tempfile::tempdir().expect("a directory");
        let options = format!("size={kib}k,mode=0777");
        let mounted = mount(&["-t", "tmpfs", "-o", &options, "tmpfs"], directory.path());
        match mounted {
            Ok(()) => Some(Self { directory }),
            Err(error) => {
                println!("skipped: a small disk cannot be mounted here ({error}); run as root to try it");
                None
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Fills what room is left, but for about `left` bytes.
    pub(crate) fn fill(&self, left: usize) {
        let file = self.ballast();
        let mut bytes = std::fs::read(&file).unwrap_or_default().len();
        for step in [65_536, 4096] {
            loop {
                bytes += step;
                if std::fs::write(&file, vec![b'x'; bytes]).is_err() {
                    bytes -= step;
                    break;
                }
            }
        }
        std::fs::write(&file, vec![b'x'; bytes.saturating_sub(left)]).expect("less than before");
    }

    /// Makes room again.
    pub(crate) fn relieve(&self) {
        let _ = std::fs::remove_file(self.ballast());
    }

    /// Mounts it anew, `ro` or `rw`; no file on it may be open for writing.
    pub(crate) fn remount(&self, how: &str) {
        mount(&["-o", &format!("remount,{how}")], self.path()).expect("remounted");
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).output();
    }
}

fn mount(options: &[&str], at: &Path) -> Result<(), String> {
    let output = Command::new("mount").args(options).arg(at).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}
