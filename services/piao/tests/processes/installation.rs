//! The files that `piao init` writes, a database and names at the broker: what processes are started on.

use std::net::SocketAddr;
use std::sync::Arc;

use piao_client::{Client, Endpoints, Identity, KeyFile, Service};
use piao_ledger::{ChainReader, Clock};
use piao_protocol::genesis::Genesis;
use piao_store::fresh::{FreshDatabase, test_server_url};
use piao_testkit::actor::Actor;
use piao_testkit::bus::TestBus;
use piao_testkit::database::{ledger_schema, open};
use tempfile::TempDir;
use tokio::process::Command;

use super::process::{PIAO, Process, free_address};

/// The services, each with the client's name for it.
pub(crate) const SERVICES: [(&str, Service); 6] = [
    ("ledger", Service::Ledger),
    ("registry", Service::Registry),
    ("rules", Service::Rules),
    ("issuance", Service::Issuance),
    ("claims", Service::Claims),
    ("reimbursement", Service::Reimbursement),
];

/// What processes are started on.
pub(crate) struct Installation {
    /// The genesis file of its chain.
    pub(crate) genesis: Arc<Genesis>,
    /// Its names at the broker.
    pub(crate) bus: TestBus,
    folder: TempDir,
    database: FreshDatabase,
    places: Vec<(&'static str, SocketAddr)>,
}

impl Installation {
    /// Runs `piao init` in a new folder. Services named in one group share a process and an address.
    pub(crate) async fn new(groups: &[&[&'static str]]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("files");
        let mut init = command(&["init", "--name", "test", "--bureau", "shenzhen", "--out"]);
        let done = init.arg(&out).output().await.unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let genesis = Genesis::parse(&std::fs::read(out.join("genesis.json")).unwrap()).unwrap();
        let database = FreshDatabase::empty(&test_server_url()).await.unwrap();
        let mut places = Vec::new();
        for group in groups {
            let address = free_address();
            places.extend(group.iter().map(|service| (*service, address)));
        }
        Self { genesis: Arc::new(genesis), bus: TestBus::rabbitmq(), folder, database, places }
    }

    /// Starts some services in one process.
    pub(crate) fn start(&self, services: &[&str]) -> Process {
        self.start_with(services, &[])
    }

    /// As [`Installation::start`], with more in its environment.
    pub(crate) fn start_with(&self, services: &[&str], more: &[(&str, &str)]) -> Process {
        let address = self.address(services[0]);
        let mut command = self.command(&["serve"]);
        command.args(services).env("PIAO_LISTEN", address.to_string()).envs(more.iter().copied());
        Process::start(command, address)
    }

    /// Starts a service that runs already once more, at an address of its own.
    pub(crate) fn start_beside(&self, service: &str) -> Process {
        self.start_at(free_address(), service, &[])
    }

    /// As [`Installation::start_beside`], at this address and with more in its environment.
    pub(crate) fn start_at(&self, address: SocketAddr, service: &str, more: &[(&str, &str)]) -> Process {
        let mut command = self.command(&["serve"]);
        command.arg(service).env("PIAO_LISTEN", address.to_string()).envs(more.iter().copied());
        Process::start(command, address)
    }

    /// The program with everything in its environment that a service is given.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let file = |name: &str| self.folder.path().join("files").join(name);
        let mut command = command(arguments);
        command
            .env("PIAO_DATABASE_URL", self.url())
            .env("PIAO_AMQP_URL", std::env::var("PIAO_TEST_AMQP_URL").unwrap())
            .env("PIAO_AMQP_PREFIX", self.bus.prefix().unwrap())
            .env("PIAO_GENESIS_FILE", file("genesis.json"))
            .env("PIAO_LOG_KEY_FILE", file("log-key"))
            .env("PIAO_SEAL_KEY_FILE", file("seal-key"))
            .env("PIAO_NODE_KEY_FILE", file("node-key.json"))
            .env("PIAO_LEDGER_URL", format!("http://{}", self.address("ledger")));
        command
    }

    /// The database's address.
    pub(crate) fn url(&self) -> &str {
        self.database.url()
    }

    /// The chain as it stands in the database.
    pub(crate) async fn reader(&self) -> ChainReader {
        let database = open(self.url(), 2).await;
        ChainReader::new(database, ledger_schema(), Arc::clone(&self.genesis), Clock::system())
    }

    /// A client of all services, as the bureau that `piao init` made.
    pub(crate) fn bureau(&self) -> Client {
        self.client(KeyFile::read(&self.folder.path().join("files/bureau-key.json")).unwrap())
    }

    /// A client of all services, as somebody with a key.
    pub(crate) fn acting_as(&self, actor: Actor) -> Client {
        self.client(Identity::new(actor.party, actor.key))
    }

    fn client(&self, identity: Identity) -> Client {
        let mut endpoints = Endpoints::one(&format!("http://{}", self.address("ledger"))).unwrap();
        // A service that no process of this installation runs is asked nothing.
        for (name, service) in SERVICES.into_iter().filter(|(name, _)| self.runs(name)) {
            endpoints = endpoints.with(service, &format!("http://{}", self.address(name))).unwrap();
        }
        Client::new(endpoints, self.genesis.chain().clone(), Some(identity)).unwrap()
    }

    fn runs(&self, service: &str) -> bool {
        self.places.iter().any(|(name, _)| *name == service)
    }

    pub(crate) fn address(&self, service: &str) -> SocketAddr {
        self.places.iter().find(|(name, _)| *name == service).expect("a service of this installation").1
    }
}

/// The program, with nothing of the caller's environment that could be meant for it.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(PIAO);
    command.args(arguments).env_clear().envs(std::env::vars().filter(|(name, _)| !name.starts_with("PIAO_")));
    command
}
