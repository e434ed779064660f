//! What a service may rely on in its journal, its read model and its keys: asked of PostgreSQL and of the simulator.

use std::fmt::Debug;
use std::sync::Arc;

use piao_bus::{InProcessBus, InProcessConfig};
use piao_domain::command::Kind;
use piao_domain::ids::{KeyId, PartyId};
use piao_domain::time::Time;
use piao_edge::clock::{SystemClock, SystemRandom};
use piao_edge::follow::{Applied, Block, BlockDecoder, FollowStore, InvoiceProjection};
use piao_edge::keys::{KeyStore, PgKeys};
use piao_edge::metrics::Metrics;
use piao_edge::migrations;
use piao_edge::service::{Platform, Service, Stores};
use piao_edge::submit::{Entry, JournalConfig, JournalStore, SealKey, TransitionKey};
use piao_ledger::{ChainReader, Clock};
use piao_store::Schema;
use piao_store::fresh::{FreshDatabase, test_server_url};
use piao_testkit::chain::TestChain;
use piao_testkit::database::{ledger_schema, open};
use piao_testkit::sim::{Bugs, EdgeServer, EdgeStore, EdgeTables, Machine, Sim, Trace};

use crate::script::{Script, now};

struct Kept {
    journal: Arc<dyn JournalStore>,
    follow: Arc<dyn FollowStore>,
    keys: Arc<dyn KeyStore>,
}

async fn postgres(chain: &TestChain) -> (FreshDatabase, Kept) {
    let fresh = FreshDatabase::empty(&test_server_url()).await.unwrap();
    let schema = Schema::parse("sim").unwrap();
    migrations::migrate(fresh.url(), &schema, [migrations::INVOICE]).await.unwrap();
    let db = open(fresh.url(), 4).await;
    let genesis = Arc::clone(&chain.genesis);
    let platform = Platform {
        db: db.clone(),
        bus: Arc::new(InProcessBus::new(InProcessConfig::default())),
        ledger: Arc::new(ChainReader::new(
            db.clone(),
            ledger_schema(),
            Arc::clone(&genesis),
            Clock::system(),
        )),
        genesis: Arc::clone(&genesis),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        metrics: Metrics::new().unwrap(),
        decoder: Arc::new(BlockDecoder::new(&genesis)),
        verified: None,
        seal_key: SealKey::new([5; 32]),
        journal: JournalConfig::default(),
    };
    let service = Service::new("sim", Kind::ALL).unwrap().project(InvoiceProjection);
    let Stores { journal, follow } = service.stores(&platform);
    (fresh, Kept { journal, follow, keys: Arc::new(PgKeys::new(db, schema)) })
}

fn simulated(chain: &TestChain) -> Kept {
    let sim = Sim::new(1, Trace::brief());
    let server = EdgeServer::new(&sim, Arc::clone(&chain.genesis), Arc::<EdgeTables>::default());
    let store = Arc::new(EdgeStore::new(server, Machine::start(&sim, "service"), Bugs::default()));
    Kept { journal: store.clone(), follow: store.clone(), keys: store }
}

/// Everything that a store said, in order.
#[derive(Default)]
struct Said(Vec<String>);

impl Said {
    fn hear(&mut self, asked: &str, answer: impl Debug) {
        self.0.push(format!("{asked}: {answer:?}"));
    }
}

/// Keys of parties, half of which no block registers at first.
type Keys = [(PartyId, KeyId)];

async fn play(kept: &Kept, blocks: &[Block], keys: &Keys) -> Vec<String> {
    let mut said = Said::default();
    let entries = blocks.iter().flat_map(Block::entries).map(|decided| Entry {
        key: decided.key(),
        kind: decided.command().kind(),
        party: decided.signer().clone(),
        jws: Arc::clone(decided.transition().compact()),
        sealed: None,
    });
    let entries = entries.collect::<Vec<_>>();
    journal(kept, &entries, &mut said).await;
    for place in [1, 0, 0, 2, 1, 1] {
        said.hear("out of order", kept.follow.apply(&blocks[place]).await.unwrap());
        said.hear("position", kept.follow.position().await.unwrap());
    }
    for block in &blocks[2..] {
        assert_eq!(kept.follow.apply(block).await.unwrap(), Applied::Here);
        follow(kept, &entries, keys, &mut said).await;
    }
    said.hear("write decided", kept.journal.write(&entries, now()).await.unwrap().len());
    kept.follow.clear().await.unwrap();
    // Receipts stay when a read model goes.
    follow(kept, &entries, keys, &mut said).await;
    for block in blocks {
        said.hear("again", kept.follow.apply(block).await.unwrap());
    }
    follow(kept, &entries, keys, &mut said).await;
    said.0
}

async fn journal(kept: &Kept, entries: &[Entry], said: &mut Said) {
    let journal = &kept.journal;
    said.hear("find nothing", journal.find(entries[0].key).await.unwrap());
    // One batch, then one of which half is there.
    said.hear("write", journal.write(&entries[..3], now().plus(5)).await.unwrap());
    said.hear("write again", journal.write(&entries[1..5], now().plus(9)).await.unwrap());
    said.hear("open", journal.count_open().await.unwrap());
    // Each is due when its time comes, twice as long after the time before, and so on for hours.
    let mut at = now();
    for _ in 0..400 {
        at = at.plus(13);
        let due = journal.take_due(at, 5, 100).await.unwrap();
        let mut due = due.into_iter().map(|due| (due.id, due.jws)).collect::<Vec<_>>();
        due.sort_unstable();
        if !due.is_empty() {
            said.hear(&format!("due at {}", at.unix() - now().unix()), due);
        }
    }
    journal.make_all_due(at).await.unwrap();
    said.hear("some due", journal.take_due(at, 5, 2).await.unwrap().len());
    said.hear("all due", journal.take_due(at, 5, 100).await.unwrap().len());
    said.hear("none due", journal.take_due(at, 5, 100).await.unwrap().len());
    let absent = TransitionKey::new(entries[0].key.id, Time::from_unix(0));
    said.hear("another day", journal.find(absent).await.unwrap());
}

async fn follow(kept: &Kept, entries: &[Entry], keys: &Keys, said: &mut Said) {
    said.hear("position", kept.follow.position().await.unwrap());
    said.hear("open", kept.journal.count_open().await.unwrap());
    for entry in entries {
        said.hear("journalled", kept.journal.find(entry.key).await.unwrap());
    }
    for (party, kid) in keys {
        said.hear("key", kept.keys.find(party, *kid).await.unwrap());
        said.hear("party", kept.keys.party_exists(party).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulator_keeps_a_service_s_data_as_postgresql_does() {
    let (script, chain) = (Script::new(), TestChain::new(now(), 1));
    let lines = script.lines(&crate::simulated()).await;
    let blocks = lines.iter().map(|line| Block::decode(line.as_bytes()).unwrap()).collect::<Vec<_>>();
    let (_fresh, postgres) = postgres(&chain).await;
    let real = play(&postgres, &blocks, &script.keys).await;
    let simulated = play(&simulated(&chain), &blocks, &script.keys).await;
    assert!(real.len() > 100, "{} answers", real.len());
    for (place, (real, simulated)) in real.iter().zip(&simulated).enumerate() {
        assert_eq!(real, simulated, "answer {place}");
    }
    assert_eq!(real.len(), simulated.len());
}
