//! Quota, invoices, and invoices that are refused.

use std::collections::{BTreeMap, BTreeSet};

use piao_client::{Draft, commands};
use piao_domain::command::Command;
use piao_domain::content::Content;
use piao_domain::ids::PartyId;
use piao_domain::money::Fen;
use piao_domain::number::{InvoiceNumber, Segment};
use piao_domain::rejection::Code;
use piao_domain::rules::Allowance;
use piao_edge::clock::{Clock as _, SystemClock};
use piao_protocol::claim::ClaimSecret;
use piao_protocol::outcome::Effect;

use super::{Issued, Numbers, missing, take_number};
use crate::demo::cast::Company;
use crate::demo::examples::{Example, INVOICES, REFUSED};
use crate::demo::say::{say, yuan};
use crate::demo::stage::Stage;
use crate::demo::tale::Heights;
use crate::exit::Failure;

/// An example and the draft in it.
pub(super) type Drafted = (&'static Example, Draft);

/// An invoice about to be issued.
struct Filled {
    command: Command,
    content: Content,
    secret: Option<ClaimSecret>,
}

/// The example invoices of sellers that the rules bind, but for those whose rate the law has ended.
pub(super) fn drafts(
    examples: &'static [Example],
    companies: &BTreeMap<PartyId, Company>,
) -> Result<Vec<Drafted>, Failure> {
    let today = SystemClock.now().date();
    let mut drafts = Vec::with_capacity(examples.len());
    for example in examples {
        let draft = Draft::parse(example.text)
            .map_err(|error| Failure::fault(format!("reading example {}", example.name), error))?;
        let is_law = draft.until.is_none_or(|until| today <= until);
        if is_law && companies.get(&draft.seller).is_some_and(Company::in_shenzhen) {
            drafts.push((example, draft));
        }
    }
    Ok(drafts)
}

/// Every seller asks for this month's quota and numbers and gets them at once, within the rules' allowance.
pub(super) async fn apply(
    stage: &mut Stage,
    companies: &BTreeMap<PartyId, Company>,
    drafts: &[Drafted],
) -> Result<BTreeMap<PartyId, Numbers>, Failure> {
    const COUNT: u32 = 40;
    stage.tale.act(&say!("二、申请额度，开具发票", "2. Quota and invoices"))?;
    let asked = fen(100_000_000)?;
    let refused = self::drafts(REFUSED, companies)?;
    let sellers = drafts.iter().chain(&refused).map(|(_, draft)| draft.seller.clone());
    let sellers = sellers.collect::<BTreeSet<_>>();
    let (mut numbers, mut heights) = (BTreeMap::new(), None);
    for seller in &sellers {
        let (segment, height) = quota(stage, seller, asked, COUNT).await?;
        numbers.insert(seller.clone(), Numbers::of(segment));
        heights = Some(Heights { last: height, ..heights.unwrap_or(Heights::one(height)) });
    }
    let heights = heights.ok_or_else(|| missing("seller"))?;
    let (sellers, amount) = (sellers.len(), yuan(asked));
    stage.tale.accepted(
        heights,
        &say!(
            "{sellers} 家企业：各申请本月最多 {COUNT} 张、不含税 {amount} 元的额度，都在规则的自动核准范围内，\
             当场全额获准，各得 {COUNT} 个号码",
            "{sellers} enterprises: each asks for up to {COUNT} invoices and {amount} yuan without tax this month; \
             within what the rules grant by themselves, each is granted all of it at once, and {COUNT} numbers"
        ),
    )?;
    Ok(numbers)
}

/// Asks for quota that is granted at once and in full: the numbers, and the height.
async fn quota(
    stage: &mut Stage,
    seller: &PartyId,
    amount: Fen,
    count: u32,
) -> Result<(Segment, u64), Failure> {
    let month = stage.client(seller)?.sources().now().month();
    let asked = Allowance { amount, count };
    let (effect, height) = stage.accept_untold(seller, commands::apply_for_quota(month, asked), None).await?;
    match effect {
        Effect::QuotaGranted { given, segment } if given == asked => Ok((segment, height)),
        other => Err(Failure::Negative(format!("{seller} was to be granted {asked:?}, and got {other:?}"))),
    }
}

pub(super) async fn issue(
    stage: &mut Stage,
    drafts: &[Drafted],
    numbers: &mut BTreeMap<PartyId, Numbers>,
) -> Result<Vec<Issued>, Failure> {
    let mut issued = Vec::with_capacity(drafts.len());
    for (example, draft) in drafts {
        let number = take_number(numbers, &draft.seller)?;
        let Filled { command, content, secret } = fill(stage, example, draft, &number)?;
        let (total, [chinese, english]) = (yuan(content.total), example.title);
        let what = say!("开具 {number}，{total} 元：{chinese}", "issues {number}, {total} yuan: {english}");
        stage.accept(&draft.seller, command, draft.sealed.clone(), what).await?;
        let buyer = content.buyer.enterprise().copied().map(PartyId::Enterprise);
        issued.push(Issued { number, total: content.total, buyer, secret });
    }
    Ok(issued)
}

/// Each example with one difference is refused for exactly that.
pub(super) async fn refuse_to_issue(
    stage: &mut Stage,
    companies: &BTreeMap<PartyId, Company>,
    numbers: &mut BTreeMap<PartyId, Numbers>,
) -> Result<(), Failure> {
    stage.tale.act(&say!(
        "三、不合规则的发票：每张只错一处，账本指出哪里错（其中金额以分计）",
        "3. Invoices that break the rules: each in one place, which the ledger names (amounts there are in fen)"
    ))?;
    for (example, draft) in drafts(REFUSED, companies)? {
        let code = expected_code(example)?;
        let number = take_number(numbers, &draft.seller)?;
        let Filled { command, .. } = fill(stage, example, &draft, &number)?;
        let [chinese, english] = example.title;
        let what = say!("一家开票企业：{chinese}", "an issuer: {english}");
        stage.refuse(&draft.seller, command, draft.sealed.clone(), code, what).await?;
    }
    Ok(())
}

fn expected_code(example: &Example) -> Result<Code, Failure> {
    let file: serde_json::Value = serde_json::from_str(example.text)
        .map_err(|error| Failure::fault(format!("reading example {}", example.name), error))?;
    let code = file.get("code").and_then(serde_json::Value::as_str);
    let code = code.and_then(|code| Code::ALL.iter().find(|known| known.as_str() == code));
    code.copied().ok_or_else(|| Failure::Negative(format!("example {} names no code", example.name)))
}

/// A quota of just one invoice's amount is used up by that invoice, whatever numbers are left.
pub(super) async fn run_out_of_quota(
    stage: &mut Stage,
    companies: &BTreeMap<PartyId, Company>,
) -> Result<(), Failure> {
    stage.tale.act(&say!("四、额度用完", "4. Quota runs out"))?;
    let drafts = drafts(INVOICES, companies)?;
    let (example, model) = drafts.first().ok_or_else(|| missing("example"))?;
    let sellers = drafts.iter().map(|(_, draft)| &draft.seller).collect::<BTreeSet<_>>();
    let fresh =
        companies.values().find(|company| company.in_shenzhen() && !sellers.contains(&company.party()));
    let seller = fresh.ok_or_else(|| missing("company without quota"))?.party();
    let any = InvoiceNumber::parse("00000000000000000001");
    let any = any.map_err(|error| Failure::fault("naming an invoice", error))?;
    let amount = fill(stage, example, model, &any)?.content.amount;
    let (segment, height) = quota(stage, &seller, amount, 2).await?;
    let granted = yuan(amount);
    let what = say!(
        "申请并获准本月最多 2 张、不含税 {granted} 元",
        "asks for up to 2 invoices and {granted} yuan without tax this month, and is granted them"
    );
    stage.tell(&seller, Heights::one(height), &what)?;
    let mut numbers = BTreeMap::from([(seller.clone(), Numbers::of(segment))]);
    let first = take_number(&mut numbers, &seller)?;
    let command = fill(stage, example, model, &first)?.command;
    let what = say!("开具 {first}，用完全部金额", "issues {first}, which takes all of the amount");
    stage.accept(&seller, command, None, what).await?;
    let second = take_number(&mut numbers, &seller)?;
    let command = fill(stage, example, model, &second)?.command;
    let what = say!(
        "同一企业：下一张发票 {second}，号码还有，金额已无",
        "the same enterprise: the next one, {second}; a number is left, no amount"
    );
    stage.refuse(&seller, command, None, Code::QuotaExhausted, what).await
}

/// Gives a draft its number and, where it needs one, a claim key.
fn fill(stage: &Stage, example: &Example, draft: &Draft, number: &InvoiceNumber) -> Result<Filled, Failure> {
    let secret = if draft.needs_claim_key() { Some(claim_secret(stage)?) } else { None };
    let key = secret.as_ref().map(ClaimSecret::key);
    let command = draft
        .command(number, key.as_ref())
        .map_err(|error| Failure::fault(format!("reading example {}", example.name), error))?;
    match &command {
        Command::InvoiceIssue(content) => Ok(Filled { content: (**content).clone(), command, secret }),
        _ => Err(Failure::Negative(format!("example {} issues nothing", example.name))),
    }
}

fn claim_secret(stage: &Stage) -> Result<ClaimSecret, Failure> {
    let sources = stage.client(&stage.bureau)?.sources().clone();
    Ok(ClaimSecret::generate(&mut |bytes| sources.fill(bytes)))
}

fn fen(fen: i64) -> Result<Fen, Failure> {
    Fen::new(fen).map_err(|error| Failure::fault("asking for quota", error))
}
