//! Announcements: what the log signs of a block, and what no change of it passes for.

use piao_protocol::announcement::{AnnouncementError, Announcers, announce};
use piao_protocol::checkpoint::LogSigner;
use piao_protocol::export::block_line;
use piao_protocol::genesis::Genesis;

use crate::ledger::{ledger, log_signer};
use crate::order::content;

fn announcers() -> Announcers {
    Announcers::of(&Genesis::create(&content()).unwrap())
}

fn line() -> String {
    let ledger = ledger();
    let transitions = ledger.transitions.iter().map(String::as_str).collect::<Vec<_>>();
    block_line(&ledger.blocks[1], &transitions, &ledger.outcomes).unwrap()
}

#[test]
fn an_announcement_is_the_block_line_and_a_signature_of_the_log() {
    let announcement = announce(line(), &log_signer());
    let end = announcers().verify(announcement.as_bytes()).unwrap();
    assert_eq!(announcement[..end], line());
    assert_eq!(announcement[end..].len(), 86);
}

#[test]
fn every_flipped_byte_of_an_announcement_is_refused() {
    let announcement = announce(line(), &log_signer()).into_bytes();
    for place in 0..announcement.len() {
        for flip in [1, 0x80] {
            let mut damaged = announcement.clone();
            damaged[place] ^= flip;
            assert!(announcers().verify(&damaged).is_err(), "byte {place} xor {flip:#x}");
        }
    }
    for end in 0..announcement.len() {
        assert!(announcers().verify(&announcement[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn only_a_log_key_of_the_chain_announces() {
    let check = |announcement: &str, expected| {
        assert_eq!(announcers().verify(announcement.as_bytes()), expected, "{announcement}");
    };
    check("", Err(AnnouncementError::Shape));
    check(&line(), Err(AnnouncementError::Shape));
    check(&announce(line(), &LogSigner::from_seed(&[4; 32])), Err(AnnouncementError::Signature));
    // A signature of the same log key over something else.
    let of_nothing = announce("\n".to_owned(), &log_signer());
    check(&of_nothing, Ok(1));
    check(&(line() + of_nothing.trim_start()), Err(AnnouncementError::Signature));
    // The signature of a checkpoint is none of an announcement whose line is the checkpoint's text.
    let note = &ledger().note;
    let (text, signatures) = note.rsplit_once("\n\n").unwrap();
    let signature = signatures.split(' ').nth(2).unwrap().trim_end();
    let signature = &piao_protocol::encoding::base64::decode(signature).unwrap()[4..];
    let as_announcement = format!("{text}\n\n{}", piao_protocol::encoding::base64url::encode(signature));
    check(&as_announcement, Err(AnnouncementError::Signature));
}
