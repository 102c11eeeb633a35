//! What captures are on the disk, looked at without a process that keeps them, and without changing anything.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::segment::{MAGIC, Sealed, walk};

/// The captures in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CapturesFound {
    /// Files.
    pub files: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Captures in them; none counted where they were not read through.
    pub captures: Option<u64>,
    /// Files in which something is not what was written.
    pub damaged: Vec<PathBuf>,
    /// Files that cannot be read, and why.
    pub unreadable: Vec<(PathBuf, String)>,
}

/// Looks over the captures in `folder`; `through` reads all of them. A folder that is not there holds none.
pub fn survey_captures(folder: &Path, through: bool) -> io::Result<CapturesFound> {
    let mut found = CapturesFound { captures: through.then_some(0), ..CapturesFound::default() };
    let teams = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        teams => teams?,
    };
    for team in teams {
        let team = team?.path();
        if !team.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(&team)? {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == "captures")
                && let Err(error) = found.take(&path, through)
                // Deleted in between.
                && error.kind() != io::ErrorKind::NotFound
            {
                found.unreadable.push((path, error.to_string()));
            }
        }
    }
    Ok(found)
}

impl CapturesFound {
    fn take(&mut self, path: &Path, through: bool) -> io::Result<()> {
        let file = File::open(path)?;
        self.files += 1;
        self.bytes += file.metadata()?.len();
        let Some(captures) = self.captures.filter(|_| through) else { return Ok(()) };
        let sealed = Sealed::read_trailer(path, &file)?;
        let mut bytes = std::fs::read(path)?;
        if let Some(sealed) = &sealed {
            bytes.truncate(usize::try_from(sealed.index_at).unwrap_or(usize::MAX));
        }
        let walked = walk(&bytes);
        // One that is written may break off where a capture is on its way; one that is ended may not.
        let is_other = !bytes.starts_with(&MAGIC);
        if is_other || walked.damaged > 0 || (sealed.is_some() && walked.end < bytes.len()) {
            self.damaged.push(path.to_owned());
        }
        self.captures = Some(captures + walked.index.len() as u64);
        Ok(())
    }
}
