//! Requests that schemathesis makes up from the OpenAPI document, as two enterprises of which neither may see what is the
//! other's: no fault, no answer that the document does not describe, nothing of one for the other.
//!
//! It cannot sign, so what it makes up of a signed transition is malformed, and refused. So that it gets further, every
//! write has an example that was signed for it and is accepted, and it sends that whole, and damaged in ways of its own.

use std::path::Path;

use piao_testkit::actor::Actor;
use piao_testkit::platform::table::Call;
use serde_json::{Value, json};

use super::matrix::calls::{self, Seen};
use super::matrix::table::{Expected, Role, Whose};
use super::python;
use super::stage::Stage;

const DOCUMENT: &str = include_str!("../../../../openapi/piao.json");
/// Cases an operation and a phase at most, where no time is asked for: few, so that the test is short.
const EXAMPLES: &str = "4";

#[tokio::test(flavor = "multi_thread")]
async fn generated_requests_of_two_enterprises_meet_no_fault_and_nothing_undocumented() {
    let stage = Stage::start().await;
    let seen = Seen::prepare(&stage).await;
    let folder = tempfile::tempdir().unwrap();
    let write =
        |name: &str, value: &Value| std::fs::write(folder.path().join(name), value.to_string()).unwrap();
    write("document.json", &document(&stage, &seen).await);
    std::fs::write(folder.path().join("schemathesis.toml"), CONFIG).unwrap();
    std::fs::write(folder.path().join("hooks.py"), HOOKS).unwrap();
    // Whoever is named first is who asks; the other is who looks whether it sees what the first made.
    for (first, second) in [(&stage.enterprise, &stage.other), (&stage.other, &stage.enterprise)] {
        write("tenants.json", &tenants(&stage, first, second));
        let told = run(&stage, folder.path()).await;
        println!("{told}");
        // It ends with an error where it finds anything; these say that it looked, and how far it came.
        for phase in ["Examples", "Coverage", "Fuzzing"] {
            assert!(told.contains(&format!("✅ {phase}")), "{phase}: {told}");
        }
        let accepted = std::fs::read_to_string(folder.path().join("accepted")).unwrap();
        let accepted = accepted.lines().collect::<std::collections::BTreeSet<_>>();
        println!("{} operations said yes to {}: {accepted:?}", accepted.len(), first.party);
        assert!(accepted.len() >= ACCEPTED_MIN, "operations that said yes to {}: {accepted:?}", first.party);
        std::fs::remove_file(folder.path().join("accepted")).unwrap();
    }
    stage.platform.stop().await;
}

