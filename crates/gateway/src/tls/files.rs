//! Files that are watched: read when they are new, told of when they are wrong.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use keyward_vault::sha256;
use zeroize::Zeroizing;

use super::error::TlsError;
use super::settings::CertificateFiles;

/// Rounds in which files are read although nothing about them seems new. Two changes within one tick of the file
/// system's clock leave the same times behind.
const UNSETTLED: u8 = 3;
/// The round in which something wrong is told. Who renews a certificate writes two files, one after the other, and what
/// is half done in between is nobody's mistake.
const TOLD_AFTER: u8 = 2;

/// What changes about a file when its content does: times, size, and the file itself where another takes its name.
type Stamp = (i64, i64, i64, i64, u64, u64);

/// Files that are read together.
pub(super) struct WatchedFiles {
    paths: Vec<PathBuf>,
    stamps: Option<Vec<Stamp>>,
    /// Of the contents in use.
    in_use: [u8; 32],
    unsettled: u8,
    /// What is wrong now, and for how many rounds it was.
    wrong: Option<(String, u8)>,
}

/// What a look at files came to.
pub(super) enum Look<T> {
    /// Nothing new; or something wrong that was told before.
    Same,
    /// Another content, read.
    New(T),
    /// Something wrong, to be told.
    Wrong(TlsError),
}

impl WatchedFiles {
    pub(super) fn new(paths: impl Into<Vec<PathBuf>>) -> Self {
        Self { paths: paths.into(), stamps: None, in_use: [0; 32], unsettled: UNSETTLED, wrong: None }
    }

    /// A certificate's file and its key's.
    pub(super) fn of_pair(files: &CertificateFiles) -> Self {
        Self::new([files.certificate.clone(), files.key.clone()])
    }

    /// Reads the files for the first time.
    pub(super) fn read<T>(
        &mut self,
        load: impl FnOnce(&[Zeroizing<Vec<u8>>]) -> Result<T, TlsError>,
    ) -> Result<T, TlsError> {
        self.stamps = self.stamp();
        let contents = self.contents()?;
        let loaded = load(&contents)?;
        self.in_use = hash(&contents);
        Ok(loaded)
    }

    /// Reads them again where something about them is new.
    pub(super) fn look<T>(&mut self, load: impl FnOnce(&[Zeroizing<Vec<u8>>]) -> Result<T, TlsError>) -> Look<T> {
        // Before the content: what is written in between is seen in the next round.
        let stamps = self.stamp();
        if stamps == self.stamps && self.unsettled == 0 && self.wrong.is_none() {
            return Look::Same;
        }
        self.unsettled = if stamps == self.stamps { self.unsettled.saturating_sub(1) } else { UNSETTLED };
        self.stamps = stamps;
        let read = self.contents().and_then(|contents| {
            let hash = hash(&contents);
            if hash == self.in_use { Ok(None) } else { load(&contents).map(|loaded| Some((hash, loaded))) }
        });
        match read {
            Ok(None) => {
                self.wrong = None;
                Look::Same
            }
            Ok(Some((hash, loaded))) => {
                self.wrong = None;
                self.in_use = hash;
                Look::New(loaded)
            }
            Err(error) => self.tell(error),
        }
    }

    /// What is wrong with the files now, once it has been so for a while. What was read before stays in use.
    pub(super) fn wrong(&self) -> Option<&str> {
        self.wrong.as_ref().filter(|(_, rounds)| *rounds >= TOLD_AFTER).map(|(text, _)| text.as_str())
    }

    /// Tells what is wrong once it has been so for a while, and once.
    fn tell<T>(&mut self, error: TlsError) -> Look<T> {
        let text = error.to_string();
        let rounds = match &self.wrong {
            Some((before, rounds)) if *before == text => rounds.saturating_add(1),
            _ => 1,
        };
        self.wrong = Some((text, rounds));
        if rounds == TOLD_AFTER { Look::Wrong(error) } else { Look::Same }
    }

    fn stamp(&self) -> Option<Vec<Stamp>> {
        let stamp = |path: &PathBuf| {
            let file = std::fs::metadata(path).ok()?;
            Some((file.mtime(), file.mtime_nsec(), file.ctime(), file.ctime_nsec(), file.size(), file.ino()))
        };
        self.paths.iter().map(stamp).collect()
    }

    fn contents(&self) -> Result<Vec<Zeroizing<Vec<u8>>>, TlsError> {
        let read = |path: &PathBuf| match std::fs::read(path) {
            Ok(content) => Ok(Zeroizing::new(content)),
            Err(error) => Err(TlsError::Unreadable { path: path.clone(), error }),
        };
        self.paths.iter().map(read).collect()
    }
}

/// Of each content's own hash, so that no boundary can move.
fn hash(contents: &[Zeroizing<Vec<u8>>]) -> [u8; 32] {
    let all: Vec<u8> = contents.iter().flat_map(|content| sha256(content)).collect();
    sha256(&all)
}
