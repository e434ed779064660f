//! What stands in the way, told to people: the code, what, where, why and what next; and the exit code that it has.

mod signer;

use std::time::Duration;

use piao_client::{ClientError, Decision, Identity, Problem, RuleName};
use piao_edge::problem::{self, ProblemDocument};
use serde_json::Value;

use super::language::Language;
use crate::exit::{Failure, chain};
use crate::output::plain;

/// A refusal or a problem, as much as is known of it.
#[derive(Default)]
struct Told {
    code: String,
    what: String,
    next: String,
    places: Vec<Place>,
    differs: Vec<String>,
    existing: Option<String>,
    trace: String,
    retry_after: Option<Duration>,
}

/// Where a request is wrong.
struct Place {
    pointer: String,
    detail: Option<String>,
    expected: Option<String>,
    actual: Option<String>,
    rule: Option<String>,
}

/// A refusal of the ledger, told in a language, whoever said it.
pub(super) fn refused(decision: &Decision, language: Language) -> String {
    let differs = decision.explanation.as_ref().and_then(|problem| problem.differs.clone());
    let document = problem::Problem::refused(decision.receipt.clone(), differs)
        .map(|problem| ProblemDocument::new(&problem, language.of_services(), String::new()))
        .and_then(|document| serde_json::to_value(document).ok())
        .and_then(|document| serde_json::from_value::<Problem>(document).ok());
    let Some(problem) = document else { return decision.code().to_owned() };
    let receipt = serde_json::to_value(&decision.receipt).unwrap_or_default();
    let existing = receipt.pointer("/detail/existing").and_then(Value::as_str).map(str::to_owned);
    let told = Told { existing, ..Told::of(problem, language) };
    told.text(language.pick("账本拒绝，已上链：", "refused, on the record: "), language)
}

/// A refusal that `:prepare` or `:check` foresees and that is on no record.
pub(super) fn foreseen(refusal: &Value, language: Language) -> String {
    let text = |of: &Value, member: &str| of.get(member).and_then(Value::as_str).map(str::to_owned);
    let rule = |place: &Value| {
        let rule = place.get("rule")?;
        let version = rule.get("version").and_then(Value::as_u64).unwrap_or_default();
        Some(named(&text(rule, "id")?, version, &text(rule, "check")?, language))
    };
    let places = refusal.get("errors").and_then(Value::as_array).into_iter().flatten().map(|place| Place {
        pointer: text(place, "pointer").unwrap_or_default(),
        detail: text(place, "detail"),
        expected: text(place, "expected"),
        actual: text(place, "actual"),
        rule: rule(place),
    });
    let told = Told {
        code: text(refusal, "code").unwrap_or_default(),
        what: text(refusal, "title").unwrap_or_default(),
        next: text(refusal, "detail").unwrap_or_default(),
        places: places.collect(),
        existing: text(refusal, "existing"),
        ..Told::default()
    };
    told.text(language.pick("账本会拒绝：", "would be refused: "), language)
}

/// What an error of the client comes to, whoever acts.
pub(super) fn failure(error: ClientError, language: Language) -> Failure {
    failure_of(error, None, language)
}

/// What an error of the client comes to for who acts.
pub(super) fn failure_of(error: ClientError, identity: Option<&Identity>, language: Language) -> Failure {
    match error {
        ClientError::Problem(problem) => of_problem(*problem, identity, language),
        ClientError::Refused(decision) => Failure::Refused(refused(&decision, language)),
        ClientError::NoIdentity => Failure::Usage(
            language
                .pick(
                    "请指定签名密钥：--key 文件，或 PIAO_KEY_FILE",
                    "name the key to sign with: --key FILE, or PIAO_KEY_FILE",
                )
                .to_owned(),
        ),
        error @ (ClientError::Body(_)
        | ClientError::Json(_)
        | ClientError::Transition(_)
        | ClientError::SealedMissing
        | ClientError::Sealed(_)) => Failure::Usage(chain(&error)),
        error @ ClientError::OtherReceipt { .. } => Failure::Negative(chain(&error)),
        ClientError::UnexpectedAnswer { doing, status: status @ (429 | 503), .. } => {
            Failure::Limited(format!("{doing}: {status}"))
        }
        error @ ClientError::OutcomeUnknown(_) => Failure::OutcomeUnknown(chain(&error)),
        ClientError::Transport { doing, source } if source.is_connect() => {
            let (what, next) = (plain(&chain(&source)), language.pick("下步", "next "));
            let hint = language.pick(
                "先运行 piao serve，或用 --url（PIAO_URL）指定服务地址",
                "start piao serve, or say with --url (PIAO_URL) where the services are",
            );
            Failure::Undecided(format!("{doing}: {what}\n  {next}  {hint}"))
        }
        error @ (ClientError::Setup(_)
        | ClientError::Transport { .. }
        | ClientError::UnexpectedAnswer { .. }
        | ClientError::Checkpoint(_)) => Failure::Undecided(plain(&chain(&error))),
    }
}

