//! JSON documents that travel beside transitions or stand in files.

use std::io::Write as _;
use std::path::Path;

use piao_client::{Draft, KeyFile, Problem};
use piao_domain::command::Command;
use piao_domain::number::InvoiceNumber;
use piao_protocol::claim::ClaimSecret;
use piao_protocol::genesis::Genesis;
use piao_protocol::json::{self, Json};
use piao_protocol::jwk::Jwk;
use piao_protocol::jws::PreparedKey;
use piao_protocol::outcome::{Outcome, outcome_json};
use piao_protocol::receipt::Receipt;
use piao_protocol::sealed::Sealed;
use piao_testkit::fuzz::Corpus;

use crate::{LINE_BYTES_MAX, REQUEST_BYTES_MAX, again, corpus, text};

#[test]
fn a_damaged_jwk_is_refused_or_a_point_of_its_curve() {
    corpus("jwk", LINE_BYTES_MAX).feed(|bytes| {
        let taken = again::<Jwk>(bytes);
        if taken {
            let jwk: Jwk = json::from_str(text(bytes)).unwrap();
            assert!(PreparedKey::new(jwk.key()).is_ok(), "a key that can be verified with");
        }
        taken
    });
}

#[test]
fn a_damaged_genesis_file_is_refused_or_begins_another_chain() {
    corpus("genesis", LINE_BYTES_MAX).feed(|bytes| {
        let Ok(genesis) = Genesis::parse(bytes) else { return false };
        assert_eq!(genesis.bytes(), bytes);
        assert_eq!(Genesis::create(genesis.content()).unwrap().content(), genesis.content());
        assert_eq!(*genesis.chain() == crate::chain(), bytes == include_bytes!("corpus/genesis/01"));
        true
    });
}

#[test]
fn a_damaged_receipt_is_refused_or_written_back_the_same() {
    corpus("receipt", LINE_BYTES_MAX).feed(|bytes| {
        let Ok(receipt) = Receipt::parse(text(bytes)) else { return false };
        assert_eq!(Receipt::parse(&receipt.to_json()), Ok(receipt));
        true
    });
}

#[test]
fn a_damaged_outcome_is_refused_or_written_back_the_same() {
    corpus("outcome", LINE_BYTES_MAX).feed(|bytes| {
        let Ok(outcome) = Outcome::parse(text(bytes)) else { return false };
        assert_eq!(Outcome::parse(&outcome_json(&outcome)), Ok(outcome));
        true
    });
}

#[test]
fn damaged_sealed_data_and_json_at_large_are_refused_or_written_back_the_same() {
    corpus("sealed", REQUEST_BYTES_MAX).feed(|bytes| {
        assert_eq!(again::<Json>(bytes), json::check(text(bytes)).is_ok(), "one idea of what is JSON");
        again::<Sealed>(bytes)
    });
}

#[test]
fn a_damaged_key_file_is_refused_or_the_key_that_it_names() {
    corpus("key-file", LINE_BYTES_MAX).feed(|bytes| {
        // Reading is by path alone, so that nobody reads a key past its permissions.
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let Ok(identity) = KeyFile::read(file.path()) else { return false };
        let file: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        assert_eq!(file["kid"], piao_protocol::jwk::kid(&identity.kid()));
        true
    });
}

#[test]
fn a_damaged_invoice_file_is_refused_or_the_body_of_an_invoice() {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/invoices");
    let number = InvoiceNumber::parse("26950000000000000001").unwrap();
    let key = ClaimSecret::from_seed(&[7; 32]).key();
    Corpus::read(Path::new(examples), REQUEST_BYTES_MAX).feed(|bytes| {
        let Ok(draft) = Draft::parse(text(bytes)) else { return false };
        let Ok(command) = draft.command(&number, draft.needs_claim_key().then_some(&key)) else {
            return false;
        };
        let Command::InvoiceIssue(content) = command else { panic!("an invoice file issues: {command:?}") };
        assert_eq!(content.number, number, "the number is ours, whatever the file says");
        true
    });
}

#[test]
fn a_damaged_problem_document_is_refused_or_told_to_people() {
    corpus("problem", REQUEST_BYTES_MAX).feed(|bytes| {
        let Ok(problem) = serde_json::from_slice::<Problem>(bytes) else { return false };
        assert!(problem.to_string().contains(&problem.code));
        if let Some(receipt) = problem.receipt {
            assert_eq!(Receipt::parse(&receipt.to_json()), Ok(receipt));
        }
        true
    });
}
