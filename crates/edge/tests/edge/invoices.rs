//! Invoices in a read model, after blocks whose meaning is written down here a second time.

use piao_domain::category::{CategoryCode, ItemName};
use piao_domain::command::{Command, ReasonCode};
use piao_domain::content::{Buyer, Content, Entered, Kind, Line, Lines, Nature, Treatment};
use piao_domain::ids::{ClaimRef, TransitionId};
use piao_domain::invoice::{Booking, Claim, LockEnd, LockRequest, LockUse};
use piao_domain::money::Fen;
use piao_domain::number::InvoiceNumber;
use piao_domain::rate::TaxRate;
use piao_domain::rejection::Code;
use piao_domain::time::{Month, Time};
use piao_edge::follow::{
    Applied, Block, FollowStore, InvoiceProjection, InvoiceRecord, Keeps, PgFollow, get_invoice,
    invoice_of_lock,
};
use piao_edge::service::Edge;
use piao_protocol::outcome::{Effect, Outcome};

use crate::support::ledger::{read, reject};
use crate::support::stage::Stage;
use crate::support::{Actor, METRO, NOW, PATIENCE, TENCENT};

const NUMBER: &str = "26951000000000000001";

fn number(text: &str) -> InvoiceNumber {
    InvoiceNumber::parse(text).unwrap()
}

fn fen(amount: i64) -> Fen {
    Fen::new(amount).unwrap()
}

fn issue(at: &str) -> Command {
    let line = Line {
        nature: Nature::Normal,
        category: CategoryCode::parse("3070401000000000000").unwrap(),
        item: ItemName::parse("*餐饮服务*餐费").unwrap(),
        specification: None,
        unit: None,
        measure: None,
        treatment: Treatment::Taxed(TaxRate::parse("0.06").unwrap()),
        entered: Entered::Net,
        amount: fen(10_000),
        tax: fen(600),
    };
    let content = Content {
        number: number(at),
        kind: Kind::Plain,
        buyer: Buyer::Unnamed,
        claim_key: Some(piao_domain::content::ClaimKey::new(*claim_key().as_bytes())),
        lines: Lines::new(vec![line]).unwrap(),
        amount: fen(10_000),
        tax: fen(600),
        total: fen(10_600),
        order: None,
        sealed_digest: None,
    };
    Command::InvoiceIssue(Box::new(content))
}

fn claim_key() -> piao_protocol::claim::ClaimKey {
    piao_protocol::claim::ClaimSecret::from_seed(&[6; 32]).key()
}

/// A chain in the making: each row a transition and its effect.
struct Script<'a> {
    stage: &'a Stage,
    rows: Vec<(String, Outcome)>,
}

impl<'a> Script<'a> {
    fn new(stage: &'a Stage) -> Self {
        Self { stage, rows: Vec::new() }
    }

    fn accepts(&mut self, actor: &Actor, command: Command, effect: Effect) -> TransitionId {
        self.decides(actor, command, Outcome::Accepted(effect))
    }

    fn decides(&mut self, actor: &Actor, command: Command, outcome: Outcome) -> TransitionId {
        let jws = actor.sign(&self.stage.genesis, command);
        let id = read(&jws).id();
        self.rows.push((jws, outcome));
        id
    }

    fn locks(&mut self, actor: &Actor, claim_ref: &str, token: u64, lease_until: i64) -> TransitionId {
        self.locks_as(actor, claim_ref, (token, true), lease_until)
    }

    fn locks_as(
        &mut self,
        actor: &Actor,
        claim_ref: &str,
        (token, exclusive): (u64, bool),
        lease_until: i64,
    ) -> TransitionId {
        let request = LockRequest {
            claim_ref: ClaimRef::parse(claim_ref).unwrap(),
            amount: fen(10_600),
            lease_seconds: 100,
        };
        let command = Command::Lock { invoice: number(NUMBER), request };
        let jws = actor.sign(&self.stage.genesis, command);
        let lock = read(&jws).id();
        let lease_until = Time::from_unix(lease_until);
        let effect = Effect::Locked { lock, token, amount: fen(10_600), exclusive, lease_until };
        self.rows.push((jws, Outcome::Accepted(effect)));
        lock
    }

    /// Closes a block at a time.
    fn block(&mut self, time: i64) {
        self.stage.ledger.append_at(std::mem::take(&mut self.rows), time);
    }
}

