//! What a new chain begins with.

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

use crate::cli::InitArgs;
use crate::data_dir::{DataDir, read_genesis, write_new, write_secret};
use crate::exit::Failure;
use crate::key::print;

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
    print(&format!("{}\t{}\n", genesis.chain(), dir.path().display()));
    Ok(())
}

/// Draws the keys of a chain and writes its files. Nothing that is there is ever overwritten: the genesis file comes
/// last, so that a folder with one holds a whole chain.
///
/// # Errors
/// [`Failure`].
pub(crate) fn write(dir: &DataDir, name: &str, bureau: &str) -> Result<Genesis, Failure> {
    if dir.genesis().exists() {
        return Err(Failure::Usage(format!(
            "{} is there already: a chain is begun once. Name another folder with --out",
            dir.genesis().display()
        )));
    }
    std::fs::create_dir_all(dir.path())
        .map_err(|error| Failure::fault(format!("making folder {}", dir.path().display()), error))?;
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
