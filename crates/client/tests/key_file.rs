//! Key files: what is written is read back, and nobody else gets at it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use piao_client::{Identity, KeyFile, KeyFileError, Sources};
use piao_domain::ids::PartyId;
use piao_domain::key::Algorithm;

fn identity(algorithm: Algorithm) -> Identity {
    let party = PartyId::parse("uscc:91440300708461136T").unwrap();
    Identity::generate(party, algorithm, &Sources::system()).unwrap()
}

#[test]
fn a_key_is_read_back_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    for (index, algorithm) in [Algorithm::Es256k, Algorithm::Es256, Algorithm::EdDsa].into_iter().enumerate()
    {
        let path = folder.path().join(format!("{index}.json"));
        let written = identity(algorithm);
        KeyFile::write(&path, &written).unwrap();
        let read = KeyFile::read(&path).unwrap();
        assert_eq!((read.party(), read.kid()), (written.party(), written.kid()));
        assert_eq!(read.key().secret(), written.key().secret());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_person_is_named_by_their_first_key() {
    let person = Identity::generate_person(Algorithm::EdDsa, &Sources::system()).unwrap();
    let id = piao_protocol::jwk::person(&person.kid());
    assert_eq!(person.party(), &PartyId::Person(id));
}

#[test]
fn a_key_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.json");
    KeyFile::write(&path, &identity(Algorithm::Es256k)).unwrap();
    let before = fs::read(&path).unwrap();
    let again = KeyFile::write(&path, &identity(Algorithm::Es256k));
    assert!(matches!(again, Err(KeyFileError::Exists { .. })));
    let nowhere = folder.path().join("link.json");
    symlink(folder.path().join("gone"), &nowhere).unwrap();
    assert!(matches!(
        KeyFile::write(&nowhere, &identity(Algorithm::Es256k)),
        Err(KeyFileError::Exists { .. })
    ));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn what_others_can_read_is_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.json");
    KeyFile::write(&path, &identity(Algorithm::Es256k)).unwrap();
    for (mode, expect) in
        [(0o640, false), (0o604, false), (0o620, false), (0o601, false), (0o600, true), (0o400, true)]
    {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let read = KeyFile::read(&path);
        assert_eq!(read.is_ok(), expect, "{mode:o}");
        assert_eq!(matches!(read, Err(KeyFileError::Mode { .. })), !expect, "{mode:o}");
    }
}

#[test]
fn a_file_that_holds_no_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.json");
    KeyFile::write(&path, &identity(Algorithm::EdDsa)).unwrap();
    let good = fs::read_to_string(&path).unwrap();
    let check = |text: &str| {
        fs::write(&path, text).unwrap();
        let error = KeyFile::read(&path).expect_err(text);
        let secret = good.split("\"secret\": \"").nth(1).and_then(|rest| rest.get(..43)).unwrap();
        let told = format!("{error} {error:?}");
        assert!(!told.contains(secret), "{told}");
        error
    };
    for (from, to) in [
        ("EdDSA", "none"),
        ("uscc:", ""),
        ("\"alg\"", "\"more\""),
        ("{", ""),
        ("}", ",\"alg\":\"EdDSA\"}"),
        ("\"secret\": \"", "\"secret\": \"A"),
        ("}", ", \"more\": 1}"),
        // White space elsewhere, and none in JSON.
        ("}", "}\u{b}"),
    ] {
        assert!(matches!(check(&good.replace(from, to)), KeyFileError::Form { .. }), "{from}");
    }
    assert!(matches!(check(&good.replace("EdDSA", "ES256")), KeyFileError::OtherKey { .. }));
    assert!(matches!(check(""), KeyFileError::Form { .. }));
    assert!(matches!(check(&"x".repeat(5000)), KeyFileError::NotAFile { .. }));
    for end in 1..good.trim_end().len() {
        check(&good[..end]);
    }
    fs::write(&path, [0xff, 0xfe]).unwrap();
    assert!(matches!(KeyFile::read(&path), Err(KeyFileError::Io { .. })));
    assert!(matches!(KeyFile::read(folder.path()), Err(KeyFileError::NotAFile { .. })));
    assert!(matches!(KeyFile::read(Path::new("/nowhere/key.json")), Err(KeyFileError::Io { .. })));
}
