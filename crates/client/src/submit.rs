//! Submitting: send, wait, send the same again, until it is decided.

use std::time::Duration;

use piao_domain::ids::TransitionId;
use piao_domain::rejection::Code;
use piao_protocol::json;
use piao_protocol::outcome::Outcome;
use piao_protocol::receipt::Receipt;
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use tokio::time::{Instant, sleep};

use crate::answer::Answer;
use crate::client::Client;
use crate::endpoints::Service;
use crate::error::{ClientError, OutcomeUnknown};
use crate::problem::Problem;
use crate::routes;
use crate::sign::Signed;

/// What a service that says nothing else has in mind with a 202.
const RECORDED_WAIT: Duration = Duration::from_secs(1);

/// How long the service is asked to wait for the decision before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait(u64);

impl Wait {
    /// The longest that a service waits.
    pub const MAX: Self = Self(30);
    /// Not at all: be told that it is recorded.
    pub const NONE: Self = Self(0);

    /// So many seconds, at most 30.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        if seconds < Self::MAX.0 { Self(seconds) } else { Self::MAX }
    }
}

impl Default for Wait {
    fn default() -> Self {
        Self(5)
    }
}

/// What came of one attempt.
#[derive(Clone, Debug)]
pub enum Submitted {
    /// It stands on the record.
    Decided(Decision),
    /// It is written down and *will* be decided. Nothing may be built on it yet.
    Recorded {
        /// Under which its receipt will be found.
        id: TransitionId,
        /// When to ask.
        retry_after: Duration,
    },
}

/// What stands on the record: accepted or refused, for ever.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The outcome and where it stands.
    pub receipt: Receipt,
    /// What the service adds to a refusal, for people.
    pub explanation: Option<Box<Problem>>,
}

impl Decision {
    /// The refusal's code; `accepted` where there is none.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.receipt.outcome.code().map_or("accepted", Code::as_str)
    }

    /// The receipt of an accepted transition.
    ///
    /// # Errors
    /// [`ClientError::Refused`].
    pub fn accepted(self) -> Result<Receipt, ClientError> {
        match self.receipt.outcome {
            Outcome::Accepted(_) => Ok(self.receipt),
            Outcome::Rejected(_) => Err(ClientError::Refused(Box::new(self))),
        }
    }
}

impl Client {
    /// Sends a transition once.
    ///
    /// # Errors
    /// Every [`ClientError`] but `Refused`, which is a result here, and `OutcomeUnknown`. After one that
    /// [may pass](ClientError::may_pass) send the same transition again, never a new one.
    pub async fn submit(&self, signed: &Signed, wait: Wait) -> Result<Submitted, ClientError> {
        self.post(signed, wait, Duration::from_secs(wait.0) + self.settings.answer_wait_max)
            .await
            .map_err(|failed| failed.error)
    }

