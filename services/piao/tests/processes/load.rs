//! What clients do to an installation, over HTTP.

use std::time::Duration;

use piao_client::{Client, Signed};
use piao_domain::key::Algorithm;
use piao_domain::number::InvoiceNumber;
use piao_domain::time::Time;
use piao_ledger::Clock;
use piao_protocol::body;
use piao_protocol::outcome::Outcome;
use piao_protocol::receipt::Receipt;
use piao_testkit::actor::Actor;
use piao_testkit::body as bodies;
use piao_testkit::scenario;

use super::installation::Installation;

/// How long a client goes on with one transition.
pub(crate) const DECIDED_WITHIN: Duration = Duration::from_secs(90);

/// An issuer, the buyer that its invoices name, and the bureau.
pub(crate) struct Parties {
    pub(crate) bureau: Client,
    pub(crate) seller: Client,
    pub(crate) buyer: Client,
}

pub(crate) fn seller() -> Actor {
    Actor::new("uscc:91440300708461136T", Algorithm::Es256k)
}

pub(crate) fn buyer() -> Actor {
    Actor::new("uscc:914403001922038216", Algorithm::Es256)
}

pub(crate) fn now() -> Time {
    Time::from_unix(Clock::system().now())
}

pub(crate) fn number(sequence: u64) -> String {
    scenario::number(now(), sequence)
}

impl Parties {
    /// Registers them, puts rules in force and gives the seller numbers 1 to 1000.
    pub(crate) async fn enter(installation: &Installation) -> Self {
        let parties = Self {
            bureau: installation.bureau(),
            seller: installation.acting_as(seller()),
            buyer: installation.acting_as(buyer()),
        };
        for enterprise in [seller(), buyer()] {
            accept(&parties.bureau, "party.register", &bodies::register(&enterprise)).await;
        }
        accept(&parties.bureau, "rules.deploy", &bodies::rules(1)).await;
        accept(&parties.bureau, "rules.activate", &bodies::activate(1, &now().date().to_string())).await;
        accept(&parties.seller, "quota.apply", &bodies::apply(now().month(), 1000)).await;
        parties
    }

    /// An invoice that names the buyer, signed.
    pub(crate) fn invoice(&self, sequence: u64) -> Signed {
        sign(&self.seller, "invoice.issue", &bodies::issue(&number(sequence), Some(&buyer()), None))
    }

    /// Whether the issuance service shows the invoice to its issuer.
    pub(crate) async fn is_shown(&self, sequence: u64) -> bool {
        self.seller.invoice(&InvoiceNumber::parse(&number(sequence)).unwrap()).await.is_ok()
    }
}

pub(crate) fn sign(client: &Client, kind: &str, body: &str) -> Signed {
    let body = body::parse(kind, body).unwrap_or_else(|error| panic!("{kind}: {error}: {body}"));
    client.sign(body.into_command()).unwrap()
}

/// Submits until it is decided.
pub(crate) async fn decide(client: &Client, signed: &Signed) -> Receipt {
    let decided = client.submit_until_decided(signed, DECIDED_WITHIN).await;
    decided.unwrap_or_else(|error| panic!("{signed:?}: {error:?}")).receipt
}

/// Signs, and expects acceptance.
pub(crate) async fn accept(client: &Client, kind: &str, body: &str) -> Receipt {
    let receipt = decide(client, &sign(client, kind, body)).await;
    assert!(matches!(receipt.outcome, Outcome::Accepted(_)), "{kind}: {:?}", receipt.outcome);
    receipt
}

/// Signs, and expects a refusal with this code.
pub(crate) async fn refuse(client: &Client, kind: &str, body: &str, code: &str) {
    let receipt = decide(client, &sign(client, kind, body)).await;
    assert_eq!(receipt.outcome.code().map(|code| code.as_str()), Some(code), "{kind}");
}
