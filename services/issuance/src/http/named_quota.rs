//! The application that a URL names.

use actix_web::HttpResponse;
use piao_domain::command::{Command, Kind};
use piao_domain::ids::TransitionId;
use piao_edge::http::Head;
use piao_edge::problem::Problem;
use piao_edge::service::Edge;
use piao_edge::submit::{Said, Submission};

/// Submits a decision of one type about an application, unless the URL names another one than its body.
pub(super) async fn submit_named(
    edge: &Edge,
    head: &Head,
    submission: Submission,
    kind: Kind,
    id: &str,
) -> Result<HttpResponse, Problem> {
    TransitionId::parse_hex(id).map_err(|_| Problem::not_found())?;
    let submitted = edge.submit_named(head, submission, kind, [id], |_, command| {
        Some([Said::new("/body/application", application(command)?)])
    });
    submitted.await
}

fn application(command: &Command) -> Option<TransitionId> {
    if let Command::QuotaGrant(grant) = command {
        Some(grant.target.application)
    } else if let Command::QuotaAdjust(change) = command {
        Some(change.target.application)
    } else if let Command::QuotaRefuse { target, reason: _ } = command {
        Some(target.application)
    } else {
        None
    }
}
