//! A URL names the version that a transition is about; both must say the same.

use actix_web::HttpResponse;
use piao_domain::command::{Command, Kind};
use piao_domain::ids::RuleSetId;
use piao_domain::rules::{RuleChange, RuleVersion};
use piao_edge::http::Head;
use piao_edge::problem::{Problem, ProblemCode, Wrong};
use piao_edge::service::Edge;
use piao_edge::submit::{Submission, parse};

/// Submits a transition of one type, unless the URL names another version than its body.
pub(super) async fn submit_named(
    edge: &Edge,
    head: &Head,
    submission: Submission,
    kind: Kind,
    (id, version): (String, String),
) -> Result<HttpResponse, Problem> {
    let checked = parse(submission.clone(), edge.chain(), &[kind])?;
    let said = changed(checked.transition().body().command());
    let said = said.ok_or_else(|| Problem::schema("/type", kind.as_str()))?;
    if said.id.as_str() != id {
        return Err(other("/body/id", id, said.id.to_string()));
    }
    if said.version.to_string() != version {
        return Err(other("/body/version", version, said.version.to_string()));
    }
    edge.submit(head, submission, &[kind]).await
}

/// Reads the version that a URL names; one that cannot be there is not there.
pub(super) fn read_version(id: &str, version: &str) -> Option<RuleVersion> {
    let number = version.parse::<u32>().ok().filter(|number| *number > 0 && number.to_string() == version)?;
    Some(RuleVersion { id: RuleSetId::parse(id).ok()?, version: number })
}

fn other(pointer: &str, of_url: String, of_body: String) -> Problem {
    Problem::new(ProblemCode::Schema).wrong(pointer, Wrong::Url).wanted(of_url).found(of_body)
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
