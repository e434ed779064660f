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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    use piao_domain::ids::ClaimRef;
    use piao_domain::invoice::{Lock, Reimbursement, Settled};
    use piao_domain::money::Fen;
    use piao_domain::number::InvoiceNumber;
    use piao_domain::time::Month;

    const SIGNER: &str = "91440300708461136T";
    const OWNER: &str = "914403001922038216";

    fn fen(amount: i64) -> Fen {
        Fen::new(amount).unwrap()
    }

    fn lock(enterprise: &str, claim_ref: &str) -> Lock {
        Lock {
            enterprise: Uscc::parse(enterprise).unwrap(),
            claim_ref: ClaimRef::parse(claim_ref).unwrap(),
            amount: fen(100),
            token: 1,
            accepted_at: Time::from_unix(0),
            lease_until: Time::from_unix(1_000),
            exclusive: true,
            end: None,
        }
    }

    /// An invoice that nobody but another enterprise may have anything to do with.
    fn hopeless() -> Invoice {
        let owner = Uscc::parse(OWNER).unwrap();
        let locks =
            [(TransitionId::new([1; 32]), lock(OWNER, "a")), (TransitionId::new([2; 32]), lock(SIGNER, "b"))];
        Invoice {
            number: InvoiceNumber::parse("26950000000000000001").unwrap(),
            issuer: owner,
            issued_by: TransitionId::new([3; 32]),
            issued_at: Time::from_unix(0),
            buyer: Some(owner),
            claim_key: None,
            amount: fen(100),
            total: fen(100),
            claim: Claim::Unclaimed,
            reimbursement: Reimbursement {
                last_token: 2,
                locks: BTreeMap::from(locks),
                settled: Some(Settled { enterprise: owner, amount: fen(100) }),
            },
            booking: Booking::Booked {
                enterprise: owner,
                deductible: true,
                month: Month::parse("2026-01").unwrap(),
            },
        }
    }

    fn check(invoice: &Invoice, amount: i64, lease_seconds: u32, expect: &[&str]) {
        let claim_ref = ClaimRef::parse("b").unwrap();
        let request = LockRequest { claim_ref, amount: fen(amount), lease_seconds };
        let (signer, now) = (Uscc::parse(SIGNER).unwrap(), Time::from_unix(10));
        let steps = trace_lock(invoice, signer, &request, &Terms::of(&[]), now);
        let refused: Vec<&str> =
            steps.iter().filter(|step| !step.passed()).map(|step| step.code.as_str()).collect();
        assert_eq!((steps.len(), refused.as_slice()), (8, expect));
    }

    #[test]
    fn every_reason_is_told_in_the_order_of_the_domain() {
        let mut invoice = hopeless();
        let all = [
            "claim.not_presented",
            "lock.buyer",
            "lock.claim_ref",
            "reimbursement.settled",
            "lock.exists",
            "booking.owner",
            "lock.amount",
            "lock.lease",
        ];
        check(&invoice, 0, 0, &all);
        invoice.booking = Booking::Unbooked;
        check(&invoice, 100, 60, &all[..5]);
        invoice.reimbursement = Reimbursement::default();
        check(&invoice, 100, 60, &all[..2]);
        invoice.buyer = None;
        check(&invoice, 100, 0, &[all[0], all[7]]);
        let holder = PartyId::Enterprise(Uscc::parse(SIGNER).unwrap());
        invoice.claim = Claim::Claimed { holder, presented_to: [].into() };
        check(&invoice, 100, 60, &[]);
    }
}