    /// Sends a transition again and again, always the very same one, until it is decided or the deadline has passed.
    ///
    /// # Errors
    /// [`ClientError::OutcomeUnknown`] with all that is needed to go on, where the transition may be on the record or
    /// may still get there; any other error only where it cannot. An unknown signer or key is given up after
    /// [`signer_wait_max`](crate::Settings::signer_wait_max), however long the deadline is.
    pub async fn submit_until_decided(
        &self,
        signed: &Signed,
        deadline: Duration,
    ) -> Result<Decision, ClientError> {
        let end = Instant::now() + deadline;
        let mut signer_end = None;
        let mut recorded = false;
        let mut attempt = 0;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let wait = Wait(left.as_secs().min(self.settings.wait.0));
            let answer_wait = (Duration::from_secs(wait.0) + self.settings.answer_wait_max).min(left);
            let (asked, last) = match self.post(signed, wait, answer_wait).await {
                Ok(Submitted::Decided(decision)) => return Ok(decision),
                Ok(Submitted::Recorded { id: _, retry_after }) => {
                    recorded = true;
                    (Some(retry_after), None)
                }
                Err(Failed { error, retry_after }) => {
                    recorded = recorded || error.may_be_recorded();
                    if !error.may_pass() {
                        return Err(given_up(signed, recorded, Some(error)));
                    }
                    (retry_after, Some(error))
                }
            };
            let pause = self.settings.retry.wait(attempt, asked, &self.sources);
            let end = match &last {
                Some(error) if error.unknown_signer() => {
                    *signer_end.get_or_insert_with(|| end.min(Instant::now() + self.settings.signer_wait_max))
                }
                Some(_) | None => end,
            };
            if Instant::now() + pause >= end {
                return Err(given_up(signed, recorded, last));
            }
            sleep(pause).await;
            attempt += 1;
            // Where it was written down, its receipt may be there by now; a fault on the way is no answer, and the
            // next attempt says more.
            let left = end.saturating_duration_since(Instant::now());
            if last.is_none()
                && let Ok(Some(receipt)) = self.resolve_within(&signed.id(), left).await
            {
                return Ok(Decision { receipt, explanation: None });
            }
        }
    }

    /// What came of a transition; nothing where it is not decided, or not for the caller to know.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn resolve(&self, id: &TransitionId) -> Result<Option<Receipt>, ClientError> {
        self.resolve_within(id, self.settings.answer_wait_max).await
    }

    async fn resolve_within(
        &self,
        id: &TransitionId,
        left: Duration,
    ) -> Result<Option<Receipt>, ClientError> {
        let doing = format!("asking what came of {id}");
        let url = self.url(Service::Ledger, &routes::transition(id));
        let request = self.authorized(self.http.get(url));
        let answer = self.exchange(&doing, request, self.settings.answer_wait_max.min(left)).await?;
        match answer.status {
            StatusCode::OK => {
                #[derive(serde::Deserialize)]
                struct Resolved {
                    receipt: Receipt,
                }
                let resolved: Resolved =
                    serde_json::from_slice(&answer.body).map_err(|_| answer.unexpected())?;
                self.checked(resolved.receipt, *id).map(Some)
            }
            StatusCode::ACCEPTED | StatusCode::NOT_FOUND => Ok(None),
            _ => Err(answer.into_error()),
        }
    }

    async fn post(&self, signed: &Signed, wait: Wait, answer_wait: Duration) -> Result<Submitted, Failed> {
        let route = signed.route();
        let (media_type, body) = signed.request()?;
        let doing = format!("posting {} {} to {}", signed.kind().as_str(), signed.id(), route.path);
        let request = self
            .http
            .post(self.url(route.service, &route.path))
            .header(CONTENT_TYPE, media_type)
            .header("prefer", format!("wait={}", wait.0))
            .body(body);
        let answer = self.exchange(&doing, request, answer_wait).await?;
        let retry_after = answer.retry_after;
        self.decided(signed, answer).map_err(|error| Failed { error, retry_after })
    }

    fn decided(&self, signed: &Signed, answer: Answer) -> Result<Submitted, ClientError> {
        match answer.status {
            StatusCode::OK | StatusCode::CREATED => {
                let receipt = json::from_str(answer.text()?).map_err(|_| answer.unexpected())?;
                let receipt = self.checked(receipt, signed.id())?;
                Ok(Submitted::Decided(Decision { receipt, explanation: None }))
            }
            StatusCode::ACCEPTED => Ok(Submitted::Recorded {
                id: signed.id(),
                retry_after: answer.retry_after.unwrap_or(RECORDED_WAIT),
            }),
            StatusCode::CONFLICT => match answer.into_error() {
                ClientError::Problem(problem) => match problem.receipt.clone() {
                    Some(receipt) => {
                        let receipt = self.checked(receipt, signed.id())?;
                        Ok(Submitted::Decided(Decision { receipt, explanation: Some(problem) }))
                    }
                    None => Err(ClientError::Problem(problem)),
                },
                other => Err(other),
            },
            _ => Err(answer.into_error()),
        }
    }

    /// A receipt of the transition that was asked for.
    fn checked(&self, receipt: Receipt, asked: TransitionId) -> Result<Receipt, ClientError> {
        if receipt.transition != asked {
            return Err(ClientError::OtherReceipt { asked, got: receipt.transition });
        }
        self.saw(receipt.height);
        Ok(receipt)
    }
}

/// A failed attempt, and when the service wants the next.
struct Failed {
    error: ClientError,
    retry_after: Option<Duration>,
}

impl From<ClientError> for Failed {
    fn from(error: ClientError) -> Self {
        Self { error, retry_after: None }
    }
}

/// Nobody may sign a new transition for the same thing while the old one may still be decided.
fn given_up(signed: &Signed, recorded: bool, last: Option<ClientError>) -> ClientError {
    match last {
        Some(error) if !recorded => error,
        last => ClientError::OutcomeUnknown(Box::new(OutcomeUnknown { signed: signed.clone(), last })),
    }
}
