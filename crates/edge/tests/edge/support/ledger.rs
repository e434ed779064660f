//! A ledger that decides as a test wants, and builds blocks with the protocol's own code.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_bus::{BatchLimits, Bus};
use piao_domain::command::Kind;
use piao_domain::ids::TransitionId;
use piao_domain::money::Fen;
use piao_domain::rejection::{Code, Rejection};
use piao_domain::rules::Allowance;
use piao_domain::time::{Month, Time};
use piao_edge::follow::{Block, LedgerError, LedgerReader};
use piao_edge::submit::TransitionKey;
use piao_protocol::announcement::announce;
use piao_protocol::block::Header;
use piao_protocol::body::{self, Body};
use piao_protocol::digest::StateRoot;
use piao_protocol::export::block_line;
use piao_protocol::genesis::Genesis;
use piao_protocol::jws::Unverified;
use piao_protocol::log::empty_root;
use piao_protocol::outcome::{Effect, Outcome};
use piao_protocol::receipt::Receipt;

use super::{NOW, log_signer};

/// Blocks of one chain, and the transitions in them.
pub(crate) struct TestLedger {
    chain: Mutex<Chain>,
    /// Whether it says where blocks are missing.
    pub(crate) reachable: Mutex<bool>,
}

struct Chain {
    head: Header,
    lines: Vec<Bytes>,
    texts: Vec<(TransitionId, Arc<str>)>,
    decided: BTreeSet<TransitionId>,
}

impl TestLedger {
    pub(crate) fn new(genesis: &Genesis) -> Arc<Self> {
        let head = genesis.first_block();
        let line = Bytes::from(block_line(&head, &[], &[]).unwrap());
        let chain = Chain { head, lines: vec![line], texts: Vec::new(), decided: BTreeSet::new() };
        Arc::new(Self { chain: Mutex::new(chain), reachable: Mutex::new(true) })
    }

    /// Appends a block and gives its height and announcement; what was decided before is left out, as the real one
    /// does.
    pub(crate) fn append(&self, decided: Vec<(String, Outcome)>) -> (u64, Bytes) {
        self.append_at(decided, NOW)
    }

    pub(crate) fn append_at(&self, decided: Vec<(String, Outcome)>, time: i64) -> (u64, Bytes) {
        let mut chain = self.chain.lock().unwrap();
        let mut texts = Vec::new();
        let mut outcomes = Vec::new();
        for (text, outcome) in decided {
            let id = read(&text).id();
            if chain.decided.insert(id) {
                chain.texts.push((id, text.as_str().into()));
                texts.push(text);
                outcomes.push(outcome);
            }
        }
        let count = texts.len() as u64;
        // No follower looks at the root: it has no log to compute it from.
        let head = chain.head.next(Time::from_unix(time), count, empty_root(), StateRoot::NONE).unwrap();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let line = block_line(&head, &texts, &outcomes).unwrap();
        chain.lines.push(line.clone().into());
        chain.head = head.clone();
        (head.height(), announce(line, &log_signer()).into())
    }

    pub(crate) fn height(&self) -> u64 {
        self.chain.lock().unwrap().head.height()
    }

    /// How many transitions are on the record. What a journal sends twice makes another block, but is there once.
    pub(crate) fn recorded(&self) -> usize {
        self.chain.lock().unwrap().decided.len()
    }

    /// Takes commands off a bus, decides each with `decide` and announces blocks, until dropped.
    pub(crate) fn serve(
        self: &Arc<Self>,
        bus: &Arc<dyn Bus>,
        decide: impl Fn(&Unverified<Body>) -> Outcome + Send + Sync + 'static,
    ) -> Serving {
        let (ledger, bus) = (Arc::clone(self), Arc::clone(bus));
        Serving(tokio::spawn(async move {
            let mut consumer = bus.commands(0).await.unwrap();
            let limits = BatchLimits { wait_max: Duration::from_secs(60), ..BatchLimits::default() };
            loop {
                let batch = consumer.recv_batch(limits).await.unwrap();
                let bodies = batch.iter().map(|delivery| std::str::from_utf8(&delivery.body).unwrap());
                let texts = bodies.flat_map(|body| body.split('\n'));
                let decided: Vec<_> = texts.map(|text| (text.to_owned(), decide(&read(text)))).collect();
                if !decided.is_empty() {
                    let (height, announcement) = ledger.append(decided);
                    bus.publish_block(height, announcement).await.unwrap();
                    let _ = consumer.ack_all(&batch).await;
                }
            }
        }))
    }
}

