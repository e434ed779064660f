use piao_domain::category::{CategoryCode, CategoryPrefix, ItemName};
use piao_domain::command::{Command, Transition};
use piao_domain::content::{Buyer, Content, Kind, Line, Lines, Measure, Nature, Order, Treatment};
use piao_domain::decimal::Decimal;
use piao_domain::ids::OrderRef;
use piao_domain::rejection::Code;
use piao_domain::rules::{Limits, RateEntry};

use super::rules::retire;
use super::{Differ, Row, as_signer, town};
use crate::given::{
    ISSUER, World, apply, bureau, content, date, enterprise, fen, limits, number, rate, uscc, version,
};

pub(super) const ROWS: fn() -> Vec<Row> = || {
    let mut rows = vec![
        row(
            Code::NumberOutsideSegment,
            "one above the segment",
            |world| issuing(world, 50),
            Differ::Says(|_, transition| content_of(transition).number = number(51)),
            r#"{"actual":"26951000000000000051","check":"number.own_segment","pointer":"/number"}"#,
        ),
        row(
            Code::NumberOutsideSegment,
            "another issuer's number",
            |world| {
                world.accept(&enterprise(1), apply(1_000, 5));
                issuing(world, 1)
            },
            Differ::Says(|_, transition| as_signer(transition, enterprise(1))),
            r#"{"actual":"26951000000000000001","check":"number.own_segment","pointer":"/number"}"#,
        ),
        row(
            Code::NumberUsed,
            "issued before",
            |world| issuing(world, 1),
            Differ::Before(|world| world.issue(1, None)),
            r#"{"existing":"<id>"}"#,
        ),
        row(
            Code::OrderFull,
            "five invoices of the order",
            |world| ordered(world, 9),
            Differ::Before(|world| {
                for sequence in 1..=5 {
                    let transition = ordered(world, sequence);
                    world.execute(&transition);
                }
            }),
            "{}",
        ),
        row(
            Code::RulesNoneActive,
            "the rules are retired",
            |world| issuing(world, 1),
            Differ::Before(|world| world.does(&bureau(), retire(1))),
            "{}",
        ),
    ];
    rows.extend(content_rows());
    rows.extend(line_rows());
    rows.extend(rule_rows());
    rows.extend(category_rows());
    rows
};

fn row(
    code: Code,
    difference: &'static str,
    neighbour: fn(&mut World) -> Transition,
    differ: Differ,
    detail: &'static str,
) -> Row {
    Row { difference, scene: town, neighbour, differ, code, detail }
}

/// A row in which the invoice says something else.
fn says(
    code: Code,
    difference: &'static str,
    change: fn(&World, &mut Transition),
    detail: &'static str,
) -> Row {
    row(code, difference, |world| issuing(world, 1), Differ::Says(change), detail)
}

/// A row in which other rules are in force.
fn ruled(code: Code, difference: &'static str, change: fn(&mut World), detail: &'static str) -> Row {
    row(code, difference, |world| issuing(world, 1), Differ::Before(change), detail)
}

fn content_rows() -> Vec<Row> {
    vec![
        says(
            Code::InvoiceTotals,
            "an amount that is not the sum",
            |_, transition| content_of(transition).amount = fen(10_001),
            r#"{"actual":"10001","check":"totals.amount","expected":"10000","pointer":"/amount"}"#,
        ),
        says(
            Code::InvoiceTotals,
            "a tax that is not the sum",
            |_, transition| content_of(transition).tax = fen(601),
            r#"{"actual":"601","check":"totals.tax","expected":"600","pointer":"/tax"}"#,
        ),
        says(
            Code::InvoiceTotals,
            "a total that is not both",
            |_, transition| content_of(transition).total = fen(10_599),
            r#"{"actual":"10599","check":"totals.total","expected":"10600","pointer":"/total"}"#,
        ),
        row(
            Code::InvoiceTotals,
            "a discount of everything",
            |world| with(world, |content| set_lines(content, discounted(-9_999, -600))),
            Differ::Says(|_, transition| set_lines(content_of(transition), discounted(-10_000, -600))),
            r#"{"actual":"0","check":"totals.positive","expected":"1..","pointer":"/total"}"#,
        ),
        says(
            Code::InvoiceBuyer,
            "nobody named and no claim key",
            |_, transition| content_of(transition).claim_key = None,
            r#"{"check":"buyer.claim_key","pointer":"/claim_key"}"#,
        ),
        row(
            Code::InvoiceBuyer,
            "a natural person who is not sealed",
            |world| {
                with(world, |content| {
                    content.buyer = Buyer::NaturalPerson;
                    content.sealed_digest = Some([1; 32]);
                })
            },
            Differ::Says(|_, transition| content_of(transition).sealed_digest = None),
            r#"{"check":"buyer.sealed","pointer":"/sealed_digest"}"#,
        ),
        says(
            Code::InvoiceBuyer,
            "special, to nobody",
            |_, transition| content_of(transition).kind = Kind::Special,
            r#"{"actual":"special","check":"buyer.taxpayer","expected":"plain","pointer":"/kind"}"#,
        ),
        row(
            Code::InvoiceBuyer,
            "special, with an exempt line",
            |world| {
                with(world, |content| {
                    content.buyer = crate::given::content(1, Some(uscc(1))).buyer;
                    content.kind = Kind::Special;
                })
            },
            Differ::Says(|_, transition| {
                set_lines(
                    content_of(transition),
                    vec![Line { treatment: Treatment::Exempt, tax: fen(0), ..line() }],
                );
            }),
            r#"{"actual":"exempt","check":"buyer.exempt","pointer":"/lines/0/treatment"}"#,
        ),
    ]
}

