//! Genesis files and block headers.

use piao_domain::ids::PartyId;
use piao_domain::key::Algorithm;
use piao_domain::time::Time;
use piao_protocol::block::{Header, HeaderError};
use piao_protocol::digest::{StateRoot, TreeHash};
use piao_protocol::encoding::hex;
use piao_protocol::genesis::{Content, Founder, Genesis, GenesisError, LogKey, Parameters};
use piao_protocol::json;
use piao_protocol::jwk::Jwk;
use piao_protocol::receipt::outcome_digest;
use sha3::{Digest as _, Sha3_256};

use crate::given::{BlockVector, OutcomeVector, digests, key};

const ROOT: TreeHash = TreeHash::new([0xcd; 32]);

pub(crate) fn content() -> Content {
    let founder = |party: &str, number| Founder {
        party: PartyId::parse(party).unwrap(),
        key: Jwk::new(*key(Algorithm::Es256k, number).public()).unwrap(),
    };
    Content {
        v: 1,
        name: "shenzhen".to_owned(),
        time: Time::from_unix(1_790_000_000),
        seed: [0x5e; 16],
        bureaus: vec![founder("bureau:shenzhen", 1)],
        nodes: vec![founder("node:ledger", 2)],
        logs: vec![LogKey { key: Jwk::new(*key(Algorithm::EdDsa, 3).public()).unwrap() }],
        validators: vec![],
        parameters: Parameters { iat_window_seconds: 600 },
    }
}

#[test]
fn the_bytes_of_the_genesis_file_name_the_chain() {
    let genesis = Genesis::create(&content()).unwrap();
    let digest = hex::encode(&Sha3_256::digest(genesis.bytes()));
    assert_eq!(genesis.chain().as_str(), format!("shenzhen-{}", &digest[..32]));
    assert_eq!(genesis.hash().to_string(), digest);
    assert_eq!(*genesis.content(), content());
    let spaced = [genesis.bytes(), b"\n"].concat();
    let spaced = Genesis::parse(&spaced).unwrap();
    assert_eq!(spaced.content(), genesis.content());
    assert_ne!(spaced.chain(), genesis.chain());
}

#[test]
fn a_genesis_that_begins_no_chain_is_refused() {
    let check = |pointer: &str, change: &dyn Fn(&mut Content)| {
        let mut content = content();
        change(&mut content);
        match Genesis::create(&content) {
            Err(GenesisError::Member { pointer: found, .. }) => assert_eq!(found, pointer),
            other => panic!("{pointer}: {other:?}"),
        }
    };
    check("/v", &|c| c.v = 2);
    check("/name", &|c| c.name = "Shenzhen".to_owned());
    check("/name", &|c| c.name = String::new());
    check("/bureaus", &|c| c.bureaus.clear());
    check("/logs", &|c| c.logs.clear());
    check("/bureaus/0/party", &|c| c.bureaus[0].party = PartyId::parse("node:x").unwrap());
    check("/nodes/0/party", &|c| c.nodes[0].party = PartyId::parse("bureau:x").unwrap());
    check("/nodes/1/party", &|c| c.nodes.push(c.nodes[0].clone()));
    check("/bureaus", &|c| c.nodes[0].key = c.bureaus[0].key);
    check("/logs/0/key", &|c| c.logs[0].key = c.bureaus[0].key);
    check("/logs/1/key", &|c| c.logs.push(c.logs[0].clone()));
    check("/parameters/iat_window_seconds", &|c| c.parameters.iat_window_seconds = 0);
}

