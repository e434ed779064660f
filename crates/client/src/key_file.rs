//! A party's private key in a file that only its owner reads.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use piao_domain::ids::{KeyId, PartyId};
use piao_domain::key::Algorithm;
use piao_protocol::json::{self, JsonError};
use piao_protocol::jws::SigningKey;
use piao_protocol::wire;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::identity::Identity;

/// Far more than a key file has.
const BYTES_MAX: u64 = 4096;
/// Bits that let anybody but the owner in.
const OTHERS: u32 = 0o077;

/// Why a key file was not written or read.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// There is a file already, and keys are never overwritten.
    #[error("{path:?} is there already")]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// Group or world may read or write it.
    #[error("{path:?} has mode {mode:o}: others must not get at a key, so say `chmod 600`")]
    Mode {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is no file, or too long to be a key.
    #[error("{path:?} is no file of at most {BYTES_MAX} bytes")]
    NotAFile {
        /// Which.
        path: PathBuf,
    },
    /// It is not the JSON that it must be.
    #[error("reading the key in {path:?}")]
    Form {
        /// Which file.
        path: PathBuf,
        /// Where and why. It quotes nothing of the file.
        source: JsonError,
    },
    /// The secret is no private key of `alg`, or not the one that `kid` names.
    #[error("the secret in {path:?} is not the key that alg and kid name")]
    OtherKey {
        /// Which file.
        path: PathBuf,
    },
    /// The file system said no.
    #[error("{doing} {path:?}")]
    Io {
        /// What we were doing.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

/// What stands in a key file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    alg: AlgorithmName,
    #[serde(with = "wire::key_id")]
    kid: KeyId,
    #[serde(with = "wire::party")]
    party: PartyId,
    #[serde(with = "wire::bytes")]
    secret: [u8; 32],
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum AlgorithmName {
    #[serde(rename = "ES256K")]
    Es256k,
    #[serde(rename = "ES256")]
    Es256,
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl KeyFile {
    /// Writes an identity to a new file with mode 0600 and waits until it is on the disk.
    ///
    /// # Errors
    /// [`KeyFileError::Exists`], [`KeyFileError::Io`]. What was written in part is taken away again.
    pub fn write(path: &Path, identity: &Identity) -> Result<(), KeyFileError> {
        let fault = |doing| move |source| KeyFileError::Io { doing, path: path.to_owned(), source };
        let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(KeyFileError::Exists { path: path.to_owned() });
            }
            Err(error) => return Err(fault("making the key file")(error)),
        };
        // A crash before both are on the disk loses a key that nobody has registered yet: registering comes later.
        let written = file.write_all(Self::of(identity).to_json().as_bytes()).and_then(|()| file.sync_all());
        let synced = written.and_then(|()| File::open(directory(path))?.sync_all());
        synced.map_err(|error| {
            // The first error is the one to tell.
            drop(fs::remove_file(path));
            fault("writing the key file")(error)
        })
    }

    /// Reads an identity.
    ///
    /// # Errors
    /// [`KeyFileError`] for a file that others can read, and for one that holds no key.
    pub fn read(path: &Path) -> Result<Identity, KeyFileError> {
        let fault = |doing| move |source| KeyFileError::Io { doing, path: path.to_owned(), source };
        let mut file = File::open(path).map_err(fault("opening the key file"))?;
        // Of the open file, not of the path, which may meanwhile name another.
        let metadata = file.metadata().map_err(fault("looking at the key file"))?;
        if !metadata.is_file() || metadata.len() > BYTES_MAX {
            return Err(KeyFileError::NotAFile { path: path.to_owned() });
        }
        let mode = metadata.permissions().mode() & 0o777;
        if mode & OTHERS != 0 {
            return Err(KeyFileError::Mode { path: path.to_owned(), mode });
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(fault("reading the key file"))?;
        // What JSON calls white space, and no more: nothing else may stand behind a key.
        let kept: Self = json::from_str(text.trim_end_matches([' ', '\t', '\r', '\n']))
            .map_err(|source| KeyFileError::Form { path: path.to_owned(), source })?;
        kept.identity().ok_or_else(|| KeyFileError::OtherKey { path: path.to_owned() })
    }

    fn of(identity: &Identity) -> Self {
        let alg = match identity.public().algorithm() {
            Algorithm::Es256k => AlgorithmName::Es256k,
            Algorithm::Es256 => AlgorithmName::Es256,
            Algorithm::EdDsa => AlgorithmName::EdDsa,
        };
        let (party, secret) = (identity.party().clone(), identity.key().secret());
        Self { alg, kid: identity.kid(), party, secret }
    }

    fn identity(self) -> Option<Identity> {
        let algorithm = match self.alg {
            AlgorithmName::Es256k => Algorithm::Es256k,
            AlgorithmName::Es256 => Algorithm::Es256,
            AlgorithmName::EdDsa => Algorithm::EdDsa,
        };
        let key = SigningKey::from_secret(algorithm, &self.secret).ok()?;
        (key.id() == self.kid).then(|| Identity::new(self.party, key))
    }

    fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("four texts are JSON") + "\n"
    }
}

fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}
