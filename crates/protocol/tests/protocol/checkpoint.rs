//! Checkpoints as C2SP signed notes.

use piao_domain::ids::ChainId;
use piao_domain::key::Algorithm;
use piao_protocol::checkpoint::{
    Checkpoint, CheckpointError, CheckpointSignatureError, LogSigner, NoteKey, UnverifiedCheckpoint,
};
use piao_protocol::encoding::hex;
use piao_protocol::jwk::Jwk;

use crate::given::{CHAIN, chain, digests, key};

fn signer() -> LogSigner {
    LogSigner::from_seed(&hex::decode_array(&digests().checkpoint.seed).unwrap())
}

fn note_key(signer: &LogSigner) -> NoteKey {
    NoteKey::of_log(&chain(), &Jwk::new(signer.public()).unwrap()).unwrap()
}

fn checkpoint() -> Checkpoint {
    let vector = digests().checkpoint;
    Checkpoint { chain: chain(), size: vector.size, root: vector.root }
}

#[test]
fn a_checkpoint_is_what_another_library_signs() {
    let note = digests().checkpoint.note;
    assert_eq!(signer().sign_checkpoint(&checkpoint()), note);
    let parsed = UnverifiedCheckpoint::parse(&note).unwrap();
    assert_eq!(parsed.chain(), &chain());
    let verified = parsed.verify(&[note_key(&signer())]).unwrap();
    assert_eq!(*verified.checkpoint(), checkpoint());
}

#[test]
fn every_flipped_byte_of_a_checkpoint_is_refused() {
    let note = digests().checkpoint.note;
    let key = note_key(&signer());
    for place in 0..note.len() {
        for bit in 0..8 {
            let mut bytes = note.clone().into_bytes();
            bytes[place] ^= 1 << bit;
            let accepted = std::str::from_utf8(&bytes).is_ok_and(|text| {
                UnverifiedCheckpoint::parse(text).is_ok_and(|c| c.verify(std::slice::from_ref(&key)).is_ok())
            });
            assert!(!accepted, "byte {place} bit {bit}");
        }
    }
}

#[test]
fn a_checkpoint_has_one_spelling() {
    let note = digests().checkpoint.note;
    let check = |from: &str, to: &str| {
        let bad = note.replacen(from, to, 1);
        assert_ne!(bad, note);
        assert!(UnverifiedCheckpoint::parse(&bad).is_err(), "{bad}");
    };
    check("\n3\n", "\n03\n");
    check("\n3\n", "\n+3\n");
    check("\n3\n", "\n\n");
    check("\n3\n", "\n9007199254740992\n");
    check("\n3\n", "\n99999999999999999999\n");
    check("\n3\n", "\n3\nextension\n");
    check("\n3\n", "\n3\r\n");
    check("\n\n", "\n");
    check("\n\n", "\n\n\n");
    check("\n\n", "\nextension\n\n");
    check("— ", "- ");
    check("— ", "—  ");
    check(CHAIN, "shenzhen");
    check("=\n", "\n");
    check("—", "\n—");
    for bad in ["", "\n", "\n\n", "\n\n— a b\n"] {
        assert!(UnverifiedCheckpoint::parse(bad).is_err());
    }
    assert!(UnverifiedCheckpoint::parse(note.trim_end()).is_err());
    assert!(UnverifiedCheckpoint::parse(&format!("{note}\n")).is_err());
    let line = &note[note.find('—').unwrap()..];
    assert!(matches!(UnverifiedCheckpoint::parse(&format!("{note}{line}")), Err(CheckpointError::Note(_))));
}

#[test]
fn a_line_that_cannot_be_checked_is_not_passed_over() {
    let other = LogSigner::from_seed(&[1; 32]);
    let ours = digests().checkpoint.note;
    let theirs = other.sign_checkpoint(&checkpoint());
    let line = &theirs[theirs.find('—').unwrap()..];
    let both = format!("{ours}{line}");
    let verify =
        |note: &str, keys: &[NoteKey]| UnverifiedCheckpoint::parse(note).unwrap().verify(keys).map(|_| ());
    let keys = [note_key(&signer()), note_key(&other)];
    assert_eq!(verify(&both, &keys), Ok(()));
    assert_eq!(verify(&both, &keys[..1]), Err(CheckpointSignatureError::UnknownKey { line: 2 }));
    assert_eq!(verify(&both, &[]), Err(CheckpointSignatureError::UnknownKey { line: 1 }));
    let elsewhere = ChainId::parse("beijing-0123456789abcdef0123456789abcdef").unwrap();
    let jwk = Jwk::new(signer().public()).unwrap();
    let foreign = NoteKey::of_log(&elsewhere, &jwk).unwrap();
    assert_eq!(verify(&ours, &[foreign]), Err(CheckpointSignatureError::UnknownKey { line: 1 }));
    let moved = other.sign_checkpoint(&Checkpoint { size: 4, ..checkpoint() });
    let wrong = format!("{ours}{}", &moved[moved.find('—').unwrap()..]);
    assert_eq!(verify(&wrong, &keys), Err(CheckpointSignatureError::Wrong { line: 2 }));
}

#[test]
fn only_ed25519_keys_sign_checkpoints() {
    for algorithm in [Algorithm::Es256k, Algorithm::Es256] {
        let jwk = Jwk::new(*key(algorithm, 1).public()).unwrap();
        assert!(NoteKey::of_log(&chain(), &jwk).is_none());
    }
    assert_eq!(format!("{:?}", signer()), "LogSigner");
}