#[test]
fn a_genesis_file_is_strict_json() {
    let text = String::from_utf8(Genesis::create(&content()).unwrap().bytes().to_vec()).unwrap();
    let check = |bad: String| assert!(Genesis::parse(bad.as_bytes()).is_err(), "{bad}");
    check(text.replacen('{', r#"{"x":1,"#, 1));
    check(text.replacen('{', r#"{"v":1,"#, 1));
    check(text.replace("600", "600.0"));
    check(text.replace(&"5e".repeat(16), &"5E".repeat(16)));
    check(text.replace(&"5e".repeat(16), "5e"));
    check(String::new());
    assert_eq!(Genesis::parse(&[0xff]), Err(GenesisError::NotUtf8));
    assert_eq!(Genesis::parse(&vec![b' '; 1024 * 1024 + 1]), Err(GenesisError::TooLarge));
}

#[test]
fn a_block_s_hash_covers_its_header_as_jcs_writes_it() {
    let zero = Genesis::create(&content()).unwrap().first_block();
    let one = zero.next(zero.time(), 0, ROOT, StateRoot::new([7; 32])).unwrap();
    let two = one.next(zero.time().plus(9), (1 << 53) - 10, ROOT, StateRoot::NONE).unwrap();
    for header in [zero, one, two] {
        let text = json::canonical(&header).unwrap();
        let hash = Sha3_256::new().chain_update("piao/block/v1\0").chain_update(text).finalize();
        assert_eq!(header.hash().as_bytes()[..], hash[..]);
    }
}

#[test]
fn block_hashes_are_what_another_library_computes() {
    let blocks = digests().blocks;
    for BlockVector { header, hash } in &blocks {
        assert_eq!(header.hash(), *hash);
        let text = json::canonical(header).unwrap();
        assert_eq!(json::from_canonical_str::<Header>(&text).unwrap(), *header);
    }
    assert_eq!(blocks[1].header.follows(&blocks[0].header), Ok(()));
}

#[test]
fn blocks_stand_on_one_another() {
    let genesis = Genesis::create(&content()).unwrap();
    let first = genesis.first_block();
    assert_eq!(
        (first.height(), first.first(), first.count(), first.closing(), first.tree_size()),
        (0, 0, 0, 0, 1)
    );
    assert_eq!((first.genesis(), first.time()), (Some(genesis.hash()), content().time));
    let second = first.next(first.time().plus(1), 5, ROOT, StateRoot::NONE).unwrap();
    assert_eq!((second.height(), second.first(), second.closing(), second.tree_size()), (1, 1, 6, 7));
    assert_eq!((second.prev(), second.genesis()), (first.hash(), None));
    let third = second.next(second.time(), 0, ROOT, StateRoot::NONE).unwrap();
    assert_eq!((third.height(), third.first(), third.tree_size()), (2, 7, 8));
    let check = |block: &Header, before: &Header, expect: Result<(), HeaderError>| {
        assert_eq!(block.follows(before), expect);
    };
    check(&second, &first, Ok(()));
    check(&third, &second, Ok(()));
    check(&third, &first, Err(HeaderError::Height));
    check(&second, &second, Err(HeaderError::Height));
    let other = Genesis::create(&Content { seed: [1; 16], ..content() }).unwrap().first_block();
    check(&second, &other, Err(HeaderError::Chain));
    let sibling = first.next(first.time().plus(2), 5, ROOT, StateRoot::NONE).unwrap();
    check(&third, &sibling, Err(HeaderError::Prev));
    assert_eq!(first.next(first.time().plus(-1), 0, ROOT, StateRoot::NONE), Err(HeaderError::Time));
    assert_eq!(first.next(first.time(), u64::MAX, ROOT, StateRoot::NONE), Err(HeaderError::Number));
    assert_eq!(first.next(first.time(), (1 << 53) - 1, ROOT, StateRoot::NONE), Err(HeaderError::Number));
}

#[test]
fn only_block_0_has_a_genesis() {
    let blocks = digests().blocks;
    let [first, second] = [0, 1].map(|i| json::canonical(&blocks[i].header).unwrap());
    let check = |bad: String| assert!(json::from_str::<Header>(&bad).is_err(), "{bad}");
    check(first.replace(&format!(r#""genesis":"{}","#, "ab".repeat(32)), ""));
    check(first.replace("\"count\":0", "\"count\":1"));
    check(first.replace("\"first\":0", "\"first\":1"));
    check(first.replace("\"height\":0", "\"height\":1"));
    check(first.replace("e3b0", "e3b1"));
    check(
        first.replace(&format!(r#""prev":"{}""#, "0".repeat(64)), &format!(r#""prev":"{}""#, "1".repeat(64))),
    );
    check(second.replace("\"height\":1", "\"height\":0"));
    check(second.replacen('{', &format!(r#"{{"genesis":"{}","#, "ab".repeat(32)), 1));
    check(second.replacen('{', r#"{"genesis":null,"#, 1));
    check(second.replace("\"v\":1", "\"v\":2"));
    check(second.replace("\"count\":2", "\"count\":9007199254740991"));
    check(second.replace("\"count\":2", "\"count\":-1"));
    check(second.replacen('{', r#"{"x":1,"#, 1));
}

#[test]
fn an_outcome_digest_is_what_another_library_computes() {
    let OutcomeVector { nonce, outcome, height, time, digest } = digests().outcome;
    assert_eq!(outcome_digest(&nonce, &outcome, height, Time::from_unix(time)), digest);
}
