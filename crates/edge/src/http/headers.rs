//! The headers that operations take and answer, said in the documents in one place for all services.

use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{Object, OpenApi, RefOr, Required, Response, SecurityRequirement, Type};

/// Adds them to every operation, and says of each whether it needs a token. Saying it again changes nothing.
pub(super) fn describe(document: &mut OpenApi) {
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.delete];
        operations.into_iter().flatten().for_each(operation);
    }
}

fn operation(operation: &mut Operation) {
    let answers = |status: &str| operation.responses.responses.contains_key(status);
    // What is sent and may be recorded without being decided yet; everything else that may be told 401 needs a token.
    let writes = answers("202") && operation.request_body.is_some();
    let reads = answers("401") && !writes;
    if writes {
        take(
            operation,
            "Prefer",
            Type::String,
            "`wait=N`: seconds to wait for the decision, 0 to 30, 5 where not said",
        );
        operation.security = Some(vec![SecurityRequirement::default()]);
    }
    if reads {
        let means =
            "Waits, 5 s at most, until what is read is at least as new as this block; then 503 `behind`";
        take(operation, "Piao-Min-Height", Type::Integer, means);
        operation.security = Some(vec![SecurityRequirement::new("read_token", [""; 0])]);
    }
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        match status.as_str() {
            "200" | "201" | "409" if writes || reads => {
                answer(response, "Piao-Height", Type::Integer, "The block that the answer stands for");
            }
            "202" => {
                answer(response, "Location", Type::String, "Where the receipt will be");
                answer(response, "Retry-After", Type::Integer, "Seconds after which to look");
            }
            "429" | "503" => {
                answer(response, "Retry-After", Type::Integer, "Seconds after which to try again")
            }
            _ => {}
        }
    }
}

fn take(operation: &mut Operation, name: &str, of: Type, means: &str) {
    let parameters = operation.parameters.get_or_insert_default();
    let is_there = |known: &RefOr<Parameter>| matches!(known, RefOr::T(known) if known.name == name);
    if !parameters.iter().any(is_there) {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(means))
            .schema(Some(Object::with_type(of)));
        parameters.push(RefOr::T(parameter.build()));
    }
}

fn answer(response: &mut Response, name: &str, of: Type, means: &str) {
    let header: Header =
        HeaderBuilder::new().schema(Some(Object::with_type(of))).description(Some(means)).build();
    response.headers.insert(name.to_owned(), RefOr::T(header));
}
