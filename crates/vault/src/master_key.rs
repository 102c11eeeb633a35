//! The master key: it seals the key ring, and never lies in the database.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use keyward_model::Random;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::key_bytes::KeyBytes;

/// 32 bytes. Wiped when dropped, not shown by `Debug`.
#[derive(Clone)]
pub struct MasterKey(KeyBytes);

impl ZeroizeOnDrop for MasterKey {}

/// The master key cannot be had. No text of this shows any of it.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The text is not 32 bytes in a known form.
    #[error("a master key is 32 bytes: 64 hexadecimal digits, or 43 or 44 characters of base64")]
    Malformed,
    /// The file does not hold a master key.
    #[error("{path} does not hold a master key, which is 64 hexadecimal digits; put the right file there")]
    MalformedFile {
        /// Which file.
        path: PathBuf,
    },
    /// Others than the owner may read or write the file.
    #[error("{path} can be read by others than its owner (mode {mode:03o}); run `chmod 600 {path}` and start again")]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The file cannot be read or written.
    #[error("{path} cannot be used: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl MasterKey {
    /// A fresh one.
    pub fn generate(random: &dyn Random) -> Self {
        Self(KeyBytes::generate(random))
    }

    /// From 64 hexadecimal digits, or base64 with either alphabet, padded or not. White space around is ignored.
    pub fn from_text(text: &str) -> Result<Self, MasterKeyError> {
        let text = text.trim();
        let mut bytes = KeyBytes::default();
        let read = if text.len() == 64 {
            read_hex(text, &mut bytes)
        } else {
            let text = text.strip_suffix('=').unwrap_or(text);
            let engine = if text.contains(['-', '_']) { &URL_SAFE_NO_PAD } else { &STANDARD_NO_PAD };
            text.len() == 43 && engine.decode_slice(text, &mut bytes[..]).is_ok_and(|length| length == 32)
        };
        if read { Ok(Self(bytes)) } else { Err(MasterKeyError::Malformed) }
    }

    /// From a file that nobody but its owner may read.
    pub fn from_file(path: &Path) -> Result<Self, MasterKeyError> {
        let failed = |source| MasterKeyError::File { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        check_mode(path, &file)?;
        let mut text = Zeroizing::new(String::with_capacity(1024));
        let malformed = |_| MasterKeyError::MalformedFile { path: path.to_owned() };
        match file.take(1024).read_to_string(&mut text) {
            Ok(_) => Self::from_text(&text).map_err(malformed),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(malformed(MasterKeyError::Malformed)),
            Err(error) => Err(failed(error)),
        }
    }

    /// From the file, or, where there is none yet, a fresh one that is in the file, for good, when this returns.
    pub fn load_or_create(path: &Path, random: &dyn Random) -> Result<Self, MasterKeyError> {
        match Self::from_file(path) {
            Err(MasterKeyError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            found => return found,
        }
        let key = Self::generate(random);
        match key.write_new(path, random) {
            // Another process was faster: its key is the one.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::from_file(path),
            Err(source) => Err(MasterKeyError::File { path: path.to_owned(), source }),
            Ok(()) => Ok(key),
        }
    }

    /// The key as a file holds it.
    pub fn to_file_text(&self) -> Zeroizing<String> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = Zeroizing::new(String::with_capacity(65));
        for byte in *self.0 {
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        text.push('\n');
        text
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Writes beside the place and links into it: whoever finds the file finds it whole, also after a crash.
    fn write_new(&self, path: &Path, random: &dyn Random) -> io::Result<()> {
        let mut suffix = [0u8; 8];
        random.fill(&mut suffix);
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{:016x}", u64::from_be_bytes(suffix)));
        let written = self.write_durably(Path::new(&beside)).and_then(|()| fs::hard_link(&beside, path));
        let removed = fs::remove_file(&beside);
        written.and(removed)?;
        match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            Some(parent) => File::open(parent)?.sync_all(),
            None => File::open(".")?.sync_all(),
        }
    }

    fn write_durably(&self, path: &Path) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(self.to_file_text().as_bytes())?;
        file.sync_all()
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// Asks the open file, so that no other can be put in its place between the question and the reading.
fn check_mode(path: &Path, file: &File) -> Result<(), MasterKeyError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let failed = |source| MasterKeyError::File { path: path.to_owned(), source };
        let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(MasterKeyError::Exposed { path: path.to_owned(), mode });
        }
    }
    Ok(())
}

fn read_hex(text: &str, bytes: &mut [u8; 32]) -> bool {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)).all(|(byte, pair)| {
        let value = digit(pair[0]).zip(digit(pair[1])).map(|(high, low)| high << 4 | low);
        *byte = value.unwrap_or_default();
        value.is_some()
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::SystemRandom;

    fn same(one: &MasterKey, other: &MasterKey) -> bool {
        *one.0 == *other.0
    }

    #[test]
    fn every_written_form_reads_back() {
        let key = MasterKey::generate(&SystemRandom);
        let padded = base64::engine::general_purpose::STANDARD.encode(*key.0);
        for text in [key.to_file_text().to_string(), padded, URL_SAFE_NO_PAD.encode(*key.0)] {
            assert!(same(&MasterKey::from_text(&text).expect("a key"), &key));
        }
    }

    #[test]
    fn other_text_is_refused_and_never_shown() {
        for bad in ["", "secret", &"g".repeat(64), &"a".repeat(63), &"é".repeat(32), &"A".repeat(45)] {
            let error = MasterKey::from_text(bad).expect_err(bad);
            assert!(bad.is_empty() || !error.to_string().contains(bad));
        }
        assert_eq!(format!("{:?}", MasterKey::generate(&SystemRandom)), "[hidden]");
    }

    #[test]
    fn the_first_start_makes_a_file_for_its_owner_and_the_second_reads_it() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("master.key");
        let made = MasterKey::load_or_create(&path, &SystemRandom).expect("a fresh key");
        let read = MasterKey::load_or_create(&path, &SystemRandom).expect("the same key");
        assert!(same(&made, &read));
        assert_eq!(fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).expect("the directory").count(), 1, "nothing is left beside it");
    }

    #[test]
    fn of_two_first_starts_one_key_wins() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("master.key");
        let keys: Vec<MasterKey> = std::thread::scope(|scope| {
            let start = || MasterKey::load_or_create(&path, &SystemRandom).expect("a key");
            let starts: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            starts.into_iter().map(|started| started.join().expect("no panic")).collect()
        });
        let kept = MasterKey::from_file(&path).expect("the file");
        assert!(keys.iter().all(|key| same(key, &kept)));
    }

    #[test]
    fn a_file_that_others_may_read_is_refused_with_the_remedy() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("master.key");
        MasterKey::load_or_create(&path, &SystemRandom).expect("a key");
        for mode in [0o640, 0o604, 0o620, 0o602] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("permissions");
            let error = MasterKey::load_or_create(&path, &SystemRandom).expect_err("too open");
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn a_file_with_something_else_is_refused_and_kept() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("master.key");
        for content in [&b""[..], b"hunter2-hunter2", &[0xff; 64]] {
            fs::write(&path, content).expect("written");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("permissions");
            let error = MasterKey::load_or_create(&path, &SystemRandom).expect_err("not a key");
            assert!(matches!(error, MasterKeyError::MalformedFile { .. }), "{error}");
            assert!(!error.to_string().contains("hunter2"));
            assert_eq!(fs::read(&path).expect("still there"), content);
        }
    }
}
