//! Files with secrets in them: readable by their owner only, from the first moment on.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Writes a file of mode 0600 in one step: whoever reads it sees the old one or the new one, whole.
pub(crate) fn write(path: &Path, secret: &[u8]) -> io::Result<()> {
    let aside = path.with_extension("new");
    // One left by an earlier attempt may have other rights.
    match fs::remove_file(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    file.write_all(secret)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&aside, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_file_is_the_owners_alone_whatever_was_there() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("a.token");
        fs::write(&path, "old").expect("written");
        fs::write(path.with_extension("new"), "left over").expect("written");
        write(&path, b"new").expect("written");
        assert_eq!(fs::read_to_string(&path).expect("readable"), "new\n");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    }
}
