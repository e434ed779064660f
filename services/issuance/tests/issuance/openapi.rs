#[test]
fn openapi_is_current() {
    let committed = include_str!("../../../../openapi/issuance.json");
    let current = piao_issuance::openapi().to_pretty_json().unwrap();
    assert_eq!(
        committed.trim_end(),
        current,
        "run: cargo run --release -p piao-issuance --example write_issuance_openapi"
    );
}
