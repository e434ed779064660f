//! The authorisation table: every operation of a service, called by every kind of party.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::Value;
use utoipa::openapi::OpenApi;

use super::{Answer, TestPlatform};
use crate::actor::Actor;

/// An operation, and what each of `N` callers is answered: a status, and a code where there is one.
pub struct Row<const N: usize> {
    /// `POST /v1/locks/{id}:renew`, as the OpenAPI document has it.
    pub operation: &'static str,
    /// The path to call.
    pub path: String,
    /// How it is called.
    pub call: Call,
    /// In the order of the callers: `201`, `409 role.forbidden`.
    pub expect: [&'static str; N],
}

impl<const N: usize> Row<N> {
    /// A read.
    #[must_use]
    pub fn read(operation: &'static str, path: impl Into<String>, expect: [&'static str; N]) -> Self {
        Self { operation, path: path.into(), call: Call::Read, expect }
    }

    /// A body of a type that is signed and posted.
    #[must_use]
    pub fn write(
        operation: &'static str,
        path: impl Into<String>,
        kind: &'static str,
        body: String,
        expect: [&'static str; N],
    ) -> Self {
        Self { operation, path: path.into(), call: Call::Write(kind, body), expect }
    }
}

/// How an operation is called.
pub enum Call {
    /// Reads, with a read token.
    Read,
    /// Reads what is everybody's: without a token it is answered as its last column says.
    Open,
    /// Asks in plain JSON, with a read token.
    Ask(String),
    /// Signs a body of a type and posts it.
    Write(&'static str, String),
}

/// What every process serves to everybody: a row of every table, whatever the service.
const PROBES: [&str; 5] = ["GET /healthz", "GET /readyz", "GET /metrics", "GET /openapi.json", "GET /docs"];

/// What every process serves to whoever signed: of a transition that nobody signed nobody finds anything.
const FIND_TRANSITION: &str = "GET /v1/transitions/{id}";

impl TestPlatform {
    /// Calls every operation as every caller, row by row, and what is read without a token, too. The last caller is
    /// nobody that the chain knows.
    ///
    /// # Panics
    /// Where an answer is another.
    pub async fn check_table<const N: usize>(&self, callers: [&Actor; N], rows: &[Row<N>]) {
        let check = async |row: &Row<N>, place: usize| {
            let answer = self.call(Some(callers[place]), &row.path, &row.call).await;
            let expect = row.expect[place];
            assert_eq!(
                answer.said(),
                expect,
                "{} by {}: {}",
                row.operation,
                callers[place].party,
                answer.body
            );
        };
        let probes = PROBES.map(|operation| {
            let (_, path) = operation.split_once(' ').expect("a method and a path");
            Row { operation, path: path.to_owned(), call: Call::Open, expect: ["200"; N] }
        });
        let mut nobodys = ["404 not_found"; N];
        nobodys[N - 1] = "401 unauthorized";
        let find = Row::read(FIND_TRANSITION, format!("/v1/transitions/{}", "0".repeat(64)), nobodys);
        let rows: Vec<_> = probes.iter().chain(std::iter::once(&find)).chain(rows).collect();
        for row in &rows {
            for place in 0..N - 1 {
                check(row, place).await;
            }
        }
        // An edge waits two seconds for a stranger, in case that it is registered just now: all at once.
        join_all(rows.iter().map(|row| check(row, N - 1))).await;
        join_all(rows.iter().map(|row| self.check_bare(row))).await;
    }

    async fn check_bare<const N: usize>(&self, row: &Row<N>) {
        let expect = match &row.call {
            Call::Open => row.expect[N - 1],
            Call::Read | Call::Ask(_) => "401 unauthorized",
            Call::Write(..) => return,
        };
        let answer = self.call(None, &row.path, &row.call).await;
        assert_eq!(answer.said(), expect, "{} without a token", row.operation);
    }

