use crate::support::World;

/// A draft that passes; rows change one thing in it.
const DRAFT: &str = r#"{"buyer":{"type":"enterprise","id":"uscc:914403001922038216","name":"购买方"},"lines":[{"category":"3040201010000000000","item":"*信息技术服务*软件服务","treatment":"0.06","amount":10000}]}"#;

struct Row(&'static str, &'static str, u16, &'static str, &'static str);

const ROWS: &[Row] = &[
    Row("\"amount\":10000", "\"amount\":100.5", 400, "malformed", "/lines/0/amount"),
    Row("\"amount\":10000", "\"amount\":1e4", 400, "malformed", "/lines/0/amount"),
    Row("\"amount\":10000", "\"amount\":9007199254740992", 400, "malformed", "/lines/0/amount"),
    Row("\"amount\":10000", "\"amount\":\"10000\"", 422, "schema", "/lines/0/amount"),
    Row("\"amount\":10000", "\"amount\":null", 422, "schema", "/lines/0/amount"),
    Row("\"amount\":10000", "\"amount\":10000,\"amount\":10000", 400, "malformed", "/lines/0/amount"),
    Row("\"buyer\"", "\"paid\":true,\"buyer\"", 422, "schema", "/paid"),
    Row("\"treatment\"", "\"discount\":1,\"treatment\"", 422, "schema", "/lines/0/discount"),
    Row("0.06", "0.060", 422, "schema", "/lines/0/treatment"),
    Row("0.06", "6%", 422, "schema", "/lines/0/treatment"),
    Row("3040201010000000000", "304", 422, "schema", "/lines/0/category"),
    Row("914403001922038216", "914403001922038217", 422, "schema", "/buyer/id"),
    Row("\"amount\":10000", "\"quantity\":\"1\"", 422, "schema", "/lines/0"),
    Row("\"amount\":10000", "\"amount\":10000,\"tax\":600,\"total\":1", 422, "schema", "/lines/0/total"),
    Row(
        "\"amount\":10000",
        "\"amount\":10000,\"entered\":\"net\",\"total\":\"x\"",
        422,
        "schema",
        "/lines/0/total",
    ),
    Row("\"lines\":[{", "\"lines\":[[{", 400, "malformed", "/lines/1"),
    Row("\"lines\":[", "\"lines\":{},\"x\":[", 422, "schema", "/lines"),
    Row(DRAFT, "[]", 422, "schema", ""),
    Row(DRAFT, "", 400, "malformed", ""),
    Row(DRAFT, "{}", 422, "schema", ""),
    Row(DRAFT, "\u{feff}{}", 400, "malformed", ""),
];

#[tokio::test(flavor = "multi_thread")]
async fn hostile_drafts_are_told_where_they_are_wrong() {
    let world = World::start().await;
    world.quota(1).await;
    for endpoint in ["/v1/invoices:prepare", "/v1/invoices:check"] {
        let answer = world.post(endpoint).by(&world.seller).json(DRAFT).send().await;
        assert_eq!(answer.ok()["passes"], true, "{}", answer.body);
        for Row(from, to, status, code, pointer) in ROWS {
            let draft = DRAFT.replacen(from, to, 1);
            assert_ne!(draft, DRAFT, "{from}");
            let answer = world.post(endpoint).by(&world.seller).json(draft.clone()).send().await;
            assert_eq!(answer.code(), (*status, (*code).to_owned()), "{draft}: {}", answer.body);
            assert_eq!(answer.json()["errors"][0]["pointer"], *pointer, "{draft}: {}", answer.body);
        }
    }
    let answer =
        world.post("/v1/invoices:check").by(&world.seller).header("content-type", "text/plain").send();
    assert_eq!(answer.await.code(), (415, "media_type".to_owned()));
    let large = format!("{}{}", " ".repeat(100 * 1024), DRAFT);
    let answer = world.post("/v1/invoices:check").by(&world.seller).json(large).send().await;
    assert_eq!(answer.code(), (413, "too_large".to_owned()));
    world.stop().await;
}
