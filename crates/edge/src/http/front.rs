//! What every request passes on its way in and every answer on its way out.

use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{ACCEPT_LANGUAGE, ALLOW, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpResponse, web};
use tracing::Instrument as _;

use super::TraceContext;
use super::body::skip_body;
use super::head::{AnswerHeight, HEIGHT};
use super::limits::Limiter;
use super::methods::{Addresses, Allow};
use crate::clock::Random;
use crate::metrics::Metrics;
use crate::problem::{Language, Problem, ProblemCode};

/// Longest time that a request may take, its wait for a receipt included.
const REQUEST_WAIT_MAX: Duration = Duration::from_secs(45);
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// What the front of a server needs.
#[derive(Clone)]
pub(super) struct FrontData {
    pub(super) random: Arc<dyn Random>,
    pub(super) metrics: Metrics,
    pub(super) limits: Arc<Limiter>,
}

/// Continues the trace, turns away who asks too much, bounds the time, turns every error into a problem document in the caller's language, logs a
/// fault once, and adds `Piao-Height` and `traceparent`.
///
/// # Errors
/// Only errors that carry their answer.
pub async fn front(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(data) = request.app_data::<web::Data<FrontData>>().cloned() else {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    };
    // What HEAD is answered is what GET would be, without its body (RFC 9110 §9.3.2): the encoder, which knows what was
    // asked, leaves that out.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let header = |name: &HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let language = Language::negotiate(header(&ACCEPT_LANGUAGE));
    let trace = TraceContext::of(header(&TRACEPARENT), &*data.random);
    let trace_id = trace.trace_id();
    let entered = match data.limits.enter(&request) {
        Ok(entered) => entered,
        // First of all, and with as little as can be: a crowd is turned away at the cost of those who were let in.
        Err(problem) => {
            skip_body(&mut request).await;
            data.metrics.problem(problem.code().as_str());
            return Err(without_request(problem.respond(language, trace_id), &trace));
        }
    };
    // The path holds numbers and names of parties, so the log gets the pattern that it matched.
    let span = tracing::info_span!(
        "request",
        trace_id,
        method = request.method().as_str(),
        path = request.match_pattern().unwrap_or_default()
    );
    let tell = |problem: &Problem| told(problem, language, &trace_id, &data, &span);
    let known = request.app_data::<web::Data<Addresses>>().map(|addresses| addresses.takes_query(&request));
    if let Some(Err(problem)) = known {
        data.limits.answered(&entered, &problem);
        return Err(without_request(tell(&problem), &trace));
    }
    // Nothing may hold the request while it is routed, so an answer that is not its own comes without it.
    let answered = tokio::time::timeout(REQUEST_WAIT_MAX, next.call(request).instrument(span.clone())).await;
    let response = match answered {
        Ok(Ok(response)) => response.map_into_boxed_body(),
        Ok(Err(error)) => {
            let problem = problem_of_error(&error);
            data.limits.answered(&entered, &problem);
            return Err(without_request(tell(&problem), &trace));
        }
        Err(elapsed) => {
            let problem = Problem::unavailable("answering in time", elapsed);
            return Err(without_request(tell(&problem), &trace));
        }
    };
    let problem = problem_of_response(&response);
    let mut response = match problem {
        Some(problem) => {
            data.limits.answered(&entered, &problem);
            response.into_response(tell(&problem))
        }
        None => response,
    };
    let height = response.request().extensions().get::<AnswerHeight>().copied();
    if let Some(AnswerHeight(height)) = height {
        response.headers_mut().insert(HEIGHT, HeaderValue::from(height));
    }
    let allowed = response.request().extensions().get::<Allow>().cloned();
    if let Some(Allow(methods)) = allowed {
        response.headers_mut().insert(ALLOW, methods);
    }
    add_trace(response.headers_mut(), &trace);
    Ok(response)
}

fn without_request(mut response: HttpResponse, trace: &TraceContext) -> actix_web::Error {
    add_trace(response.headers_mut(), trace);
    InternalError::from_response("answered by the front", response).into()
}

fn add_trace(headers: &mut HeaderMap, trace: &TraceContext) {
    if let Ok(value) = HeaderValue::from_str(&trace.traceparent()) {
        headers.insert(TRACEPARENT, value);
    }
}

fn told(
    problem: &Problem,
    language: Language,
    trace_id: &str,
    data: &FrontData,
    span: &tracing::Span,
) -> HttpResponse {
    data.metrics.problem(problem.code().as_str());
    if let Some((doing, cause)) = &problem.rest.cause {
        let cause: &(dyn std::error::Error + 'static) = &**cause;
        span.in_scope(|| {
            tracing::error!(doing, cause, code = problem.code().as_str(), "a request met a fault")
        });
    }
    problem.respond(language, trace_id.to_owned())
}

/// Our own problem, or what an error of the framework comes to.
fn problem_of_error(error: &actix_web::Error) -> Problem {
    match error.as_error::<Problem>() {
        Some(problem) => problem.clone(),
        None => problem_of_status(error.as_response_error().status_code()),
    }
}

fn problem_of_response(response: &ServiceResponse<BoxBody>) -> Option<Problem> {
    if let Some(error) = response.response().error() {
        return Some(problem_of_error(error));
    }
    let status = response.status();
    // The framework answers an unknown path, or another method on a known one, with a bare status.
    let bare = response.response().body().size() == actix_web::body::BodySize::None
        || response.response().body().size() == actix_web::body::BodySize::Sized(0);
    (bare && (status.is_client_error() || status.is_server_error())).then(|| problem_of_status(status))
}

fn problem_of_status(status: StatusCode) -> Problem {
    Problem::new(match status {
        StatusCode::NOT_FOUND => ProblemCode::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ProblemCode::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ProblemCode::TooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ProblemCode::MediaType,
        StatusCode::REQUEST_TIMEOUT => ProblemCode::SlowBody,
        status if status.is_client_error() => ProblemCode::Malformed,
        _server_error => ProblemCode::Internal,
    })
}
