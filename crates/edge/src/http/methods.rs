//! What the addresses of a server take, read from its own document: methods, and what may be asked in the query.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::dev::{ResourceDef, ServiceRequest};
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HeaderValue};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use piao_protocol::json::Flaw;
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::{OpenApi, RefOr, Required};

use crate::problem::{Problem, ProblemCode, Reason, Wrong};

/// Every address of a server with the methods that it takes.
pub(super) struct Addresses(Vec<Address>);

/// The methods of an address; becomes the `Allow` of an answer (RFC 9110 §10.2.1).
#[derive(Clone)]
pub(super) struct Allow(pub(super) HeaderValue);

struct Address {
    pattern: ResourceDef,
    /// Letters of the pattern that stand for themselves: of two that fit the one with more is meant.
    fixed: usize,
    allow: String,
    /// Whether it is read; under `/v1/` only with a token.
    reads: bool,
    /// What a read may say in its query, and whether it must.
    asked: BTreeMap<String, bool>,
}

impl Addresses {
    /// Those of a document.
    pub(super) fn of(document: &OpenApi) -> Self {
        let paths = document.paths.paths.iter();
        Self(paths.map(|(path, item)| Address::new(path, methods(item), item.get.as_ref())).collect())
    }

    /// Refuses a read without a token, whatever it asks; and one whose query its address does not take: a filter with a
    /// slip of the pen in its name would let everything pass, and the list be taken for the filtered one.
    ///
    /// # Errors
    /// `unauthorized`, `schema`.
    pub(super) fn takes_query(&self, request: &ServiceRequest) -> Result<(), Problem> {
        // As it will be routed: what is written in hexadecimal digits there means the same address.
        let path = request.match_info().as_str();
        // Whoever probes may say what it likes; a probe answers the same.
        if request.method() != Method::GET || !path.starts_with("/v1/") {
            return Ok(());
        }
        match self.find(path).filter(|address| address.reads) {
            // A stranger who tries addresses is told nothing of their queries.
            Some(_) if !request.headers().contains_key(AUTHORIZATION) => {
                Err(Problem::new(ProblemCode::Unauthorized))
            }
            Some(address) => address.takes(request.query_string()),
            None => Ok(()),
        }
    }

    fn find(&self, path: &str) -> Option<&Address> {
        let fitting = self.0.iter().filter(|address| address.pattern.is_match(path));
        fitting.max_by_key(|address| address.fixed)
    }

    fn allow(&self, path: &str) -> Option<&str> {
        self.find(path).map(|address| address.allow.as_str())
    }
}

impl Address {
    fn takes(&self, query: &str) -> Result<(), Problem> {
        let said = web::Query::<Vec<(String, String)>>::from_query(query).map(web::Query::into_inner);
        let mut names = BTreeSet::new();
        for (name, _) in said.unwrap_or_default() {
            let pointer = format!("?{name}");
            if !self.asked.contains_key(&name) {
                let problem = Problem::new(ProblemCode::Schema);
                if self.asked.is_empty() {
                    return Err(problem.wrong(pointer, Wrong::ParameterUnwanted));
                }
                let known = self.asked.keys().map(String::as_str).collect::<Vec<_>>().join("|");
                return Err(problem.wrong(pointer, Wrong::ParameterUnknown).wanted(known));
            }
            if !names.insert(name) {
                let twice = Reason::Flaw(Flaw::Repeated);
                return Err(Problem::new(ProblemCode::Schema).because(pointer, twice));
            }
        }
        let needed = self.asked.iter().filter(|(_, needed)| **needed).map(|(name, _)| name);
        match needed.into_iter().find(|name| !names.contains(*name)) {
            None => Ok(()),
            Some(name) => {
                let missing = Reason::Flaw(Flaw::Missing);
                Err(Problem::new(ProblemCode::Schema).because(format!("?{name}"), missing).wanted(name))
            }
        }
    }

    fn new(path: &str, allow: String, read: Option<&Operation>) -> Self {
        // The one parameter of several segments names a tile.
        let pattern = ResourceDef::new(path.replace("{path}", "{path:.*}"));
        let mut inside = false;
        let stands = |letter: &char| {
            inside = (inside || *letter == '{') && *letter != '}';
            !inside
        };
        let fixed = path.chars().filter(stands).count();
        Self { pattern, fixed, allow, reads: read.is_some(), asked: asked(read) }
    }
}

fn asked(read: Option<&Operation>) -> BTreeMap<String, bool> {
    let parameters = read.and_then(|read| read.parameters.as_ref()).into_iter().flatten();
    let inline = parameters.filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        // Documents of ours name no parameter from elsewhere.
        RefOr::Ref(_) => None,
    });
    let query = inline.filter(|parameter| parameter.parameter_in == ParameterIn::Query);
    query.map(|parameter| (parameter.name.clone(), parameter.required == Required::True)).collect()
}

fn methods(item: &PathItem) -> String {
    let all = [
        ("GET", &item.get),
        // Answered wherever GET is.
        ("HEAD", &item.get),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ];
    let taken = all.into_iter().filter(|(_, operation)| operation.is_some()).map(|(name, _)| name);
    taken.collect::<Vec<_>>().join(", ")
}

/// What comes of a parameter whose value is of another type; names are right by then.
pub(super) fn query_config() -> web::QueryConfig {
    web::QueryConfig::default().error_handler(|_, _| {
        let value = Reason::Flaw(Flaw::Value);
        Problem::new(ProblemCode::Schema).because("?", value).into()
    })
}

/// Answers what no endpoint took.
///
/// # Errors
/// Always: `method_not_allowed` with `Allow`, or `not_found`.
pub(super) async fn not_taken(
    request: HttpRequest,
    addresses: web::Data<Addresses>,
) -> Result<HttpResponse, Problem> {
    let allow =
        addresses.allow(request.match_info().as_str()).and_then(|allow| HeaderValue::from_str(allow).ok());
    let Some(allow) = allow else { return Err(Problem::new(ProblemCode::NotFound)) };
    request.extensions_mut().insert(Allow(allow));
    Err(Problem::new(ProblemCode::MethodNotAllowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_that_says_more_is_meant() {
        let address = |path, allow: &str| Address::new(path, allow.to_owned(), None);
        let addresses = Addresses(vec![
            address("/v1/locks", "GET, POST"),
            address("/v1/locks/{id}", "GET"),
            address("/v1/locks/{id}:renew", "POST"),
            address("/v1/locks:check", "POST"),
            address("/log/tile/{path}", "GET"),
        ]);
        let check = |path, expect| assert_eq!(addresses.allow(path), expect, "{path}");
        check("/v1/locks", Some("GET, POST"));
        check("/v1/locks/4f3a", Some("GET"));
        check("/v1/locks/4f3a:renew", Some("POST"));
        check("/v1/locks:check", Some("POST"));
        check("/log/tile/0/x001/067", Some("GET"));
        check("/v1/locks/4f3a/more", None);
        check("/v1", None);
    }
}
