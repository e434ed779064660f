use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use piao_client::{Identity, KeyFile};
use piao_protocol::genesis::{Founder, Genesis};

use super::check::Checks;
use super::{DoctorArgs, file_of, platform};
use crate::data_dir::{DataDir, read_genesis, read_log_key, read_secret};
use crate::exit::chain;

/// What the files hold, as far as they could be read.
pub(super) struct Found {
    pub(super) genesis: Option<Arc<Genesis>>,
    /// Keys to ask the ledger about, by the name of their check.
    pub(super) keys: Vec<(String, Identity)>,
}

/// Looks at the genesis file and every key file.
pub(super) fn look(checks: &mut Checks, args: &DoctorArgs, with_ledger: bool) -> Found {
    let shape = &args.shape;
    let genesis = genesis(checks, file_of(shape, shape.genesis_file.as_ref(), DataDir::genesis));
    let mut found = Found { genesis, keys: Vec::new() };
    if with_ledger {
        log_key(
            checks,
            file_of(shape, shape.log_key_file.as_ref(), DataDir::log_key),
            found.genesis.as_deref(),
        );
    }
    seal_key(checks, file_of(shape, shape.seal_key_file.as_ref(), DataDir::seal_key));
    let node = file_of(shape, shape.node_key_file.as_ref(), DataDir::node_key);
    match node {
        Some(path) => party_key(checks, &mut found, "key: node", &path),
        None if with_ledger => checks.not_done("key: node", "a process with the ledger in it needs none"),
        None => checks.wrong("key: node", "services apart from the ledger need one: set PIAO_NODE_KEY_FILE"),
    }
    let bureau = DataDir::new(&shape.data_dir).bureau_key();
    if !platform(shape) && bureau.exists() {
        party_key(checks, &mut found, "key: bureau", &bureau);
    }
    for path in &args.key {
        party_key(checks, &mut found, &format!("key: {}", path.display()), path);
    }
    found
}

fn genesis(checks: &mut Checks, path: Option<PathBuf>) -> Option<Arc<Genesis>> {
    const NAME: &str = "genesis file";
    let Some(path) = path else {
        checks.wrong(NAME, "none is named: set PIAO_GENESIS_FILE");
        return None;
    };
    match read_genesis(&path) {
        Ok(genesis) => {
            checks.holds(NAME, format!("chain {}", genesis.chain()));
            Some(genesis)
        }
        Err(failure) => {
            checks.wrong(NAME, failure.to_string());
            None
        }
    }
}

fn log_key(checks: &mut Checks, path: Option<PathBuf>, genesis: Option<&Genesis>) {
    const NAME: &str = "key: log";
    let Some(path) = path else {
        return checks.wrong(NAME, "the ledger needs one: set PIAO_LOG_KEY_FILE");
    };
    let read = private(&path).and_then(|()| read_log_key(&path).map_err(|failure| failure.to_string()));
    match (read, genesis) {
        (Err(why), _) => checks.wrong(NAME, why),
        (Ok(_), None) => checks.undecided(NAME, "readable; without a genesis file nobody knows whose it is"),
        (Ok(signer), Some(genesis)) => {
            let named = genesis.content().logs.iter().any(|log| *log.key.key() == signer.public());
            if named {
                checks.holds(NAME, format!("{}, one of the genesis file's", path.display()));
            } else {
                checks.wrong(NAME, format!("{} is no log key of this genesis file", path.display()));
            }
        }
    }
}

fn seal_key(checks: &mut Checks, path: Option<PathBuf>) {
    const NAME: &str = "key: seal";
    let Some(path) = path else {
        return checks.wrong(NAME, "every service needs it: set PIAO_SEAL_KEY_FILE");
    };
    match private(&path).and_then(|()| read_secret(&path).map_err(|failure| failure.to_string())) {
        Ok(_) => checks.holds(NAME, path.display().to_string()),
        Err(why) => checks.wrong(NAME, why),
    }
}

/// A party's key: readable by its owner alone, and what the genesis file says where it names the party.
fn party_key(checks: &mut Checks, found: &mut Found, name: &str, path: &Path) {
    let identity = match KeyFile::read(path) {
        Ok(identity) => identity,
        Err(error) => return checks.wrong(name, chain(&error)),
    };
    let founders = found.genesis.as_deref().map(|genesis| {
        let content = genesis.content();
        content.bureaus.iter().chain(&content.nodes).collect::<Vec<_>>()
    });
    let party = identity.party();
    let first = |founder: &&&Founder| founder.party == *party;
    match founders.as_ref().and_then(|founders| founders.iter().find(first)) {
        Some(founder) if founder.key.id() == identity.kid() => {
            checks.holds(name, format!("{party}, with its key of the genesis file"));
        }
        Some(_) => checks.holds(name, format!("{party}, with another key than the genesis file's")),
        None => checks.holds(name, party.to_string()),
    }
    found.keys.push((name.to_owned(), identity));
}

/// Whether nobody but its owner may read or write a file.
fn private(path: &Path) -> Result<(), String> {
    let metadata = std::fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(format!("{} has mode {mode:o}: others must not get at it, so say `chmod 600`", path.display()))
}
