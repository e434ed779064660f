//! The whole platform on PostgreSQL and RabbitMQ, who acts on it, and invoices brought to where an attack begins.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use piao_chain::execute::Safeguards;
use piao_domain::ids::{PartyId, TransitionId};
use piao_domain::key::Algorithm;
use piao_protocol::claim::ClaimSecret;
use piao_protocol::encoding::base64url;
use piao_testkit::actor::Actor;
use piao_testkit::platform::{Carrier, Options, TestPlatform};
use piao_testkit::{body, every_service, scenario};

/// How many numbers the supplier may use.
const NUMBERS: u32 = 1_000;
/// How many numbers each of the two enterprises may use.
pub(crate) const OWN_NUMBERS: u64 = 100;

/// The platform, two enterprises and two persons of whom each is a stranger to the other's things, and who else it takes.
pub(crate) struct Stage {
    pub(crate) platform: TestPlatform,
    /// Issues every invoice that others hold.
    pub(crate) supplier: Actor,
    /// Locks what persons present.
    pub(crate) finance: Actor,
    pub(crate) enterprise: Actor,
    pub(crate) other: Actor,
    pub(crate) person: Actor,
    pub(crate) another: Actor,
    /// Registered nowhere.
    pub(crate) nobody: Actor,
    numbers: AtomicU64,
    labels: AtomicU32,
}

impl Stage {
    /// Starts everything; the supplier and then the two enterprises may issue.
    pub(crate) async fn start() -> Self {
        let options = Options { carrier: Carrier::RabbitMq, connections: 16, safeguards: Safeguards::ALL };
        let stage = Self {
            platform: TestPlatform::start_with(&every_service!(), options).await,
            supplier: Actor::new("uscc:91440300708461136T", Algorithm::Es256k),
            finance: Actor::new("uscc:91110000802100433B", Algorithm::Es256k),
            enterprise: Actor::new("uscc:914403001922038216", Algorithm::Es256),
            other: Actor::new("uscc:9144030071526726XG", Algorithm::EdDsa),
            person: Actor::person("holder", Algorithm::EdDsa),
            another: Actor::person("another person", Algorithm::Es256k),
            nobody: Actor::new("uscc:91440300708437873H", Algorithm::Es256),
            numbers: AtomicU64::new(1),
            labels: AtomicU32::new(1),
        };
        let Self { platform, supplier, finance, enterprise, other, person, another, .. } = &stage;
        for actor in [supplier, finance, enterprise, other, person, another] {
            platform.join(actor).await;
        }
        platform.put_rules_in_force().await;
        let own = u32::try_from(OWN_NUMBERS).unwrap();
        for (issuer, count) in [(supplier, NUMBERS), (enterprise, own), (other, own)] {
            platform.accept(issuer, "quota.apply", &body::apply(platform.now().month(), count)).await;
        }
        stage
    }

    /// A number of the supplier's segment that was given to nobody before.
    pub(crate) fn next_number(&self) -> String {
        let sequence = self.numbers.fetch_add(1, Ordering::Relaxed);
        assert!(sequence <= NUMBERS.into(), "the supplier has no more numbers");
        self.number(sequence)
    }

    /// A number of the segment that begins behind the supplier's.
    pub(crate) fn number_of(&self, place: u64) -> String {
        self.number(u64::from(NUMBERS) + place)
    }

    /// A number that nobody was ever allotted.
    pub(crate) fn no_number(&self) -> String {
        self.number(900_000)
    }

    fn number(&self, sequence: u64) -> String {
        scenario::number(self.platform.now(), sequence)
    }

    /// A word that nobody used before.
    pub(crate) fn label(&self) -> String {
        format!("L-{}", self.labels.fetch_add(1, Ordering::Relaxed))
    }

    /// An enterprise or a person of the same kind as another party, registered now.
    pub(crate) async fn newcomer(&self, like: &Actor) -> Actor {
        let newcomer = self.stranger(like);
        self.platform.join(&newcomer).await;
        newcomer
    }

    /// As [`Stage::newcomer`], and registered nowhere.
    pub(crate) fn stranger(&self, like: &Actor) -> Actor {
        let place = self.labels.fetch_add(1, Ordering::Relaxed);
        if is_person(like) {
            Actor::person(&format!("person {place}"), Algorithm::EdDsa)
        } else {
            Actor::new(&enterprise(place), Algorithm::Es256)
        }
    }

    /// An invoice that an enterprise, named as its buyer, or a person, who has its claim key, may take.
    pub(crate) async fn issued(&self, owner: &Actor) -> String {
        let number = self.next_number();
        let key = base64url::encode(secret().key().as_bytes());
        let issue = if is_person(owner) {
            body::issue(&number, None, Some(&key))
        } else {
            body::issue(&number, Some(owner), None)
        };
        self.platform.accept(&self.supplier, "invoice.issue", &issue).await;
        number
    }

    /// The body that takes an invoice for its owner.
    pub(crate) fn take(&self, number: &str, owner: &Actor) -> String {
        let proof = secret().sign_claim(self.platform.chain.id(), number, &owner.party);
        let proof = is_person(owner).then(|| base64url::encode(proof.as_bytes()));
        body::take(number, proof.as_deref())
    }

    /// An invoice that somebody holds.
    pub(crate) async fn held(&self, owner: &Actor) -> String {
        let number = self.issued(owner).await;
        self.platform.accept(owner, "claim.take", &self.take(&number, owner)).await;
        number
    }

    /// An invoice that somebody holds and presented.
    pub(crate) async fn presented(&self, owner: &Actor, to: &Actor) -> String {
        let number = self.held(owner).await;
        self.platform.accept(owner, "claim.present", &body::present(&number, to)).await;
        number
    }

    /// An invoice with a lock: of the enterprise that holds it, or of the one that a person presented it to.
    pub(crate) async fn locked(&self, owner: &Actor) -> (String, TransitionId) {
        let locker = self.locker(owner);
        let number =
            if is_person(owner) { self.presented(owner, locker).await } else { self.held(owner).await };
        let lock = body::lock(&number, &self.label());
        let lock = self.platform.accept(locker, "reimbursement.lock", &lock).await;
        (number, lock.id)
    }

    /// Who locks what somebody holds.
    pub(crate) fn locker<'a>(&'a self, owner: &'a Actor) -> &'a Actor {
        if is_person(owner) { &self.finance } else { owner }
    }

    /// An invoice that is locked and booked.
    pub(crate) async fn booked(&self, owner: &Actor) -> (String, TransitionId) {
        let (number, lock) = self.locked(owner).await;
        self.platform.accept(self.locker(owner), "booking.book", &body::book(&number)).await;
        (number, lock)
    }
}

pub(crate) const fn is_person(actor: &Actor) -> bool {
    matches!(actor.party, PartyId::Person(_))
}

/// An enterprise by its place, with the two check digits that fit (GB 32100-2015).
pub(crate) fn enterprise(place: u32) -> String {
    const DIGITS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let ends = DIGITS.chars().flat_map(|first| DIGITS.chars().map(move |second| format!("{first}{second}")));
    let mut named = ends.map(|end| format!("uscc:91440300{place:08}{end}"));
    named.find(|party| PartyId::parse(party).is_ok()).expect("two digits fit")
}

/// The claim key of every invoice that carries one.
pub(crate) fn secret() -> ClaimSecret {
    ClaimSecret::from_seed(&[8; 32])
}
