//! `cargo xtask sbom`: which crates the program is built of, as a bill of materials in CycloneDX 1.6 (ECMA-424).
//!
//! Without a time or a serial number, so that one commit has one bill.

use crate::failure::Failure;
use crate::{process, workspace};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::ExitCode;
use std::time::Duration;

/// The package whose program is given to others, and for what it is built.
const PROGRAM: &str = "piao";
const TARGET: &str = "x86_64-unknown-linux-gnu";
const LIMIT: Duration = Duration::from_secs(120);

/// Prints it.
pub(crate) fn command() -> Result<ExitCode, Failure> {
    let doing = "reading the tree of dependencies";
    let command =
        process::cargo(&["metadata", "--format-version", "1", "--locked", "--filter-platform", TARGET]);
    let finished = process::run_quietly(command, doing, LIMIT)?;
    let failed = |outcome: String| Failure::Command {
        doing: doing.into(),
        outcome,
        next: "see `cargo metadata --locked`".into(),
    };
    if !finished.success {
        return Err(failed(finished.output));
    }
    let document = finished.output.lines().find(|line| line.starts_with('{')).unwrap_or_default();
    let metadata: Value = serde_json::from_str(document).map_err(|error| failed(error.to_string()))?;
    let path = workspace::root().join("Cargo.lock");
    let lock = fs::read_to_string(&path).map_err(Failure::io(format!("reading {}", path.display())))?;
    let bill = bill(&metadata, &checksums(&lock)).ok_or_else(|| failed("it is not understood".into()))?;
    println!("{bill:#}");
    Ok(ExitCode::SUCCESS)
}

/// The bill of what [`PROGRAM`] is built of: what is linked into it, and what its build runs. What only tests need is no part.
fn bill(metadata: &Value, checksums: &BTreeMap<(String, String), String>) -> Option<Value> {
    let packages = metadata["packages"].as_array()?.iter();
    let packages = packages
        .map(|package| Some((package["id"].as_str()?, package)))
        .collect::<Option<BTreeMap<_, _>>>()?;
    let nodes = metadata["resolve"]["nodes"].as_array()?.iter();
    let needs =
        nodes.map(|node| Some((node["id"].as_str()?, needs(node)?))).collect::<Option<BTreeMap<_, _>>>()?;
    let (root, _) = packages.iter().find(|(_, package)| package["name"] == PROGRAM)?;
    let (mut reached, mut next) = (BTreeSet::new(), vec![*root]);
    while let Some(id) = next.pop() {
        if reached.insert(id) {
            next.extend(needs.get(id)?);
        }
    }
    let reference = |id: &str| Some(purl(packages.get(id)?));
    let mut components = Vec::new();
    let mut dependencies = Vec::new();
    for id in &reached {
        let on = needs.get(id)?.iter().map(|id| reference(id)).collect::<Option<BTreeSet<_>>>()?;
        dependencies.push(json!({"ref": reference(id)?, "dependsOn": on}));
        if id != root {
            components.push(component(packages.get(id)?, "library", checksums));
        }
    }
    Some(json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": component(packages.get(root)?, "application", checksums)},
        "components": components,
        "dependencies": dependencies,
    }))
}

/// The ids of what a package needs to be built and to run.
fn needs(node: &Value) -> Option<Vec<&str>> {
    let all = node["deps"].as_array()?.iter();
    let wanted = all.filter(|dependency| {
        let kinds = dependency["dep_kinds"].as_array();
        kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"] != "dev"))
    });
    wanted.map(|dependency| dependency["pkg"].as_str()).collect()
}

fn component(package: &Value, kind: &str, checksums: &BTreeMap<(String, String), String>) -> Value {
    let text = |member: &str| package[member].as_str().unwrap_or_default().to_owned();
    let purl = purl(package);
    let mut component = json!({
        "type": kind, "bom-ref": purl, "purl": purl, "name": package["name"], "version": package["version"],
    });
    if let Some(licence) = package["license"].as_str() {
        // Older manifests separate by a stroke what SPDX joins with OR.
        component["licenses"] = json!([{"expression": licence.replace('/', " OR ").replace("  ", " ")}]);
    }
    if let Some(sum) = checksums.get(&(text("name"), text("version"))) {
        component["hashes"] = json!([{"alg": "SHA-256", "content": sum}]);
    }
    component
}

fn purl(package: &Value) -> String {
    let text = |member: &str| package[member].as_str().unwrap_or_default();
    format!("pkg:cargo/{}@{}", text("name"), text("version").replace('+', "%2B"))
}

/// What `Cargo.lock` says that the registry's file of a name and a version has as its SHA-256.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let mut found = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let value = |name: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
            line.map(|value| value.trim_matches('"').to_owned())
        };
        if let (Some(name), Some(version), Some(sum)) = (value("name"), value("version"), value("checksum")) {
            found.insert((name, version), sum);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "[[package]]\nname = \"linked\"\nversion = \"1.0.0+x\"\nsource = \"r\"\nchecksum = \"ab\"\n\n\
                        [[package]]\nname = \"piao\"\nversion = \"0.1.0\"\n";

    #[test]
    fn what_is_linked_or_run_by_the_build_is_on_the_bill_and_what_only_tests_need_is_not() {
        let package = |name: &str, version: &str| json!({"id": name, "name": name, "version": version, "license": "MIT/Apache-2.0"});
        let depends = |on: &str, kind: Value| json!({"pkg": on, "dep_kinds": [{"kind": kind}]});
        let node = |id: &str, on: Vec<Value>| json!({"id": id, "deps": on});
        let metadata = json!({
            "packages": [
                package("piao", "0.1.0"), package("linked", "1.0.0+x"), package("built", "2.0.0"),
                package("tried", "3.0.0"), package("other", "4.0.0"),
            ],
            "resolve": {"nodes": [
                node("piao", vec![depends("linked", Value::Null), depends("tried", "dev".into())]),
                node("linked", vec![depends("built", "build".into()), depends("piao", "dev".into())]),
                node("built", vec![]), node("tried", vec![]), node("other", vec![depends("piao", Value::Null)]),
            ]},
        });
        let bill = bill(&metadata, &checksums(LOCK)).expect("a bill");
        let components = bill["components"].as_array().expect("a list");
        let names = components.iter().map(|component| component["purl"].as_str()).collect::<Vec<_>>();
        assert_eq!(names, [Some("pkg:cargo/built@2.0.0"), Some("pkg:cargo/linked@1.0.0%2Bx")]);
        assert_eq!(components[1]["hashes"][0]["content"], "ab");
        assert_eq!(components[0].get("hashes"), None);
        assert_eq!(components[0]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(bill["metadata"]["component"]["name"], "piao");
        assert_eq!(bill["dependencies"].as_array().map(Vec::len), Some(3));
    }
}