async fn at_height(edge: &Edge, height: u64) -> InvoiceRecord {
    let waiting = async {
        while edge.height().is_none_or(|at| at < height) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap();
    let bureau = Actor::bureau().party;
    let found = edge.read(async move |connection| get_invoice(connection, &number(NUMBER), &bureau).await);
    found.await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_excludes_others_where_its_receipt_says_so_however_much_it_locks() {
    let stage = Stage::new().await;
    let (issuer, metro) = (Actor::enterprise(TENCENT, 10), Actor::enterprise(METRO, 11));
    let mut script = Script::new(&stage);
    script.accepts(&issuer, issue(NUMBER), Effect::Issued { rules: Vec::new() });
    let lock = script.locks_as(&metro, "BX-1", (1, false), NOW + 100);
    script.block(NOW);
    let running = stage.start();
    let record = at_height(running.edge(), 1).await;
    let lock = &record.invoice.reimbursement.locks[&lock];
    assert_eq!((lock.amount, lock.exclusive), (record.invoice.total, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_becomes_what_its_transitions_made_of_it() {
    let stage = Stage::new().await;
    let (issuer, metro, person) =
        (Actor::enterprise(TENCENT, 10), Actor::enterprise(METRO, 11), Actor::person(12));
    let mut script = Script::new(&stage);
    let on = number(NUMBER);
    let issued = script.accepts(&issuer, issue(NUMBER), Effect::Issued { rules: Vec::new() });
    script.accepts(&person, Command::ClaimTake { invoice: on, proof: None }, Effect::Nothing);
    let present = |uscc| Command::ClaimPresent { invoice: on, enterprise: uscc };
    script.accepts(&person, present(metro.uscc()), Effect::Nothing);
    script.accepts(&person, present(issuer.uscc()), Effect::Nothing);
    let withdraw = Command::ClaimWithdraw { invoice: on, enterprise: issuer.uscc() };
    script.accepts(&person, withdraw, Effect::Nothing);
    script.block(NOW);
    let first = script.locks(&metro, "BX-1", 1, NOW + 100);
    script.block(NOW + 1);
    let running = stage.start();
    let edge = running.edge();

    let record = at_height(edge, 2).await;
    assert_eq!(record.version, 6);
    assert_eq!((record.invoice.issued_by, record.invoice.issued_at), (issued, Time::from_unix(NOW)));
    assert_eq!((record.invoice.amount, record.invoice.total), (fen(10_000), fen(10_600)));
    let presented_to = [metro.uscc()].into();
    assert_eq!(record.invoice.claim, Claim::Claimed { holder: person.party.clone(), presented_to });
    let lock = &record.invoice.reimbursement.locks[&first];
    assert_eq!((lock.token, lock.amount, lock.exclusive, lock.end), (1, fen(10_600), true, None));
    assert_eq!((lock.accepted_at, lock.lease_until), (Time::from_unix(NOW + 1), Time::from_unix(NOW + 100)));

    let renew = Command::Renew { invoice: on, lock: LockUse { id: first, token: 1 }, lease_seconds: 100 };
    script.accepts(&metro, renew, Effect::Renewed { lease_until: Time::from_unix(NOW + 150) });
    script.block(NOW + 50);
    // Refused, and yet the first thing it does is to end what is lapsed.
    script.decides(&issuer, present(issuer.uscc()), reject(Code::ClaimNotHolder));
    script.block(NOW + 151);
    let record = at_height(edge, 4).await;
    assert_eq!(record.version, 7);
    let lock = &record.invoice.reimbursement.locks[&first];
    assert_eq!((lock.lease_until, lock.end), (Time::from_unix(NOW + 150), Some(LockEnd::Lapsed)));

    // A lapsed one ends and another begins in the same block, which the unique index must see in this order.
    let second = script.locks(&metro, "BX-2", 2, NOW + 250);
    script.block(NOW + 160);
    let third = script.locks(&metro, "BX-3", 3, NOW + 400);
    script.block(NOW + 300);
    let book = Command::Book { invoice: on, deductible: true };
    let month = Month::parse("2026-09").unwrap();
    script.accepts(&metro, book, Effect::Booked { month });
    let settle = Command::Settle { invoice: on, lock: LockUse { id: third, token: 3 } };
    script.accepts(&metro, settle, Effect::Settled { amount: fen(10_600) });
    script.block(NOW + 301);
    let record = at_height(edge, 7).await;
    assert_eq!(record.version, 11);
    let reimbursement = &record.invoice.reimbursement;
    assert_eq!(reimbursement.last_token, 3);
    let ends: Vec<_> = [first, second, third].iter().map(|id| reimbursement.locks[id].end).collect();
    assert_eq!(ends, [Some(LockEnd::Lapsed), Some(LockEnd::Lapsed), Some(LockEnd::Settled)]);
    let settled = reimbursement.settled.as_ref().unwrap();
    assert_eq!((settled.enterprise, settled.amount), (metro.uscc(), fen(10_600)));
    assert_eq!(record.invoice.booking, Booking::Booked { enterprise: metro.uscc(), deductible: true, month });

    let reason = ReasonCode::parse("fraud").unwrap();
    let force = Command::ForceRelease { invoice: on, enterprise: metro.uscc(), reason };
    script.accepts(&Actor::bureau(), force, Effect::Nothing);
    script.block(NOW + 302);
    let record = at_height(edge, 8).await;
    assert_eq!(record.invoice.booking, Booking::UnbookedAgain { enterprise: metro.uscc() });
    let found = edge.read(async |connection| invoice_of_lock(connection, &second).await).await.unwrap();
    assert_eq!(found, Some(on));

    // Replayed from nothing it is the same.
    running.stop().await;
    stage.service().rebuild(&stage.platform, &mut |_| {}).await.unwrap();
    let running = stage.start();
    assert_eq!(at_height(running.edge(), 8).await, record);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_contradicts_the_read_model_is_not_applied() {
    let stage = Stage::new().await;
    let mut script = Script::new(&stage);
    let take = Command::ClaimTake { invoice: number(NUMBER), proof: None };
    script.accepts(&Actor::person(12), take, Effect::Nothing);
    script.block(NOW);
    let follow = PgFollow::new(
        stage.platform.db.clone(),
        stage.schema(),
        Keeps::Kinds(Vec::new()),
        vec![std::sync::Arc::new(InvoiceProjection)],
    );
    let lines = piao_edge::follow::LedgerReader::blocks(&*stage.ledger, 0, 10).await.unwrap();
    let blocks: Vec<Block> = lines.iter().map(|line| Block::decode(line).unwrap()).collect();
    assert_eq!(follow.apply(&blocks[1]).await.unwrap(), Applied::Elsewhere(None));
    assert_eq!(follow.apply(&blocks[0]).await.unwrap(), Applied::Here);
    assert_eq!(follow.apply(&blocks[0]).await.unwrap(), Applied::Elsewhere(Some(blocks[0].header().clone())));
    assert!(follow.apply(&blocks[1]).await.is_err());
    assert_eq!(follow.position().await.unwrap().as_ref(), Some(blocks[0].header()));
}
