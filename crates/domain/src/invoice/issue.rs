//! Issuing: the only transition whose invoice is not there yet.

use super::{Booking, Claim, Invoice, Reimbursement};
use crate::content::{Content, check};
use crate::ids::TransitionId;
use crate::number::Segment;
use crate::quota::Account;
use crate::rejection::{Check, Code, Finding, Rejection};
use crate::rules::RuleSet;
use crate::time::Time;
use crate::uscc::Uscc;

/// All that issuing looks at beside the invoice itself.
#[derive(Clone, Copy)]
pub struct IssueDesk<'a> {
    /// Numbers allotted to the issuer.
    pub segments: &'a [Segment],
    /// The invoice that has the number already, where one does.
    pub existing: Option<&'a Invoice>,
    /// Invoices issued under the same order so far.
    pub order_count: u8,
    /// The issuer's month.
    pub account: &'a Account,
    /// The rule sets that bind the issuer.
    pub binding: &'a [&'a RuleSet],
}

/// Most invoices of one order (domain §5).
pub const ORDER_INVOICES_MAX: u8 = 5;

impl IssueDesk<'_> {
    /// Decides whether the invoice is issued, in the order of domain §3: its number, its order, what is written on
    /// it, quota, rules.
    ///
    /// # Errors
    /// `number.outside_segment`, `number.used`, `order.full`, `invoice.buyer`, `invoice.line_tax`,
    /// `invoice.totals`, `quota.pending`, `quota.exhausted`, `rules.none_active`, `invoice.category`,
    /// `invoice.rate`, `rules.violated`.
    pub fn decide(
        &self,
        id: TransitionId,
        issuer: &Uscc,
        content: &Content,
        now: Time,
    ) -> Result<Invoice, Rejection> {
        if !self.segments.iter().any(|segment| segment.contains(&content.number)) {
            let finding = Finding::new("/number", Check::NumberOwnSegment).found(content.number);
            return Err(Rejection::member(Code::NumberOutsideSegment, finding));
        }
        if let Some(existing) = self.existing {
            // A segment has one owner, so whoever used the number is the signer.
            return Err(Rejection::existing(Code::NumberUsed, existing.issued_by));
        }
        if content.order.is_some() && self.order_count >= ORDER_INVOICES_MAX {
            return Err(Code::OrderFull.into());
        }
        check::buyer(content)?;
        check::lines(content)?;
        check::totals(content)?;
        self.account.check(content.amount)?;
        crate::rules::check_issuing(self.binding, content, now.date())?;
        Ok(Invoice {
            number: content.number,
            issuer: *issuer,
            issued_by: id,
            issued_at: now,
            buyer: content.buyer.enterprise().copied(),
            claim_key: content.claim_key,
            amount: content.amount,
            total: content.total,
            claim: Claim::Unclaimed,
            reimbursement: Reimbursement::default(),
            booking: Booking::Unbooked,
        })
    }
}
