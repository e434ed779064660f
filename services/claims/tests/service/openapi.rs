use std::fs;

#[test]
fn openapi_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/claims.json");
    let committed = fs::read_to_string(path).unwrap();
    let current = piao_claims::openapi().to_pretty_json().unwrap();
    assert_eq!(
        committed.trim_end(),
        current,
        "cargo run --release -p piao-claims --example claims_openapi > {path}"
    );
}

#[test]
fn the_document_is_3_1_and_says_every_status_of_a_write() {
    let document: serde_json::Value =
        serde_json::from_str(&piao_claims::openapi().to_json().unwrap()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(write) = item.get("post") else { continue };
        let statuses: Vec<&String> = write["responses"].as_object().unwrap().keys().collect();
        assert_eq!(
            statuses,
            ["200", "201", "202", "400", "401", "409", "413", "415", "422", "429", "503"],
            "{path}"
        );
    }
}
