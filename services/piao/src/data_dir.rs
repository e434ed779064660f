//! The files of a chain in one folder: what `piao init` writes and the embedded shape reads.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use piao_client::{Identity, KeyFile};
use piao_protocol::checkpoint::{LogSigner, NoteKey};
use piao_protocol::encoding::base64url;
use piao_protocol::genesis::Genesis;

use crate::exit::Failure;

/// Bits that let anybody but the owner in.
const OTHERS: u32 = 0o077;

/// Where the files of a chain are.
#[derive(Clone, Debug)]
pub(crate) struct DataDir(PathBuf);

impl DataDir {
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn genesis(&self) -> PathBuf {
        self.0.join("genesis.json")
    }

    pub(crate) fn bureau_key(&self) -> PathBuf {
        self.0.join("bureau-key.json")
    }

    pub(crate) fn node_key(&self) -> PathBuf {
        self.0.join("node-key.json")
    }

    pub(crate) fn log_key(&self) -> PathBuf {
        self.0.join("log-key")
    }

    pub(crate) fn seal_key(&self) -> PathBuf {
        self.0.join("seal-key")
    }

    /// Every file that `piao init` writes. The genesis file is the last, so that where it is, all are.
    pub(crate) fn files(&self) -> [PathBuf; 5] {
        [self.bureau_key(), self.node_key(), self.log_key(), self.seal_key(), self.genesis()]
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("database")
    }
}

/// Reads a genesis file.
///
/// # Errors
/// [`Failure`] naming the file.
pub(crate) fn read_genesis(path: &Path) -> Result<Arc<Genesis>, Failure> {
    let doing = || format!("reading genesis file {}", path.display());
    let bytes = std::fs::read(path).map_err(|error| Failure::fault(doing(), error))?;
    Genesis::parse(&bytes).map(Arc::new).map_err(|error| Failure::fault(doing(), error))
}

/// The keys under which a chain's log is signed.
pub(crate) fn log_keys(genesis: &Genesis) -> Vec<NoteKey> {
    let logs = genesis.content().logs.iter();
    logs.filter_map(|log| NoteKey::of_log(genesis.chain(), &log.key)).collect()
}

/// Reads the key that signs checkpoints.
///
/// # Errors
/// [`Failure`] naming the file.
pub(crate) fn read_log_key(path: &Path) -> Result<LogSigner, Failure> {
    read_secret(path).map(|seed| LogSigner::from_seed(&seed))
}

/// Reads a file of 32 secret bytes in base64url that nobody but its owner gets at.
///
/// # Errors
/// [`Failure`] naming the file.
pub(crate) fn read_secret(path: &Path) -> Result<[u8; 32], Failure> {
    let doing = || format!("reading key file {}", path.display());
    let mut file = File::open(path).map_err(|error| Failure::fault(doing(), error))?;
    // Of the open file, not of the path, which may meanwhile name another.
    let metadata = file.metadata().map_err(|error| Failure::fault(doing(), error))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & OTHERS != 0 {
        let why = format!("it has mode {mode:o}: others must not get at a key, so say `chmod 600`");
        return Err(Failure::fault(doing(), why));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(|error| Failure::fault(doing(), error))?;
    base64url::decode_array(text.trim()).map_err(|error| Failure::fault(doing(), error))
}

/// Reads a party's key file.
///
/// # Errors
/// [`Failure`] naming the file.
pub(crate) fn read_identity(path: &Path) -> Result<Identity, Failure> {
    KeyFile::read(path).map_err(|error| Failure::fault(format!("reading key file {}", path.display()), error))
}

/// Writes a secret to a new file that only its owner reads.
///
/// # Errors
/// [`Failure`], also where the file is there already.
pub(crate) fn write_secret(path: &Path, secret: &[u8; 32]) -> Result<(), Failure> {
    write_new(path, format!("{}\n", base64url::encode(secret)).as_bytes())
}

/// Writes a new file that only its owner reads, onto the disk before it returns.
///
/// # Errors
/// [`Failure::Usage`] where the file is there already, [`Failure::Fault`] where it cannot be written.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        // Its name is on the disk when its folder is.
        sync_folder(parent(path))
    };
    write().map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => there(path),
        _ => Failure::fault(format!("writing {}", path.display()), error),
    })
}

/// A file that stays as it is.
pub(crate) fn there(path: &Path) -> Failure {
    Failure::Usage(format!(
        "{} is there already, and nothing is written over it: name another file",
        path.display()
    ))
}

/// Waits until the names in a folder are on the disk.
///
/// # Errors
/// What the file system says.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// The folder that something is in.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}
