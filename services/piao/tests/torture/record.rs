//! What the chain says, read from an export: every decision in its place.

use std::collections::BTreeMap;

use piao_domain::ids::TransitionId;
use piao_protocol::export::read_block_line;
use piao_protocol::jws::Unverified;
use piao_protocol::receipt::Receipt;
use serde_json::Value;

/// A transition with what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    /// The receipt that follows from the chain alone.
    pub(crate) receipt: Receipt,
    pub(crate) kind: String,
    pub(crate) party: String,
    pub(crate) body: Value,
}

/// Every decision, in the chain's order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) decisions: Vec<Decision>,
    pub(crate) height: u64,
}

impl Record {
    /// Reads an export: a line for the genesis, one a block, one for the checkpoint.
    pub(crate) fn read(export: &str) -> Self {
        let mut record = Self::default();
        let lines = export.lines().filter(|line| line.starts_with(r#"{"header""#));
        for line in lines {
            let (header, transitions, outcomes) = read_block_line(line).unwrap();
            assert_eq!(transitions.len(), outcomes.len(), "an outcome a transition");
            record.height = header.height();
            for (place, (jws, outcome)) in (0_u64..).zip(transitions.into_iter().zip(outcomes)) {
                let read = Unverified::parse(jws).unwrap();
                let receipt = Receipt {
                    transition: read.id(),
                    outcome,
                    height: header.height(),
                    index: header.first() + place,
                    block: header.hash(),
                    time: header.time(),
                };
                record.decisions.push(Decision {
                    receipt,
                    kind: read.claims().kind.clone(),
                    party: read.claims().party.to_string(),
                    body: serde_json::from_str(read.body_text()).unwrap(),
                });
            }
        }
        record
    }

    /// By id; the first where an id is decided twice.
    pub(crate) fn by_id(&self) -> BTreeMap<TransitionId, &Decision> {
        let mut found = BTreeMap::new();
        for decision in &self.decisions {
            found.entry(decision.receipt.transition).or_insert(decision);
        }
        found
    }
}
