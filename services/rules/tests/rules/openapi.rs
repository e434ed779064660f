use std::path::Path;

#[test]
fn openapi_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/rules.json");
    let committed = std::fs::read_to_string(path).unwrap();
    let current = piao_rules::openapi().to_pretty_json().unwrap() + "\n";
    assert!(committed == current, "run cargo run --release -p piao-rules --example write_rules_openapi");
}

#[test]
fn the_document_is_of_the_version_that_generators_read() {
    let document = serde_json::to_value(piao_rules::openapi()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    for path in ["/v1/rule-sets/{id}/{version}:activate", "/v1/rule-sets/{id}/{version}:retire"] {
        assert!(document["paths"][path]["post"].is_object(), "{path}");
    }
}
