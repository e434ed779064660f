//! A platform with issuance, a few parties, and rules that let them issue.

use std::ops::Deref;

use piao_domain::key::Algorithm;
use piao_protocol::claim::ClaimSecret;
use piao_protocol::encoding::base64url;
use piao_testkit::actor::{Actor, Signed};
use piao_testkit::platform::{Options, TestPlatform};
use piao_testkit::{body, given};

pub(crate) struct World {
    platform: TestPlatform,
    pub(crate) seller: Actor,
    pub(crate) buyer: Actor,
    pub(crate) other: Actor,
    pub(crate) person: Actor,
    pub(crate) stranger: Actor,
}

impl Deref for World {
    type Target = TestPlatform;

    fn deref(&self) -> &TestPlatform {
        &self.platform
    }
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        let platform = TestPlatform::start_with(&[given!(piao_issuance)], options).await;
        let world = Self {
            platform,
            seller: Actor::new("uscc:91440300708461136T", Algorithm::Es256k),
            buyer: Actor::new("uscc:914403001922038216", Algorithm::Es256),
            other: Actor::new("uscc:9144030071526726XG", Algorithm::EdDsa),
            person: Actor::person("holder", Algorithm::EdDsa),
            stranger: Actor::person("stranger", Algorithm::Es256),
        };
        let bureau = &world.chain.bureau;
        for actor in [&world.seller, &world.buyer, &world.other, &world.person, &world.stranger] {
            world.join(actor).await;
        }
        world.accept(bureau, "rules.deploy", &body::rules(1)).await;
        let today = world.now().date().to_string();
        world.accept(bureau, "rules.activate", &body::activate(1, &today)).await;
        world
    }

    pub(crate) const fn platform(&self) -> &TestPlatform {
        &self.platform
    }

    /// The seller applies for this month and gets numbers from the first free one on.
    pub(crate) async fn quota(&self, count: u32) -> Signed {
        self.accept(&self.seller, "quota.apply", &body::apply(self.now().month(), count)).await
    }

    pub(crate) fn number(&self, sequence: u64) -> String {
        format!("{:02}950{sequence:015}", self.now().month().short_year())
    }

    /// The seller issues to nobody in particular; whoever has the key may claim.
    pub(crate) async fn issue(&self, sequence: u64) -> (String, ClaimSecret) {
        let (number, secret) = (self.number(sequence), ClaimSecret::from_seed(&[7; 32]));
        let key = base64url::encode(secret.key().as_bytes());
        self.accept(&self.seller, "invoice.issue", &body::issue(&number, None, Some(&key))).await;
        (number, secret)
    }

    pub(crate) async fn claim(&self, number: &str, secret: &ClaimSecret, holder: &Actor) {
        let proof = secret.sign_claim(self.chain.id(), number, &holder.party);
        let proof = base64url::encode(proof.as_bytes());
        self.accept(holder, "claim.take", &body::take(number, Some(&proof))).await;
    }

    pub(crate) async fn stop(self) {
        self.platform.stop().await;
    }
}
