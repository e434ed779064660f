//! Who acts in these tests, and invoices brought to where a test begins.

use piao_protocol::claim::ClaimSecret;
use piao_protocol::encoding::base64url;
use piao_testkit::actor::Actor;
use piao_testkit::body;
use piao_testkit::platform::{ROLES, Roles};

use super::World;

impl World {
    /// In the order of [`ROLES`].
    pub fn roles(&self) -> [&Actor; ROLES] {
        self.parties.each(&self.platform)
    }

    /// Registers everybody, activates rules and grants the seller numbers 1 to 1000.
    pub async fn prepare(&self) {
        let Roles { seller, .. } = &self.parties;
        let bureau = &self.platform.chain.bureau;
        self.parties.join(&self.platform).await;
        self.accept(bureau, "rules.deploy", &body::rules(1)).await;
        let today = self.platform.now().date().to_string();
        self.accept(bureau, "rules.activate", &body::activate(1, &today)).await;
        self.accept(seller, "quota.apply", &body::apply(self.platform.now().month(), 1000)).await;
    }

    /// Issues an invoice that names the buyer.
    pub async fn issue_to_buyer(&self, sequence: u64) -> String {
        let number = self.number(sequence);
        let body = body::issue(&number, Some(&self.parties.buyer), None);
        self.accept(&self.parties.seller, "invoice.issue", &body).await;
        number
    }

    /// Issues an invoice that names no buyer, with a claim key.
    pub async fn issue_to_bearer(&self, sequence: u64) -> String {
        let number = self.number(sequence);
        let key = base64url::encode(secret().key().as_bytes());
        let body = body::issue(&number, None, Some(&key));
        self.accept(&self.parties.seller, "invoice.issue", &body).await;
        number
    }

    /// An invoice that names the buyer and was taken by its key and presented to these, under rules that let each of them
    /// lock it.
    pub async fn named_and_presented(&self, sequence: u64, enterprises: &[&Actor]) -> String {
        let bureau = &self.platform.chain.bureau;
        let rules = body::rules(2).replace(r#""buyer_only":true"#, r#""buyer_only":false"#);
        self.accept(bureau, "rules.deploy", &rules).await;
        let today = self.platform.now().date().to_string();
        self.accept(bureau, "rules.activate", &body::activate(2, &today)).await;
        let number = self.number(sequence);
        let key = base64url::encode(secret().key().as_bytes());
        let body = body::issue(&number, Some(&self.parties.buyer), Some(&key));
        self.accept(&self.parties.seller, "invoice.issue", &body).await;
        self.take_and_present(number, enterprises).await
    }

    /// The proof with which somebody takes a bearer invoice.
    pub fn proof(&self, number: &str, taker: &Actor) -> String {
        base64url::encode(secret().sign_claim(self.platform.chain.id(), number, &taker.party).as_bytes())
    }

    /// An invoice that the holder took and presented to these.
    pub async fn presented(&self, sequence: u64, enterprises: &[&Actor]) -> String {
        let number = self.issue_to_bearer(sequence).await;
        self.take_and_present(number, enterprises).await
    }

    async fn take_and_present(&self, number: String, enterprises: &[&Actor]) -> String {
        let holder = &self.parties.holder;
        let proof = self.proof(&number, holder);
        self.accept(holder, "claim.take", &body::take(&number, Some(&proof))).await;
        for enterprise in enterprises {
            self.accept(holder, "claim.present", &body::present(&number, enterprise)).await;
        }
        number
    }
}

fn secret() -> ClaimSecret {
    ClaimSecret::from_seed(&[8; 32])
}
