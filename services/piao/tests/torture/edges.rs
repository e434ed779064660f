//! Sending one transition, through the service that it is for or through the ledger's own edge, until it is decided or the
//! client gives up.

use std::sync::Arc;
use std::time::Duration;

use piao_client::{Client, ClientError, Settings, Signed, Submitted, Wait};
use piao_protocol::receipt::Receipt;
use piao_testkit::sim::Seeded;
use serde::Deserialize;
use tokio::time::{Instant, sleep};

use super::history::{Act, History, Place};

/// How long a service is asked to wait in each attempt.
const WAIT: Wait = Wait::seconds(3);
/// How long an answer may take beyond that.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(4);
/// How long clients go on: most of them longer than any fault lasts, some so briefly that they never learn what came of it.
const PATIENT: Duration = Duration::from_secs(60);
const IMPATIENT: Duration = Duration::from_secs(2);
const PAUSE_MAX: Duration = Duration::from_millis(800);

/// What sends.
#[derive(Clone)]
pub(crate) struct Edges {
    /// The ledger's own edge, which takes every type.
    gateway: String,
    http: reqwest::Client,
    pub(crate) history: Arc<History>,
}

/// What came of one attempt.
enum Answer {
    Decided(Receipt),
    Recorded,
    /// Nobody knows.
    Nothing,
    /// What no edge may answer to what is signed here.
    Never(String),
}

impl Edges {
    pub(crate) fn new(gateway: &str, history: Arc<History>) -> Self {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(7)).build().unwrap();
        Self { gateway: format!("{gateway}/v1/transitions"), http, history }
    }

    /// Sends until it is decided, always the very same; or gives up, whatever became of it.
    pub(crate) async fn carry_out(
        &self,
        chance: &mut Seeded,
        client: &Client,
        signed: &Signed,
        (invoice, act): (u64, Act),
    ) -> Option<Receipt> {
        let place = self.history.invoke(signed.id(), invoice, act);
        let patience = if chance.below(12) == 0 { IMPATIENT } else { PATIENT };
        let receipt = self.send(chance, client, signed, place, Instant::now() + patience).await?;
        self.history.told(place, receipt.clone());
        // Sent again it gets the same, for ever; whether it does is looked at when the run is over.
        if chance.below(8) == 0
            && let Answer::Decided(receipt) = self.once(chance, client, signed).await
        {
            self.history.told(place, receipt);
        }
        Some(receipt)
    }

    /// As [`Edges::carry_out`], after the faults, for what a client gave up.
    pub(crate) async fn carry_on(&self, client: &Client, signed: &Signed, place: Place) -> Option<Receipt> {
        let end = Instant::now() + PATIENT;
        self.send(&mut Seeded::new(0), client, signed, place, end).await
    }

    async fn send(
        &self,
        chance: &mut Seeded,
        client: &Client,
        signed: &Signed,
        place: Place,
        end: Instant,
    ) -> Option<Receipt> {
        let mut pause = Duration::from_millis(50);
        loop {
            self.history.attempt(place);
            let both = chance.below(10) == 0;
            let (first, second) = if both {
                tokio::join!(self.through_service(client, signed), self.through_gateway(signed))
            } else {
                (self.once(chance, client, signed).await, Answer::Nothing)
            };
            for answer in [first, second] {
                match answer {
                    Answer::Decided(receipt) => return Some(receipt),
                    Answer::Recorded => self.history.recorded(place),
                    Answer::Nothing => {}
                    Answer::Never(what) => {
                        self.history.surprise(format!("{signed:?}: {what}"));
                        return None;
                    }
                }
            }
            if Instant::now() > end {
                return None;
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    async fn once(&self, chance: &mut Seeded, client: &Client, signed: &Signed) -> Answer {
        if chance.below(4) == 0 {
            self.through_gateway(signed).await
        } else {
            self.through_service(client, signed).await
        }
    }

    async fn through_service(&self, client: &Client, signed: &Signed) -> Answer {
        let settings = Settings { answer_wait_max: ANSWER_WAIT_MAX, ..Settings::default() };
        match client.clone().with_settings(settings).submit(signed, WAIT).await {
            Ok(Submitted::Decided(decision)) => Answer::Decided(decision.receipt),
            Ok(Submitted::Recorded { .. }) => Answer::Recorded,
            Err(error) if may_pass(&error) => Answer::Nothing,
            Err(error) => Answer::Never(format!("{error:?}")),
        }
    }

    async fn through_gateway(&self, signed: &Signed) -> Answer {
        #[derive(Deserialize)]
        struct Refused {
            receipt: Receipt,
        }
        let post = self.http.post(&self.gateway).header("content-type", "application/jose");
        let Ok(answer) = post.header("prefer", "wait=3").body(signed.jws().to_string()).send().await else {
            return Answer::Nothing;
        };
        let status = answer.status().as_u16();
        let Ok(text) = answer.text().await else { return Answer::Nothing };
        let read = match status {
            200 | 201 => serde_json::from_str::<Receipt>(&text).ok(),
            409 => serde_json::from_str::<Refused>(&text).ok().map(|refused| refused.receipt),
            202 => return Answer::Recorded,
            408 | 429 | 500..=599 => return Answer::Nothing,
            _ if passes(&text) => return Answer::Nothing,
            _ => None,
        };
        let read = read.filter(|receipt| receipt.transition == signed.id());
        read.map_or_else(|| Answer::Never(format!("{status}: {text}")), Answer::Decided)
    }
}

/// Whether the same may do better later. An edge whose clock is wrong takes what is fresh for stale, and one whose read
/// model lags knows nobody.
fn may_pass(error: &ClientError) -> bool {
    let stale = error.problem().is_some_and(|problem| problem.code == "stale");
    error.may_pass() || error.unknown_signer() || stale
}

fn passes(text: &str) -> bool {
    ["\"stale\"", "\"unknown_party\"", "\"unknown_key\""].iter().any(|code| text.contains(code))
}
