//! From the claim to the settlement, twice: by the named buyer, and for an employee.

use std::collections::BTreeMap;

use piao_client::{Decision, commands};
use piao_domain::command::Command;
use piao_domain::ids::{ClaimRef, PartyId};
use piao_domain::invoice::LockUse;
use piao_domain::key::Algorithm;
use piao_domain::rejection::Code;
use piao_protocol::outcome::{Effect, Outcome};

use super::{Issued, missing};
use crate::demo::cast::Company;
use crate::demo::say::{say, yuan};
use crate::demo::stage::Stage;
use crate::demo::tale::Heights;
use crate::exit::Failure;
use crate::hands::language::Language;

/// The buyer named on an invoice claims, locks, books and settles it.
pub(super) async fn as_buyer(stage: &mut Stage, issued: &[Issued]) -> Result<(), Failure> {
    stage.tale.act(&say!("五、发票上的购买方报销", "5. The named buyer reimburses its invoice"))?;
    let named = issued.iter().find_map(|invoice| invoice.buyer.clone().map(|buyer| (invoice, buyer)));
    let (invoice, buyer) = named.ok_or_else(|| missing("example that names a buyer"))?;
    let number = invoice.number;
    let claim = commands::claim_as_buyer(number);
    let what = say!("认领 {number}，因为它是发票上的购买方", "claims {number}, as its named buyer");
    stage.accept(&buyer, claim, None, what).await?;
    let total = yuan(invoice.total);
    let what =
        say!("整票锁定，{total} 元，报销单号 BX-2026-0001", "locks it whole, {total} yuan, for BX-2026-0001");
    let effect = stage.accept(&buyer, lock_command(invoice, "BX-2026-0001")?, None, what).await?;
    let lock = lock_of(effect)?;
    let early = say!("同一企业：尚未入账就报销", "the same enterprise: settles before it has booked");
    stage.refuse(&buyer, commands::settle(number, lock), None, Code::BookingState, early).await?;
    let book = commands::book(number, true);
    stage.accept(&buyer, book, None, say!("入账，可抵扣", "books it, tax deductible")).await?;
    let settle = commands::settle(number, lock);
    let what = say!("报销完成，不可撤销", "settles the reimbursement, for good");
    stage.accept(&buyer, settle, None, what).await?;
    let again = lock_command(invoice, "BX-2026-0002")?;
    let what = say!("同一企业：再次锁定同一张发票", "the same enterprise: locks the same invoice again");
    stage.refuse(&buyer, again, None, Code::ReimbursementSettled, what).await
}

/// A person claims an invoice with the claim key and presents it to two enterprises, which lock it at the same moment.
pub(super) async fn for_employee(
    stage: &mut Stage,
    companies: &BTreeMap<PartyId, Company>,
    issued: &[Issued],
) -> Result<(), Failure> {
    stage.tale.act(&say!(
        "六、个人持有的发票：两家企业在同一时刻锁定，只有一家成功",
        "6. A person's invoice: two enterprises lock it at the same moment, and one wins"
    ))?;
    let (holder, invoice) = claim(stage, issued).await?;
    let mut enterprises = companies.values().filter(|company| !company.in_shenzhen());
    let (Some(first), Some(second)) = (enterprises.next(), enterprises.next()) else {
        return Err(missing("two enterprises to present to"));
    };
    for enterprise in [first, second] {
        let present = commands::present(invoice.number, enterprise.uscc);
        let name = &enterprise.name;
        stage.accept(&holder, present, None, say!("出示给{name}", "presents it to {name}")).await?;
    }
    let (winner, loser, lock) = lock_at_once(stage, invoice, &first.party(), &second.party()).await?;
    let book = commands::book(invoice.number, false);
    stage.accept(&winner, book, None, say!("入账，不抵扣", "books it, tax not deductible")).await?;
    let settle = commands::settle(invoice.number, lock);
    let what = say!("报销完成，不可撤销", "settles the reimbursement, for good");
    stage.accept(&winner, settle, None, what).await?;
    let later = lock_command(invoice, "CLAIM-79")?;
    let what = say!("未锁定成功的一家：报销之后再来锁定", "the enterprise that lost: locks after that");
    stage.refuse(&loser, later, None, Code::ReimbursementSettled, what).await
}

/// A person joins and takes the first invoice that carries a claim key.
async fn claim<'a>(stage: &mut Stage, issued: &'a [Issued]) -> Result<(PartyId, &'a Issued), Failure> {
    let person = Stage::draw(None, Algorithm::Es256)?;
    let holder = person.party().clone();
    let enroll = commands::enroll(person.public());
    stage.enter(person, say!("一位个人", "a person"));
    stage.accept(&holder, enroll, None, say!("自行加入，无需批准", "enrols, asking nobody")).await?;
    let bearer = issued.iter().find_map(|invoice| invoice.secret.as_ref().map(|secret| (invoice, secret)));
    let (invoice, secret) = bearer.ok_or_else(|| missing("example that carries a claim key"))?;
    let number = invoice.number;
    let chain = stage.client(&holder)?.chain().clone();
    let take = commands::claim_with(secret, &chain, number, &holder);
    let what = say!(
        "用交付二维码里的认领密钥认领 {number}",
        "claims {number} with the claim key of its hand-over code"
    );
    stage.accept(&holder, take, None, what).await?;
    Ok((holder, invoice))
}

/// Both send their locks at once. Who won, who did not, and the lock.
async fn lock_at_once(
    stage: &mut Stage,
    invoice: &Issued,
    first: &PartyId,
    second: &PartyId,
) -> Result<(PartyId, PartyId, LockUse), Failure> {
    let (one, other) = (lock_command(invoice, "CLAIM-77")?, lock_command(invoice, "CLAIM-78")?);
    let [(winner, won), (loser, lost)] = stage.race((first, one), (second, other)).await?;
    let total = yuan(invoice.total);
    let what = say!("抢先锁定，{total} 元", "wins the lock, {total} yuan");
    stage.tell(&winner, Heights::one(won.receipt.height), &what)?;
    let name = stage.name(&loser);
    let (chinese, english) = (name.told(Language::Zh), name.told(Language::En));
    let what = say!("{chinese}：同一时刻发出的锁定", "{english}: the lock that it sent at the same moment");
    stage.refused(&lost, Code::LockExists, &what)?;
    Ok((winner, loser, lock_won(won)?))
}

fn lock_won(won: Decision) -> Result<LockUse, Failure> {
    match won.receipt.outcome {
        Outcome::Accepted(effect) => lock_of(effect),
        Outcome::Rejected(rejection) => Err(Failure::Negative(format!("nobody won: {rejection:?}"))),
    }
}

fn lock_of(effect: Effect) -> Result<LockUse, Failure> {
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
