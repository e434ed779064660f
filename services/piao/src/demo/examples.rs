//! The invoices, companies and rules of `examples/`, as they are in this build.

/// A file of `examples/`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Example {
    /// Its name, without `.json`.
    pub(super) name: &'static str,
    /// What it holds.
    pub(super) text: &'static str,
}

macro_rules! examples {
    ($folder:literal: $($name:literal),* $(,)?) => {
        &[$(Example {
            name: $name,
            text: include_str!(concat!("../../../../examples/", $folder, "/", $name, ".json")),
        }),*]
    };
}

/// The companies.
pub(super) const PARTIES: &str = include_str!("../../../../examples/parties.json");

/// The rule set of Shenzhen.
pub(super) const RULES: &str = include_str!("../../../../examples/rules/shenzhen-2026.json");

/// Invoices that the rules accept.
pub(super) const INVOICES: &[Example] = examples!("invoices":
    "01-service-at-6-with-a-long-price",
    "02-retail-at-13",
    "03-levy-at-3",
    "04-small-scale-at-1",
    "05-one-hundred-lines",
    "06-metro-ticket",
    "07-metro-fare-to-a-person",
    "08-meal",
    "09-parking",
    "10-hotel-with-remarks",
    "11-bank-fee",
    "12-insurance",
    "13-advertising",
    "14-batteries-with-a-digit-rich-price",
    "15-discount-pair",
    "16-two-discount-pairs",
    "17-exempt-vegetables",
    "18-exempt-and-taxed-lines",
    "19-exempt-tuition",
    "20-exempt-books",
    "21-not-taxed-prepaid-card",
    "22-rate-0-international-freight",
    "23-freight-at-9",
    "24-courier-at-6",
    "25-shop-rent-at-5",
    "26-housing-rent-at-1.5",
    "27-buyer-with-a-15-digit-id",
    "28-person-with-all-sealed-fields",
    "29-software-at-13",
    "30-research-at-6",
    "31-air-conditioners-from-zhuhai",
    "32-liquor-at-its-list-price",
    "33-petrol",
    "34-electricity",
    "35-order-of-five-first",
    "36-order-of-five-second",
    "37-order-of-five-third",
    "38-order-of-five-fourth",
    "39-order-of-five-fifth",
);

/// Invoices with one difference each, for which they are refused.
pub(super) const REFUSED: &[Example] = examples!("refused":
    "01-tax-a-fen-too-high",
    "02-amount-is-not-price-times-quantity",
    "03-total-is-not-the-sum",
    "04-discount-stands-alone",
    "05-category-is-a-branch",
    "06-short-name-of-another-category",
    "07-exempt-is-not-untaxed",
    "08-rate-0-at-home",
    "09-special-to-nobody",
    "10-special-with-an-exempt-line",
    "11-person-without-sealed-name",
    "12-large-without-a-buyer",
    "13-forbidden-category",
    "14-too-many-lines",
    "15-amount-above-the-limit",
);
