use std::fmt;
use std::ops::Deref;

use super::Text;
use crate::category::{CategoryCode, ItemName};
use crate::decimal::Decimal;
use crate::ids::Malformed;
use crate::money::Fen;
use crate::rate::TaxRate;

/// One line of an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Whether it stands alone, takes a discount, or is one.
    pub nature: Nature,
    /// Its leaf of the tax classification.
    pub category: CategoryCode,
    /// What was sold.
    pub item: ItemName,
    /// Model or specification, 规格型号.
    pub specification: Option<Text>,
    /// The unit that the quantity counts.
    pub unit: Option<Text>,
    /// Quantity and unit price; a service may have none, a discount has none.
    pub measure: Option<Measure>,
    /// How it is taxed.
    pub treatment: Treatment,
    /// From which side amount and tax were reckoned.
    pub entered: Entered,
    /// Without tax; negative on a discount line.
    pub amount: Fen,
    /// The tax; never of the other sign than the amount.
    pub tax: Fen,
}

/// The nature of a line, 发票行性质, by the number that Chinese invoicing software gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nature {
    /// 0: stands alone.
    Normal,
    /// 1: takes off from the line before it.
    Discount,
    /// 2: the next line takes off from it.
    Discounted,
}

/// How many at which price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// How many units.
    pub quantity: Decimal,
    /// Yuan a unit, without tax whichever way the line was entered.
    pub price: Decimal,
}

/// How a line is taxed. The two marks are not a rate of 0 (domain §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// At a rate, 0 included.
    Taxed(TaxRate),
    /// 免税.
    Exempt,
    /// 不征税.
    NotTaxed,
}

impl fmt::Display for Treatment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taxed(rate) => rate.fmt(f),
            Self::Exempt => f.write_str("exempt"),
            Self::NotTaxed => f.write_str("not_taxed"),
        }
    }
}

/// From which side amount and tax were reckoned; the two can differ by a fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// From the amount without tax: tax = half-up(amount × rate).
    Net,
    /// From the total with tax, as retail prices are: amount = half-up(total ÷ (1 + rate)), tax = total − amount.
    Gross,
}

/// The lines of an invoice, 1 to 2000.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines(Vec<Line>);

impl Lines {
    /// The most lines that an invoice takes.
    pub const MAX: usize = 2000;

    /// Takes the lines in the order printed.
    ///
    /// # Errors
    /// [`Malformed`] for none or more than 2000.
    pub fn new(lines: Vec<Line>) -> Result<Self, Malformed> {
        if (1..=Self::MAX).contains(&lines.len()) {
            Ok(Self(lines))
        } else {
            Err(Malformed::new("lines", "1 to 2000 lines"))
        }
    }
}

impl Deref for Lines {
    type Target = [Line];

    fn deref(&self) -> &[Line] {
        &self.0
    }
}

impl<'a> IntoIterator for &'a Lines {
    type Item = &'a Line;
    type IntoIter = std::slice::Iter<'a, Line>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
