//! The authorisation table: every operation of a service, called by every kind of party.

use std::collections::BTreeSet;

use piao_testkit::actor::Actor;
use utoipa::openapi::OpenApi;

use super::{Answer, World};

/// Bureau, issuer, the enterprise that the row is about, another, the holder, another person, a node, nobody.
pub const ROLES: usize = 8;

/// An operation and what each role is answered: a status, and a code where there is one.
pub struct Row {
    /// `POST /v1/locks/{id}:renew`, as the OpenAPI document has it.
    pub operation: &'static str,
    /// The path to call.
    pub path: String,
    pub call: Call,
    pub expect: [&'static str; ROLES],
}

pub enum Call {
    /// Reads, with a read token.
    Read,
    /// Asks in plain JSON, with a read token.
    Ask(String),
    /// Signs a body of a type and posts it.
    Write(&'static str, String),
}

impl World {
    fn roles(&self) -> [&Actor; ROLES] {
        let everybody = &self.parties;
        [
            &self.platform.chain.bureau,
            &everybody.seller,
            &everybody.buyer,
            &everybody.other,
            &everybody.holder,
            &everybody.person,
            &self.platform.chain.node,
            &everybody.nobody,
        ]
    }

    /// Calls one operation as everybody, in the order of [`ROLES`].
    pub async fn check_row(&self, row: &Row) {
        for (actor, expect) in self.roles().into_iter().zip(row.expect) {
            let answer = self.call(actor, row).await;
            let (status, code) = answer.code();
            let got = format!("{status} {code}");
            assert_eq!(got.trim_end(), expect, "{} by {}: {}", row.operation, actor.party, answer.body);
        }
        let request = match &row.call {
            Call::Read => self.platform.get(&row.path),
            Call::Ask(question) => self.platform.post(&row.path).json(question.clone()),
            Call::Write(..) => return,
        };
        let answer = request.send().await;
        assert_eq!(answer.code(), (401, "unauthorized".to_owned()), "{} without a token", row.operation);
    }

    async fn call(&self, actor: &Actor, row: &Row) -> Answer {
        match &row.call {
            Call::Read => self.get(&row.path, actor).await,
            Call::Ask(question) => self.ask(&row.path, actor, question).await,
            Call::Write(kind, body) => self.submit(&row.path, actor, kind, body).await,
        }
    }
}

/// Fails where an operation of the document has no row, or a row is about no operation.
pub fn every_operation_has_a_row(document: &OpenApi, rows: &[Row]) {
    let mut documented = BTreeSet::new();
    for (path, item) in &document.paths.paths {
        let operations = [
            ("GET", &item.get),
            ("POST", &item.post),
            ("PUT", &item.put),
            ("PATCH", &item.patch),
            ("DELETE", &item.delete),
        ];
        let there = operations.into_iter().filter(|(_, operation)| operation.is_some());
        documented.extend(there.map(|(method, _)| format!("{method} {path}")));
    }
    let tested: BTreeSet<String> = rows.iter().map(|row| row.operation.to_owned()).collect();
    assert_eq!(documented, tested);
}
