use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::data_dir::{parent, sync_folder};
use crate::exit::Failure;

/// A file that is there whole or not at all. Only its owner reads it.
pub(super) struct WholeFile {
    path: PathBuf,
    replace: bool,
    writing: BufWriter<NamedTempFile>,
}

impl WholeFile {
    /// Begins beside where it is to be, under another name; that goes away where it is not kept.
    ///
    /// # Errors
    /// [`Failure::Usage`] where the file is there and not to be replaced, [`Failure::Fault`] where none can be written.
    pub(super) fn begin(path: &Path, replace: bool) -> Result<Self, Failure> {
        if path.exists() && !replace {
            return Err(there(path));
        }
        let fresh = tempfile::Builder::new().prefix(".piao-export-").tempfile_in(parent(path));
        let fresh = fresh.map_err(|error| writing(path, error))?;
        Ok(Self { path: path.to_owned(), replace, writing: BufWriter::new(fresh) })
    }

    pub(super) fn writer(&mut self) -> &mut impl Write {
        &mut self.writing
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// [`Failure`] likewise.
    pub(super) fn keep(self) -> Result<(), Failure> {
        let Self { path, replace, writing: file } = self;
        let wrong = |error| writing(&path, error);
        let file = file.into_inner().map_err(|error| wrong(error.into_error()))?;
        file.as_file().sync_all().map_err(wrong)?;
        // A crash before this leaves what was there, and a file of another name; after it the new one, whole.
        let moved = if replace { file.persist(&path) } else { file.persist_noclobber(&path) };
        match moved {
            Ok(_) => sync_folder(parent(&path)).map_err(wrong),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(there(&path)),
            Err(error) => Err(wrong(error.error)),
        }
    }
}

fn there(path: &Path) -> Failure {
    Failure::Usage(format!("{} is there already: name another file, or say --force", path.display()))
}

fn writing(path: &Path, error: io::Error) -> Failure {
    Failure::fault(format!("writing {}", path.display()), error)
}
