//! The names of what is checked: what a refusal says of one member, as a word that never changes its meaning.

use std::fmt;

macro_rules! checks {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// A check that a member of a body can fail. What people read about it is no part of it: sentences may be
        /// mended at any time, and a name is part of what is hashed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Check { $($(#[$doc])* $name,)* }

        impl Check {
            /// Every check of the closed list.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
            /// Their names, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($text,)*];

            /// The name as receipts, problem documents and the documentation write it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The check of a name.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

checks! {
    /// The number is of a segment allotted to the issuer. Actual: the number.
    NumberOwnSegment = "number.own_segment";
    /// Whoever is not a buyer enterprise needs a claim key.
    BuyerClaimKey = "buyer.claim_key";
    /// A natural person's name and id are sealed.
    BuyerSealed = "buyer.sealed";
    /// A special invoice names a taxpayer. Expected and actual: the kind.
    BuyerTaxpayer = "buyer.taxpayer";
    /// A special invoice has no exempt line. Actual: the treatment.
    BuyerExempt = "buyer.exempt";
    /// A line that is no discount has an amount above 0. Expected: from; actual: the amount.
    LineAmountPositive = "line.amount_positive";
    /// A line's quantity is above 0. Actual: the quantity.
    LineQuantityPositive = "line.quantity_positive";
    /// A line's price is above 0. Actual: the price.
    LinePricePositive = "line.price_positive";
    /// A line's amount is price × quantity, give or take a fen. Expected and actual: the amount.
    LineAmount = "line.amount";
    /// Price × quantity can be written down. Actual: the line's amount.
    LineAmountRange = "line.amount_range";
    /// A discounted line has its discount right after it. Expected and actual: the nature.
    LineDiscounted = "line.discounted";
    /// Tax is the rate of the amount without tax. Expected and actual: the tax.
    LineTax = "line.tax";
    /// A line without a rate bears no tax. Expected and actual: the tax.
    LineUntaxed = "line.untaxed";
    /// Of a line entered with tax, the amount is what is left without it. Expected and actual: the amount.
    LineGrossAmount = "line.gross_amount";
    /// Amount and tax of a line together can be written down. Actual: the tax.
    LineGrossRange = "line.gross_range";
    /// A discount has a discounted line right before it. Actual: the nature.
    DiscountPlace = "discount.place";
    /// A discount is of its line's category. Expected and actual: the category.
    DiscountCategory = "discount.category";
    /// A discount is of its line's item. Expected and actual: the item.
    DiscountItem = "discount.item";
    /// A discount has its line's treatment. Expected and actual: the treatment.
    DiscountTreatment = "discount.treatment";
    /// A discount has neither quantity nor price. Actual: the quantity.
    DiscountMeasure = "discount.measure";
    /// A discount's amount is below 0. Expected: up to; actual: the amount.
    DiscountNegative = "discount.negative";
    /// A discount takes off no more than its line's amount. Expected: from; actual: the amount.
    DiscountAmount = "discount.amount";
    /// A discount takes off no more than its line's tax. Expected: from; actual: the tax.
    DiscountTax = "discount.tax";
    /// The amount is the sum of the lines'. Expected and actual: the amount.
    TotalsAmount = "totals.amount";
    /// The tax is the sum of the lines'. Expected and actual: the tax.
    TotalsTax = "totals.tax";
    /// The total is amount and tax together. Expected and actual: the total.
    TotalsTotal = "totals.total";
    /// The sum can be written down. Actual: what stands in its place.
    TotalsRange = "totals.range";
    /// The total is above 0. Expected: from; actual: the total.
    TotalsPositive = "totals.positive";
    /// An invoice is left in the month's quota.
    QuotaInvoices = "quota.invoices";
    /// The amount fits into what is left of the month's quota. Expected: up to; actual: the amount.
    QuotaAmount = "quota.amount";
    /// The month is the current or the next. Expected: both; actual: the month.
    QuotaMonth = "quota.month";
    /// A grant leaves no less amount than is used. Expected: from; actual: the grant's amount.
    QuotaUsedAmount = "quota.used_amount";
    /// A grant leaves no fewer invoices than are used. Expected: from; actual: the grant's count.
    QuotaUsedCount = "quota.used_count";
    /// A segment lies above every number allotted under its prefix. Expected: from; actual: its first sequence.
    SegmentFirst = "segment.first";
    /// A segment has as many numbers as are granted. Expected and actual: how many.
    SegmentCount = "segment.count";
    /// A rate ends no sooner than it begins. Expected: from; actual: its last day.
    RulesRateDates = "rules.rate_dates";
    /// The longest lease is above 0. Expected: from; actual: seconds.
    RulesLease = "rules.lease";
    /// What grants an allowance says which numbers go with it.
    RulesNumbering = "rules.numbering";
    /// A rule set binds from today or later. Expected: from; actual: the day.
    RulesFrom = "rules.from";
    /// Some active rule set that covers the issuer has a classification.
    RulesClassification = "rules.classification";
    /// Some active rule set that covers the issuer has rates.
    RulesRates = "rules.rates";
    /// Limit: most that an invoice bills. Expected: up to; actual: the amount.
    InvoiceAmountMax = "invoice_amount_max";
    /// Limit: most lines. Expected: up to; actual: how many.
    LinesMax = "lines_max";
    /// Limit: an enterprise is named above this total. Expected: up to; actual: the total.
    BuyerRequiredAbove = "buyer_required_above";
    /// Limit: categories that may not be billed. Expected: the forbidden prefix; actual: the category.
    Forbidden = "forbidden";
    /// Limit: the category is a leaf of the classification. Actual: the category.
    Classification = "classification";
    /// Limit: the item begins with the leaf's short name. Expected: the short name; actual: the item.
    ShortName = "classification.short_name";
    /// Limit: the category has this treatment today. Expected: every treatment it has; actual: the line's.
    Rates = "rates";
    /// Limit: the category has any treatment today. Expected: the day; actual: the line's treatment.
    RatesDay = "rates.day";
    /// Limit: a named buyer alone locks. Actual: the invoice's number.
    BuyerOnly = "buyer_only";
    /// Limit: the whole that is free is locked. Expected and actual: the amount.
    WholeLocks = "partial_locks.whole";
    /// Limit: a part of what is free is locked. Expected: from and to; actual: the amount.
    PartialLocks = "partial_locks";
    /// Limit: the longest lease. Expected: from and to; actual: seconds.
    LeaseSecondsMax = "lease_seconds_max";
    /// Limit: the longest lease, of which nothing is left. Actual: seconds.
    LeaseSpent = "lease_seconds_max.spent";
    /// Limit: the signer has booked it. Expected: the states that pass; actual: the booking's state.
    BookingRequired = "booking_required";
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
