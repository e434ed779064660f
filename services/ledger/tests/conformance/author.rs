//! Writes blocks as a ledger does, and reads everything that a ledger reads.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::Arc;

use piao_chain::execute::{Executor, Parameters, Safeguards};
use piao_chain::needs::Needs;
use piao_chain::seal::{Decided, Sealed, Tip};
use piao_chain::state::{State, Touched};
use piao_domain::command::Transition;
use piao_domain::ids::{KeyId, PartyId, TransitionId};
use piao_domain::party::RegisteredKey;
use piao_domain::rules::RuleBook;
use piao_domain::time::Time;
use piao_ledger::{Beginning, Commit, Head, LedgerError, LedgerSession, LedgerStore, Place, TileRow, Work};
use piao_protocol::export::block_line;
use piao_protocol::jws::Nonce;
use piao_protocol::outcome::Outcome;
use piao_testkit::chain::TestChain;
use tokio::sync::Semaphore;

use crate::script::{Script, Step, now};
use crate::{days, set};

/// Where a chain ends, and what its next block is made of.
pub(crate) struct Author {
    pub(crate) chain: TestChain,
    pub(crate) epoch: i64,
    executor: Executor,
    tip: Tip,
    rules: RuleBook,
    tiles: BTreeMap<(i16, i64), Vec<u8>>,
}

impl Author {
    pub(crate) fn new() -> Self {
        let chain = TestChain::new(now(), 1);
        let executor = Executor::new(Parameters::genesis(&chain.genesis), Safeguards::ALL);
        let tip = Tip::genesis(chain.genesis.first_block()).tip;
        Self { chain, epoch: 0, executor, tip, rules: RuleBook::default(), tiles: BTreeMap::new() }
    }

    /// The author of a chain that was begun and opened once.
    pub(crate) async fn begun<S: LedgerStore>(store: &S) -> Self {
        let mut author = Self::new();
        store.write(Begin(&author)).await.unwrap();
        author.epoch = store.write(Epoch).await.unwrap();
        author.grow(&Tip::genesis(author.chain.genesis.first_block()));
        author
    }

    /// Appends a block; what was read for it, and what came of it.
    pub(crate) async fn append<S: LedgerStore>(&mut self, store: &S, step: &Step) -> Vec<String> {
        let Appended { sealed, rules, said, .. } =
            store.write(Append::new(self, &step.batch, step.at)).await.unwrap();
        self.grow(&sealed);
        (self.tip, self.rules) = (sealed.tip, rules);
        said
    }

    /// Appends a block; its line.
    pub(crate) async fn append_line<S: LedgerStore>(&mut self, store: &S, step: &Step) -> String {
        let Appended { sealed, rules, outcomes, .. } =
            store.write(Append::new(self, &step.batch, step.at)).await.unwrap();
        self.grow(&sealed);
        let texts = step.texts.iter().map(|text| &**text).collect::<Vec<_>>();
        let line = block_line(&sealed.tip.header, &texts, &outcomes).unwrap();
        (self.tip, self.rules) = (sealed.tip, rules);
        line
    }

    /// The tiles that a block made grow: logs of tests are shorter than one tile is wide.
    fn grown(&self, sealed: &Sealed) -> BTreeMap<(i16, i64), Vec<u8>> {
        let mut grown = BTreeMap::new();
        for node in sealed.nodes.iter().filter(|node| node.id.level.is_multiple_of(8)) {
            let place = (i16::from(node.id.level / 8), 0);
            let hashes = self.tiles.get(&place).cloned().unwrap_or_default();
            grown.entry(place).or_insert(hashes).extend_from_slice(node.hash.as_bytes());
        }
        grown
    }

    fn grow(&mut self, sealed: &Sealed) {
        let grown = self.grown(sealed);
        self.tiles.extend(grown);
    }
}

fn rows(tiles: BTreeMap<(i16, i64), Vec<u8>>) -> Vec<TileRow> {
    tiles.into_iter().map(|((level, tile), hashes)| TileRow { level, tile, hashes }).collect()
}

pub(crate) struct Begin<'a>(pub(crate) &'a Author);

impl Work for Begin<'_> {
    type Done = ();
    type Fault = LedgerError;

    async fn run<S: LedgerSession>(self, session: &mut S) -> Result<(), LedgerError> {
        let genesis = &self.0.chain.genesis;
        let sealed = Tip::genesis(genesis.first_block());
        let tiles = rows(self.0.grown(&sealed));
        let state = State::genesis(genesis);
        let body = b"block 0".to_vec();
        let beginning = Beginning { genesis: genesis.hash(), sealed: &sealed, body, tiles, state: &state };
        session.begin(beginning).await
    }
}

