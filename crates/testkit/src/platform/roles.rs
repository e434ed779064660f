use piao_domain::key::Algorithm;

use super::TestPlatform;
use crate::actor::Actor;

/// Columns of an authorisation table: bureau, issuer, named buyer, an enterprise that locked the invoice, one that it is
/// presented to, one that has nothing to do with it, the holder, another person, a node, nobody.
pub const ROLES: usize = 10;

/// Who acts beside the bureau and the node of the chain, each with an algorithm of its own.
pub struct Roles {
    /// Issues.
    pub seller: Actor,
    /// The enterprise that is named as buyer, or asked about.
    pub buyer: Actor,
    /// An enterprise that locks invoices.
    pub owner: Actor,
    /// An enterprise that invoices are presented to.
    pub presented: Actor,
    /// An enterprise that has nothing to do with it.
    pub other: Actor,
    /// The person who holds invoices.
    pub holder: Actor,
    /// A person who has nothing to do with it.
    pub person: Actor,
    /// An enterprise that is registered nowhere.
    pub nobody: Actor,
}

impl Roles {
    /// Draws keys; nobody is registered by it.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "they are people, and none of them is the usual one")]
    pub fn new() -> Self {
        Self {
            seller: Actor::new("uscc:91440300708461136T", Algorithm::Es256k),
            buyer: Actor::new("uscc:914403001922038216", Algorithm::Es256),
            owner: Actor::new("uscc:91110000802100433B", Algorithm::Es256k),
            presented: Actor::new("uscc:91440300192181490G", Algorithm::EdDsa),
            other: Actor::new("uscc:9144030071526726XG", Algorithm::EdDsa),
            holder: Actor::person("holder", Algorithm::EdDsa),
            person: Actor::person("another person", Algorithm::Es256k),
            nobody: Actor::new("uscc:91440300708437873H", Algorithm::Es256),
        }
    }

    /// In the order of [`ROLES`].
    #[must_use]
    pub const fn each<'a>(&'a self, platform: &'a TestPlatform) -> [&'a Actor; ROLES] {
        let Self { seller, buyer, owner, presented, other, holder, person, nobody } = self;
        let chain = &platform.chain;
        [&chain.bureau, seller, buyer, owner, presented, other, holder, person, &chain.node, nobody]
    }

    /// Registers everybody but nobody.
    ///
    /// # Panics
    /// Where one is refused.
    pub async fn join(&self, platform: &TestPlatform) {
        let Self { seller, buyer, owner, presented, other, holder, person, nobody: _ } = self;
        for actor in [seller, buyer, owner, presented, other, holder, person] {
            platform.join(actor).await;
        }
    }
}