    /// Calls an operation as somebody, or without a token.
    ///
    /// # Panics
    /// Where nobody is to sign.
    pub async fn call(&self, caller: Option<&Actor>, path: &str, call: &Call) -> Answer {
        let request = match call {
            Call::Read | Call::Open => self.get(path),
            Call::Ask(question) => self.post(path).json(question.clone()),
            Call::Write(kind, body) => {
                let signer = caller.expect("somebody who signs");
                return self.submit_as(signer, path, kind, body).await;
            }
        };
        match caller {
            Some(caller) => request.by(caller).send().await,
            None => request.send().await,
        }
    }
}

/// Fails where an operation of the document has no row, or a row is about no operation; and where it would not fail if
/// any one operation's rows were taken out.
///
/// # Panics
/// Then.
pub fn every_operation_has_a_row<const N: usize>(document: &OpenApi, rows: &[Row<N>]) {
    let documented = operations(&serde_json::to_value(document).expect("a document is JSON"));
    let tested = rows.iter().map(|row| row.operation).collect::<BTreeSet<_>>();
    assert_eq!(
        not_in_both(&documented, &tested),
        Vec::<&str>::new(),
        "operations without a row, or the other way"
    );
    for operation in tested.iter().filter(|operation| **operation != FIND_TRANSITION) {
        let fewer = tested.iter().copied().filter(|other| other != operation).collect();
        assert_eq!(not_in_both(&documented, &fewer), [*operation], "a row that nobody would miss");
    }
}

/// Documented operations without a row, and rows about no documented operation.
fn not_in_both<'a>(documented: &'a BTreeSet<String>, tested: &BTreeSet<&'a str>) -> Vec<&'a str> {
    let documented = documented.iter().map(String::as_str).collect::<BTreeSet<_>>();
    let tested = tested.iter().copied().chain(PROBES).chain([FIND_TRANSITION]).collect();
    documented.symmetric_difference(&tested).copied().collect()
}

/// `GET /v1/locks`, for every operation of an OpenAPI document.
///
/// # Panics
/// For what is no such document.
#[must_use]
pub fn operations(document: &Value) -> BTreeSet<String> {
    const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
    let mut found = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let there = METHODS.into_iter().filter(|method| item.get(*method).is_some());
        found.extend(there.map(|method| format!("{} {path}", method.to_uppercase())));
    }
    found
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use utoipa::openapi::path::{HttpMethod, Operation, Paths};
    use utoipa::openapi::{Info, OpenApi};

    use super::{FIND_TRANSITION, PROBES, Row, every_operation_has_a_row};

    fn document(operations: &[&'static str]) -> OpenApi {
        let mut paths = Paths::new();
        for operation in operations.iter().chain(&PROBES).chain(&[FIND_TRANSITION]) {
            let (method, path) = operation.split_once(' ').expect("a method and a path");
            let method = if method == "GET" { HttpMethod::Get } else { HttpMethod::Post };
            paths.add_path_operation(path, vec![method], Operation::new());
        }
        OpenApi::new(Info::new("test", "1"), paths)
    }

    #[test]
    fn an_operation_without_a_row_fails_and_so_does_a_row_without_an_operation() {
        let check = |operations: &[&'static str], rows: &[&'static str], expect: bool| {
            let document = document(operations);
            let rows =
                rows.iter().map(|operation| Row::read(operation, "/v1/a", ["200"])).collect::<Vec<_>>();
            let compared = catch_unwind(AssertUnwindSafe(|| every_operation_has_a_row(&document, &rows)));
            assert_eq!(compared.is_ok(), expect, "{operations:?}");
        };
        let both = ["GET /v1/a", "POST /v1/a"];
        check(&both, &both, true);
        check(&both, &["GET /v1/a", "GET /v1/a", "POST /v1/a"], true);
        check(&both, &both[..1], false);
        check(&both, &both[1..], false);
        check(&both, &["GET /v1/a", "POST /v1/b"], false);
        check(&both, &["GET /v1/a", "POST /v1/a", "POST /v1/b"], false);
        check(&both[..1], &both, false);
        check(&both, &[], false);
    }
}
