use serde_json::Value;

use super::super::connect::Session;
use super::super::told;
use crate::exit::Failure;
use crate::output::Kind::{Money, Rows, Text, Time};
use crate::output::{Column, View, col, record};

const STEP: &[Column] = &[col("", "check", Text), col("", "passed", Text), col("", "refusal.title", Text)];

const CHECKED: View = &[
    col("passes", "passes", Text),
    col("free", "free", Money),
    col("lease until", "lease_until", Time),
    col("guards", "trace", Rows(STEP)),
];

/// Asks whether a lock would pass now, and shows every guard; `question` is the body of a `reimbursement.lock`.
///
/// # Errors
/// [`Failure::Negative`] with the first refusal foreseen.
pub(super) async fn would_pass(session: &Session, question: &Value) -> Result<(), Failure> {
    let answer = session.client.check_lock(question).await.map_err(|error| session.failure(error))?;
    record(session.output, CHECKED, &answer)?;
    let trace = answer.get("trace").and_then(Value::as_array).into_iter().flatten();
    match trace.filter_map(|step| step.get("refusal")).find(|refusal| !refusal.is_null()) {
        None => Ok(()),
        Some(refusal) => Err(Failure::Negative(told::foreseen(refusal, session.language))),
    }
}
