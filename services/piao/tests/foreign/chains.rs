//! A verifier of chain exports that shares no code with ours, on the demo's chain and on a thousand broken ones.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;

use serde_json::Value;

use super::desk::Desk;
use super::python;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/verifier");
const BROKEN: u64 = 1000;
/// How often the rarest kind of damage occurs at least.
const RAREST: u64 = 5;

/// Runs the demo, and keeps the chain that it made, its genesis file and its log's key.
fn demo(desk: &Desk) {
    let mut demo = desk.start("demo --keep --language en");
    let said = BufReader::new(demo.child.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
    let serving =
        said.into_iter().find(|line| line.contains("serving at http://")).expect("a demo that serves");
    let (_, rest) = serving.split_once(", its files in ").expect("its folder");
    let folder = PathBuf::from(rest.split_once(';').expect("the folder's end").0);
    for name in ["chain.ndjson", "genesis.json", "log-key"] {
        std::fs::copy(folder.join(name), desk.path(name)).expect("a file of the demo");
    }
    // It takes its folder away with it.
    demo.signal("TERM");
    assert!(demo.child.wait().expect("an end").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verifier_without_our_code_agrees_on_a_chain_and_on_a_thousand_broken_ones() {
    let desk = Desk::new();
    demo(&desk);
    let audited = desk.piao("audit chain.ndjson --genesis-file genesis.json --output json").ok().json();
    let program = |name: &str| format!("{FOLDER}/{name}");
    let (verify, damage) = (program("verify_chain.py"), program("break_chain.py"));
    // -B: nothing is written beside the programs.
    let asked = ["-B", &verify, "chain.ndjson", "--genesis-file", "genesis.json"];
    let told = python::run(&asked, &desk.path(""), "").await;
    let height = audited["height"].as_u64().expect("a height");
    for expect in [
        format!("{} blocks, {} entries", height + 1, audited["tree_size"]),
        format!("root {}", audited["root"].as_str().expect("a root")),
        format!("{}: ", audited["transitions"]),
    ] {
        assert!(told.contains(&expect), "no {expect:?} in {told}");
    }

    std::fs::create_dir(desk.path("samples")).expect("a folder");
    let count = BROKEN.to_string();
    let asked =
        ["-B", &damage, "chain.ndjson", "--log-key", "log-key", "--count", &count, "--samples", "samples"];
    let found = python::run(&asked, &desk.path(""), "").await;
    let found: Value = serde_json::from_str(&found).expect("JSON");
    assert_eq!((&found["refused"], &found["wrong"]), (&BROKEN.into(), &Value::Array(Vec::new())));
    let kinds = found["kinds"].as_object().expect("kinds");
    for (kind, reasons) in kinds {
        let times = reasons.as_object().expect("reasons").values().filter_map(Value::as_u64).sum::<u64>();
        assert!(times >= RAREST, "{kind}: {reasons}");
    }
    let mut kinds = kinds.keys().map(String::as_str).collect::<Vec<_>>();
    kinds.sort_unstable();
    assert_eq!(refused_by_audit(&desk), kinds, "one of each kind");
}

/// Which of the samples our own audit refuses: all that are not said to be good.
fn refused_by_audit(desk: &Desk) -> Vec<String> {
    let samples = std::fs::read_dir(desk.path("samples")).expect("the samples");
    let mut refused = Vec::new();
    for sample in samples {
        let path = sample.expect("a file").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        let audited = desk.piao(&format!("audit samples/{name}.ndjson"));
        if name.starts_with("good-") {
            audited.ok();
        } else {
            audited.ended(1);
            refused.push(name);
        }
    }
    refused.sort();
    refused
}
