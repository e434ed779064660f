//! What a party may ask for: one command a transition type (domain §3).

use crate::content::Content;
use crate::ids::{KeyId, PartyId, TransitionId};
use crate::invoice::{LockRequest, LockUse};
use crate::number::InvoiceNumber;
use crate::party::{Industry, NewKey, Region};
use crate::quota::{Adjustment, ApplicationRef, Grant};
use crate::rules::{Allowance, RuleChange};
use crate::time::{Month, Time};
use crate::uscc::Uscc;

/// A transition whose signature was checked, without its wire form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Its id, which also names what it makes: a lock, an application.
    pub id: TransitionId,
    /// Who signed it.
    pub signer: PartyId,
    /// With which key.
    pub key: KeyId,
    /// When, by the signer's clock.
    pub issued_at: Time,
    /// What it asks for.
    pub command: Command,
}

/// Why a bureau did it, by a code of its own list. Reasons in words are sealed.
pub type ReasonCode = crate::ids::Code;

/// What a transition asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `party.register`
    PartyRegister {
        /// The enterprise.
        enterprise: Uscc,
        /// Its registered name.
        name: String,
        /// Where it is registered.
        region: Region,
        /// What it does.
        industry: Industry,
        /// Its first key.
        key: NewKey,
    },
    /// `party.enroll`: the person is the signer, the key the one that signs.
    PartyEnroll {
        /// The first key.
        key: NewKey,
    },
    /// `party.suspend`
    PartySuspend {
        /// Who is stopped.
        party: PartyId,
        /// Why.
        reason: ReasonCode,
    },
    /// `party.reinstate`
    PartyReinstate {
        /// Who may act again.
        party: PartyId,
        /// Why.
        reason: ReasonCode,
    },
    /// `key.add`
    KeyAdd {
        /// The new key.
        key: NewKey,
    },
    /// `key.revoke`
    KeyRevoke {
        /// Which key of the signer.
        key: KeyId,
    },
    /// `key.reset`
    KeyReset {
        /// Whose keys.
        enterprise: Uscc,
        /// Its only key from now on.
        key: NewKey,
        /// Why.
        reason: ReasonCode,
    },
    /// `rules.deploy`, `rules.activate`, `rules.retire`
    Rules(RuleChange),
    /// `quota.apply`
    QuotaApply {
        /// For which month.
        month: Month,
        /// How much.
        asked: Allowance,
    },
    /// `quota.grant`
    QuotaGrant(Grant),
    /// `quota.adjust`
    QuotaAdjust(Adjustment),
    /// `quota.refuse`
    QuotaRefuse {
        /// Which application.
        target: ApplicationRef,
        /// Why.
        reason: ReasonCode,
    },
    /// `invoice.issue`
    InvoiceIssue(Box<Content>),
    /// `claim.take`
    ClaimTake {
        /// Which invoice.
        invoice: InvoiceNumber,
        /// The Ed25519 signature of the claim key, where the signer is not the named buyer.
        proof: Option<ClaimSignature>,
    },
    /// `claim.present`
    ClaimPresent {
        /// Which invoice.
        invoice: InvoiceNumber,
        /// To whom.
        enterprise: Uscc,
    },
    /// `claim.withdraw`
    ClaimWithdraw {
        /// Which invoice.
        invoice: InvoiceNumber,
        /// From whom.
        enterprise: Uscc,
    },
    /// `reimbursement.lock`
    Lock {
        /// Which invoice.
        invoice: InvoiceNumber,
        /// What is wanted.
        request: LockRequest,
    },
    /// `reimbursement.renew`
    Renew {
        /// Which invoice.
        invoice: InvoiceNumber,
        /// Which lock.
        lock: LockUse,
        /// For how long from now.
        lease_seconds: u32,
    },
    /// `reimbursement.release`
    Release {
        /// Which invoice.
        invoice: InvoiceNumber,
        /// Which lock.
        lock: LockUse,
    },
    /// `reimbursement.settle`
    Settle {
        /// Which invoice.
        invoice: InvoiceNumber,
        /// Which lock.
        lock: LockUse,
    },
    /// `reimbursement.force_release`
    ForceRelease {
        /// Which invoice.
        invoice: InvoiceNumber,
        /// Whose locks and booking.
        enterprise: Uscc,
        /// Why.
        reason: ReasonCode,
    },
    /// `booking.book`
    Book {
        /// Which invoice.
        invoice: InvoiceNumber,
        /// State 02 rather than 03.
        deductible: bool,
    },
    /// `booking.unbook`
    Unbook {
        /// Which invoice.
        invoice: InvoiceNumber,
    },
}

/// An Ed25519 signature by an invoice's claim key (domain §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimSignature(
    /// R and S as RFC 8032 §5.1.6 encodes them.
    pub [u8; 64],
);

macro_rules! kinds {
    ($($name:ident = $text:literal;)*) => {
        /// A transition's type.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $(#[doc = concat!("`", $text, "`")] $name,)* }

        impl Kind {
            /// Every type that execution knows.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name as the payload's `type` carries it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Reads a payload's `type`.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)* _ => None }
            }
        }
    };
}