/// Opens the chain once more.
pub(crate) struct Epoch;

impl Work for Epoch {
    type Done = i64;
    type Fault = LedgerError;

    async fn run<S: LedgerSession>(self, session: &mut S) -> Result<i64, LedgerError> {
        session.begin_epoch().await?;
        Ok(session.find_head().await?.expect("a head").epoch)
    }
}

/// Keeps a work waiting in the middle.
#[derive(Clone)]
pub(crate) struct Gate {
    held: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl Gate {
    fn new() -> Self {
        Self { held: Arc::new(Semaphore::new(0)), open: Arc::new(Semaphore::new(0)) }
    }

    async fn pass(&self) {
        self.held.add_permits(1);
        self.open.acquire().await.unwrap().forget();
    }

    pub(crate) async fn held(&self) {
        self.held.acquire().await.unwrap().forget();
    }

    pub(crate) fn let_go(&self) {
        self.open.add_permits(1);
    }
}

pub(crate) struct Hold {
    epoch: i64,
    gate: Option<Gate>,
}

impl Hold {
    pub(crate) const fn of(epoch: i64) -> Self {
        Self { epoch, gate: None }
    }

    pub(crate) fn until(epoch: i64) -> (Self, Gate) {
        let gate = Gate::new();
        (Self { epoch, gate: Some(gate.clone()) }, gate)
    }
}

impl Work for Hold {
    type Done = Option<u64>;
    type Fault = LedgerError;

    async fn run<S: LedgerSession>(self, session: &mut S) -> Result<Option<u64>, LedgerError> {
        let held = session.hold_head(self.epoch).await?;
        if let Some(held) = &held {
            let head = session.find_head().await?.expect("a head");
            assert_eq!((held.height, &held.frontier), (head.header.height(), &head.frontier));
        }
        let held = held.map(|held| held.height);
        if let Some(gate) = &self.gate {
            gate.pass().await;
        }
        Ok(held)
    }
}

pub(crate) struct Note(pub(crate) u64, pub(crate) &'static str);

impl Work for Note {
    type Done = ();
    type Fault = LedgerError;

    async fn run<S: LedgerSession>(self, session: &mut S) -> Result<(), LedgerError> {
        session.write_checkpoint(self.0, self.1).await
    }
}

pub(crate) type Forcing = Box<dyn FnOnce(&mut State, &mut Touched) + Send>;

#[derive(PartialEq, Eq)]
enum Ending {
    Commits,
    Fails,
    Hangs,
}

/// One block.
pub(crate) struct Append<'a> {
    author: &'a Author,
    batch: &'a [(Transition, Nonce)],
    at: Time,
    holds: bool,
    ending: Ending,
    forcing: Option<Forcing>,
}

#[derive(Debug)]
pub(crate) struct Appended {
    sealed: Sealed,
    rules: RuleBook,
    outcomes: Vec<Outcome>,
    said: Vec<String>,
}

impl<'a> Append<'a> {
    pub(crate) const fn new(author: &'a Author, batch: &'a [(Transition, Nonce)], at: Time) -> Self {
        Self { author, batch, at, holds: true, ending: Ending::Commits, forcing: None }
    }

    pub(crate) fn failing(self) -> Self {
        Self { ending: Ending::Fails, ..self }
    }

    pub(crate) fn hanging(self) -> Self {
        Self { ending: Ending::Hangs, ..self }
    }

    pub(crate) fn without_holding(self) -> Self {
        Self { holds: false, ..self }
    }

    /// Changes what came of the block before it is written.
    pub(crate) fn forcing(self, forcing: Forcing) -> Self {
        Self { forcing: Some(forcing), ..self }
    }
}

impl Work for Append<'_> {
    type Done = Appended;
    type Fault = LedgerError;

