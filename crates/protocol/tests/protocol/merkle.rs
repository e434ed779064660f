//! The tree against RFC 6962's own recursive definitions, written a second time here.

use piao_protocol::digest::{BlockHash, OutcomeDigest, StateRoot, TreeHash};
use piao_protocol::encoding::hex;
use piao_protocol::log::{
    ENTRY_BYTES, Entry, EntryError, Frontier, Node, NodeId, Plan, bundle, consistency, empty_root, inclusion,
    leaf_hash, parse_bundle, root, verify_consistency, verify_inclusion,
};
use sha2::{Digest as _, Sha256};

/// RFC 6962 §2.1: MTH(D[n]).
fn mth(data: &[Vec<u8>]) -> [u8; 32] {
    match data {
        [] => Sha256::digest(b"").into(),
        [one] => Sha256::digest([&[0_u8], one.as_slice()].concat()).into(),
        more => {
            let k = more.len().next_power_of_two() / 2;
            Sha256::digest([&[1_u8][..], &mth(&more[..k]), &mth(&more[k..])].concat()).into()
        }
    }
}

/// RFC 6962 §2.1.1: PATH(m, D[n]).
fn path(m: usize, data: &[Vec<u8>]) -> Vec<[u8; 32]> {
    if data.len() == 1 {
        return Vec::new();
    }
    let k = data.len().next_power_of_two() / 2;
    let (mut path, sibling) = if m < k {
        (path(m, &data[..k]), mth(&data[k..]))
    } else {
        (path(m - k, &data[k..]), mth(&data[..k]))
    };
    path.push(sibling);
    path
}

/// RFC 6962 §2.1.2: SUBPROOF(m, D[n], b).
fn subproof(m: usize, data: &[Vec<u8>], whole: bool) -> Vec<[u8; 32]> {
    if m == data.len() {
        return if whole { Vec::new() } else { vec![mth(data)] };
    }
    let k = data.len().next_power_of_two() / 2;
    let (mut proof, sibling) = if m <= k {
        (subproof(m, &data[..k], whole), mth(&data[k..]))
    } else {
        (subproof(m - k, &data[k..], false), mth(&data[..k]))
    };
    proof.push(sibling);
    proof
}

fn data(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|i| i.to_be_bytes().to_vec()).collect()
}

/// The complete nodes of a tree, as a store would keep them.
fn grown(data: &[Vec<u8>]) -> (Frontier, Vec<Node>) {
    let mut frontier = Frontier::empty();
    let mut nodes = Vec::new();
    for entry in data {
        frontier.append(leaf_hash(entry), &mut nodes);
    }
    (frontier, nodes)
}

fn load(plan: &Plan, nodes: &[Node]) -> Vec<TreeHash> {
    let hash = |id: &NodeId| nodes.iter().find(|node| node.id == *id).expect("a complete node").hash;
    plan.assemble(&plan.nodes().iter().map(hash).collect::<Vec<_>>()).unwrap()
}

fn tree_hashes(raw: Vec<[u8; 32]>) -> Vec<TreeHash> {
    raw.into_iter().map(TreeHash::new).collect()
}

#[test]
fn roots_are_those_of_certificate_transparency() {
    let inputs =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(Frontier::empty().root().to_string(), empty);
    assert_eq!(empty_root().to_string(), empty);
    let mut frontier = Frontier::empty();
    for (input, expect) in inputs.iter().zip(roots) {
        let bytes: Vec<u8> = input
            .as_bytes()
            .chunks(2)
            .map(|c| u8::from_str_radix(std::str::from_utf8(c).unwrap(), 16).unwrap())
            .collect();
        frontier.append(leaf_hash(&bytes), &mut Vec::new());
        assert_eq!(frontier.root().to_string(), expect);
    }
}

#[test]
fn the_frontier_is_the_recursive_tree() {
    let data = data(70);
    for size in 0..=data.len() {
        let (frontier, nodes) = grown(&data[..size]);
        let expect = TreeHash::new(mth(&data[..size]));
        assert_eq!(frontier.root(), expect);
        let places = Frontier::places(size as u64);
        let peaks: Vec<_> =
            places.iter().map(|id| nodes.iter().find(|n| n.id == *id).unwrap().hash).collect();
        assert_eq!(frontier.peaks(), peaks);
        assert_eq!(root(size as u64, &peaks), Ok(expect));
        assert_eq!(Frontier::resume(size as u64, peaks.clone()), Ok(frontier));
        assert!(
            Frontier::resume(size as u64 + 1, peaks.clone()).is_err()
                || (size + 1).count_ones() == size.count_ones()
        );
        for Node { id, hash } in nodes {
            let (start, end) = ((id.index as usize) << id.level, (id.index as usize + 1) << id.level);
            assert_eq!(hash, TreeHash::new(mth(&data[start..end])));
        }
    }
}

