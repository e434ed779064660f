//! Tile paths (C2SP tlog-tiles).

use std::collections::BTreeSet;

use piao_protocol::log::{NodeId, TilePath};

#[test]
fn a_tile_path_has_one_spelling() {
    let check = |text: &str, expect: TilePath| {
        assert_eq!(TilePath::parse(text), Ok(expect), "{text}");
        assert_eq!(expect.to_string(), text);
    };
    check("tile/0/000", TilePath::Hashes { level: 0, index: 0, width: 256 });
    check("tile/3/x001/x234/067", TilePath::Hashes { level: 3, index: 1_234_067, width: 256 });
    check("tile/3/x001/x234/067.p/8", TilePath::Hashes { level: 3, index: 1_234_067, width: 8 });
    check("tile/63/999.p/255", TilePath::Hashes { level: 63, index: 999, width: 255 });
    check("tile/entries/x001/000", TilePath::Entries { index: 1000, width: 256 });
    check("tile/entries/000.p/1", TilePath::Entries { index: 0, width: 1 });
    for wrong in [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/x001",
        "tile/0/001/x001",
        "tile/0/001/001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "tile/0/-01",
        "tile/0/+01",
        "tile/0/00a",
        "tile/64/000",
        "tile/00/000",
        "tile/-1/000",
        "tile/256/000",
        "tile/Entries/000",
        "tile/0/000 ",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "tile/0/x000/x000/001",
    ] {
        assert!(TilePath::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_tile_is_there_once_the_tree_has_all_its_nodes() {
    let check = |text: &str, size: u64, expect: Option<(u8, u64, u16)>| {
        let nodes = TilePath::parse(text).unwrap().nodes(size);
        let expect = expect.map(|(level, index, width)| (NodeId { level, index }, width));
        assert_eq!(nodes, expect, "{text} of {size}");
    };
    check("tile/0/000", 256, Some((0, 0, 256)));
    check("tile/0/000", 255, None);
    check("tile/0/000.p/255", 255, Some((0, 0, 255)));
    check("tile/0/000.p/200", 255, Some((0, 0, 200)));
    check("tile/0/001.p/1", 256, None);
    check("tile/0/001.p/1", 257, Some((0, 256, 1)));
    check("tile/entries/001.p/1", 257, Some((0, 256, 1)));
    check("tile/1/000.p/1", 255, None);
    check("tile/1/000.p/1", 256, Some((8, 0, 1)));
    check("tile/1/000", 65_536, Some((8, 0, 256)));
    check("tile/2/000.p/1", 65_536, Some((16, 0, 1)));
    check("tile/63/000.p/1", u64::MAX, None);
    check("tile/8/000.p/1", u64::MAX, None);
}

#[test]
fn all_tiles_of_a_tree_hold_each_node_once() {
    for size in [0, 1, 255, 256, 257, 65_535, 65_536, 70_000] {
        let mut seen = BTreeSet::new();
        for tile in TilePath::all(size) {
            let (first, width) = tile.nodes(size).expect("a tile of the tree");
            for index in first.index..first.index + u64::from(width) {
                assert!(seen.insert((first.level, index)), "{tile} of {size}");
            }
            assert_eq!(TilePath::parse(&tile.to_string()), Ok(tile));
        }
        let expect = (0..8).map(|level| size >> (8 * level)).sum::<u64>();
        assert_eq!(seen.len() as u64, expect, "{size}");
    }
}
