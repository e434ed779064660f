//! Random blocks over a few parties and invoices, so that they meet often. Numbers are read against the world as it
//! stands, so that what comes out is mostly about things that are there.

use piao_domain::command::{Command, Transition};
use piao_domain::content::Order;
use piao_domain::ids::{ClaimRef, OrderRef, PartyId, TransitionId};
use piao_domain::invoice::{LockRequest, LockUse};
use piao_domain::quota::{Adjustment, ApplicationRef, Grant};
use piao_domain::rules::{Limits, RuleChange};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::given::{
    DAY, NOON, TOTAL, World, allowance, apply, bureau, content, deploy, enterprise, fen, limits, new_key,
    number, person, reason, register, uscc, version,
};

/// A transition before it is read: who, what, about which, and two more choices.
pub(crate) type Raw = [u8; 5];

/// Seconds that pass before a block, and its transitions.
pub(crate) type RawBlock = (i64, Vec<Raw>);

/// So many blocks of up to eight transitions; half of the time they follow within a second.
pub(crate) fn blocks(most: usize) -> impl Strategy<Value = Vec<RawBlock>> {
    let wait =
        prop_oneof![6 => Just(0), 2 => Just(1), 2 => Just(DAY / 2), 2 => Just(DAY), 1 => Just(31 * DAY)];
    vec((wait, vec(any::<Raw>(), 1..=8)), 1..=most)
}

/// Six enterprises, two of them issuing; two persons; three invoices, of which one names a buyer.
pub(crate) fn town() -> World {
    let mut world = World::town(6, 2, Limits { partial_locks: true, ..limits() });
    world.accept(&enterprise(1), apply(1_000, 5));
    world.issue(1, None);
    world.issue(2, Some(uscc(2)));
    let mut third = content(51, None);
    third.claim_key = content(1, None).claim_key;
    world.accept(&enterprise(1), Command::InvoiceIssue(Box::new(third)));
    for sequence in [1, 2, 51] {
        let take = world.take(sequence, &person(0));
        world.accept(&person(0), take);
        for to in [2, 3] {
            let (invoice, enterprise) = (number(sequence), uscc(to));
            world.accept(&person(0), Command::ClaimPresent { invoice, enterprise });
        }
    }
    world
}

/// Reads a transition. Most are signed by whom it suits, some by anybody; some with a second key, some too late.
pub(crate) fn read(world: &mut World, made: &[TransitionId], raw: Raw) -> Transition {
    let [who, what, which, one, other] = raw;
    let kind = what % 43;
    let command = command(world, made, kind, [which, one, other], who);
    let anybody = |who: u8| match who % 9 {
        0..=5 => enterprise(usize::from(who % 9)),
        6 | 7 => person(who % 9 - 6),
        _ => bureau(),
    };
    let suits = match &command {
        Command::PartyEnroll { .. } => person(2 + which % 2),
        Command::InvoiceIssue(_) | Command::QuotaApply { .. } => enterprise(usize::from(who % 2)),
        Command::ClaimTake { .. } => anybody(who % 8),
        Command::KeyAdd { .. } | Command::KeyRevoke { .. } => enterprise(usize::from(which % 3)),
        Command::ClaimPresent { invoice, .. } | Command::ClaimWithdraw { invoice, .. } => {
            let holder = world.state.invoices.get(invoice).and_then(|invoice| invoice.holder());
            holder.cloned().unwrap_or_else(|| person(0))
        }
        Command::Lock { .. }
        | Command::Renew { .. }
        | Command::Release { .. }
        | Command::Settle { .. }
        | Command::Book { .. }
        | Command::Unbook { .. } => enterprise(2 + usize::from(who % 2)),
        _ => bureau(),
    };
    let enrolls = matches!(command, Command::PartyEnroll { .. });
    let signer = if who >= 230 && !enrolls { anybody(which) } else { suits };
    let keys = world.state.parties.get(&signer).map(|party| party.keys.keys().copied().collect::<Vec<_>>());
    let command = match (command, &keys) {
        (Command::KeyRevoke { .. }, Some(keys)) => {
            Command::KeyRevoke { key: keys[usize::from(one) % keys.len()] }
        }
        (command, _) => command,
    };
    let mut transition = world.sign(&signer, command);
    if other >= 250 {
        transition.issued_at = world.now.plus(-601);
    }
    // Only keys that the signer has or had: others never come into a block.
    if let Some(keys) = keys.filter(|_| one >= 200) {
        transition.key = keys[usize::from(other) % keys.len()];
    }
    transition
}

