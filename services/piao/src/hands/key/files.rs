//! Keys in files.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use piao_client::{Identity, KeyFile, KeyFileError, Sources};
use piao_domain::ids::PartyId;
use piao_domain::key::Algorithm;
use piao_protocol::json;
use piao_protocol::jwk::{Jwk, kid};
use serde_json::json;

use super::super::measure::party;
use crate::data_dir::there;
use crate::exit::{Failure, chain};
use crate::output::Kind::Text;
use crate::output::{Output, View, col, print, record};

/// A new key.
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// Whose it will be, an enterprise also by its USCC alone
    #[arg(long, required_unless_present = "person", value_parser = party)]
    party: Option<PartyId>,
    /// A natural person, whose name follows from the key
    #[arg(long, conflicts_with = "party")]
    person: bool,
    /// The algorithm; it never changes
    #[arg(long, value_enum, default_value_t = KeyAlgorithm::Es256k)]
    algorithm: KeyAlgorithm,
    /// The file to write; one that is there stays
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// table, json, ndjson or csv
    #[arg(long, value_enum, default_value_t = Output::Table, value_name = "FORMAT", hide_possible_values = true)]
    output: Output,
}

/// Which key.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The key file
    file: PathBuf,
}

/// A signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KeyAlgorithm {
    /// ECDSA on secp256k1
    Es256k,
    /// ECDSA on P-256
    Es256,
    /// Ed25519
    Eddsa,
}

const WRITTEN: View = &[
    col("party", "party", Text),
    col("kid", "kid", Text),
    col("algorithm", "alg", Text),
    col("written to", "file", Text),
];

/// `piao key new`
///
/// # Errors
/// [`Failure`].
pub(super) fn new(args: &NewArgs) -> Result<(), Failure> {
    let algorithm = match args.algorithm {
        KeyAlgorithm::Es256k => Algorithm::Es256k,
        KeyAlgorithm::Es256 => Algorithm::Es256,
        KeyAlgorithm::Eddsa => Algorithm::EdDsa,
    };
    let sources = Sources::system();
    let identity = match &args.party {
        Some(party) => Identity::generate(party.clone(), algorithm, &sources),
        None => Identity::generate_person(algorithm, &sources),
    };
    let identity = identity.map_err(|_| Failure::Usage("the key drawn is unusable; try again".to_owned()))?;
    KeyFile::write(&args.out, &identity).map_err(|error| {
        if let KeyFileError::Exists { path } = &error {
            return there(path);
        }
        Failure::fault("writing the key file", error)
    })?;
    let written = json!({ "party": identity.party().to_string(), "kid": kid(&identity.kid()),
        "alg": algorithm.as_str(), "file": args.out.display().to_string() });
    record(args.output, WRITTEN, &written)
}

/// `piao key show`
///
/// # Errors
/// [`Failure`].
pub(super) fn show(args: &ShowArgs) -> Result<(), Failure> {
    let identity = KeyFile::read(&args.file).map_err(|error| Failure::Usage(chain(&error)))?;
    let jwk = Jwk::new(*identity.public()).map_err(|error| Failure::fault("making a JWK", error))?;
    let text = json::canonical(&jwk).map_err(|error| Failure::fault("writing a JWK", error))?;
    print(&(text + "\n"))
}
