//! What the addresses of a server take, read from its own document: methods, and what may be asked in the query.

use std::collections::BTreeSet;

use actix_web::dev::{ResourceDef, ServiceRequest};
use actix_web::http::Method;
use actix_web::http::header::HeaderValue;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::{OpenApi, RefOr};

use crate::problem::{Problem, ProblemCode, Wrong};

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
    /// What a read may say in its query.
    asked: BTreeSet<String>,
}

impl Addresses {
    /// Those of a document.
    pub(super) fn of(document: &OpenApi) -> Self {
        let paths = document.paths.paths.iter();
        Self(paths.map(|(path, item)| Address::new(path, methods(item), asked(item.get.as_ref()))).collect())
    }

    /// Refuses a read that asks for something that its address knows nothing of: a filter with a slip of the pen in its
    /// name would let everything pass, and the list be taken for the filtered one.
    ///
    /// # Errors
    /// `schema`.
    pub(super) fn knows_query(&self, request: &ServiceRequest) -> Result<(), Problem> {
        // Whoever probes may say what it likes; a probe answers the same.
        let reads = request.method() == Method::GET && request.path().starts_with("/v1/");
        if !reads || request.query_string().is_empty() {
            return Ok(());
        }
        let Some(address) = self.find(request.path()) else { return Ok(()) };
        let asked = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
        let asked = asked.map(web::Query::into_inner).unwrap_or_default();
        let Some((name, _)) = asked.into_iter().find(|(name, _)| !address.asked.contains(name)) else {
            return Ok(());
        };
        let known = address.asked.iter().map(String::as_str).collect::<Vec<_>>().join("|");
        let problem = Problem::new(ProblemCode::Schema).wrong(format!("?{name}"), Wrong::ParameterUnknown);
        Err(if known.is_empty() { problem } else { problem.wanted(known) })
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
    fn new(path: &str, allow: String, asked: BTreeSet<String>) -> Self {
        // The one parameter of several segments names a tile.
        let pattern = ResourceDef::new(path.replace("{path}", "{path:.*}"));
        let mut inside = false;
        let stands = |letter: &char| {
            inside = (inside || *letter == '{') && *letter != '}';
            !inside
        };
        Self { pattern, fixed: path.chars().filter(stands).count(), allow, asked }
    }
}

fn asked(read: Option<&Operation>) -> BTreeSet<String> {
    let parameters = read.and_then(|read| read.parameters.as_ref()).into_iter().flatten();
    let inline = parameters.filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        // Documents of ours name no parameter from elsewhere.
        RefOr::Ref(_) => None,
    });
    let query = inline.filter(|parameter| parameter.parameter_in == ParameterIn::Query);
    query.map(|parameter| parameter.name.clone()).collect()
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

/// Answers what no endpoint took.
///
/// # Errors
/// Always: `method_not_allowed` with `Allow`, or `not_found`.
pub(super) async fn not_taken(
    request: HttpRequest,
    addresses: web::Data<Addresses>,
) -> Result<HttpResponse, Problem> {
    let allow = addresses.allow(request.path()).and_then(|allow| HeaderValue::from_str(allow).ok());
    let Some(allow) = allow else { return Err(Problem::new(ProblemCode::NotFound)) };
    request.extensions_mut().insert(Allow(allow));
    Err(Problem::new(ProblemCode::MethodNotAllowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_that_says_more_is_meant() {
        let address = |path, allow: &str| Address::new(path, allow.to_owned(), BTreeSet::new());
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
