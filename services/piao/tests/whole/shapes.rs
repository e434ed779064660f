//! The same blocks, adopted by the same ledger code on the other shape's database, come out byte for byte the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use piao_chain::execute::Safeguards;
use piao_domain::command::Kind;
use piao_ledger::{Adopter, ChainReader, Clock, Ledger, migrate_ledger};
use piao_protocol::export::read_block_line;
use piao_protocol::genesis::Genesis;
use piao_protocol::jws::Unverified;
use piao_store::embedded::{Embedded, start_embedded};
use piao_store::{Database, DatabaseConfig};
use piao_testkit::bus::TestBus;
use piao_testkit::chain::TestChain;
use piao_testkit::database::{ledger_database, ledger_schema};
use piao_testkit::follower::Follower;
use piao_testkit::scenario::{Contention, contention, rest};
use piao_testkit::world::{ledger_config, publish};
use piao_testkit::{body, replay};
use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::stage;

/// Enough for blocks of many sizes, tiles of more than one level, and each table of the state.
const INVOICES: u32 = 40;
/// Everything that the ledger keeps of a chain, in the order of its first columns. Two things are a ledger's own: the
/// epoch, which counts who has opened the database, and the checkpoint, which is signed when the clock says so.
const TABLES: [(&str, &str); 16] = [
    ("block", "*"),
    ("head", "chain, genesis, height, tree_size, peaks"),
    ("log_tile", "*"),
    ("decided", "*"),
    ("party", "*"),
    ("party_key", "*"),
    ("rule_set", "*"),
    ("quota_application", "*"),
    ("quota_account", "*"),
    ("number_segment", "*"),
    ("number_top", "*"),
    ("order_count", "*"),
    ("invoice", "*"),
    ("invoice_lock", "*"),
    ("checkpoint", "count(*) <= 1"),
    // Nothing is decided by it.
    ("sign_of_life", "count(*)"),
];

/// Every row of every table as PostgreSQL writes it.
type Dump = BTreeMap<&'static str, Vec<String>>;

/// A chain as one database holds it.
struct Chain {
    lines: Vec<bytes::Bytes>,
    root: String,
    dump: Dump,
}