#[test]
fn inclusion_paths_are_the_recursive_ones_and_verify() {
    let data = data(40);
    let (_, nodes) = grown(&data);
    for size in 1..=data.len() {
        let root = TreeHash::new(mth(&data[..size]));
        for index in 0..size {
            let proof = load(&inclusion(index as u64, size as u64).unwrap(), &nodes);
            assert_eq!(proof, tree_hashes(path(index, &data[..size])));
            let leaf = leaf_hash(&data[index]);
            let check = |leaf: &TreeHash, index: usize, size: usize, proof: &[TreeHash]| {
                verify_inclusion(leaf, index as u64, size as u64, proof, &root).is_ok()
            };
            assert!(check(&leaf, index, size, &proof));
            assert!(!check(&leaf_hash(b"other"), index, size, &proof));
            for other in (0..size).filter(|other| *other != index) {
                assert!(!check(&leaf, other, size, &proof), "{index} of {size} as {other}");
            }
            let longer = [proof.as_slice(), &[root]].concat();
            assert!(!check(&leaf, index, size, &longer));
            if !proof.is_empty() {
                assert!(!check(&leaf, index, size, &proof[1..]));
                assert!(!check(&leaf, index, size, &proof[..proof.len() - 1]));
            }
            assert!(!check(&leaf, size, size, &proof));
        }
    }
}

#[test]
fn consistency_proofs_are_the_recursive_ones_and_verify() {
    let data = data(40);
    let (_, nodes) = grown(&data);
    let root = |size: usize| TreeHash::new(mth(&data[..size]));
    for new in 0..=data.len() {
        for old in 0..=new {
            let proof = load(&consistency(old as u64, new as u64).unwrap(), &nodes);
            let expect = if old == 0 { Vec::new() } else { subproof(old, &data[..new], true) };
            assert_eq!(proof, tree_hashes(expect), "{old} to {new}");
            let check = |old: usize, old_root: TreeHash, new: usize, proof: &[TreeHash]| {
                verify_consistency(old as u64, &old_root, new as u64, &root(new), proof).is_ok()
            };
            assert!(check(old, root(old), new, &proof), "{old} to {new}");
            let wrong = leaf_hash(b"other");
            assert!(!check(old, wrong, new, &proof), "{old} to {new}");
            let longer = [proof.as_slice(), &[wrong]].concat();
            assert!(!check(old, root(old), new, &longer));
            for place in 0..proof.len() {
                let mut bad = proof.clone();
                bad[place] = wrong;
                assert!(!check(old, root(old), new, &bad));
                bad.remove(place);
                assert!(!check(old, root(old), new, &bad));
            }
        }
    }
    assert!(verify_consistency(2, &root(2), 1, &root(1), &[]).is_err());
}

#[test]
fn proofs_about_what_is_not_there_are_not_made() {
    for (index, size) in [(0, 0), (1, 1), (5, 5), (u64::MAX, 1)] {
        assert!(inclusion(index, size).is_err());
    }
    assert!(consistency(2, 1).is_err());
    let plan = inclusion(0, 3).unwrap();
    assert!(plan.assemble(&[]).is_err());
    assert!(root(3, &[empty_root()]).is_err());
    assert!(inclusion(u64::MAX - 2, u64::MAX - 1).is_ok(), "the largest trees do not overflow");
}

#[test]
fn entries_are_65_bytes_and_survive_the_round_trip() {
    let id = piao_domain::ids::TransitionId::new([0xaa; 32]);
    let transition = Entry::Transition { id, outcome: OutcomeDigest::new([0xbb; 32]) };
    let block = Entry::Block { hash: BlockHash::new([0xcc; 32]), state_root: StateRoot::NONE };
    let check = |entry: Entry, text: String| {
        assert_eq!(hex::encode(&entry.to_bytes()), text);
        assert_eq!(Entry::parse(&entry.to_bytes()), Ok(entry));
    };
    check(transition, format!("01{}{}", "aa".repeat(32), "bb".repeat(32)));
    check(block, format!("02{}{}", "cc".repeat(32), "00".repeat(32)));
    for (bytes, expect) in [
        (vec![], EntryError::Length),
        (vec![1; ENTRY_BYTES - 1], EntryError::Length),
        (vec![1; ENTRY_BYTES + 1], EntryError::Length),
        (vec![0; ENTRY_BYTES], EntryError::Kind),
        (vec![3; ENTRY_BYTES], EntryError::Kind),
    ] {
        assert_eq!(Entry::parse(&bytes), Err(expect));
    }
    let bytes = bundle(&[transition, block]);
    assert_eq!((bytes.len(), &bytes[..3], &bytes[67..70]), (134, &[0, 65, 1][..], &[0, 65, 2][..]));
    assert_eq!(parse_bundle(&bytes), Ok(vec![transition, block]));
    assert!(parse_bundle(&bytes[1..]).is_err());
    assert!(parse_bundle(&bytes[..133]).is_err());
    assert_eq!(parse_bundle(&[]), Ok(vec![]));
}