fn line_rows() -> Vec<Row> {
    let row = |difference, change, detail| says(Code::InvoiceLineTax, difference, change, detail);
    vec![
        row(
            "a fen of tax too much",
            |_, transition| change_line(transition, |line| line.tax = fen(601)),
            r#"{"actual":"601","check":"line.tax","expected":"600","pointer":"/lines/0/tax"}"#,
        ),
        row(
            "two fen from price and quantity",
            |_, transition| {
                let decimal = |text| Decimal::parse(text).unwrap();
                let measure = Measure { quantity: decimal("1"), price: decimal("100.02") };
                change_line(transition, |line| line.measure = Some(measure));
            },
            r#"{"actual":"10000","check":"line.amount","expected":"10002","pointer":"/lines/0/amount"}"#,
        ),
        row(
            "nothing billed",
            |_, transition| change_line(transition, |line| (line.amount, line.tax) = (fen(0), fen(0))),
            r#"{"actual":"0","check":"line.amount_positive","expected":"1..","pointer":"/lines/0/amount"}"#,
        ),
        row(
            "a discount that follows nothing",
            |_, transition| change_line(transition, |line| line.nature = Nature::Discount),
            r#"{"actual":"discount","check":"discount.place","pointer":"/lines/0/nature"}"#,
        ),
        row(
            "a discounted line without its discount",
            |_, transition| change_line(transition, |line| line.nature = Nature::Discounted),
            r#"{"actual":"discounted","check":"line.discounted","expected":"normal","pointer":"/lines/0/nature"}"#,
        ),
        row(
            "tax though exempt",
            |_, transition| change_line(transition, |line| line.treatment = Treatment::Exempt),
            r#"{"actual":"600","check":"line.untaxed","expected":"0","pointer":"/lines/0/tax"}"#,
        ),
        Row {
            neighbour: |world| with(world, |content| set_lines(content, discounted(-1_000, -60))),
            ..row(
                "a discount of more than was sold",
                |_, transition| set_lines(content_of(transition), discounted(-10_001, -600)),
                r#"{"actual":"-10001","check":"discount.amount","expected":"-10000..","pointer":"/lines/1/amount"}"#,
            )
        },
    ]
}

fn rule_rows() -> Vec<Row> {
    vec![
        ruled(
            Code::RulesViolated,
            "an invoice may bill less",
            |world| stricter(world, |limits| limits.invoice_amount_max = Some(fen(9_999))),
            r#"{"actual":"10000","check":"invoice_amount_max","expected":"..9999","pointer":"/amount","rule":{"id":"city","version":2}}"#,
        ),
        ruled(
            Code::RulesViolated,
            "an invoice may have fewer lines",
            |world| stricter(world, |limits| limits.lines_max = Some(0)),
            r#"{"actual":"1","check":"lines_max","expected":"..0","pointer":"/lines","rule":{"id":"city","version":2}}"#,
        ),
        ruled(
            Code::RulesViolated,
            "a buyer must be named above less",
            |world| stricter(world, |limits| limits.buyer_required_above = Some(fen(10_599))),
            r#"{"actual":"10600","check":"buyer_required_above","expected":"..10599","pointer":"/buyer","rule":{"id":"city","version":2}}"#,
        ),
        ruled(
            Code::RulesViolated,
            "the category is forbidden",
            |world| {
                stricter(world, |limits| limits.forbidden = vec![CategoryPrefix::parse("307").unwrap()]);
            },
            r#"{"actual":"3070401000000000000","check":"forbidden","expected":"307","pointer":"/lines/0/category","rule":{"id":"city","version":2}}"#,
        ),
    ]
}

