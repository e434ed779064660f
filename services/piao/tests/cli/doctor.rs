//! What the doctor sees, in every state that it knows.

use std::os::unix::fs::PermissionsExt as _;

use super::given::{Desk, Ran};

/// The result of one check.
fn result(ran: &Ran, check: &str) -> String {
    let checks = ran.json()["data"].as_array().unwrap().clone();
    let found = checks.iter().find(|row| row["check"] == check);
    let found = found.and_then(|row| row["result"].as_str());
    found.unwrap_or_else(|| panic!("no {check} in {ran:?}")).to_owned()
}

/// How many checks came to this.
fn count(ran: &Ran, result: &str) -> usize {
    let data = ran.json();
    data["data"].as_array().unwrap().iter().filter(|row| row["result"] == result).count()
}

#[test]
fn the_doctor_sees_the_embedded_shape_before_while_and_after_it_serves() {
    let mut desk = Desk::new();
    let nothing = desk.piao("doctor --output json").ended(1);
    assert_eq!(result(&nothing, "genesis file"), "wrong");
    desk.piao("init --dev").ok();
    let begun = desk.piao("doctor --output json").ok();
    assert_eq!((result(&begun, "key: log"), result(&begun, "database")), ("ok".into(), "not done".into()));

    let server = desk.serve();
    let serving = desk.piao("doctor --output json").ok();
    for check in
        ["services", "log", "key: node on the ledger", "key: bureau on the ledger", "clock: monotonic"]
    {
        assert_eq!(result(&serving, check), "ok", "{check}: {serving:?}");
    }
    desk.piao("key new --person --out stranger.json").ok();
    let stranger = desk.piao("doctor --key stranger.json --output json").ended(1);
    assert_eq!(result(&stranger, "key: stranger.json on the ledger"), "wrong");
    let url = server.url.clone();
    server.stop();

    let away = desk.piao(&format!("doctor --url {url} --output json")).ended(3);
    assert_eq!(result(&away, "services"), "undecided");
    for schema in ["ledger", "gateway", "registry", "rules", "issuance", "claims", "reimbursement"] {
        assert_eq!(result(&away, &format!("schema: {schema}")), "ok", "{schema}: {away:?}");
    }
    assert_eq!((result(&away, "chain"), count(&away, "wrong")), ("ok".into(), 0));

    let key = desk.path("piao-data/seal-key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    desk.piao("init --dev --out other").ok();
    let other = desk.piao("doctor --genesis-file other/genesis.json --output json").ended(1);
    for check in ["key: seal", "key: log", "chain"] {
        assert_eq!(result(&other, check), "wrong", "{check}: {other:?}");
    }
}

#[test]
fn the_doctor_sees_a_server_and_a_broker() {
    let mut desk = Desk::new();
    desk.piao("init --dev").ok();
    for (name, file) in [
        ("PIAO_GENESIS_FILE", "genesis.json"),
        ("PIAO_LOG_KEY_FILE", "log-key"),
        ("PIAO_SEAL_KEY_FILE", "seal-key"),
    ] {
        desk.set(name, desk.path("piao-data").join(file).to_str().unwrap());
    }
    desk.set("PIAO_DATABASE_URL", &std::env::var("PIAO_TEST_DATABASE_URL").unwrap());
    desk.set("PIAO_AMQP_URL", &std::env::var("PIAO_TEST_AMQP_URL").unwrap());
    // The test server's own database, in which nobody ever serves.
    let fresh = desk.piao("doctor --output json").ended(1);
    for check in ["database", "clock: database", "broker"] {
        assert_eq!(result(&fresh, check), "ok", "{check}: {fresh:?}");
    }
    assert_eq!(
        (result(&fresh, "schema: ledger"), result(&fresh, "chain")),
        ("wrong".into(), "not done".into())
    );

    desk.set("PIAO_DATABASE_URL", "postgres://nobody@127.0.0.1:1/none");
    desk.set("PIAO_AMQP_URL", "amqp://nobody:x@127.0.0.1:1/%2f");
    let away = desk.piao("doctor --output json --wait 1").ended(3);
    for check in ["database", "broker"] {
        assert_eq!(result(&away, check), "undecided", "{check}: {away:?}");
    }
}
