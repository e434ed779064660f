//! What happens, in order.

use std::collections::BTreeMap;

use piao_client::{Draft, commands};
use piao_domain::command::Command;
use piao_domain::ids::{ClaimRef, PartyId};
use piao_domain::invoice::LockUse;
use piao_domain::key::Algorithm;
use piao_domain::money::Fen;
use piao_domain::number::{InvoiceNumber, Segment};
use piao_domain::rejection::Code;
use piao_domain::rules::{Allowance, RuleChange};
use piao_protocol::claim::ClaimSecret;
use piao_protocol::outcome::Effect;

use super::cast::{Company, companies};
use super::examples::{Example, INVOICES, REFUSED, RULES};
use super::stage::Stage;
use crate::exit::Failure;

/// Everything that the demo knows of an issued invoice.
struct Issued {
    number: InvoiceNumber,
    total: Fen,
    buyer: Option<PartyId>,
    secret: Option<ClaimSecret>,
}

/// Numbers of an issuer that are not used yet.
struct Numbers {
    segment: Segment,
    next: u64,
}

/// Plays the main job.
///
/// # Errors
/// [`Failure`] at the first step that does not go as it must.
pub(super) async fn play(stage: &mut Stage) -> Result<(), Failure> {
    let companies = companies()?;
    register(stage, &companies).await?;
    deploy(stage).await?;
    let drafts = drafts(INVOICES, &companies)?;
    let mut numbers = apply(stage, &companies, &drafts).await?;
    let issued = issue(stage, &drafts, &mut numbers).await?;
    refuse_to_issue(stage, &companies, &mut numbers).await?;
    run_out_of_quota(stage, &companies).await?;
    reimburse_as_buyer(stage, &issued).await?;
    reimburse_for_employee(stage, &companies, &issued).await?;
    revoke_a_key(stage, &companies).await
}

async fn register(stage: &mut Stage, companies: &BTreeMap<PartyId, Company>) -> Result<(), Failure> {
    let bureau = stage.bureau.clone();
    for (place, (party, company)) in companies.iter().enumerate() {
        // Every algorithm that a party may register with, in turn.
        let algorithm = [Algorithm::Es256k, Algorithm::Es256, Algorithm::EdDsa][place % 3];
        let identity = Stage::draw(Some(party.clone()), algorithm)?;
        let (region, industry) = (company.region, company.industry.clone());
        let command = commands::register(company.uscc, &company.name, region, industry, identity.public());
        stage.enter(identity, &company.name);
        stage.accept(&bureau, command, &format!("registers {}", company.name)).await?;
    }
    Ok(())
}

async fn deploy(stage: &mut Stage) -> Result<(), Failure> {
    let bureau = stage.bureau.clone();
    let command =
        commands::deploy_rules(RULES).map_err(|error| Failure::fault("reading the example rules", error))?;
    let Command::Rules(RuleChange::Deploy(set)) = &command else {
        return Err(Failure::Negative("the example rules deploy nothing".to_owned()));
    };
    let version = set.version.clone();
    stage.accept(&bureau, command, "deploys the issuing rules of Shenzhen").await?;
    let today = stage.client(&bureau)?.sources().now().date();
    let command = commands::activate_rules(version, today);
    stage.accept(&bureau, command, "puts them in force from today").await?;
    Ok(())
}

/// The example invoices of sellers that the rules bind.
fn drafts(
    examples: &[Example],
    companies: &BTreeMap<PartyId, Company>,
) -> Result<Vec<(&'static str, Draft)>, Failure> {
    let mut drafts = Vec::with_capacity(examples.len());
    for example in examples {
        let draft = Draft::parse(example.text)
            .map_err(|error| Failure::fault(format!("reading example {}", example.name), error))?;
        if companies.get(&draft.seller).is_some_and(Company::in_shenzhen) {
            drafts.push((example.name, draft));
        }
    }
    Ok(drafts)
}