async fn run(stage: &Stage, folder: &Path) -> String {
    let base = stage.platform.base();
    let seed = std::env::var("PIAO_TEST_GENERATED_SEED").unwrap_or_else(|_| "1".to_owned());
    let mut asked =
        vec!["-B", "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "--no-color", "run"];
    asked.extend(["document.json", "--url", &base, "--seed", &seed, "--generation-database", "none"]);
    // Tokens are good for five minutes, so that a longer run is several.
    let seconds = std::env::var("PIAO_TEST_GENERATED_SECONDS");
    match &seconds {
        Ok(seconds) => asked.extend(["--max-time", seconds]),
        Err(_) => asked.extend(["--max-examples", EXAMPLES, "--phases", "examples,coverage,fuzzing"]),
    }
    python::run(&asked, folder, "").await
}

/// Which answers are wrong, and whose tokens there are. What a caller may ask for is the document's to say, so that a
/// shape that is accepted beyond it is no fault here.
const CONFIG: &str = r#"
hooks = "hooks.py"

[auth.wfc]
path = "tenants.json"
peers = ["first", "second"]

[checks]
positive_data_acceptance.enabled = false
negative_data_rejection.enabled = false
unsupported_method.enabled = true
"#;

/// A bare JWS is text. What is accepted is written down, so that a run in which nothing is cannot pass.
const HOOKS: &str = r#"
import schemathesis
schemathesis.serializer.alias("application/jose", "text/plain")

@schemathesis.hook
def after_call(context, case, response):
    if 200 <= response.status_code < 300:
        with open("accepted", "a") as accepted:
            accepted.write(case.operation.label + "\n")
"#;
/// So many operations of the document say yes to each tenant at least once.
const ACCEPTED_MIN: usize = 45;

fn tenants(stage: &Stage, first: &Actor, second: &Actor) -> Value {
    let tenant = |name: &str, actor: &Actor| {
        let now = stage.platform.now();
        let token = actor.key.sign_read_token(&actor.party, stage.platform.chain.id(), now, now.plus(299));
        json!({"name": name, "fixedHeaders": [{"name": "Authorization", "value": format!("Bearer {token}")}]})
    };
    json!({"auth": [tenant("first", first), tenant("second", second)]})
}

/// The merged document with an example for every parameter of a path and every body. A height that a caller may wait for is
/// left out: it is made up as one that never comes, and 503 after 5 s is what that is answered.
async fn document(stage: &Stage, seen: &Seen) -> Value {
    let expected = Expected::read();
    let mut document: Value = serde_json::from_str(DOCUMENT).unwrap();
    for operation in expected.operations() {
        let (method, path) = operation.split_once(' ').unwrap();
        let described = &mut document["paths"][path][method.to_lowercase()];
        if let Some(parameters) = described.get_mut("parameters").and_then(Value::as_array_mut) {
            parameters.retain(|parameter| parameter["name"] != "Piao-Min-Height");
        }
        let (whose, role) = allowed(&expected, &operation);
        let called = calls::call(stage, seen, &operation, whose, role).await.unwrap();
        for (name, value) in values(path, &called.path) {
            let parameters = described.get_mut("parameters").and_then(Value::as_array_mut).unwrap();
            let parameter = parameters.iter_mut().find(|parameter| parameter["name"] == name);
            parameter.unwrap()["example"] = value.into();
        }
        let described = described.pointer_mut("/requestBody/content");
        match (called.call, described) {
            (Call::Read | Call::Open, _) | (_, None) => {}
            (Call::Ask(question), Some(content)) => {
                content["application/json"]["example"] = serde_json::from_str(&question).unwrap();
            }
            (Call::Write(kind, body), Some(content)) => {
                let signed = stage.platform.sign(role.actor(stage), kind, &body);
                content["application/json"]["example"] = json!({"transition": *signed.jws});
                content["application/jose"]["example"] = (*signed.jws).into();
            }
        }
    }
    document
}

/// Who may, and about what: an enterprise where it may, else another role.
fn allowed(expected: &Expected, operation: &str) -> (Whose, Role) {
    let roles = [Role::Enterprise, Role::Person, Role::Bureau, Role::Node];
    let mut cells = roles.into_iter().flat_map(|role| Whose::ALL.map(|whose| (whose, role)));
    let may = |cell: &(Whose, Role)| expected.cell(operation, cell.0, cell.1).starts_with('2');
    cells.find(may).unwrap_or_else(|| panic!("nobody may {operation}"))
}

/// The parameters of a path, by name: `/v1/locks/{id}:renew` and `/v1/locks/ab:renew` give `id` as `ab`.
fn values(template: &str, path: &str) -> Vec<(String, String)> {
    let (mut found, mut rest) = (Vec::new(), path);
    let mut pieces = template.split('{');
    rest = rest.strip_prefix(pieces.next().unwrap_or_default()).unwrap();
    for piece in pieces {
        let (name, literal) = piece.split_once('}').unwrap();
        let end = if literal.is_empty() { rest.len() } else { rest.find(literal).unwrap() };
        found.push((name.to_owned(), rest[..end].to_owned()));
        rest = &rest[end + literal.len()..];
    }
    found
}
