//! A URL names the version that a transition is about; both must say the same.

use actix_web::HttpResponse;
use piao_domain::command::{Command, Kind};
use piao_domain::ids::RuleSetId;
use piao_domain::rules::{RuleChange, RuleVersion};
use piao_edge::http::Head;
use piao_edge::problem::Problem;
use piao_edge::service::Edge;
use piao_edge::submit::{Said, Submission};

/// Submits a transition of one type, unless the URL names another version than its body.
pub(super) async fn submit_named(
    edge: &Edge,
    head: &Head,
    submission: Submission,
    kind: Kind,
    (id, version): (String, String),
) -> Result<HttpResponse, Problem> {
    let submitted = edge.submit_named(head, submission, kind, [&id, &version], |_, command| {
        let said = changed(command)?;
        Some([Said::new("/body/id", &said.id), Said::new("/body/version", said.version)])
    });
    submitted.await
}

/// Reads the version that a URL names; one that cannot be there is not there.
pub(super) fn read_version(id: &str, version: &str) -> Option<RuleVersion> {
    let number = version.parse::<u32>().ok().filter(|number| *number > 0 && number.to_string() == version)?;
    Some(RuleVersion { id: RuleSetId::parse(id).ok()?, version: number })
}

fn changed(command: &Command) -> Option<&RuleVersion> {
    let Command::Rules(change) = command else { return None };
    match change {
        RuleChange::Deploy(set) => Some(&set.version),
        RuleChange::Activate { version, from: _ } | RuleChange::Retire { version } => Some(version),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_one_spelling() {
        let check = |id: &str, version: &str, expect: Option<u32>| {
            assert_eq!(read_version(id, version).map(|read| read.version), expect, "{id}/{version}");
        };
        check("basic", "1", Some(1));
        check("basic", "4294967295", Some(u32::MAX));
        check("basic", "4294967296", None);
        check("basic", "0", None);
        check("basic", "01", None);
        check("basic", "+1", None);
        check("basic", "-1", None);
        check("basic", "", None);
        check("Basic", "1", None);
        check("", "1", None);
        check("-basic", "1", None);
    }
}
