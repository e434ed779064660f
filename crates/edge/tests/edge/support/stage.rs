//! A service with a server in front of it and everything behind it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use actix_web::{HttpResponse, get, post, web};
use piao_bus::{Bus, InProcessBus, InProcessConfig};
use piao_domain::command::Kind;
use piao_domain::ids::PartyId;
use piao_edge::caller::Role;
use piao_edge::clock::Clock;
use piao_edge::follow::{BlockDecoder, InvoiceProjection, LedgerReader, list_parties};
use piao_edge::http::{Head, HttpConfig, HttpHandle, HttpServed, Limits, List, ListQuery, serve};
use piao_edge::metrics::Metrics;
use piao_edge::migrations;
use piao_edge::problem::Problem;
use piao_edge::service::{Edge, Platform, Running, Service};
use piao_edge::submit::{JournalConfig, SealKey, Submission, VerifiedPool};
use piao_protocol::genesis::Genesis;
use piao_store::fresh::{FreshDatabase, Template, test_server_url};
use piao_store::{Database, DatabaseConfig, Schema};

use super::ledger::TestLedger;
use super::{Counting, NOW, TestClock, genesis};

/// Everything around services: a fresh database, a bus, a chain.
pub(crate) struct Stage {
    pub(crate) genesis: Arc<Genesis>,
    pub(crate) ledger: Arc<TestLedger>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) platform: Platform,
    _database: FreshDatabase,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with_bus(Arc::new(InProcessBus::new(InProcessConfig::default()))).await
    }

    pub(crate) async fn with_bus(bus: Arc<dyn Bus>) -> Self {
        let genesis = Arc::new(genesis());
        let ledger = TestLedger::new(&genesis);
        let database = fresh().await;
        let clock = Arc::new(TestClock(AtomicI64::new(NOW)));
        let journal = JournalConfig {
            republish_seconds: 1,
            sweep_every: Duration::from_millis(20),
            ..JournalConfig::default()
        };
        let platform = Platform {
            db: Database::connect(DatabaseConfig::new(database.url())).await.unwrap(),
            bus,
            ledger: Arc::clone(&ledger) as Arc<dyn LedgerReader>,
            genesis: Arc::clone(&genesis),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            random: Arc::new(Counting::new()),
            metrics: Metrics::new().unwrap(),
            decoder: Arc::new(BlockDecoder::new(&genesis)),
            verified: Some(Arc::new(VerifiedPool::new(1_000))),
            seal_key: SealKey::new([5; 32]),
            journal,
        };
        Self { genesis, ledger, clock, platform, _database: database }
    }

    /// The service that tests speak to: all types, invoices included.
    pub(crate) fn service(&self) -> Service {
        Service::new("edge_test", Kind::ALL).unwrap().project(InvoiceProjection)
    }

    pub(crate) fn start(&self) -> Running {
        self.service().start(&self.platform)
    }

    pub(crate) fn schema(&self) -> Schema {
        schema()
    }

    pub(crate) fn front(&self, running: &Running) -> Front {
        self.front_with(running, Limits::default())
    }

    /// A server that lets callers have no more than this.
    pub(crate) fn front_with(&self, running: &Running, limits: Limits) -> Front {
        let state = web::Data::new(TestService { edge: running.edge().clone() });
        let configure = move |config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>| {
            config.app_data(state.clone()).service(post_transition).service(get_me).service(get_parties);
        };
        let served = HttpServed { edge: running.edge().clone(), configure: Arc::new(configure) };
        let config = HttpConfig {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            workers: 1,
            title: "test".to_owned(),
            shutdown_seconds: 1,
            limits,
        };
        let (metrics, random) = (self.platform.metrics.clone(), Arc::clone(&self.platform.random));
        let handle = serve(&config, vec![served], metrics, random).unwrap();
        Front { handle, client: reqwest::Client::new() }
    }
}

fn schema() -> Schema {
    Schema::parse("edge_test").unwrap()
}

/// A copy of a template with the migrations of now.
pub(crate) async fn fresh() -> FreshDatabase {
    let server = test_server_url();
    // Migrations may change while they are written: a template of this process's own.
    let name = format!("edge_{}", std::process::id());
    let template = Template::ensure(&server, &name, async |url| {
        migrations::migrate(url, &schema(), [migrations::INVOICE]).await
    });
    FreshDatabase::copy(&server, &template.await.unwrap()).await.unwrap()
}

/// A server and a client of it.
pub(crate) struct Front {
    pub(crate) handle: HttpHandle,
    client: reqwest::Client,
}

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{} {}", self.status, self.body))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn code(&self) -> (u16, String) {
        (self.status, self.json()["code"].as_str().unwrap_or_default().to_owned())
    }
}

impl Front {
    pub(crate) async fn post(&self, jws: &str, headers: &[(&str, &str)]) -> Answer {
        let request =
            self.client.post(self.url("/v1/transitions")).header("content-type", "application/jose");
        answer(with(request, headers).body(jws.to_owned())).await
    }

    pub(crate) async fn post_json(&self, body: String) -> Answer {
        let request =
            self.client.post(self.url("/v1/transitions")).header("content-type", "application/json");
        answer(request.body(body)).await
    }

    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        answer(with(self.client.get(self.url(path)), headers)).await
    }

    /// Asks with any method and nothing else.
    pub(crate) async fn ask(&self, method: &str, path: &str) -> Answer {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        answer(self.client.request(method, self.url(path))).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.handle.address)
    }
}

fn with(mut request: reqwest::RequestBuilder, headers: &[(&str, &str)]) -> reqwest::RequestBuilder {
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request
}

async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: response.text().await.unwrap() }
}

struct TestService {
    edge: Edge,
}

#[utoipa::path(request_body = piao_edge::submit::SubmissionBody, responses((status = 201)))]
#[post("/v1/transitions")]
async fn post_transition(
    service: web::Data<TestService>,
    head: Head,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    service.edge.submit(&head, submission, Kind::ALL).await
}

#[utoipa::path(responses((status = 200, body = String)))]
#[get("/v1/me")]
async fn get_me(service: web::Data<TestService>, head: Head) -> Result<HttpResponse, Problem> {
    let caller = service.edge.caller(&head).await?;
    Ok(HttpResponse::Ok().json(caller.party().to_string()))
}

#[utoipa::path(params(ListQuery), responses((status = 200, body = List<String>)))]
#[get("/v1/parties")]
async fn get_parties(
    service: web::Data<TestService>,
    head: Head,
    query: web::Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    service.edge.caller(&head).await?.only(&[Role::Bureau])?;
    let (limit, after) = (query.limit()?, query.after(PartyId::parse)?);
    let read =
        service.edge.read(async move |connection| list_parties(connection, after.as_ref(), limit + 1).await);
    let page = List::page(read.await?, limit, |row| row.party.to_string(), |row| row.party.to_string());
    Ok(HttpResponse::Ok().json(page))
}
