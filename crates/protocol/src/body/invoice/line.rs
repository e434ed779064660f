//! One line of an invoice.

use piao_domain::category::{CategoryCode, ItemName};
use piao_domain::content::{self, Entered, Measure, Nature, Text, Treatment};
use piao_domain::decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::body::BodyError;
use crate::body::leaf::{Amount, Int, Maybe, Of};
use crate::json::{Flaw, JsonError};

/// One line of an invoice.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// `normal`, `discounted` (the next line takes off from it) or `discount` (takes off from the line before).
    nature: Of<Nature>,
    /// Its leaf of the tax classification: 19 digits.
    category: Of<CategoryCode>,
    /// What was sold: `*short name of the category*name`.
    item: Of<ItemName>,
    /// Model or specification, 规格型号.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    specification: Maybe<Of<Text>>,
    /// The unit that the quantity counts.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    unit: Maybe<Of<Text>>,
    /// How many units, an exact decimal; together with `price` or not at all.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    quantity: Maybe<Of<Decimal>>,
    /// Yuan a unit without tax, an exact decimal; together with `quantity` or not at all.
    #[serde(default, skip_serializing_if = "Maybe::is_absent")]
    price: Maybe<Of<Decimal>>,
    /// A rate such as `0.13`, or `exempt` (免税), or `not_taxed` (不征税).
    treatment: Of<Treatment>,
    /// From which side amount and tax were reckoned: `net`, or `gross` as retail prices are.
    entered: Of<Entered>,
    /// Without tax, in fen; negative on a discount.
    amount: Amount,
    /// The tax, in fen.
    tax: Amount,
}

impl From<&content::Line> for Line {
    fn from(line: &content::Line) -> Self {
        Self {
            nature: Of(line.nature),
            category: Of(line.category),
            item: Of(line.item.clone()),
            specification: Maybe(line.specification.clone().map(Of)),
            unit: Maybe(line.unit.clone().map(Of)),
            quantity: Maybe(line.measure.map(|measure| Of(measure.quantity))),
            price: Maybe(line.measure.map(|measure| Of(measure.price))),
            treatment: Of(line.treatment),
            entered: Of(line.entered),
            amount: Int(line.amount),
            tax: Int(line.tax),
        }
    }
}

impl Line {
    /// Carries it into the domain; `index` is its place on the invoice.
    pub(super) fn into_domain(self, index: usize) -> Result<content::Line, BodyError> {
        let measure = match (self.quantity.into_item(), self.price.into_item()) {
            (Some(quantity), Some(price)) => Some(Measure { quantity, price }),
            (None, None) => None,
            (Some(_), None) => return Err(missing(index, "price", "quantity")),
            (None, Some(_)) => return Err(missing(index, "quantity", "price")),
        };
        Ok(content::Line {
            nature: self.nature.0,
            category: self.category.0,
            item: self.item.0,
            specification: self.specification.into_item(),
            unit: self.unit.into_item(),
            measure,
            treatment: self.treatment.0,
            entered: self.entered.0,
            amount: self.amount.0,
            tax: self.tax.0,
        })
    }
}

fn missing(index: usize, member: &str, other: &str) -> BodyError {
    let words = format!("a decimal, since there is a {other}");
    JsonError::new(format!("/lines/{index}/{member}"), Flaw::Missing, words).wants(member).into()
}
