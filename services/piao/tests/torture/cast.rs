//! Who acts, and what must be decided before anybody can.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use piao_client::{Client, Signed};
use piao_domain::key::Algorithm;
use piao_domain::time::Time;
use piao_protocol::body;
use piao_protocol::outcome::Outcome;
use piao_protocol::receipt::Receipt;
use piao_testkit::actor::Actor;
use piao_testkit::body as bodies;

use super::history::{Act, History};
use super::platform::Platform;

/// Enterprises that all want to reimburse each invoice, with the algorithms that they sign with.
pub(crate) const RIVALS: [(&str, Algorithm); 3] = [
    ("uscc:914403001922038216", Algorithm::Es256k),
    ("uscc:9144030071526726XG", Algorithm::EdDsa),
    ("uscc:9144030010001686XA", Algorithm::Es256),
];
const SELLER: (&str, Algorithm) = ("uscc:91440300708461136T", Algorithm::Es256k);
const NUMBERS: u32 = 1_000_000;
/// How long a client goes on with one of the first transitions.
const DECIDED_WITHIN: Duration = Duration::from_secs(60);

/// Everybody, each as a client.
pub(crate) struct Cast {
    pub(crate) seller: Client,
    pub(crate) holder: Client,
    pub(crate) rivals: Vec<Client>,
}

pub(crate) fn rival(place: usize) -> Actor {
    Actor::new(RIVALS[place].0, RIVALS[place].1)
}

pub(crate) fn holder() -> Actor {
    Actor::person("holder", Algorithm::EdDsa)
}

pub(crate) fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Time::from_unix(i64::try_from(since.as_secs()).unwrap())
}

impl Cast {
    /// Registers everybody, puts rules in force, and gives the seller numbers.
    pub(crate) async fn enter(platform: &Platform, history: &History) -> Self {
        let cast = Self {
            seller: platform.acting_as(Actor::new(SELLER.0, SELLER.1)),
            holder: platform.acting_as(holder()),
            rivals: (0..RIVALS.len()).map(|place| platform.acting_as(rival(place))).collect(),
        };
        let bureau = platform.bureau();
        let enterprises = (0..RIVALS.len()).map(rival).chain([Actor::new(SELLER.0, SELLER.1)]);
        for enterprise in enterprises {
            accept(history, &bureau, "party.register", &bodies::register(&enterprise)).await;
        }
        let key = format!(r#"{{"key":{}}}"#, holder().jwk_json());
        accept(history, &cast.holder, "party.enroll", &key).await;
        accept(history, &bureau, "rules.deploy", &bodies::rules(1)).await;
        let today = now().date().to_string();
        accept(history, &bureau, "rules.activate", &bodies::activate(1, &today)).await;
        accept(history, &cast.seller, "quota.apply", &bodies::apply(now().month(), NUMBERS)).await;
        cast
    }
}

pub(crate) fn sign(client: &Client, kind: &str, body: &str) -> Signed {
    let body = body::parse(kind, body).unwrap_or_else(|error| panic!("{kind}: {error}: {body}"));
    client.sign(body.into_command()).unwrap()
}

async fn accept(history: &History, client: &Client, kind: &str, body: &str) -> Receipt {
    let signed = sign(client, kind, body);
    let place = history.invoke(signed.id(), 0, Act::Prepare);
    let decided = client.submit_until_decided(&signed, DECIDED_WITHIN).await;
    let receipt = decided.unwrap_or_else(|error| panic!("{kind}: {error:?}")).receipt;
    assert!(matches!(receipt.outcome, Outcome::Accepted(_)), "{kind}: {:?}", receipt.outcome);
    history.told(place, receipt.clone());
    receipt
}
