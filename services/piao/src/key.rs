use piao_client::{Identity, KeyFile, Sources};
use piao_domain::ids::PartyId;
use piao_domain::key::Algorithm;
use piao_protocol::json;
use piao_protocol::jwk::Jwk;

use crate::cli::{KeyAlgorithm, KeyCommand, KeyNewArgs, KeyShowArgs};
use crate::exit::{Failure, chain};
pub(crate) use crate::output::print;

/// `piao key …`
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(command: &KeyCommand) -> Result<(), Failure> {
    match command {
        KeyCommand::New(args) => new(args),
        KeyCommand::Show(args) => show(args),
    }
}

fn new(args: &KeyNewArgs) -> Result<(), Failure> {
    let algorithm = match args.algorithm {
        KeyAlgorithm::Es256k => Algorithm::Es256k,
        KeyAlgorithm::Es256 => Algorithm::Es256,
        KeyAlgorithm::Eddsa => Algorithm::EdDsa,
    };
    let sources = Sources::system();
    let identity = match &args.party {
        Some(party) => {
            let party = PartyId::parse(party).map_err(|error| Failure::Usage(format!("--party: {error}")))?;
            Identity::generate(party, algorithm, &sources)
        }
        None => Identity::generate_person(algorithm, &sources),
    };
    let identity = identity.map_err(|_| Failure::Usage("the key drawn is unusable; try again".to_owned()))?;
    KeyFile::write(&args.out, &identity).map_err(|error| Failure::fault("writing the key file", error))?;
    print(&format!("{}\t{}\n", identity.party(), args.out.display()))
}

fn show(args: &KeyShowArgs) -> Result<(), Failure> {
    let identity = KeyFile::read(&args.file).map_err(|error| Failure::Usage(chain(&error)))?;
    let jwk = Jwk::new(*identity.public()).map_err(|error| Failure::fault("making a JWK", error))?;
    let text = json::canonical(&jwk).map_err(|error| Failure::fault("writing a JWK", error))?;
    print(&(text + "\n"))
}
