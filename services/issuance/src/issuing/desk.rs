use piao_domain::ids::OrderRef;
use piao_domain::invoice::Invoice;
use piao_domain::number::{InvoiceNumber, Segment};
use piao_domain::quota::Account;
use piao_domain::time::Time;
use piao_domain::uscc::Uscc;
use piao_edge::caller::Caller;
use piao_edge::follow::get_invoice;
use piao_store::{Connection, StoreError};

use crate::db;
use crate::db::number_segment::SegmentRecord;
use crate::rule_shelf::RuleShelf;
use crate::signer::Signer;

/// What is asked about.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// The enterprise that would issue.
    pub(crate) issuer: Uscc,
    /// The invoice's number; nothing where the next free one is wanted.
    pub(crate) number: Option<InvoiceNumber>,
    /// The order that it bills.
    pub(crate) order: Option<OrderRef>,
    /// Now.
    pub(crate) now: Time,
}

/// All that issuing looks at beside the invoice, read at one moment.
pub(crate) struct Facts {
    /// The issuer.
    pub(crate) signer: Signer,
    /// The numbers allotted to it that the number is one of; nothing where it is none of its own.
    pub(crate) segment: Option<Segment>,
    /// The number asked about, or the next free one; nothing where none is left.
    pub(crate) number: Option<InvoiceNumber>,
    /// The issuer's own invoice that has the number already.
    pub(crate) existing: Option<Invoice>,
    /// Invoices under the same order.
    pub(crate) order_count: u8,
    /// The issuer's month.
    pub(crate) account: Account,
}

impl Facts {
    /// Reads them.
    pub(crate) async fn load(
        connection: &mut Connection,
        caller: Caller,
        rules: &RuleShelf,
        question: &Question,
    ) -> Result<Self, StoreError> {
        let Question { issuer, number, order, now } = question;
        let reader = caller.party().clone();
        let signer = Signer::load(connection, caller, rules).await?;
        let (segment, number) = match number {
            Some(number) => (db::number_segment::holding(connection, issuer, number).await?, Some(*number)),
            None => next_number(connection, issuer, *now).await?,
        };
        let existing = match &number {
            Some(number) => get_invoice(connection, number, &reader).await?.map(|record| record.invoice),
            None => None,
        };
        // Of a number in somebody else's segment nothing more is told than that it is in none of the issuer's.
        let existing = existing.filter(|invoice| invoice.issuer == *issuer);
        let order_count = match order {
            Some(order) => db::invoice_content::count_order(connection, issuer, order).await?,
            None => 0,
        };
        let account = db::quota_account::get(connection, *issuer, now.month()).await?;
        let segment = segment.map(|record| record.segment);
        Ok(Self { signer, segment, number, existing, order_count, account })
    }
}

/// The next free number of this year and its segment. Nothing is reserved: whoever issues first has it.
async fn next_number(
    connection: &mut Connection,
    issuer: &Uscc,
    now: Time,
) -> Result<(Option<SegmentRecord>, Option<InvoiceNumber>), StoreError> {
    let year = now.month().short_year();
    let Some(record) = db::number_segment::first_open(connection, issuer, year).await? else {
        return Ok((None, None));
    };
    let number = db::number_segment::next_free(connection, &record.segment).await?;
    Ok((Some(record), number))
}