fn command(world: &World, made: &[TransitionId], kind: u8, [which, one, other]: [u8; 3], who: u8) -> Command {
    let sequence = [1, 2, 51, 3][usize::from(which) % 4];
    let invoice = number(sequence);
    let to = uscc(2 + usize::from(one % 3));
    let recent = |choice: u8| made.iter().rev().nth(usize::from(choice % 12)).copied();
    let lock = || {
        let known = world.state.invoices.get(&invoice).map(|invoice| &invoice.reimbursement.locks);
        let newest = known.and_then(|locks| locks.iter().max_by_key(|(_, lock)| lock.token));
        match newest {
            Some((id, lock)) if one < 200 => LockUse { id: *id, token: lock.token },
            Some(_) | None => LockUse {
                id: recent(other).unwrap_or(TransitionId::new([9; 32])),
                token: u64::from(other % 3) + 1,
            },
        }
    };
    match kind {
        0..=8 => {
            let amount = [TOTAL, TOTAL / 2, 1][usize::from(other % 3)];
            let claim_ref = ClaimRef::parse(&format!("EXP-{}", one % 40)).unwrap();
            let lease_seconds = u32::try_from(DAY).unwrap() * u32::from(other % 3 + 1);
            Command::Lock { invoice, request: LockRequest { claim_ref, amount: fen(amount), lease_seconds } }
        }
        9 | 10 => Command::Renew { invoice, lock: lock(), lease_seconds: u32::from(other) * 7_200 },
        11 | 12 => Command::Release { invoice, lock: lock() },
        13..=15 => Command::Settle { invoice, lock: lock() },
        16..=18 => Command::Book { invoice, deductible: one % 2 == 0 },
        19 => Command::Unbook { invoice },
        20 => Command::ForceRelease { invoice, enterprise: to, reason: reason() },
        21 => world.take(sequence, &enterprise(2 + usize::from(who % 2))),
        22 => Command::ClaimTake { invoice, proof: None },
        23 | 24 => Command::ClaimPresent { invoice, enterprise: to },
        25 => Command::ClaimWithdraw { invoice, enterprise: to },
        26..=29 => {
            let mut content = content(u64::from(which % 8) + 1 + 50 * u64::from(who % 2), None);
            let reference = OrderRef::parse(&format!("SO-{}", one % 2)).unwrap();
            content.order = (other % 2 == 0).then_some(Order { reference, digest: [4; 32] });
            Command::InvoiceIssue(Box::new(content))
        }
        _ => office(world, kind, [which, one, other], who),
    }
}

/// What is about parties, rules and quota.
fn office(world: &World, kind: u8, [which, one, other]: [u8; 3], who: u8) -> Command {
    let subject: PartyId = enterprise(usize::from(which % 8));
    let rules = version("city", u32::from(one % 4) + 1);
    let key = new_key(60 + one % 6);
    let known = world.state.applications.iter().nth(usize::from(which) % world.state.applications.len());
    let target = known.map(|(id, known)| ApplicationRef {
        application: *id,
        issuer: known.issuer,
        month: known.month,
    });
    let given = allowance(i64::from(other % 4) * 500, u32::from(one % 12));
    match (kind, target) {
        (30, _) if one < 40 => register(6 + usize::from(which % 2), 16 + which % 2),
        (30, _) => Command::PartyEnroll { key: new_key(52 + which % 2) },
        (31, _) => Command::PartySuspend { party: subject, reason: reason() },
        (32 | 33, _) => Command::PartyReinstate { party: subject, reason: reason() },
        (34 | 40..=42, _) if who < 85 => {
            Command::KeyReset { enterprise: uscc(usize::from(which % 8)), key, reason: reason() }
        }
        (34 | 40..=42, _) if who < 170 => Command::KeyRevoke { key: key.id },
        (34 | 40..=42, _) => Command::KeyAdd { key },
        (35, _) => deploy(
            rules,
            Limits {
                partial_locks: other % 3 != 0,
                buyer_only: other % 5 == 0,
                booking_required: other % 2 == 0,
                ..limits()
            },
        ),
        (36, _) if other < 40 => Command::Rules(RuleChange::Retire { version: rules }),
        (36, _) => Command::Rules(RuleChange::Activate { version: rules, from: world.now.date() }),
        (37, Some(target)) if one % 2 == 0 => Command::QuotaGrant(Grant { target, given, segment: None }),
        (37, Some(target)) => Command::QuotaRefuse { target, reason: reason() },
        (38, Some(target)) => Command::QuotaAdjust(Adjustment { target, given }),
        _ => {
            let month = if one % 2 == 0 { world.now.month() } else { world.now.month().next() };
            let asked = allowance(if other % 2 == 0 { 500 } else { 2_000_000 }, u32::from(one % 5) + 1);
            debug_assert!(world.now >= NOON);
            Command::QuotaApply { month, asked }
        }
    }
}
