use serde_json::{Value, json};

use crate::exit::Failure;
use crate::output::Kind::Text;
use crate::output::{ListWriter, Output, View, col};

/// What came of looking at one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Result {
    /// It is as it must be.
    Holds,
    /// It is not.
    Wrong,
    /// It could not be found out, and had to be.
    Undecided,
    /// It was not looked at, because there is nothing to look at or nothing to look with.
    NotDone,
}

/// What was looked at, in order.
#[derive(Debug, Default)]
pub(super) struct Checks(Vec<(String, Result, String)>);

const CHECK: View =
    &[col("check", "check", Text), col("result", "result", Text), col("what was seen", "says", Text)];

impl Result {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "ok",
            Self::Wrong => "wrong",
            Self::Undecided => "undecided",
            Self::NotDone => "not done",
        }
    }
}

impl Checks {
    pub(super) fn holds(&mut self, check: &str, says: impl Into<String>) {
        self.0.push((check.to_owned(), Result::Holds, says.into()));
    }

    pub(super) fn wrong(&mut self, check: &str, says: impl Into<String>) {
        self.0.push((check.to_owned(), Result::Wrong, says.into()));
    }

    pub(super) fn undecided(&mut self, check: &str, says: impl Into<String>) {
        self.0.push((check.to_owned(), Result::Undecided, says.into()));
    }

    pub(super) fn not_done(&mut self, check: &str, says: impl Into<String>) {
        self.0.push((check.to_owned(), Result::NotDone, says.into()));
    }

    /// Prints them all.
    ///
    /// # Errors
    /// [`Failure::Fault`] where stdout takes nothing.
    pub(super) fn print(&self, output: Output) -> std::result::Result<(), Failure> {
        let row = |(check, result, says): &(String, Result, String)| json!({ "check": check, "result": result.as_str(), "says": says });
        let mut writer = ListWriter::new(output, CHECK);
        writer.page(&self.0.iter().map(row).collect::<Vec<Value>>())?;
        writer.end(None)
    }

    /// How many came to what.
    pub(super) fn summary(&self) -> String {
        let count = |wanted: Result| self.0.iter().filter(|(_, result, _)| *result == wanted).count();
        format!(
            "{} hold, {} wrong, {} undecided, {} not done",
            count(Result::Holds),
            count(Result::Wrong),
            count(Result::Undecided),
            count(Result::NotDone)
        )
    }

    /// What they come to together.
    ///
    /// # Errors
    /// [`Failure::Negative`] where one is wrong, else [`Failure::Undecided`] where one could not be found out.
    pub(super) fn verdict(&self) -> std::result::Result<(), Failure> {
        let named = |wanted: Result| {
            let named = self.0.iter().filter(|(_, result, _)| *result == wanted);
            named.map(|(check, _, _)| check.as_str()).collect::<Vec<_>>().join(", ")
        };
        let (wrong, undecided) = (named(Result::Wrong), named(Result::Undecided));
        if !wrong.is_empty() {
            return Err(Failure::Negative(format!("wrong: {wrong}")));
        }
        if !undecided.is_empty() {
            return Err(Failure::Undecided(format!("could not be found out: {undecided}")));
        }
        Ok(())
    }
}
