//! A signed transition in a file, written before it is sent: whatever happens on the way, the same one can be sent again.

use std::fs::{self, DirBuilder};
use std::io::Read as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use piao_client::{ClientError, Signed};
use piao_domain::ids::TransitionId;
use piao_protocol::claim::ClaimSecret;
use piao_protocol::encoding::base64url;
use piao_protocol::json;
use piao_protocol::sealed::Sealed;
use serde::{Deserialize, Serialize};

use super::language::Language;
use super::told;
use crate::data_dir::write_new;
use crate::exit::Failure;

/// Far more than the largest transition with what is sealed beside it.
const BYTES_MAX: u64 = 1 << 20;

/// A signed transition and the one-time claim key that goes with it, where one does.
pub(super) struct Kept {
    pub(super) signed: Signed,
    pub(super) claim: Option<ClaimSecret>,
}

/// The file. `transition` and `sealed` are what a service takes as a JSON body.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    transition: String,
    /// Both as `tx sign --output json` says them beside the transition.
    #[serde(default, skip_serializing)]
    id: Option<String>,
    #[serde(default, skip_serializing, rename = "type")]
    kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<Sealed>,
    /// The private half of the claim key of an invoice, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claim_secret: Option<String>,
}

impl Kept {
    /// Writes it to a new file that only its owner reads.
    ///
    /// # Errors
    /// [`Failure`], also where the file is there already.
    pub(super) fn write(&self, path: &Path) -> Result<(), Failure> {
        write_new(path, self.to_json()?.as_bytes())
    }

    /// Writes it to a file, unless that is there: the same transition has the same name.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) fn write_once(&self, path: PathBuf) -> Result<PathBuf, Failure> {
        if !path.exists() {
            self.write(&path)?;
        }
        Ok(path)
    }

    /// The file's text.
    ///
    /// # Errors
    /// [`Failure`] for what JSON cannot carry, which nothing signed is.
    pub(super) fn to_json(&self) -> Result<String, Failure> {
        let file = File {
            transition: self.signed.jws().to_string(),
            id: None,
            kind: None,
            sealed: self.signed.sealed().cloned(),
            claim_secret: self.claim.as_ref().map(|secret| base64url::encode(&secret.seed())),
        };
        let text = serde_json::to_string(&file);
        text.map(|text| text + "\n").map_err(|error| Failure::fault("writing a transition", error))
    }

    /// Reads a file that [`Kept::write`] wrote, or a bare compact JWS; `-` is stdin.
    ///
    /// # Errors
    /// [`Failure::Usage`] for what no edge would take.
    pub(super) fn read(path: &Path, language: Language) -> Result<Self, Failure> {
        Self::parse(read_text(path)?.trim(), language)
    }

    fn parse(text: &str, language: Language) -> Result<Self, Failure> {
        let wrong = |error: ClientError| told::failure(error, language);
        if !text.starts_with('{') {
            return Ok(Self { signed: Signed::parse(text, None).map_err(wrong)?, claim: None });
        }
        let file: File = json::from_str(text).map_err(|error| wrong(error.into()))?;
        let File { transition, sealed, claim_secret, id, kind } = file;
        let seed = claim_secret.as_deref().map(base64url::decode_array).transpose();
        let seed = seed.map_err(|_| Failure::Usage("/claim_secret is no claim key".to_owned()))?;
        let signed = Signed::parse(transition, sealed).map_err(wrong)?;
        let other = |said: Option<String>, is: &str| said.is_some_and(|said| said != is);
        if other(id, &signed.id().to_string()) || other(kind, signed.kind().as_str()) {
            return Err(Failure::Usage("/id and /type are of another transition".to_owned()));
        }
        Ok(Self { signed, claim: seed.map(|seed| ClaimSecret::from_seed(&seed)) })
    }
}

/// Where a transition is kept when no place is named: `transitions/` in the folder `PIAO_STATE_DIR`, else
/// `$XDG_STATE_HOME/piao`, else `~/.local/state/piao`. The folder is made where it is not there.
///
/// # Errors
/// [`Failure`] where there is no such place.
pub(super) fn own_place(id: &TransitionId) -> Result<PathBuf, Failure> {
    let folder = folder()?;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .map_err(|error| Failure::fault(format!("making folder {}", folder.display()), error))?;
    Ok(folder.join(format!("{id}.json")))
}

/// Takes a file away that lies where transitions are kept by default; others belong to the user.
pub(super) fn forget(path: &Path) {
    let own = folder().ok().and_then(|folder| folder.canonicalize().ok());
    let parent = path.canonicalize().ok().and_then(|path| path.parent().map(Path::to_owned));
    if own.is_some() && own == parent {
        // What stays is harmless: sent again, it gets the same receipt.
        fs::remove_file(path).ok();
    }
}

fn folder() -> Result<PathBuf, Failure> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = variable("PIAO_STATE_DIR")
        .or_else(|| variable("XDG_STATE_HOME").map(|state| state.join("piao")))
        .or_else(|| variable("HOME").map(|home| home.join(".local/state/piao")));
    let base = base.ok_or_else(|| {
        Failure::Usage(
            "there is no home to keep the signed transition in: name a file with --save".to_owned(),
        )
    })?;
    Ok(base.join("transitions"))
}

/// Reads a text file; `-` is stdin.
///
/// # Errors
/// [`Failure::Usage`] naming the file.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().take(BYTES_MAX).read_to_string(&mut text)
    } else {
        fs::File::open(path).and_then(|file| file.take(BYTES_MAX).read_to_string(&mut text))
    };
    read.map_err(|error| Failure::Usage(format!("reading {}: {error}", path.display())))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use piao_testkit::fuzz::Corpus;

    use super::*;

    #[test]
    fn a_damaged_file_is_refused_or_written_back_the_same() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus/kept");
        let parse = |text: &str| Kept::parse(text.trim(), Language::En);
        Corpus::read(&corpus, usize::try_from(BYTES_MAX).unwrap()).feed(|bytes| {
            let Some(kept) = std::str::from_utf8(bytes).ok().and_then(|text| parse(text).ok()) else {
                return false;
            };
            let again = parse(&kept.to_json().unwrap()).unwrap();
            let facts = |kept: &Kept| {
                (
                    kept.signed.jws().clone(),
                    kept.signed.sealed().cloned(),
                    kept.claim.as_ref().map(ClaimSecret::seed),
                )
            };
            assert_eq!(facts(&again), facts(&kept));
            true
        });
    }
}
