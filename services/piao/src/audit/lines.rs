//! A chain export, line by line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use crate::exit::Failure;

/// Far more than the line of the largest block that a ledger makes; what goes on beyond it is cut there, and no line.
const LINE_BYTES_MAX: u64 = 256 << 20;

/// The lines of a chain export, one at a time, each with its line feed.
pub(crate) struct Lines {
    path: PathBuf,
    input: Box<dyn BufRead>,
    line: Vec<u8>,
}

impl Lines {
    /// Opens a file; `-` is stdin.
    ///
    /// # Errors
    /// [`Failure::Fault`] naming it.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let input: Box<dyn BufRead> = if path == Path::new("-") {
            Box::new(BufReader::new(io::stdin()))
        } else {
            Box::new(BufReader::new(File::open(path).map_err(|error| unreadable(path, error))?))
        };
        Ok(Self { path: path.to_owned(), input, line: Vec::new() })
    }

    /// The next line; nothing at the end.
    ///
    /// # Errors
    /// [`Failure::Fault`] where it cannot be read.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, Failure> {
        self.line.clear();
        let read = (&mut self.input).take(LINE_BYTES_MAX).read_until(b'\n', &mut self.line);
        let read = read.map_err(|error| unreadable(&self.path, error))?;
        Ok((read > 0).then_some(self.line.as_slice()))
    }
}

fn unreadable(path: &Path, error: io::Error) -> Failure {
    Failure::fault(format!("reading {}", path.display()), error)
}
