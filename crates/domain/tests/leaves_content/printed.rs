//! Invoices as they are printed: real cases that pass, and beside each rule an invoice that differs from an accepted
//! one in one named thing.

use crate::sample::{discounted, enterprise, fen, invoice, item, line, measure, measured, taxed};
use piao_domain::content::{
    Buyer, ClaimKey, Content, Entered, Kind, LegacyTaxId, Line, Lines, Nature, Text, Treatment, check,
};
use piao_domain::ids::Malformed;
use piao_domain::rejection::{Check, Code, Detail, Finding, Rejection};

/// Pointer, check, expected, actual.
type Found = (&'static str, Check, Option<&'static str>, Option<&'static str>);

/// All three checks, in the order in which issuing runs them.
fn judge(content: &Content) -> Result<(), Rejection> {
    check::lines(content)?;
    check::totals(content)?;
    check::buyer(content)
}

fn accept(claim: &str, content: &Content) {
    assert_eq!(judge(content), Ok(()), "{claim}");
}

/// The accepted invoice is refused once `change` has made one difference.
fn check(accepted: &Content, change: impl FnOnce(&mut Content), code: Code, finding: Found) {
    accept("before the difference", accepted);
    let mut content = accepted.clone();
    change(&mut content);
    let rejection = judge(&content).expect_err(finding.0);
    assert_eq!(rejection.code, code, "{rejection:?}");
    let Detail::Member(found) = rejection.detail else {
        panic!("{:?} names no member", rejection.detail);
    };
    let Finding { pointer, check, expected, actual } = &*found;
    assert_eq!((pointer.as_str(), *check, expected.as_deref(), actual.as_deref()), finding);
}

/// Changes one line and leaves the totals right for it.
fn change_line(content: &mut Content, index: usize, change: impl FnOnce(&mut Line)) {
    let mut lines = content.lines.to_vec();
    change(&mut lines[index]);
    let changed = invoice(lines);
    content.lines = changed.lines;
    (content.amount, content.tax, content.total) = (changed.amount, changed.tax, changed.total);
}

#[test]
fn real_invoices_are_accepted() {
    for (claim, lines) in [
        ("526.00 at 3 %", vec![line(51_068, 1_532, taxed("0.03"), Entered::Gross)]),
        ("4449.00 at 6 %", vec![line(419_717, 25_183, taxed("0.06"), Entered::Gross)]),
        ("6598.00 at 13 %", vec![line(583_894, 75_906, taxed("0.13"), Entered::Gross)]),
        ("10.00 at 1 %", vec![line(990, 10, taxed("0.01"), Entered::Gross)]),
        ("526.00 at 3 %, from the net side", vec![line(51_068, 1_532, taxed("0.03"), Entered::Net)]),
        (
            "a price of 11 places",
            vec![measured("1", "4197.16981132075", 419_717, 25_183, taxed("0.06"), Entered::Net)],
        ),
        (
            "a price of 13 places",
            vec![measured("3", "33.3333333333333", 10_000, 1_300, taxed("0.13"), Entered::Net)],
        ),
        ("100 lines of 106.00", vec![line(10_000, 600, taxed("0.06"), Entered::Net); 100]),
        ("a rate of 0", vec![line(10_000, 0, taxed("0"), Entered::Net)]),
        ("exempt", vec![line(10_000, 0, Treatment::Exempt, Entered::Net)]),
        ("not taxed", vec![line(10_000, 0, Treatment::NotTaxed, Entered::Gross)]),
        ("one fen", vec![line(1, 0, taxed("0.13"), Entered::Gross)]),
        ("a discount", discounted(10_000, 1_300, -1_000, -130)),
        ("a discount of everything, and another line", {
            let mut lines = discounted(10_000, 1_300, -10_000, -1_300);
            lines.push(line(100, 13, taxed("0.13"), Entered::Net));
            lines
        }),
        ("two discounted lines", [discounted(10_000, 1_300, -1, 0), discounted(200, 26, -100, -13)].concat()),
    ] {
        let mut content = invoice(lines);
        content.kind = Kind::Plain;
        accept(claim, &content);
    }
    let hundred = invoice(vec![line(10_000, 600, taxed("0.06"), Entered::Net); 100]);
    assert_eq!(hundred.total, fen(1_060_000));
}

#[test]
fn a_retail_line_may_differ_by_a_fen_from_the_net_way() {
    // 0.09 at 6 %: 0.08 and 0.01, where 6 % of 0.08 is 0.00.
    let retail = invoice(vec![line(8, 1, taxed("0.06"), Entered::Gross)]);
    check(
        &retail,
        |content| change_line(content, 0, |line| line.entered = Entered::Net),
        Code::InvoiceLineTax,
        ("/lines/0/tax", Check::LineTax, Some("0"), Some("1")),
    );
    let net = invoice(vec![line(8, 0, taxed("0.06"), Entered::Net)]);
    accept("the net way", &net);
    // 526.01 at 3 % is 510.69 without tax.
    let gross = invoice(vec![line(51_068, 1_532, taxed("0.03"), Entered::Gross)]);
    check(
        &gross,
        |content| change_line(content, 0, |line| line.tax = fen(1_533)),
        Code::InvoiceLineTax,
        ("/lines/0/amount", Check::LineGrossAmount, Some("51069"), Some("51068")),
    );
}

#[test]
fn a_line_that_breaks_one_rule_is_refused() {
    let net = invoice(vec![
        line(100, 6, taxed("0.06"), Entered::Net),
        measured("3", "33.3333333333333", 10_000, 1_300, taxed("0.13"), Entered::Net),
    ]);
    let refuse = |change: fn(&mut Line), finding| {
        check(&net, |content| change_line(content, 1, change), Code::InvoiceLineTax, finding);
    };
    refuse(|line| line.tax = fen(1_301), ("/lines/1/tax", Check::LineTax, Some("1300"), Some("1301")));
    refuse(|line| line.tax = fen(1_299), ("/lines/1/tax", Check::LineTax, Some("1300"), Some("1299")));
    refuse(
        |line| line.treatment = taxed("0.09"),
        ("/lines/1/tax", Check::LineTax, Some("900"), Some("1300")),
    );
    refuse(
        |line| line.treatment = Treatment::Exempt,
        ("/lines/1/tax", Check::LineUntaxed, Some("0"), Some("1300")),
    );
    refuse(
        |line| line.treatment = Treatment::NotTaxed,
        ("/lines/1/tax", Check::LineUntaxed, Some("0"), Some("1300")),
    );
    refuse(
        |line| line.amount = fen(0),
        ("/lines/1/amount", Check::LineAmountPositive, Some("1.."), Some("0")),
    );
    refuse(
        |line| line.amount = fen(10_002),
        ("/lines/1/amount", Check::LineAmount, Some("10000"), Some("10002")),
    );
    refuse(
        |line| line.amount = fen(9_998),
        ("/lines/1/amount", Check::LineAmount, Some("10000"), Some("9998")),
    );
    refuse(
        |line| line.measure = Some(measure("-3", "-33.3333333333333")),
        ("/lines/1/quantity", Check::LineQuantityPositive, None, Some("-3")),
    );
    refuse(
        |line| line.measure = Some(measure("0", "33.3333333333333")),
        ("/lines/1/quantity", Check::LineQuantityPositive, None, Some("0")),
    );
    refuse(
        |line| line.measure = Some(measure("3", "0.00")),
        ("/lines/1/price", Check::LinePricePositive, None, Some("0.00")),
    );
    refuse(
        |line| line.measure = Some(measure("999999999999999999", "999999999999999999")),
        ("/lines/1/amount", Check::LineAmountRange, None, Some("10000")),
    );
    refuse(
        |line| line.nature = Nature::Discounted,
        ("/lines/1/nature", Check::LineDiscounted, Some("normal"), Some("discounted")),
    );
    refuse(
        |line| line.nature = Nature::Discount,
        ("/lines/1/nature", Check::DiscountPlace, None, Some("discount")),
    );
}

#[test]
fn an_amount_one_fen_off_price_times_quantity_is_accepted() {
    for amount in [9_999, 10_000, 10_001] {
        accept(
            "a fen off",
            &invoice(vec![measured("1", "100", amount, 0, Treatment::NotTaxed, Entered::Net)]),
        );
    }
}

#[test]
fn a_discount_that_does_not_fit_its_line_is_refused() {
    let content = invoice([discounted(10_000, 1_300, -1_000, -130), discounted(200, 26, -100, -13)].concat());
    let refuse = |index, change: fn(&mut Line), finding| {
        check(&content, |content| change_line(content, index, change), Code::InvoiceLineTax, finding);
    };
    refuse(
        1,
        |line| line.item = item("*餐饮服务*别的"),
        ("/lines/1/item", Check::DiscountItem, Some("*餐饮服务*餐费"), Some("*餐饮服务*别的")),
    );
    refuse(
        1,
        |line| line.category = crate::sample::category("3070401000000000001"),
        (
            "/lines/1/category",
            Check::DiscountCategory,
            Some("3070401000000000000"),
            Some("3070401000000000001"),
        ),
    );
    refuse(
        1,
        |line| line.treatment = taxed("0.12"),
        ("/lines/1/treatment", Check::DiscountTreatment, Some("0.13"), Some("0.12")),
    );
    refuse(
        1,
        |line| line.treatment = Treatment::Exempt,
        ("/lines/1/treatment", Check::DiscountTreatment, Some("0.13"), Some("exempt")),
    );
    refuse(
        1,
        |line| line.measure = Some(measure("1", "10")),
        ("/lines/1/quantity", Check::DiscountMeasure, None, Some("1")),
    );
    refuse(
        1,
        |line| line.amount = fen(1_000),
        ("/lines/1/amount", Check::DiscountNegative, Some("..-1"), Some("1000")),
    );
    refuse(
        1,
        |line| line.amount = fen(0),
        ("/lines/1/amount", Check::DiscountNegative, Some("..-1"), Some("0")),
    );
    refuse(
        1,
        |line| line.amount = fen(-10_001),
        ("/lines/1/amount", Check::DiscountAmount, Some("-10000.."), Some("-10001")),
    );
    refuse(1, |line| line.tax = fen(130), ("/lines/1/tax", Check::LineTax, Some("-130"), Some("130")));
    refuse(
        1,
        |line| line.tax = fen(-1_301),
        ("/lines/1/tax", Check::DiscountTax, Some("-1300.."), Some("-1301")),
    );
    refuse(
        1,
        |line| line.nature = Nature::Normal,
        ("/lines/0/nature", Check::LineDiscounted, Some("normal"), Some("discounted")),
    );
    refuse(
        0,
        |line| line.nature = Nature::Normal,
        ("/lines/1/nature", Check::DiscountPlace, None, Some("discount")),
    );
}

#[test]
fn a_second_discount_of_a_line_is_refused() {
    let content = invoice(discounted(10_000, 1_300, -1_000, -130));
    // It has no discounted line right before it.
    check(
        &content,
        |content| {
            let mut lines = content.lines.to_vec();
            lines.insert(2, lines[1].clone());
            *content = invoice(lines);
        },
        Code::InvoiceLineTax,
        ("/lines/2/nature", Check::DiscountPlace, None, Some("discount")),
    );
}

#[test]
fn a_discount_entered_the_other_way_takes_back_no_more_tax_than_was_borne() {
    // 0.04 with tax at 13 % is 0.04 without and no tax; 13 % of 0.04 is 0.01.
    let other = line(100, 13, taxed("0.13"), Entered::Net);
    let content = invoice([discounted(4, 1, -4, -1), vec![other]].concat());
    check(
        &content,
        |content| change_line(content, 0, |line| (line.entered, line.tax) = (Entered::Gross, fen(0))),
        Code::InvoiceLineTax,
        ("/lines/1/tax", Check::DiscountTax, Some("0.."), Some("-1")),
    );
}

#[test]
fn totals_that_are_not_the_sums_are_refused() {
    let content = invoice(vec![
        line(10_000, 600, taxed("0.06"), Entered::Net),
        line(990, 10, taxed("0.01"), Entered::Gross),
    ]);
    let refuse = |change: fn(&mut Content), finding| check(&content, change, Code::InvoiceTotals, finding);
    refuse(
        |content| content.amount = fen(10_991),
        ("/amount", Check::TotalsAmount, Some("10990"), Some("10991")),
    );
    refuse(|content| content.tax = fen(609), ("/tax", Check::TotalsTax, Some("610"), Some("609")));
    refuse(
        |content| content.total = fen(11_601),
        ("/total", Check::TotalsTotal, Some("11600"), Some("11601")),
    );
    // Everything taken off again.
    let nothing = discounted(10_000, 1_300, -10_000, -1_300);
    check(
        &content,
        move |content| *content = invoice(nothing),
        Code::InvoiceTotals,
        ("/total", Check::TotalsPositive, Some("1.."), Some("0")),
    );
}

#[test]
fn totals_too_large_to_write_down_are_refused() {
    let most = line(9_007_199_254_740_991, 0, Treatment::Exempt, Entered::Net);
    let content = Content { kind: Kind::Plain, ..invoice(vec![most.clone()]) };
    check(
        &content,
        |content| content.lines = Lines::new(vec![most.clone(), most.clone()]).expect("two lines"),
        Code::InvoiceTotals,
        ("/amount", Check::TotalsRange, None, Some("9007199254740991")),
    );
    let taxed = line(9_007_199_254_740_991, 1, taxed("0"), Entered::Gross);
    check(
        &content,
        |content| content.lines = Lines::new(vec![taxed]).expect("a line"),
        Code::InvoiceLineTax,
        ("/lines/0/tax", Check::LineGrossRange, None, Some("1")),
    );
}

#[test]
fn who_is_not_a_buyer_enterprise_needs_a_claim_key() {
    let old = || Buyer::LegacyTaxpayer {
        id: LegacyTaxId::parse("440300708461136").expect("15 digits"),
        name: Text::parse("深圳市腾讯计算机系统有限公司").expect("a name"),
    };
    let plain = Content { kind: Kind::Plain, ..invoice(vec![line(100, 6, taxed("0.06"), Entered::Net)]) };
    accept("an enterprise without a claim key", &plain);
    let claimable = |buyer| Content { buyer, claim_key: Some(ClaimKey::new([7; 32])), ..plain.clone() };
    let mut person = claimable(Buyer::NaturalPerson);
    person.sealed_digest = Some([8; 32]);
    for (accepted, is_enterprise) in [
        (claimable(enterprise()), true),
        (claimable(old()), false),
        (claimable(Buyer::Unnamed), false),
        (person.clone(), false),
    ] {
        accept("with a claim key", &accepted);
        assert_eq!(accepted.buyer.enterprise().is_some(), is_enterprise);
        if !is_enterprise {
            check(
                &accepted,
                |content| content.claim_key = None,
                Code::InvoiceBuyer,
                ("/claim_key", Check::BuyerClaimKey, None, None),
            );
        }
    }
    check(
        &person,
        |content| content.sealed_digest = None,
        Code::InvoiceBuyer,
        ("/sealed_digest", Check::BuyerSealed, None, None),
    );
    for unable in [person, claimable(Buyer::Unnamed)] {
        check(
            &unable,
            |content| content.kind = Kind::Special,
            Code::InvoiceBuyer,
            ("/kind", Check::BuyerTaxpayer, Some("plain"), Some("special")),
        );
    }
    accept("special to an old taxpayer id", &Content { kind: Kind::Special, ..claimable(old()) });
}

#[test]
fn a_special_invoice_holds_no_exempt_line() {
    let lines =
        vec![line(100, 6, taxed("0.06"), Entered::Net), line(100, 0, Treatment::NotTaxed, Entered::Net)];
    let content = invoice(lines);
    assert_eq!(content.kind, Kind::Special);
    check(
        &content,
        |content| change_line(content, 1, |line| line.treatment = Treatment::Exempt),
        Code::InvoiceBuyer,
        ("/lines/1/treatment", Check::BuyerExempt, None, Some("exempt")),
    );
}

#[test]
fn an_invoice_has_1_to_2000_lines() {
    let one = line(100, 6, taxed("0.06"), Entered::Net);
    for (count, passes) in [(0, false), (1, true), (2_000, true), (2_001, false)] {
        assert_eq!(Lines::new(vec![one.clone(); count]).is_ok(), passes, "{count}");
    }
}

#[test]
fn printed_text_has_1_to_100_characters() {
    let (longest, longer) = ("字".repeat(100), "字".repeat(101));
    for (text, passes) in [
        ("深圳市地铁集团有限公司", true),
        (longest.as_str(), true),
        ("a b", true),
        ("", false),
        (longer.as_str(), false),
        ("a\nb", false),
        ("a\u{0}", false),
        ("\u{85}", false),
    ] {
        let read = Text::parse(text).map(|read| read.to_string());
        assert_eq!(read.ok().as_deref() == Some(text), passes, "{text:?}");
    }
}

#[test]
fn old_taxpayer_ids_have_15_digits_or_letters() {
    let parse = |text| -> Result<String, Malformed> { LegacyTaxId::parse(text).map(|id| id.to_string()) };
    for text in ["440300708461136", "44030071526726X", "000000000000000"] {
        assert_eq!(parse(text).as_deref(), Ok(text));
    }
    for text in ["", "44030070846113", "4403007084611360", "44030071526726x", "44030070846113-", "深深深深深"]
    {
        assert!(parse(text).is_err(), "{text}");
    }
}
