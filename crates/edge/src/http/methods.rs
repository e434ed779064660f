//! What no endpoint took: an address that there is, asked with a method that it does not take, or none of ours.

use actix_web::dev::ResourceDef;
use actix_web::http::header::HeaderValue;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::PathItem;

use crate::problem::{Problem, ProblemCode};

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
}

impl Addresses {
    /// Those of a document.
    pub(super) fn of(document: &OpenApi) -> Self {
        Self(document.paths.paths.iter().map(|(path, item)| Address::new(path, methods(item))).collect())
    }

    fn allow(&self, path: &str) -> Option<&str> {
        let fitting = self.0.iter().filter(|address| address.pattern.is_match(path));
        fitting.max_by_key(|address| address.fixed).map(|address| address.allow.as_str())
    }
}

impl Address {
    fn new(path: &str, allow: String) -> Self {
        // The one parameter of several segments names a tile.
        let pattern = ResourceDef::new(path.replace("{path}", "{path:.*}"));
        let mut inside = false;
        let stands = |letter: &char| {
            inside = (inside || *letter == '{') && *letter != '}';
            !inside
        };
        Self { pattern, fixed: path.chars().filter(stands).count(), allow }
    }
}

fn methods(item: &PathItem) -> String {
    let all = [
        ("GET", &item.get),
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
        let address = |path, allow: &str| Address::new(path, allow.to_owned());
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
