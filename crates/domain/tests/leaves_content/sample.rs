//! Builders of invoices that are right unless what they are given is not.

use piao_domain::category::{CategoryCode, ItemName};
use piao_domain::content::{Buyer, Content, Entered, Kind, Line, Lines, Measure, Nature, Text, Treatment};
use piao_domain::decimal::Decimal;
use piao_domain::money::Fen;
use piao_domain::number::InvoiceNumber;
use piao_domain::rate::TaxRate;
use piao_domain::uscc::Uscc;

pub(crate) fn fen(amount: i64) -> Fen {
    Fen::new(amount).expect("an amount")
}

pub(crate) fn taxed(rate: &str) -> Treatment {
    Treatment::Taxed(TaxRate::parse(rate).expect("a rate"))
}

pub(crate) fn item(text: &str) -> ItemName {
    ItemName::parse(text).expect("an item")
}

pub(crate) fn category(code: &str) -> CategoryCode {
    CategoryCode::parse(code).expect("19 digits")
}

pub(crate) fn measure(quantity: &str, price: &str) -> Measure {
    let decimal = |text| Decimal::parse(text).expect("a decimal");
    Measure { quantity: decimal(quantity), price: decimal(price) }
}

pub(crate) fn enterprise() -> Buyer {
    Buyer::Enterprise {
        uscc: Uscc::parse("91440300708437873H").expect("a USCC"),
        name: Text::parse("深圳市地铁集团有限公司").expect("a name"),
    }
}

/// A normal line without quantity and price.
pub(crate) fn line(amount: i64, tax: i64, treatment: Treatment, entered: Entered) -> Line {
    Line {
        nature: Nature::Normal,
        category: category("3070401000000000000"),
        item: item("*餐饮服务*餐费"),
        specification: None,
        unit: None,
        measure: None,
        treatment,
        entered,
        amount: fen(amount),
        tax: fen(tax),
    }
}

/// A normal line with quantity and price.
pub(crate) fn measured(
    quantity: &str,
    price: &str,
    amount: i64,
    tax: i64,
    treatment: Treatment,
    entered: Entered,
) -> Line {
    Line { measure: Some(measure(quantity, price)), ..line(amount, tax, treatment, entered) }
}

/// A line at 13 % and the discount on it.
pub(crate) fn discounted(amount: i64, tax: i64, off: i64, tax_off: i64) -> Vec<Line> {
    let sold = Line { nature: Nature::Discounted, ..line(amount, tax, taxed("0.13"), Entered::Net) };
    let off = Line { nature: Nature::Discount, ..line(off, tax_off, taxed("0.13"), Entered::Net) };
    vec![sold, off]
}

/// A special invoice to an enterprise, whose totals are the sums of the lines.
pub(crate) fn invoice(lines: Vec<Line>) -> Content {
    let amount: i64 = lines.iter().map(|line| line.amount.get()).sum();
    let tax: i64 = lines.iter().map(|line| line.tax.get()).sum();
    Content {
        number: InvoiceNumber::parse("26951000000000000001").expect("20 digits"),
        kind: Kind::Special,
        buyer: enterprise(),
        claim_key: None,
        lines: Lines::new(lines).expect("lines"),
        amount: fen(amount),
        tax: fen(tax),
        total: fen(amount + tax),
        order: None,
        sealed_digest: None,
    }
}