/// Every seller asks for this month's quota and numbers and gets them at once, within the rules' allowance.
async fn apply(
    stage: &mut Stage,
    companies: &BTreeMap<PartyId, Company>,
    drafts: &[(&'static str, Draft)],
) -> Result<BTreeMap<PartyId, Numbers>, Failure> {
    let mut numbers = BTreeMap::new();
    let refused = self::drafts(REFUSED, companies)?;
    let sellers = drafts.iter().chain(&refused).map(|(_, draft)| draft.seller.clone());
    for seller in sellers.collect::<std::collections::BTreeSet<_>>() {
        let segment = quota(stage, &seller, 100_000_000, 40).await?;
        numbers.insert(seller, Numbers { next: segment.first(), segment });
    }
    Ok(numbers)
}

async fn quota(stage: &mut Stage, seller: &PartyId, fen: i64, count: u32) -> Result<Segment, Failure> {
    let month = stage.client(seller)?.sources().now().month();
    let amount = Fen::new(fen).map_err(|error| Failure::fault("asking for quota", error))?;
    let command = commands::apply_for_quota(month, Allowance { amount, count });
    let what = format!("applies for {count} invoices over {amount} yuan");
    match stage.accept(seller, command, &what).await?.1 {
        Effect::QuotaGranted { given: _, segment } => Ok(segment),
        other => {
            Err(Failure::Negative(format!("{seller} was to be granted quota at once, and got {other:?}")))
        }
    }
}

async fn issue(
    stage: &mut Stage,
    drafts: &[(&'static str, Draft)],
    numbers: &mut BTreeMap<PartyId, Numbers>,
) -> Result<Vec<Issued>, Failure> {
    let mut issued = Vec::with_capacity(drafts.len());
    for (name, draft) in drafts {
        let number = take_number(numbers, &draft.seller)?;
        let secret = draft.needs_claim_key().then(|| claim_secret(stage));
        let key = secret.as_ref().map(ClaimSecret::key);
        let command = draft
            .command(&number, key.as_ref())
            .map_err(|error| Failure::fault(format!("reading example {name}"), error))?;
        let Command::InvoiceIssue(content) = &command else {
            return Err(Failure::Negative(format!("example {name} issues nothing")));
        };
        let (total, buyer) = (content.total, content.buyer.enterprise().copied().map(PartyId::Enterprise));
        let what = format!("issues {number} over {total} yuan ({name})");
        stage.accept_sealed(&draft.seller, command, draft.sealed.clone(), &what).await?;
        issued.push(Issued { number, total, buyer, secret });
    }
    Ok(issued)
}

/// Each example with one difference is refused for exactly that.
async fn refuse_to_issue(
    stage: &mut Stage,
    companies: &BTreeMap<PartyId, Company>,
    numbers: &mut BTreeMap<PartyId, Numbers>,
) -> Result<(), Failure> {
    for (name, draft) in drafts(REFUSED, companies)? {
        let code = expected_code(name)?;
        let number = take_number(numbers, &draft.seller)?;
        let secret = draft.needs_claim_key().then(|| claim_secret(stage));
        let key = secret.as_ref().map(ClaimSecret::key);
        let command = draft
            .command(&number, key.as_ref())
            .map_err(|error| Failure::fault(format!("reading example {name}"), error))?;
        let what = format!("tries to issue {name}");
        stage.refuse(&draft.seller, command, draft.sealed.clone(), code, &what).await?;
    }
    Ok(())
}

fn expected_code(name: &str) -> Result<Code, Failure> {
    let example = REFUSED.iter().find(|example| example.name == name);
    let file: serde_json::Value = serde_json::from_str(example.map_or("", |example| example.text))
        .map_err(|error| Failure::fault(format!("reading example {name}"), error))?;
    let code = file.get("code").and_then(serde_json::Value::as_str);
    let code = code.and_then(|code| Code::ALL.iter().find(|known| known.as_str() == code));
    code.copied().ok_or_else(|| Failure::Negative(format!("example {name} names no code")))
}

/// A quota of just one invoice's amount is used up by that invoice, whatever numbers are left.
async fn run_out_of_quota(stage: &mut Stage, companies: &BTreeMap<PartyId, Company>) -> Result<(), Failure> {
    let drafts = drafts(INVOICES, companies)?;
    let (_, model) = drafts.first().ok_or_else(|| Failure::Negative("there are no examples".to_owned()))?;
    let sellers = drafts.iter().map(|(_, draft)| &draft.seller).collect::<std::collections::BTreeSet<_>>();
    let fresh =
        companies.values().find(|company| company.in_shenzhen() && !sellers.contains(&company.party()));
    let seller = fresh.ok_or_else(|| Failure::Negative("every company has quota".to_owned()))?.party();
    let segment = quota(stage, &seller, amount_of(model)?, 2).await?;
    let mut numbers = BTreeMap::from([(seller.clone(), Numbers { next: segment.first(), segment })]);
    let read = |error| Failure::fault("reading an example", error);
    let first = take_number(&mut numbers, &seller)?;
    let command = model.command(&first, None).map_err(read)?;
    stage.accept(&seller, command, &format!("issues {first}, which takes all of its quota")).await?;
    let second = take_number(&mut numbers, &seller)?;
    let command = model.command(&second, None).map_err(read)?;
    stage.refuse(&seller, command, None, Code::QuotaExhausted, &format!("tries to issue {second}")).await
}

/// The amount without tax of a draft, in fen.
fn amount_of(draft: &Draft) -> Result<i64, Failure> {
    let any = InvoiceNumber::parse("00000000000000000001");
    let any = any.map_err(|error| Failure::fault("naming an invoice", error))?;
    match draft.command(&any, None).map_err(|error| Failure::fault("reading an example", error))? {
        Command::InvoiceIssue(content) => Ok(content.amount.get()),
        _ => Err(Failure::Negative("an example that issues nothing".to_owned())),
    }
}

/// The buyer named on an invoice claims, locks, books and settles it.
async fn reimburse_as_buyer(stage: &mut Stage, issued: &[Issued]) -> Result<(), Failure> {
    let named = issued.iter().find_map(|invoice| invoice.buyer.clone().map(|buyer| (invoice, buyer)));
    let (invoice, buyer) = named.ok_or_else(|| Failure::Negative("no example names a buyer".to_owned()))?;
    let number = invoice.number;
    stage
        .accept(&buyer, commands::claim_as_buyer(number), &format!("claims {number}, as its named buyer"))
        .await?;
    let lock = lock(stage, &buyer, invoice, "BX-2026-0001").await?;
    let settle = commands::settle(number, lock);
    stage.refuse(&buyer, settle, None, Code::BookingState, "tries to settle before booking").await?;
    stage.accept(&buyer, commands::book(number, true), "books it, tax deductible").await?;
    stage.accept(&buyer, commands::settle(number, lock), "settles the reimbursement, for good").await?;
    let again = lock_command(invoice, "BX-2026-0002")?;
    stage.refuse(&buyer, again, None, Code::ReimbursementSettled, "tries to have it reimbursed again").await
}

/// A person claims an invoice with the claim key and presents it to two enterprises. One of them wins.
async fn reimburse_for_employee(
    stage: &mut Stage,
    companies: &BTreeMap<PartyId, Company>,
    issued: &[Issued],
) -> Result<(), Failure> {
    let person = Stage::draw(None, Algorithm::Es256)?;
    let holder = person.party().clone();
    let enroll = commands::enroll(person.public());
    stage.enter(person, "a person");
    stage.accept(&holder, enroll, "enrols, asking nobody").await?;
    let bearer = issued.iter().find_map(|invoice| invoice.secret.as_ref().map(|secret| (invoice, secret)));
    let (invoice, secret) =
        bearer.ok_or_else(|| Failure::Negative("no example carries a claim key".to_owned()))?;
    let number = invoice.number;
    let chain = stage.client(&holder)?.chain().clone();
    let take = commands::claim_with(secret, &chain, number, &holder);
    stage.accept(&holder, take, &format!("claims {number} with the claim key of its hand-over code")).await?;
    let mut enterprises = companies.values().filter(|company| !company.in_shenzhen());
    let (Some(first), Some(second)) = (enterprises.next(), enterprises.next()) else {
        return Err(Failure::Negative("there are no two enterprises to present to".to_owned()));
    };
    for enterprise in [first, second] {
        let present = commands::present(number, enterprise.uscc);
        stage.accept(&holder, present, &format!("presents it to {}", enterprise.name)).await?;
    }
    let (first, second) = (first.party(), second.party());
    let lock = lock(stage, &first, invoice, "CLAIM-77").await?;
    let late = lock_command(invoice, "CLAIM-78")?;
    stage.refuse(&second, late, None, Code::LockExists, "tries to lock the same invoice").await?;
    stage.accept(&first, commands::book(number, false), "books it, tax not deductible").await?;
    stage.accept(&first, commands::settle(number, lock), "settles the reimbursement, for good").await?;
    let later = lock_command(invoice, "CLAIM-79")?;
    stage.refuse(&second, later, None, Code::ReimbursementSettled, "tries once more to lock it").await
}

/// A company adds a second key, revokes the first, and a thief of the first gets nowhere.
async fn revoke_a_key(stage: &mut Stage, companies: &BTreeMap<PartyId, Company>) -> Result<(), Failure> {
    let company = companies.values().find(|company| company.in_shenzhen());
    let company = company.ok_or_else(|| Failure::Negative("there is no company".to_owned()))?;
    let party = company.party();
    let stolen = stage.client(&party)?.identity().cloned();
    let stolen = stolen.ok_or_else(|| Failure::Negative("the company has no key".to_owned()))?;
    let fresh = Stage::draw(Some(party.clone()), Algorithm::Es256k)?;
    stage.accept(&party, commands::add_key(fresh.public()), "adds a second key").await?;
    stage.enter(fresh, &company.name);
    let revoke = commands::revoke_key(stolen.kid());
    stage.accept(&party, revoke, "revokes its first key").await?;
    stage.enter(stolen, &format!("a thief of the first key of {}", company.name));
    let month = stage.client(&party)?.sources().now().month();
    let amount = Fen::new(100).map_err(|error| Failure::fault("asking for quota", error))?;
    let command = commands::apply_for_quota(month, Allowance { amount, count: 1 });
    stage.refuse(&party, command, None, Code::KeyRevoked, "signs with the revoked key").await
}

async fn lock(
    stage: &mut Stage,
    enterprise: &PartyId,
    invoice: &Issued,
    claim_ref: &str,
) -> Result<LockUse, Failure> {
    let what = format!("locks it whole, {} yuan, for {claim_ref}", invoice.total);
    let (_, effect) = stage.accept(enterprise, lock_command(invoice, claim_ref)?, &what).await?;
    match effect {
        Effect::Locked { lock, token, .. } => Ok(LockUse { id: lock, token }),
        other => Err(Failure::Negative(format!("a lock was accepted with {other:?}"))),
    }
}

fn lock_command(invoice: &Issued, claim_ref: &str) -> Result<Command, Failure> {
    const DAYS_7: u32 = 7 * 86_400;
    let claim_ref = ClaimRef::parse(claim_ref).map_err(|error| Failure::fault("naming a claim", error))?;
    Ok(commands::lock(invoice.number, claim_ref, invoice.total, DAYS_7))
}

fn take_number(numbers: &mut BTreeMap<PartyId, Numbers>, seller: &PartyId) -> Result<InvoiceNumber, Failure> {
    let none = || Failure::Negative(format!("{seller} has no number left"));
    let numbers = numbers.get_mut(seller).ok_or_else(none)?;
    let number = numbers.segment.number(numbers.next).ok_or_else(none)?;
    numbers.next += 1;
    Ok(number)
}

fn claim_secret(stage: &Stage) -> ClaimSecret {
    let sources = stage.client(&stage.bureau).map(|client| client.sources().clone());
    let sources = sources.unwrap_or_else(|_| piao_client::Sources::system());
    ClaimSecret::generate(&mut |bytes| sources.fill(bytes))
}