fn category_rows() -> Vec<Row> {
    vec![
        says(
            Code::InvoiceCategory,
            "no leaf of the classification",
            |_, transition| {
                change_line(transition, |line| {
                    line.category = CategoryCode::parse("3070402000000000000").unwrap();
                });
            },
            r#"{"actual":"3070402000000000000","check":"classification","pointer":"/lines/0/category","rule":{"id":"city","version":1}}"#,
        ),
        says(
            Code::InvoiceCategory,
            "another short name",
            |_, transition| {
                change_line(transition, |line| line.item = ItemName::parse("*住宿服务*房费").unwrap());
            },
            r#"{"actual":"*住宿服务*房费","check":"classification.short_name","expected":"餐饮服务","pointer":"/lines/0/item","rule":{"id":"city","version":1}}"#,
        ),
        ruled(
            Code::InvoiceCategory,
            "no rule set lists any category",
            |world| stricter(world, |limits| limits.classification.clear()),
            r#"{"check":"rules.classification","pointer":"/lines/0/category"}"#,
        ),
        says(
            Code::InvoiceRate,
            "a rate of another category",
            |_, transition| {
                set_lines(
                    content_of(transition),
                    vec![Line { treatment: rate("0.09"), tax: fen(900), ..line() }],
                );
            },
            r#"{"actual":"0.09","check":"rates","expected":"0.06","pointer":"/lines/0/treatment","rule":{"id":"city","version":1}}"#,
        ),
        ruled(
            Code::InvoiceRate,
            "the rate has ended",
            |world| {
                let to = Some(date("2026-09-30"));
                let ended = |limits: &mut Limits| {
                    limits.rates = limits.rates.drain(..).map(|entry| RateEntry { to, ..entry }).collect();
                };
                stricter(world, ended);
            },
            r#"{"actual":"0.06","check":"rates.day","expected":"2026-10-01","pointer":"/lines/0/treatment","rule":{"id":"city","version":2}}"#,
        ),
        ruled(
            Code::InvoiceRate,
            "no rule set lists any rate",
            |world| stricter(world, |limits| limits.rates.clear()),
            r#"{"check":"rules.rates","pointer":"/lines/0/treatment"}"#,
        ),
    ]
}

pub(super) fn issuing(world: &mut World, sequence: u64) -> Transition {
    let command = Command::InvoiceIssue(Box::new(content(sequence, None)));
    world.sign(&enterprise(ISSUER), command)
}

pub(super) fn content_of(transition: &mut Transition) -> &mut Content {
    match &mut transition.command {
        Command::InvoiceIssue(content) => content,
        other => panic!("{other:?} issues nothing"),
    }
}

/// The rules of the town in a second version.
pub(super) fn stricter(world: &mut World, change: impl FnOnce(&mut Limits)) {
    let mut limits = limits();
    change(&mut limits);
    world.activate(version("city", 2), limits);
}

fn with(world: &mut World, change: impl FnOnce(&mut Content)) -> Transition {
    let mut transition = issuing(world, 1);
    change(content_of(&mut transition));
    transition
}

fn ordered(world: &mut World, sequence: u64) -> Transition {
    let mut transition = issuing(world, sequence);
    let reference = OrderRef::parse("SO-7").unwrap();
    content_of(&mut transition).order = Some(Order { reference, digest: [4; 32] });
    transition
}

fn line() -> Line {
    content(1, None).lines[0].clone()
}

fn change_line(transition: &mut Transition, change: impl FnOnce(&mut Line)) {
    let content = content_of(transition);
    let mut line = content.lines[0].clone();
    change(&mut line);
    content.lines = Lines::new(vec![line]).unwrap();
}

/// Other lines, and the totals that are theirs.
fn set_lines(content: &mut Content, lines: Vec<Line>) {
    let amount: i64 = lines.iter().map(|line| line.amount.get()).sum();
    let tax: i64 = lines.iter().map(|line| line.tax.get()).sum();
    content.lines = Lines::new(lines).unwrap();
    (content.amount, content.tax, content.total) = (fen(amount), fen(tax), fen(amount + tax));
}

fn discounted(amount: i64, tax: i64) -> Vec<Line> {
    let off = Line { nature: Nature::Discount, amount: fen(amount), tax: fen(tax), ..line() };
    vec![Line { nature: Nature::Discounted, ..line() }, off]
}
