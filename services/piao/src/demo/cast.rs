use std::collections::BTreeMap;

use piao_domain::ids::{Malformed, PartyId};
use piao_domain::party::{Industry, Region};
use piao_domain::uscc::Uscc;
use serde::Deserialize;

use super::examples::PARTIES;
use crate::exit::Failure;

/// A company of `examples/parties.json`.
#[derive(Clone, Debug)]
pub(super) struct Company {
    pub(super) uscc: Uscc,
    pub(super) name: String,
    pub(super) region: Region,
    pub(super) industry: Industry,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    party: String,
    name: String,
    region: String,
    industry: String,
}

/// The region whose rules the demo deploys.
const SHENZHEN: &str = "440300";

impl Company {
    /// The party.
    pub(super) const fn party(&self) -> PartyId {
        PartyId::Enterprise(self.uscc)
    }

    /// Whether the rules of Shenzhen bind it.
    pub(super) fn in_shenzhen(&self) -> bool {
        self.region.as_str() == SHENZHEN
    }
}

/// The companies by party.
///
/// # Errors
/// [`Failure`] where the file is not what it must be.
pub(super) fn companies() -> Result<BTreeMap<PartyId, Company>, Failure> {
    let rows: Vec<Row> = serde_json::from_str(PARTIES)
        .map_err(|error| Failure::fault("reading examples/parties.json", error))?;
    let wrong = |error: Malformed| Failure::fault("reading examples/parties.json", error);
    rows.into_iter()
        .map(|row| {
            let party = PartyId::parse(&row.party).map_err(wrong)?;
            let PartyId::Enterprise(uscc) = party else {
                return Err(Failure::Usage(format!("{party} is no enterprise")));
            };
            let company = Company {
                uscc,
                name: row.name,
                region: Region::parse(&row.region).map_err(wrong)?,
                industry: Industry::parse(&row.industry).map_err(wrong)?,
            };
            Ok((company.party(), company))
        })
        .collect()
}
