use std::path::Path;

#[test]
fn openapi_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/registry.json");
    let committed = std::fs::read_to_string(path).unwrap();
    let current = piao_registry::openapi().to_pretty_json().unwrap() + "\n";
    assert!(
        committed == current,
        "run cargo run --release -p piao-registry --example write_registry_openapi"
    );
}

#[test]
fn the_document_is_of_the_version_that_generators_read() {
    let document = serde_json::to_value(piao_registry::openapi()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    for path in ["/v1/parties/{party}:suspend", "/v1/parties/{party}/keys/{kid}:revoke"] {
        assert!(document["paths"][path]["post"].is_object(), "{path}");
    }
}
