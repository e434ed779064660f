//! Every guard of a lock, not only the first that refuses.

use piao_domain::ids::{PartyId, TransitionId};
use piao_domain::invoice::{Booking, Claim, Invoice, LockRequest};
use piao_domain::rejection::{Code, Rejection};
use piao_domain::rules::Terms;
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;

/// A guard, and its refusal where it refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// With which code it refuses.
    pub(crate) code: Code,
    /// What it said.
    pub(crate) refused: Option<Rejection>,
}

impl Step {
    /// Whether it let the lock pass.
    pub(crate) const fn passed(&self) -> bool {
        self.refused.is_none()
    }
}

/// What the guard of the domain is asked with.
struct Question<'a> {
    invoice: Invoice,
    signer: Uscc,
    request: LockRequest,
    used: Option<TransitionId>,
    terms: &'a Terms<'a>,
    now: Time,
}

type Lift = fn(&mut Question<'_>);

/// The codes of `Invoice::lock` in its order, each with what takes its reason away.
const GUARDS: [(Code, Lift); 8] = [
    (Code::ClaimNotPresented, |question| {
        let holder = PartyId::Enterprise(question.signer);
        question.invoice.claim = Claim::Claimed { holder, presented_to: [question.signer].into() };
    }),
    (Code::LockBuyer, |question| question.invoice.buyer = None),
    (Code::LockClaimRef, |question| question.used = None),
    (Code::ReimbursementSettled, |question| question.invoice.reimbursement.settled = None),
    (Code::LockExists, |question| question.invoice.reimbursement.locks.clear()),
    (Code::BookingOwner, |question| question.invoice.booking = Booking::Unbooked),
    (Code::LockAmount, |question| question.request.amount = question.invoice.free(question.now)),
    (Code::LockLease, |question| question.request.lease_seconds = 1),
];

/// Asks the domain's guard again and again, each time without what it refused before. So each step is told as if those
/// refused before it did not stand in the way.
pub(crate) fn trace_lock(
    invoice: &Invoice,
    signer: Uscc,
    request: &LockRequest,
    terms: &Terms<'_>,
    now: Time,
) -> Vec<Step> {
    let used = invoice.reimbursement.locks.iter();
    let mut used = used.filter(|(_, lock)| lock.enterprise == signer && lock.claim_ref == request.claim_ref);
    let used = used.next().map(|(id, _)| *id);
    let request = request.clone();
    let mut question = Question { invoice: invoice.clone(), signer, request, used, terms, now };
    let mut refusal = question.ask();
    let step = |(code, lift): (Code, Lift)| {
        let refused = refusal.take_if(|rejection| rejection.code == code);
        if refused.is_some() {
            lift(&mut question);
            refusal = question.ask();
        }
        Step { code, refused }
    };
    GUARDS.into_iter().map(step).collect()
}

impl Question<'_> {
    fn ask(&self) -> Option<Rejection> {
        let Self { invoice, signer, request, used, terms, now } = self;
        invoice.lock(TransitionId::new([0; 32]), *signer, request, *used, terms, *now).err()
    }
}
