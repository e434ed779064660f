//! What every process answers beside its services' endpoints: probes and documents. All of it is public.

use actix_web::{HttpResponse, get, web};
use futures_util::future::join_all;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::service_config::ServiceConfig;

use super::documents::page;
use crate::metrics::Metrics;
use crate::problem::{Problem, ProblemDocument};
use crate::service::{Edge, EdgeReadiness};

/// What the probes look at.
pub(super) struct Probes {
    pub(super) edges: Vec<Edge>,
    pub(super) metrics: Metrics,
}

/// What the process serves, as a document.
pub(super) struct Document(pub(super) OpenApi);

/// Registers every one.
pub(super) fn register(config: &mut ServiceConfig<'_>) {
    config.service(healthz).service(readyz).service(metrics).service(openapi).service(docs);
}

/// Whether one service is ready, where it is, and what it waits for.
#[derive(Serialize, ToSchema)]
struct Readiness {
    service: String,
    ready: bool,
    /// The last block applied; null before the first.
    #[schema(required = true)]
    height: Option<u64>,
    /// Blocks known of and not applied; null before the ledger has been heard of.
    #[schema(required = true)]
    lag_blocks: Option<u64>,
    /// A word or a few each.
    waits_for: Vec<String>,
}

/// Whether the process lives. Public, never limited.
#[utoipa::path(
    tag = "process",
    responses((status = 200, description = "It does", body = String, content_type = "text/plain"))
)]
#[get("/healthz")]
async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// Whether every service of the process is ready. Public, never limited.
#[utoipa::path(
    tag = "process",
    responses(
        (status = 200, description = "All are", body = Vec<Readiness>),
        (status = 503, description = "One at least is not", body = Vec<Readiness>),
    )
)]
#[get("/readyz")]
async fn readyz(probes: web::Data<Probes>) -> HttpResponse {
    let found = join_all(probes.edges.iter().map(Edge::readiness)).await;
    let services = found.into_iter().map(|found| {
        let ready = found.is_ready();
        let EdgeReadiness { service, height, lag_blocks, waits_for } = found;
        Readiness { service, ready, height, lag_blocks, waits_for }
    });
    let services: Vec<_> = services.collect();
    let ready = services.iter().all(|service| service.ready);
    let mut response = if ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.json(services)
}

/// Read metrics in Prometheus' text format. Public, never limited.
#[utoipa::path(
    tag = "process",
    responses((status = 200, description = "The metrics", body = String, content_type = "text/plain"))
)]
#[get("/metrics")]
async fn metrics(probes: web::Data<Probes>) -> Result<HttpResponse, Problem> {
    let text = probes.metrics.render().map_err(|error| Problem::internal("rendering metrics", error))?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}

/// Read this document: OpenAPI 3.1 of all that the process serves. Public.
#[utoipa::path(
    tag = "process",
    responses(
        (status = 200, description = "The document", body = Object, content_type = "application/json"),
        (status = 429, description = "Too much asked; see Retry-After", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[get("/openapi.json")]
async fn openapi(document: web::Data<Document>) -> Result<HttpResponse, Problem> {
    let text =
        document.0.to_json().map_err(|error| Problem::internal("writing the OpenAPI document", error))?;
    Ok(HttpResponse::Ok().content_type("application/json").body(text))
}

/// Read the list of all operations as a page for people. Public.
#[utoipa::path(
    tag = "process",
    responses(
        (status = 200, description = "The page", body = String, content_type = "text/html"),
        (status = 429, description = "Too much asked; see Retry-After", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[get("/docs")]
async fn docs(document: web::Data<Document>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page(&document.0))
}