fn of_problem(problem: Problem, identity: Option<&Identity>, language: Language) -> Failure {
    let status = problem.status;
    let mut told = Told::of(problem, language);
    if let Some(identity) = identity
        && let Some(signer::Unknown { what, next }) = signer::unknown(&told.code, identity, language)
    {
        // A read token may be wrong in other ways, too, and then this is where it is told.
        let places = if told.code == "unauthorized" { told.places } else { Vec::new() };
        told = Told { what, next, places, retry_after: None, ..told };
    }
    // A transition that grew old before anybody took it was asked for rightly, and is refused for good.
    let stale = told.code == "stale";
    match status {
        401 | 403 | 404 => {
            Failure::NotAllowed(told.text(language.pick("不允许：", "not allowed: "), language))
        }
        409 => Failure::Refused(told.text(language.pick("被拒绝：", "refused: "), language)),
        422 if stale => Failure::Refused(told.text(language.pick("被拒绝：", "refused: "), language)),
        408 | 429 | 503 => Failure::Limited(told.text(language.pick("暂不受理：", "not now: "), language)),
        400..=499 => Failure::Usage(told.text(language.pick("请求有误：", "asked wrongly: "), language)),
        _ => Failure::Undecided(told.text(language.pick("服务出错：", "a fault of the service: "), language)),
    }
}

fn named(id: &str, version: impl std::fmt::Display, check: &str, language: Language) -> String {
    match language {
        Language::Zh => format!("规则集 {id} 第 {version} 版：{check}"),
        Language::En => format!("rule set {id} version {version}: {check}"),
    }
}

impl Told {
    fn of(problem: Problem, language: Language) -> Self {
        let rule = |rule: RuleName| named(&rule.id, rule.version, &rule.check, language);
        let places = problem.errors.into_iter().map(|error| Place {
            pointer: error.pointer,
            detail: error.detail,
            expected: error.expected,
            actual: error.actual,
            rule: error.rule.map(rule),
        });
        Self {
            places: places.collect(),
            differs: problem.differs.unwrap_or_default(),
            trace: problem.trace_id,
            retry_after: problem.retry_after,
            existing: None,
            code: problem.code,
            what: problem.title,
            next: problem.detail,
        }
    }

    fn text(&self, begin: &str, language: Language) -> String {
        let mut text = format!("{begin}{}", plain(&self.code));
        let mut line = |chinese, english, what: &str| {
            if !what.is_empty() {
                text.push_str(&format!("\n  {}  {}", language.pick(chinese, english), plain(what)));
            }
        };
        line("事由", "what ", &self.what);
        for Place { pointer, detail, expected, actual, rule } in &self.places {
            line("位置", "where", pointer);
            line("说明", "how  ", detail.as_deref().unwrap_or_default());
            line("应为", "want ", expected.as_deref().unwrap_or_default());
            line("实为", "found", actual.as_deref().unwrap_or_default());
            line("依据", "why  ", rule.as_deref().unwrap_or_default());
        }
        line("先前", "first", self.existing.as_deref().unwrap_or_default());
        line("不同", "diff ", &self.differs.join(" "));
        line("下步", "next ", &self.next);
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs();
            let when = match language {
                Language::Zh => format!("{seconds} 秒之后"),
                Language::En => format!("after {seconds} s"),
            };
            line("何时", "when ", &when);
        }
        line("追踪", "trace", &self.trace);
        text
    }
}