kinds! {
    PartyRegister = "party.register";
    PartyEnroll = "party.enroll";
    PartySuspend = "party.suspend";
    PartyReinstate = "party.reinstate";
    KeyAdd = "key.add";
    KeyRevoke = "key.revoke";
    KeyReset = "key.reset";
    RulesDeploy = "rules.deploy";
    RulesActivate = "rules.activate";
    RulesRetire = "rules.retire";
    QuotaApply = "quota.apply";
    QuotaGrant = "quota.grant";
    QuotaAdjust = "quota.adjust";
    QuotaRefuse = "quota.refuse";
    InvoiceIssue = "invoice.issue";
    ClaimTake = "claim.take";
    ClaimPresent = "claim.present";
    ClaimWithdraw = "claim.withdraw";
    Lock = "reimbursement.lock";
    Renew = "reimbursement.renew";
    Release = "reimbursement.release";
    Settle = "reimbursement.settle";
    ForceRelease = "reimbursement.force_release";
    Book = "booking.book";
    Unbook = "booking.unbook";
}

impl Command {
    /// Its transition type.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::PartyRegister { .. } => Kind::PartyRegister,
            Self::PartyEnroll { .. } => Kind::PartyEnroll,
            Self::PartySuspend { .. } => Kind::PartySuspend,
            Self::PartyReinstate { .. } => Kind::PartyReinstate,
            Self::KeyAdd { .. } => Kind::KeyAdd,
            Self::KeyRevoke { .. } => Kind::KeyRevoke,
            Self::KeyReset { .. } => Kind::KeyReset,
            Self::Rules(RuleChange::Deploy(_)) => Kind::RulesDeploy,
            Self::Rules(RuleChange::Activate { .. }) => Kind::RulesActivate,
            Self::Rules(RuleChange::Retire { .. }) => Kind::RulesRetire,
            Self::QuotaApply { .. } => Kind::QuotaApply,
            Self::QuotaGrant(_) => Kind::QuotaGrant,
            Self::QuotaAdjust(_) => Kind::QuotaAdjust,
            Self::QuotaRefuse { .. } => Kind::QuotaRefuse,
            Self::InvoiceIssue(_) => Kind::InvoiceIssue,
            Self::ClaimTake { .. } => Kind::ClaimTake,
            Self::ClaimPresent { .. } => Kind::ClaimPresent,
            Self::ClaimWithdraw { .. } => Kind::ClaimWithdraw,
            Self::Lock { .. } => Kind::Lock,
            Self::Renew { .. } => Kind::Renew,
            Self::Release { .. } => Kind::Release,
            Self::Settle { .. } => Kind::Settle,
            Self::ForceRelease { .. } => Kind::ForceRelease,
            Self::Book { .. } => Kind::Book,
            Self::Unbook { .. } => Kind::Unbook,
        }
    }

    /// Whether a key is there after it that was not before, so that whoever waits for one should look again.
    #[must_use]
    pub const fn brings_key(&self) -> bool {
        match self {
            Self::PartyRegister { .. }
            | Self::PartyEnroll { .. }
            | Self::KeyAdd { .. }
            | Self::KeyReset { .. } => true,
            Self::PartySuspend { .. }
            | Self::PartyReinstate { .. }
            | Self::KeyRevoke { .. }
            | Self::Rules(_)
            | Self::QuotaApply { .. }
            | Self::QuotaGrant(_)
            | Self::QuotaAdjust(_)
            | Self::QuotaRefuse { .. }
            | Self::InvoiceIssue(_)
            | Self::ClaimTake { .. }
            | Self::ClaimPresent { .. }
            | Self::ClaimWithdraw { .. }
            | Self::Lock { .. }
            | Self::Renew { .. }
            | Self::Release { .. }
            | Self::Settle { .. }
            | Self::ForceRelease { .. }
            | Self::Book { .. }
            | Self::Unbook { .. } => false,
        }
    }

    /// The invoice it is about, where it is about one that must be there already.
    #[must_use]
    pub const fn invoice(&self) -> Option<InvoiceNumber> {
        match self {
            Self::ClaimTake { invoice, .. }
            | Self::ClaimPresent { invoice, .. }
            | Self::ClaimWithdraw { invoice, .. }
            | Self::Lock { invoice, .. }
            | Self::Renew { invoice, .. }
            | Self::Release { invoice, .. }
            | Self::Settle { invoice, .. }
            | Self::ForceRelease { invoice, .. }
            | Self::Book { invoice, .. }
            | Self::Unbook { invoice, .. } => Some(*invoice),
            Self::PartyRegister { .. }
            | Self::PartyEnroll { .. }
            | Self::PartySuspend { .. }
            | Self::PartyReinstate { .. }
            | Self::KeyAdd { .. }
            | Self::KeyRevoke { .. }
            | Self::KeyReset { .. }
            | Self::Rules(_)
            | Self::QuotaApply { .. }
            | Self::QuotaGrant(_)
            | Self::QuotaAdjust(_)
            | Self::QuotaRefuse { .. }
            | Self::InvoiceIssue(_) => None,
        }
    }
}