    async fn run<S: LedgerSession>(self, session: &mut S) -> Result<Appended, LedgerError> {
        let Self { author, batch, at, holds, ending, forcing } = self;
        let epoch = author.epoch;
        if holds {
            assert!(session.hold_head(epoch).await?.is_some());
        }
        let mut needs = Needs::default();
        batch.iter().for_each(|(transition, _)| needs.add(transition, at));
        let mut state = session.load(&needs, author.rules.clone()).await?;
        let mut said = vec![format!("{state:?}")];
        let transitions = batch.iter().map(|(transition, _)| transition).collect::<Vec<_>>();
        let executed = author.executor.execute(&mut state, &transitions, at).expect("no breach");
        said.extend(executed.outcomes.iter().map(|outcome| format!("{outcome:?}")));
        let decided = batch.iter().zip(&executed.outcomes);
        let decided =
            decided.map(|((transition, nonce), outcome)| Decided { id: transition.id, nonce, outcome });
        let sealed = author.tip.seal(at, &decided.collect::<Vec<_>>())?;
        let mut touched = executed.touched;
        if let Some(forcing) = forcing {
            forcing(&mut state, &mut touched);
        }
        let transitions = transitions.iter().map(|read| (read.id, read.issued_at)).collect::<Vec<_>>();
        let body = format!("block {}", sealed.tip.header.height()).into_bytes();
        let tiles = rows(author.grown(&sealed));
        let commit = Commit {
            epoch,
            sealed: &sealed,
            body,
            tiles,
            transitions: &transitions,
            state: &state,
            touched: &touched,
        };
        session.commit(commit).await?;
        match ending {
            Ending::Commits => Ok(Appended { sealed, rules: state.rules, outcomes: executed.outcomes, said }),
            Ending::Fails => Err(LedgerError::ForeignLogKey),
            Ending::Hangs => pending().await,
        }
    }
}

/// Everything that can be read at one moment.
#[derive(Default)]
pub(crate) struct Read {
    keys: BTreeSet<(PartyId, KeyId)>,
    transitions: Vec<(TransitionId, Time)>,
    needs: Needs,
    gate: Option<Gate>,
}

#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) head: Option<Head>,
    pub(crate) bodies: Vec<Vec<u8>>,
    pub(crate) checkpoint: Option<(u64, String)>,
    #[expect(dead_code, reason = "compared as text")]
    rest: Rest,
}

#[derive(Debug)]
#[expect(dead_code, reason = "compared as text")]
struct Rest {
    keys: BTreeSet<(KeyId, PartyId, String)>,
    decided: BTreeMap<TransitionId, Place>,
    places: Vec<Option<Place>>,
    tiles: BTreeMap<(i16, i64), Vec<u8>>,
    rules: RuleBook,
    state: State,
    some_bodies: Vec<Vec<u8>>,
}

impl Read {
    /// Reads everything that a script's transitions ask for.
    pub(crate) fn all(script: &Script) -> Self {
        let mut read = Self { keys: set(script.keys.iter().cloned()), ..Self::default() };
        for step in &script.steps {
            for (transition, _) in &step.batch {
                read.transitions.push((transition.id, transition.issued_at));
                read.needs.add(transition, step.at);
            }
        }
        read
    }

    pub(crate) fn in_two_parts() -> (Self, Gate) {
        let gate = Gate::new();
        (Self { gate: Some(gate.clone()), ..Self::default() }, gate)
    }
}

impl Work for Read {
    type Done = Seen;
    type Fault = LedgerError;

    async fn run<S: LedgerSession>(self, session: &mut S) -> Result<Seen, LedgerError> {
        let head = session.find_head().await?;
        if let Some(gate) = &self.gate {
            gate.pass().await;
        }
        let keys = session.find_keys(&self.keys).await?;
        let text = |(kid, party, key): (KeyId, PartyId, RegisteredKey)| (kid, party, format!("{key:?}"));
        let mut places = Vec::new();
        for (id, at) in &self.transitions {
            places.push(session.find_place(id, days(*at)).await?);
        }
        let decided = session.find_decided(&self.transitions).await?.into_iter().collect();
        let tiles = session.read_tiles(&[(0, 0), (1, 0), (0, 1)]).await?;
        let rules = session.load_rules().await?;
        let rest = Rest {
            keys: keys.into_iter().map(text).collect(),
            decided,
            places,
            tiles: tiles.into_iter().map(|row| ((row.level, row.tile), row.hashes)).collect(),
            state: session.load(&self.needs, rules.clone()).await?,
            rules,
            some_bodies: session.list_bodies(2, 3).await?,
        };
        let bodies = session.list_bodies(0, 1_000).await?;
        Ok(Seen { head, bodies, checkpoint: session.find_checkpoint().await?, rest })
    }
}