/// A ledger's task; ends when dropped.
pub(crate) struct Serving(tokio::task::JoinHandle<()>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl LedgerReader for TestLedger {
    fn blocks(&self, from: u64, blocks_max: u32) -> BoxFuture<'_, Result<Vec<Bytes>, LedgerError>> {
        async move {
            if !*self.reachable.lock().unwrap() {
                return Err(LedgerError { doing: "is away".to_owned(), source: None, too_much: false });
            }
            let chain = self.chain.lock().unwrap();
            Ok(chain.lines.iter().skip(from as usize).take(blocks_max as usize).cloned().collect())
        }
        .boxed()
    }

    fn transition(&self, id: TransitionId) -> BoxFuture<'_, Result<Option<Arc<str>>, LedgerError>> {
        async move {
            let chain = self.chain.lock().unwrap();
            Ok(chain.texts.iter().find(|(known, _)| *known == id).map(|(_, text)| Arc::clone(text)))
        }
        .boxed()
    }

    fn receipts<'a>(&'a self, keys: &'a [TransitionKey]) -> BoxFuture<'a, Result<Vec<Receipt>, LedgerError>> {
        async move {
            if !*self.reachable.lock().unwrap() {
                return Err(LedgerError { doing: "is away".to_owned(), source: None, too_much: false });
            }
            let lines = self.chain.lock().unwrap().lines.clone();
            let blocks = lines.iter().map(|line| Block::decode(line).unwrap()).collect::<Vec<_>>();
            let decided = blocks.iter().flat_map(|block| block.entries());
            let asked = decided.filter(|entry| keys.contains(&entry.key()));
            Ok(asked.map(|entry| entry.receipt().clone()).collect())
        }
        .boxed()
    }
}

/// A ledger that answers who asks for blocks from a height on, and for how many, as a function says; nothing and it does
/// not answer.
struct Answering<F>(F);

impl<F> LedgerReader for Answering<F>
where
    F: Fn(usize, usize) -> Option<Result<Vec<Bytes>, LedgerError>> + Send + Sync + 'static,
{
    fn blocks(&self, from: u64, blocks_max: u32) -> BoxFuture<'_, Result<Vec<Bytes>, LedgerError>> {
        match (self.0)(from as usize, blocks_max as usize) {
            Some(answer) => std::future::ready(answer).boxed(),
            None => std::future::pending().boxed(),
        }
    }

    fn transition(&self, _: TransitionId) -> BoxFuture<'_, Result<Option<Arc<str>>, LedgerError>> {
        async { Ok(None) }.boxed()
    }

    fn receipts<'a>(&'a self, _: &'a [TransitionKey]) -> BoxFuture<'a, Result<Vec<Receipt>, LedgerError>> {
        async { Ok(Vec::new()) }.boxed()
    }
}

/// A ledger whose every line is given.
pub(crate) fn lines(lines: Vec<Bytes>) -> Arc<dyn LedgerReader> {
    Arc::new(Answering(move |from, blocks_max| {
        Some(Ok(lines.iter().skip(from).take(blocks_max).cloned().collect()))
    }))
}

/// A ledger that gives its lines one at a time, since they are large, and then is slow.
pub(crate) fn one_by_one(lines: Vec<Bytes>) -> Arc<dyn LedgerReader> {
    Arc::new(Answering(move |from: usize, _| lines.get(from).map(|line| Ok(vec![line.clone()]))))
}

/// A ledger over a link that carries sixteen lines in time, and no more.
pub(crate) fn slow_link(lines: Vec<Bytes>) -> Arc<dyn LedgerReader> {
    Arc::new(Answering(move |from, blocks_max| {
        Some(if blocks_max > 16 {
            Err(LedgerError { doing: "timed out".to_owned(), source: None, too_much: true })
        } else {
            Ok(lines.iter().skip(from).take(blocks_max).cloned().collect())
        })
    }))
}

pub(crate) fn read(text: &str) -> Unverified<Body> {
    Unverified::parse(text).unwrap().decode(body::parse).unwrap()
}

/// Accepts, with an effect of the right type.
pub(crate) fn accept(transition: &Unverified<Body>) -> Outcome {
    let effect = match transition.body().kind() {
        Kind::QuotaApply => Effect::QuotaPending,
        Kind::InvoiceIssue => Effect::Issued { rules: Vec::new() },
        Kind::QuotaAdjust => {
            Effect::QuotaAdjusted { given: Allowance { amount: Fen::ZERO, count: 0 }, segment: None }
        }
        Kind::Settle => Effect::Settled { amount: Fen::new(1).unwrap() },
        Kind::Book => Effect::Booked { month: Month::parse("2026-09").unwrap() },
        _ => Effect::Nothing,
    };
    Outcome::Accepted(effect)
}

pub(crate) fn reject(code: Code) -> Outcome {
    Outcome::Rejected(Rejection::new(code))
}
