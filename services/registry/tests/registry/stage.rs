//! One process with a ledger, the service under test and its HTTP server.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use piao_bus::{Bus, InProcessBus, InProcessConfig};
use piao_chain::execute::Safeguards;
use piao_domain::time::Time;
use piao_edge::clock::{SystemClock, SystemRandom};
use piao_edge::follow::BlockDecoder;
use piao_edge::http::{HttpConfig, HttpHandle, HttpServed, Limits, serve};
use piao_edge::metrics::Metrics;
use piao_edge::service::{Platform, Running};
use piao_edge::submit::{JournalConfig, SealKey, VerifiedPool};
use piao_ledger::{BATCH_LIMITS, ChainReader, Clock, Ledger, LedgerConfig, LedgerError};
use piao_store::fresh::FreshDatabase;
use piao_testkit::actor::{Actor, Signed};
use piao_testkit::chain::TestChain;
use piao_testkit::database::{ledger_database, ledger_schema};
use tokio::task::JoinHandle;

/// Longer than anything takes here: a decision that is not there by then is a failure.
const WAIT: &str = "wait=25";

pub(crate) struct Stage {
    pub(crate) chain: TestChain,
    http: HttpHandle,
    client: reqwest::Client,
    running: Running,
    ledger: JoinHandle<Result<(), LedgerError>>,
    bus: Arc<dyn Bus>,
    /// The highest block that an answer spoke of, for which reads wait.
    height: AtomicU64,
    _fresh: FreshDatabase,
}

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{} {}", self.status, self.body))
    }

    /// The status, and the code where it is a problem.
    pub(crate) fn said(&self) -> String {
        match serde_json::from_str::<serde_json::Value>(&self.body) {
            Ok(json) if self.status >= 400 => {
                format!("{} {}", self.status, json["code"].as_str().unwrap_or_default())
            }
            Ok(_) | Err(_) => self.status.to_string(),
        }
    }
}

impl Stage {
    pub(crate) async fn start() -> Self {
        let chain = TestChain::new(Time::from_unix(Clock::system().now() - 1), 1);
        let (fresh, db) = ledger_database(6).await;
        piao_registry::migrate(fresh.url()).await.unwrap();
        let bus: Arc<dyn Bus> = Arc::new(InProcessBus::new(InProcessConfig::default()));
        let verified = Some(Arc::new(VerifiedPool::new(1_000)));
        let ledger = Ledger::start(LedgerConfig {
            database: db.clone(),
            schema: ledger_schema(),
            bus: Arc::clone(&bus),
            genesis: Arc::clone(&chain.genesis),
            log_key: chain.log_key(),
            clock: Clock::system(),
            limits: BATCH_LIMITS,
            verified: verified.clone(),
            safeguards: Safeguards::ALL,
        });
        let ledger = tokio::spawn(ledger.await.unwrap().run());
        let reader =
            ChainReader::new(db.clone(), ledger_schema(), Arc::clone(&chain.genesis), Clock::system());
        let platform = Platform {
            db,
            bus: Arc::clone(&bus),
            ledger: Arc::new(reader),
            genesis: Arc::clone(&chain.genesis),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            metrics: Metrics::new().unwrap(),
            decoder: Arc::new(BlockDecoder::new()),
            verified,
            seal_key: SealKey::new([5; 32]),
            journal: JournalConfig::default(),
        };
        let running = piao_registry::service().unwrap().start(&platform);
        let edge = running.edge().clone();
        let served = HttpServed { edge: edge.clone(), configure: piao_registry::configure(edge) };
        let http = listen(served, &platform);
        let (client, height) = (reqwest::Client::new(), AtomicU64::new(0));
        Self { chain, http, client, running, ledger, bus, height, _fresh: fresh }
    }

    pub(crate) async fn stop(self) {
        self.http.stop().await;
        self.running.stop().await;
        self.bus.close().await;
        self.ledger.await.unwrap().unwrap();
    }

    pub(crate) fn sign(&self, actor: &Actor, kind: &str, body: &str) -> Signed {
        actor.sign(self.chain.id(), Time::from_unix(Clock::system().now()), kind, body)
    }

    pub(crate) async fn post(&self, path: &str, signed: &Signed) -> Answer {
        let request = self.client.post(self.url(path)).header("content-type", "application/jose");
        self.answer(request.header("prefer", WAIT).body(signed.jws.to_string())).await
    }

    pub(crate) async fn submit(&self, actor: &Actor, path: &str, kind: &str, body: &str) -> Answer {
        self.post(path, &self.sign(actor, kind, body)).await
    }

    pub(crate) async fn accept(&self, actor: &Actor, path: &str, kind: &str, body: &str) {
        let answer = self.submit(actor, path, kind, body).await;
        assert_eq!(answer.status, 201, "{kind}: {}", answer.body);
    }

    /// Reads what is true after everything that was answered before.
    pub(crate) async fn get(&self, reader: Option<&Actor>, path: &str) -> Answer {
        let height = self.height.load(Ordering::Relaxed);
        let mut request = self.client.get(self.url(path)).header("piao-min-height", height.to_string());
        if let Some(reader) = reader {
            let now = Time::from_unix(Clock::system().now());
            let token = reader.key.sign_read_token(&reader.party, self.chain.id(), now, now.plus(240));
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.answer(request).await
    }

    pub(crate) async fn answer(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let height =
            response.headers().get("piao-height").and_then(|value| value.to_str().ok()?.parse().ok());
        self.height.fetch_max(height.unwrap_or_default(), Ordering::Relaxed);
        let status = response.status().as_u16();
        Answer { status, body: response.text().await.unwrap() }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.http.address)
    }
}

fn listen(served: HttpServed, platform: &Platform) -> HttpHandle {
    let config = HttpConfig {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        workers: 1,
        title: "test".to_owned(),
        shutdown_seconds: 1,
        limits: Limits::default(),
    };
    serve(&config, vec![served], platform.metrics.clone(), Arc::clone(&platform.random)).unwrap()
}