/// The embedded database with the ledger's tables.
struct Inside {
    embedded: Embedded,
    database: Database,
    _directory: TempDir,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_the_platform_comes_out_the_same_on_the_embedded_database() {
    let platform = stage::start().await;
    let mut follower = stage::follower(&platform).await;
    let contention = contention(&platform.chain, platform.now(), INVOICES);
    stage::decide(&platform, &mut follower, &contention.phases).await;
    lock_book_and_settle(&platform.chain, &*platform.bus, &mut follower, &contention).await;
    stage::decide(&platform, &mut follower, &rest(&platform.chain, platform.now(), INVOICES)).await;
    let given = chain(&platform.reader, platform.database_url()).await;
    let inside = Inside::start().await;
    adopt(&platform.chain.genesis, &inside.database, &given).await;
    let reader = reader(&platform.chain.genesis, &inside.database);
    let lines = replay::lines(&reader).await;
    let replayed = replay::replay(&reader).await;
    let Inside { embedded, database, _directory } = inside;
    drop(reader);
    database.close();
    drop(database);
    // Its one connection is free now.
    let dump = dump(&embedded.database_url()).await;
    embedded.shutdown().await.unwrap();
    same(&given, &Chain { lines, root: replayed.root.to_string(), dump });
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_the_embedded_database_comes_out_the_same_on_the_platform_s() {
    let inside = Inside::start().await;
    let genesis_time = piao_domain::time::Time::from_unix(Clock::system().now() - 1);
    let test_chain = TestChain::new(genesis_time, 2);
    let bus = TestBus::in_process();
    let config = ledger_config(&test_chain, &inside.database, Arc::clone(&bus.bus), Safeguards::ALL);
    let ledger = tokio::spawn(Ledger::start(config).await.unwrap().run());
    let reader_inside = reader(&test_chain.genesis, &inside.database);
    let name = piao_bus::ServiceName::parse("test").unwrap();
    let blocks = bus.bus.blocks(name).await.unwrap();
    let mut follower = Follower::new(&test_chain.genesis, blocks, reader_inside.clone());
    let contention = contention(&test_chain, genesis_time.plus(1), INVOICES);
    for phase in &contention.phases {
        for message in phase.transitions.chunks(7) {
            publish(&*bus.bus, message).await;
        }
        follower.all(&stage::ids(&phase.transitions)).await;
    }
    lock_book_and_settle(&test_chain, &*bus.bus, &mut follower, &contention).await;
    for phase in rest(&test_chain, genesis_time.plus(1), INVOICES) {
        publish(&*bus.bus, &phase.transitions).await;
        follower.all(&stage::ids(&phase.transitions)).await;
    }
    bus.finish().await;
    ledger.await.unwrap().unwrap();
    let lines = replay::lines(&reader_inside).await;
    let root = replay::replay(&reader_inside).await.root.to_string();
    drop((reader_inside, follower));
    let Inside { embedded, database, _directory } = inside;
    database.close();
    drop(database);
    let given = Chain { lines, root, dump: dump(&embedded.database_url()).await };
    embedded.shutdown().await.unwrap();
    let (fresh, database) = ledger_database(4).await;
    adopt(&test_chain.genesis, &database, &given).await;
    same(&given, &chain(&reader(&test_chain.genesis, &database), fresh.url()).await);
    database.close();
}

impl Inside {
    async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let embedded = start_embedded(directory.path()).await.unwrap();
        migrate_ledger(&embedded.database_url(), &ledger_schema()).await.unwrap();
        let config: DatabaseConfig = embedded.database_config();
        let database = Database::connect(config).await.unwrap();
        Self { embedded, database, _directory: directory }
    }
}

/// All rivals lock everything; whoever won books, and settles every other invoice.
async fn lock_book_and_settle(
    chain: &TestChain,
    bus: &dyn piao_bus::Bus,
    follower: &mut Follower,
    contention: &Contention,
) {
    for place in 0..contention.invoices.len() {
        let locks = contention.rivals.iter().map(|rival| rival.locks[place].clone()).collect::<Vec<_>>();
        publish(bus, &locks).await;
    }
    let locks = contention.rivals.iter().flat_map(|rival| stage::ids(&rival.locks)).collect::<Vec<_>>();
    follower.all(&locks).await;
    let now = piao_domain::time::Time::from_unix(Clock::system().now());
    let mut uses = Vec::new();
    for (place, number) in contention.invoices.iter().enumerate() {
        let won = |lock: &piao_domain::ids::TransitionId| follower.decisions()[lock].code().is_none();
        let winner = contention.rivals.iter().find(|rival| won(&rival.locks[place].id)).unwrap();
        let mut sign = |kind: &str, body: &str| {
            uses.push(winner.enterprise.sign(chain.id(), now, kind, body));
        };
        let lock = winner.locks[place].id;
        match place % 3 {
            0 => sign("reimbursement.release", &body::use_lock(number, &lock, 1)),
            1 => sign("booking.book", &body::book(number)),
            _ => {
                sign("booking.book", &body::book(number));
                sign("reimbursement.settle", &body::use_lock(number, &lock, 1));
            }
        }
    }
    publish(bus, &uses).await;
    let ids = stage::ids(&uses);
    follower.all(&ids).await;
    assert!(ids.iter().all(|id| follower.decisions()[id].code().is_none()), "booked, settled, released");
}

fn reader(genesis: &Arc<Genesis>, database: &Database) -> ChainReader {
    ChainReader::new(database.clone(), ledger_schema(), Arc::clone(genesis), Clock::system())
}

async fn chain(reader: &ChainReader, url: &str) -> Chain {
    let root = replay::replay(reader).await.root.to_string();
    Chain { lines: replay::lines(reader).await, root, dump: dump(url).await }
}

/// Block 0 follows from the genesis file; every other is adopted, and compared with its line as it is.
async fn adopt(genesis: &Genesis, database: &Database, given: &Chain) {
    let began = Instant::now();
    let mut adopter = Adopter::open(database.clone(), ledger_schema(), genesis).await.unwrap();
    for line in &given.lines[1..] {
        adopter.adopt(std::str::from_utf8(line).unwrap()).await.unwrap();
    }
    println!("adopted {} blocks in {:?}", given.lines.len() - 1, began.elapsed());
    assert_eq!(adopter.tip().header.height() + 1, given.lines.len() as u64);
    // A block that was adopted is not adopted twice.
    assert!(adopter.adopt(std::str::from_utf8(&given.lines[1]).unwrap()).await.is_err());
}

async fn dump(url: &str) -> Dump {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let carrying = tokio::spawn(connection);
    client.batch_execute(&format!("SET search_path TO \"{}\"", ledger_schema())).await.unwrap();
    let known =
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()";
    let rows = client.query(known, &[]).await.unwrap();
    let mut known = rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>();
    known.retain(|table| !table.starts_with("__"));
    known.sort();
    let mut listed = TABLES.map(|(table, _)| table);
    listed.sort_unstable();
    assert_eq!(known, listed, "every table of the ledger is compared");
    let mut dump = Dump::new();
    for (table, columns) in TABLES {
        let query = format!(
            "SELECT t::text FROM (SELECT {columns} FROM {table}) AS t ORDER BY t::text COLLATE \"C\""
        );
        let rows = client.query(&query, &[]).await.unwrap();
        dump.insert(table, rows.iter().map(|row| row.get(0)).collect());
    }
    drop(client);
    carrying.await.unwrap().unwrap();
    dump
}

fn same(given: &Chain, found: &Chain) {
    assert_eq!(given.lines.len(), found.lines.len());
    assert!(given.lines == found.lines, "headers, transitions and outcomes, byte for byte");
    assert_eq!(given.root, found.root);
    for (table, rows) in &given.dump {
        assert!(*rows == found.dump[table], "table {table}");
        println!("{table}: {} rows", rows.len());
    }
    for (table, rows) in &given.dump {
        assert!(!rows.is_empty(), "a chain that says something of every table, {table} too");
    }
    let lines =
        given.lines[1..].iter().map(|line| read_block_line(std::str::from_utf8(line).unwrap()).unwrap());
    let accepted = lines.flat_map(|(_, transitions, outcomes)| transitions.into_iter().zip(outcomes));
    let accepted = accepted.filter(|(_, outcome)| outcome.code().is_none());
    let seen = accepted.map(|(jws, _)| Unverified::parse(jws).unwrap().claims().kind.clone());
    let seen = seen.collect::<BTreeSet<_>>();
    let every = Kind::ALL.iter().map(|kind| kind.as_str().to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(seen, every, "every type, accepted");
}
