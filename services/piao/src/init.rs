//! What a new chain begins with.

use std::fs::{OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use piao_client::{Identity, KeyFile, Sources};
use piao_domain::ids::PartyId;
use piao_domain::key::Algorithm;
use piao_domain::time::Time;
use piao_protocol::checkpoint::LogSigner;
use piao_protocol::genesis::{Content, Founder, Genesis, IAT_WINDOW_SECONDS, LogKey, Parameters};
use piao_protocol::jwk::Jwk;
use serde_json::json;

use crate::cli::InitArgs;
use crate::data_dir::{DataDir, parent, read_genesis, sync_folder, write_new, write_secret};
use crate::exit::Failure;
use crate::output::Kind::Text;
use crate::output::{View, col, record};

const BEGUN: View = &[col("chain", "chain", Text), col("folder", "folder", Text)];

/// `piao init`
///
/// # Errors
/// [`Failure`], also where the folder holds a chain already.
pub(crate) fn run(args: &InitArgs) -> Result<(), Failure> {
    let (name, bureau) = if args.dev { ("dev", "dev") } else { (args.name.as_str(), args.bureau.as_str()) };
    let dir = DataDir::new(&args.out);
    let genesis = if args.if_missing && dir.genesis().exists() {
        read_genesis(&dir.genesis())?
    } else {
        Arc::new(write(&dir, name, bureau)?)
    };
    let told = json!({ "chain": genesis.chain().to_string(), "folder": dir.path().display().to_string() });
    record(args.output, BEGUN, &told)
}

/// Draws the keys of a chain and writes its files: all of them in a new folder first, and then in their place at once, so
/// that a start that is cut off leaves nothing that a later one stumbles over. Nothing that is there is ever overwritten.
///
/// # Errors
/// [`Failure`].
pub(crate) fn write(dir: &DataDir, name: &str, bureau: &str) -> Result<Genesis, Failure> {
    if let Some(file) = dir.files().iter().find(|file| file.exists()) {
        return Err(Failure::Usage(format!(
            "{} is there already: a chain is begun once. Name another folder with --out",
            file.display()
        )));
    }
    let there = dir.path().is_dir();
    // A folder that is there may be all that we can write in, and a disk of its own: a container's volume is.
    let beside = if there { dir.path() } else { parent(dir.path()) };
    let making = |error| Failure::fault(format!("making a folder in {}", beside.display()), error);
    std::fs::create_dir_all(beside).map_err(making)?;
    // The owner's alone, as what is in it; taken away again when this returns.
    let fresh = tempfile::Builder::new().prefix(".piao-init-").permissions(only_ours()).tempdir_in(beside);
    let fresh = fresh.map_err(making)?;
    let new = DataDir::new(fresh.path());
    let genesis = draw(&new, name, bureau)?;
    let moved = if there { move_files(&new, dir) } else { std::fs::rename(new.path(), dir.path()) };
    moved
        .and_then(|()| sync_folder(beside))
        .map_err(|error| Failure::fault(format!("writing the files of {}", dir.path().display()), error))?;
    Ok(genesis)
}

/// A folder with keys in it is nobody else's.
pub(crate) fn only_ours() -> Permissions {
    Permissions::from_mode(0o700)
}

/// Moves the files of a chain into a folder that is there; two at once do not mix theirs.
fn move_files(from: &DataDir, to: &DataDir) -> io::Result<()> {
    for (from, to) in from.files().iter().zip(to.files()) {
        match std::fs::hard_link(from, &to) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            Err(_) => copy_new(from, &to)?,
        }
    }
    Ok(())
}

/// What a link does, on a file system that has none: nothing that is there is overwritten.
fn copy_new(from: &Path, to: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    let written = std::fs::read(from).and_then(|bytes| file.write_all(&bytes)).and_then(|()| file.sync_all());
    // Half a key is worse than none: a later one would stumble over it.
    if written.is_err() {
        std::fs::remove_file(to)?;
    }
    written
}

/// Draws the keys of a chain and writes its files into a folder that has none.
fn draw(dir: &DataDir, name: &str, bureau: &str) -> Result<Genesis, Failure> {
    let sources = Sources::system();
    let bureau = identity(&format!("bureau:{bureau}"), Algorithm::Es256k, &sources)?;
    let node = identity("node:one", Algorithm::EdDsa, &sources)?;
    let log = LogSigner::generate(&mut |bytes| sources.fill(bytes));
    let mut seal = [0; 32];
    sources.fill(&mut seal);
    let mut seed = [0; 16];
    sources.fill(&mut seed);
    let content = Content {
        v: 1,
        name: name.to_owned(),
        time: now(),
        seed,
        bureaus: vec![founder(&bureau)?],
        nodes: vec![founder(&node)?],
        logs: vec![LogKey { key: jwk(log.public())? }],
        validators: Vec::new(),
        parameters: Parameters { iat_window_seconds: IAT_WINDOW_SECONDS },
    };
    let genesis = Genesis::create(&content).map_err(|error| Failure::Usage(error.to_string()))?;
    let keep = |path: &Path, identity: &Identity| {
        KeyFile::write(path, identity).map_err(|error| Failure::fault("writing a key file", error))
    };
    keep(&dir.bureau_key(), &bureau)?;
    keep(&dir.node_key(), &node)?;
    write_secret(&dir.log_key(), &log.seed())?;
    write_secret(&dir.seal_key(), &seal)?;
    write_new(&dir.genesis(), genesis.bytes())?;
    Ok(genesis)
}

fn identity(party: &str, algorithm: Algorithm, sources: &Sources) -> Result<Identity, Failure> {
    let party = PartyId::parse(party).map_err(|error| Failure::Usage(error.to_string()))?;
    Identity::generate(party, algorithm, sources)
        .map_err(|_| Failure::Usage("the key drawn is unusable; try again".to_owned()))
}

fn founder(identity: &Identity) -> Result<Founder, Failure> {
    Ok(Founder { party: identity.party().clone(), key: jwk(*identity.public())? })
}

fn jwk(key: piao_domain::key::PublicKey) -> Result<Jwk, Failure> {
    Jwk::new(key).map_err(|error| Failure::fault("making a JWK", error))
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_stands_for_a_link_overwrites_nothing_and_is_the_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        std::fs::write(&from, "new").unwrap();
        copy_new(&from, &to).unwrap();
        assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&to, "of another").unwrap();
        assert_eq!(copy_new(&from, &to).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&to).unwrap(), "of another");
    }
}
