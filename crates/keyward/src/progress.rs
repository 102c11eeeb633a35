//! How far long work has come, for whoever watches.

use std::io::{self, BufRead, IsTerminal, Read, Write};

/// Bytes between two words about it.
const STEP: u64 = 4 << 20;

/// Counts the bytes that pass, and says so on standard error where somebody sits in front of it.
pub(crate) struct Progress<T> {
    inner: T,
    verb: &'static str,
    passed: u64,
    said: u64,
    watched: bool,
}

impl<T> Progress<T> {
    /// Over a reader or writer; `verb` is what is done with the bytes.
    pub(crate) fn over(inner: T, verb: &'static str) -> Self {
        Self { inner, verb, passed: 0, said: 0, watched: io::stderr().is_terminal() }
    }

    /// What it was made over. The line on the screen ends here.
    pub(crate) fn into_inner(self) -> T {
        if self.said > 0 {
            let _ = writeln!(io::stderr());
        }
        self.inner
    }

    fn count(&mut self, bytes: usize) {
        self.passed += bytes as u64;
        if self.watched && self.passed >= self.said + STEP {
            self.said = self.passed;
            // A screen that is gone does not stop the work.
            let _ = write!(io::stderr(), "\r{} MiB {}", self.passed >> 20, self.verb);
        }
    }
}

impl<W: Write> Write for Progress<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.count(written);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read> Read for Progress<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.count(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Progress<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.count(bytes);
        self.inner.consume(bytes);
    }
}
