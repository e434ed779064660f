use piao_client::{Identity, KeyFile, Sources};
use piao_domain::ids::PartyId;
use piao_domain::key::Algorithm;

use crate::cli::{KeyAlgorithm, KeyCommand, KeyNewArgs};
use crate::exit::Failure;

/// `piao key …`
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(command: &KeyCommand) -> Result<(), Failure> {
    match command {
        KeyCommand::New(args) => new(args),
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
    print(&format!("{}\t{}\n", identity.party(), args.out.display()));
    Ok(())
}

/// Writes data to stdout. A reader that went away is no fault of ours.
pub(crate) fn print(text: &str) {
    use std::io::Write as _;
    std::io::stdout().write_all(text.as_bytes()).ok();
}
