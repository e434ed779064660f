//! The core as a whole: what every state makes of every transition, every refusal, what always holds, replay.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod breaches;
mod explore;
mod given;
mod invoice_oracle;
mod invoice_table;
mod keys;
mod mistakes;
mod party_table;
mod proofs;
mod properties;
mod quota_table;
mod random;
mod recorded;
mod refusals;
mod replay;
mod rules_table;
mod whole_state;
