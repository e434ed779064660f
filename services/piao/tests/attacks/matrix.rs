//! Every operation of the OpenAPI document, by every role, about its own thing, that of somebody like it and of somebody of
//! another kind, and one that there is not.
//!
//! Operations and paths are read from `openapi/piao.json`. What each answers stands in `authorisation.txt`, which a person
//! can read and which shares nothing with the code. A new operation fails here until both say something of it.

pub(crate) mod calls;
pub(crate) mod table;

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use futures_util::stream::iter;
use piao_testkit::actor::Actor;
use piao_testkit::platform::Answer;
use piao_testkit::platform::table::Call;
use serde_json::Value;

use self::calls::{Listed, Seen};
use self::table::{Expected, NOTHING, Role, Whose};
use super::stage::Stage;

/// Cells that are asked at one time: each has things of its own, so that none sees what another does, and an edge waits two
/// seconds for a stranger, in case that it is registered just now.
const AT_ONCE: usize = 64;

/// One cell of the table, asked.
struct Asked {
    operation: String,
    whose: Whose,
    role: Role,
    said: String,
    answer: Option<Answer>,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_answers_every_role_about_own_foreign_and_absent_things_as_the_table_says() {
    let stage = Stage::start().await;
    let seen = Seen::prepare(&stage).await;
    let expected = Expected::read();
    let operations = table::operations();
    assert_eq!(expected.operations(), operations, "operations of the table and of the document");
    let cells = operations
        .iter()
        .flat_map(|operation| Whose::ALL.map(|whose| Role::ALL.map(|role| (operation, whose, role))))
        .flatten();
    let asked: Vec<Asked> =
        iter(cells.map(|cell| ask(&stage, &seen, cell))).buffer_unordered(AT_ONCE).collect().await;
    let wrong: Vec<String> = asked.iter().filter_map(|cell| expected.differs(cell)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(expected.cells(), asked.iter().filter(|cell| cell.said != NOTHING).count(), "cells asked");
    indistinguishable(&asked);
    stage.platform.stop().await;
}

async fn ask(stage: &Stage, seen: &Seen, (operation, whose, role): (&String, Whose, Role)) -> Asked {
    let called = calls::call(stage, seen, operation, whose, role).await;
    let (said, answer) = match called {
        None => (NOTHING.to_owned(), None),
        Some(called) => {
            let caller = caller(stage, role, &called.call);
            let answer = stage.platform.call(caller, &called.path, &called.call).await;
            (said(&answer, called.listed.as_ref()), Some(answer))
        }
    };
    Asked { operation: operation.clone(), whose, role, said, answer }
}

/// Whoever the role is; nobody has no token, and signs with a key that is registered nowhere.
fn caller<'a>(stage: &'a Stage, role: Role, call: &Call) -> Option<&'a Actor> {
    match (role, call) {
        (Role::Nobody, Call::Read | Call::Open | Call::Ask(_)) => None,
        (Role::Nobody, Call::Write(..))
        | (Role::Bureau | Role::Node | Role::Enterprise | Role::Person, _) => Some(role.actor(stage)),
    }
}

/// Status and code, and of a list whether it shows the thing in question.
fn said(answer: &Answer, listed: Option<&Listed>) -> String {
    match listed {
        Some(Listed(mark)) if answer.status == 200 && answer.body.contains(mark) => "200 shown".to_owned(),
        Some(Listed(_)) if answer.status == 200 => "200 hidden".to_owned(),
        Some(Listed(_)) | None => answer.said(),
    }
}

/// What is hidden from a caller is answered by the same body as what is not there: nobody learns by asking what there is.
fn indistinguishable(asked: &[Asked]) {
    let mut hidden: BTreeMap<(&str, Role), Vec<(Whose, Value)>> = BTreeMap::new();
    for cell in asked.iter().filter(|cell| cell.said == "404 not_found") {
        let mut body = cell.answer.as_ref().map_or(Value::Null, Answer::json);
        body.as_object_mut().expect("a problem document").remove("trace_id");
        hidden.entry((&cell.operation, cell.role)).or_default().push((cell.whose, body));
    }
    let mut pairs = 0;
    for ((operation, role), answers) in hidden {
        for pair in answers.windows(2) {
            assert_eq!(pair[0].1, pair[1].1, "{operation} by {role:?}: {:?} and {:?}", pair[0].0, pair[1].0);
            pairs += 1;
        }
    }
    assert_eq!(pairs, HIDDEN_PAIRS, "pairs of something hidden and something absent");
}

/// An invoice, its history, its lock, a quota's entries, a transition with its proof, and a person: somebody else's, of
/// whichever kind, are hidden from two roles or three.
const HIDDEN_PAIRS: usize = 34;
