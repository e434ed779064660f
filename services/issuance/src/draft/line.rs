//! One line of a draft.

use piao_domain::content::Treatment;
use piao_domain::decimal::Decimal;
use piao_domain::money::Fen;
use piao_domain::rate::TaxRate;
use piao_protocol::json::Json;

use super::fill::{Members, fen, money, name, put, text};
use super::price;

/// A line's `total` that is not its amount and tax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contradiction {
    /// Where it stands.
    pub(crate) pointer: String,
    /// Amount and tax, in fen.
    pub(crate) expected: i64,
    /// What it says, in fen.
    pub(crate) actual: i64,
}

/// Fills in a line, and takes away its `total`, which no body has.
pub(super) fn fill(line: &mut Members, index: usize, filled: &mut Vec<String>) -> Result<(), Contradiction> {
    let at = format!("/lines/{index}");
    let total = money(line, "total");
    put(line, "nature", &at, Json::Text("normal".to_owned()), filled);
    let entered = if total.is_some() { "gross" } else { "net" };
    put(line, "entered", &at, Json::Text(entered.to_owned()), filled);
    let treatment = text(line, "treatment").and_then(treatment);
    if let Some(amount) = amount(line, total, treatment) {
        put(line, "amount", &at, fen(amount), filled);
    }
    if let Some(tax) = tax(line, total, treatment) {
        put(line, "tax", &at, fen(tax), filled);
    }
    if let (Some(amount), Some(quantity)) = (money(line, "amount"), decimal(line, "quantity"))
        && let Some(price) = price::of(amount, quantity)
    {
        put(line, "price", &at, Json::Text(price.to_string()), filled);
    }
    if let (Some(total), Some(amount), Some(tax)) = (total, money(line, "amount"), money(line, "tax")) {
        let expected = amount.get() + tax.get();
        if expected != total.get() {
            return Err(Contradiction { pointer: format!("{at}/total"), expected, actual: total.get() });
        }
        line.remove(&name("total"));
    }
    Ok(())
}

fn amount(line: &Members, total: Option<Fen>, treatment: Option<Treatment>) -> Option<Fen> {
    match (money(line, "amount"), total, treatment) {
        (Some(amount), _, _) => Some(amount),
        (None, Some(total), Some(Treatment::Taxed(rate))) => Some(rate.net_of_gross(total)),
        (None, Some(total), Some(Treatment::Exempt | Treatment::NotTaxed)) => Some(total),
        (None, Some(_), None) => None,
        (None, None, _) => Decimal::product(decimal(line, "price")?, decimal(line, "quantity")?),
    }
}

/// From the total where there is one. Without, half-up of the amount is right for lines entered either way: the total
/// that it makes gives the same amount back.
fn tax(line: &Members, total: Option<Fen>, treatment: Option<Treatment>) -> Option<Fen> {
    let amount = money(line, "amount")?;
    match (total, treatment?) {
        (Some(total), Treatment::Taxed(_)) => total.checked_sub(amount),
        (None, Treatment::Taxed(rate)) => Some(rate.half_up(amount)),
        (_, Treatment::Exempt | Treatment::NotTaxed) => Some(Fen::ZERO),
    }
}

fn treatment(text: &str) -> Option<Treatment> {
    match text {
        "exempt" => Some(Treatment::Exempt),
        "not_taxed" => Some(Treatment::NotTaxed),
        rate => TaxRate::parse(rate).ok().map(Treatment::Taxed),
    }
}

fn decimal(line: &Members, member: &str) -> Option<Decimal> {
    text(line, member).and_then(|text| Decimal::parse(text).ok())
}
