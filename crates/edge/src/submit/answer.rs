//! What a client is told of a submission.

use actix_web::HttpResponse;
use actix_web::http::header::{LOCATION, RETRY_AFTER};
use piao_domain::ids::TransitionId;
use piao_protocol::outcome::Outcome;
use serde::Serialize;
use utoipa::ToSchema;

use super::Submitted;
use crate::problem::Problem;

/// What a 202 says: written down, and going to be decided. Nothing is ever called done on it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Recorded {
    /// The transition's id, under which its receipt will be found.
    pub transition: String,
}

impl Submitted {
    /// 201 or 200 (repeated) with the receipt, 409 with receipt and explanation, 202 with where to look.
    pub(crate) fn respond(&self, differs: Option<Vec<String>>) -> Result<HttpResponse, Problem> {
        let (receipt, repeated) = match self {
            Self::Recorded { id } => return Ok(recorded(id)),
            Self::Decided { receipt, repeated } => (receipt, *repeated),
        };
        match &receipt.outcome {
            Outcome::Rejected(rejection) => Err(Problem::refused(receipt.as_ref().clone(), differs)
                .unwrap_or_else(|| Problem::foreseen(rejection.code, &rejection.detail))),
            Outcome::Accepted(_) => {
                let mut response = if repeated { HttpResponse::Ok() } else { HttpResponse::Created() };
                response.insert_header((LOCATION, location(&receipt.transition)));
                Ok(response.content_type("application/json").body(receipt.to_json()))
            }
        }
    }
}

/// 202: written down, and where to look for its receipt.
pub(crate) fn recorded(id: &TransitionId) -> HttpResponse {
    HttpResponse::Accepted()
        .insert_header((LOCATION, location(id)))
        .insert_header((RETRY_AFTER, "1"))
        .json(Recorded { transition: id.to_string() })
}

fn location(id: &TransitionId) -> String {
    format!("/v1/transitions/{id}")
}
