//! Every service as a process of its own, on a machine of its own, over the run's PostgreSQL and RabbitMQ.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use piao_client::{Client, Endpoints, Identity, KeyFile, Service};
use piao_protocol::genesis::Genesis;
use piao_testkit::actor::Actor;
use rustix::process::Signal;
use serde_json::Value;

use super::disk::Disks;
use super::machines::{Machine, network};
use super::postgres::Postgres;
use super::rabbitmq::RabbitMq;
use super::running::{PATIENCE, Running, is_within};
use super::settings::Kind;

/// The services, each with the client's name for it and the schema that its journal is in.
pub(crate) const SERVICES: [(&str, Service, &str); 6] = [
    ("ledger", Service::Ledger, "gateway"),
    ("registry", Service::Registry, "registry"),
    ("rules", Service::Rules, "rules"),
    ("issuance", Service::Issuance, "issuance"),
    ("claims", Service::Claims, "claims"),
    ("reimbursement", Service::Reimbursement, "reimbursement"),
];
/// The machine of a ledger beside the first, which opens the chain at once.
pub(crate) const SECOND: &str = "second";
/// That of one which stands by.
pub(crate) const STANDBY: &str = "standby";
const FAKETIME: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
];

/// The whole of it.
pub(crate) struct Platform {
    pub(crate) genesis: Arc<Genesis>,
    pub(crate) postgres: Postgres,
    pub(crate) rabbitmq: RabbitMq,
    pub(crate) folder: PathBuf,
    /// What PostgreSQL's files and the ledgers' own are on, where that is to go wrong.
    pub(crate) disks: Option<Disks>,
    places: BTreeMap<&'static str, (Machine, SocketAddr)>,
    running: BTreeMap<&'static str, Running>,
    /// The library that lets a process see another time.
    faketime: Option<&'static str>,
    /// Processes that ended without anybody killing them: what waits for a server at its start may.
    pub(crate) ended_alone: u64,
    http: reqwest::Client,
}

impl Platform {
    /// Starts servers and services in a folder, and waits until all are ready. Clocks that can be set and disks that can
    /// go wrong only where they are wanted.
    pub(crate) async fn start(folder: &Path, kinds: &[Kind]) -> Self {
        network();
        let disks = kinds.contains(&Kind::Disk).then(|| Disks::mount(folder));
        // Other accounts have folders in it.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder, open).unwrap();
        let rabbitmq = RabbitMq::launch(&folder.join("rabbitmq"), folder);
        let postgres = Postgres::start(&folder.join("postgres"), folder).await;
        rabbitmq.answers().await;
        let files = folder.join("files");
        let mut init = Command::new(env!("CARGO_BIN_EXE_piao"));
        init.args(["init", "--name", "torture", "--bureau", "shenzhen", "--out"]).arg(&files);
        assert!(init.output().unwrap().status.success(), "piao init");
        let genesis = Genesis::parse(&std::fs::read(files.join("genesis.json")).unwrap()).unwrap();
        let names = SERVICES.map(|(name, ..)| name).into_iter().chain([SECOND, STANDBY]);
        let places = names.map(|name| {
            let machine = Machine::new(name);
            let address = machine.listens_at(8180);
            (name, (machine, address))
        });
        let faketime =
            FAKETIME.into_iter().find(|path| kinds.contains(&Kind::Clock) && Path::new(path).is_file());
        let mut platform = Self {
            genesis: Arc::new(genesis),
            postgres,
            rabbitmq,
            folder: folder.to_owned(),
            disks,
            places: places.collect(),
            running: BTreeMap::new(),
            faketime,
            ended_alone: 0,
            http: reqwest::Client::builder().timeout(std::time::Duration::from_secs(5)).build().unwrap(),
        };
        platform.start_all().await;
        platform
    }

    pub(crate) fn machine(&self, name: &str) -> &Machine {
        match name {
            "postgres" => &self.postgres.machine,
            "rabbitmq" => &self.rabbitmq.machine,
            name => &self.places[name].0,
        }
    }

    pub(crate) fn base(&self, name: &str) -> String {
        format!("http://{}", self.places[name].1)
    }

    /// Whether processes can be told another time.
    pub(crate) const fn has_clocks(&self) -> bool {
        self.faketime.is_some()
    }

    /// Tells a process that it is so many seconds later than it is.
    pub(crate) fn set_clock(&self, name: &str, later: i64) {
        let path = self.folder.join(format!("{name}.clock"));
        let aside = path.with_extension("new");
        std::fs::write(&aside, format!("{later:+}\n")).unwrap();
        std::fs::rename(aside, path).unwrap();
    }

    /// Starts a service; a crash point lets it die there.
    pub(crate) fn launch(&mut self, name: &'static str, crash_point: Option<&str>) {
        let (machine, address) = &self.places[name];
        let mut command = machine.command(Path::new(env!("CARGO_BIN_EXE_piao")), None);
        command.arg("serve").args(match name {
            SECOND => &["ledger"][..],
            STANDBY => &["ledger", "--standby"][..],
            _ => std::slice::from_ref(&name),
        });
        self.environment(&mut command);
        command.env("PIAO_LISTEN", address.to_string());
        if let Some(point) = crash_point {
            command.env("PIAO_CRASH_POINT", point);
        }
        if let Some(library) = self.faketime {
            self.set_clock(name, 0);
            let clock = self.folder.join(format!("{name}.clock"));
            command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", clock);
            command.env("FAKETIME_CACHE_DURATION", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
        self.running.insert(name, Running::start(name, command, &self.folder));
    }

    /// What every process of the product is given.
    pub(crate) fn environment(&self, command: &mut Command) {
        let file = |name: &str| self.folder.join("files").join(name);
        command
            .env("PIAO_DATABASE_URL", self.postgres.url())
            .env("PIAO_AMQP_URL", self.rabbitmq.url())
            .env("PIAO_AMQP_PREFIX", "torture")
            .env("PIAO_GENESIS_FILE", file("genesis.json"))
            .env("PIAO_LOG_KEY_FILE", file("log-key"))
            .env("PIAO_CHECKPOINT_FILE", self.checkpoint_file())
            .env("PIAO_SEAL_KEY_FILE", file("seal-key"))
            .env("PIAO_NODE_KEY_FILE", file("node-key.json"))
            .env("PIAO_LEDGER_URL", format!("{},{}", self.base("ledger"), self.base(STANDBY)))
            // Everything comes from one address here.
            .env("PIAO_LIMIT_PERSONS", "1000/1000")
            .env("PIAO_LIMIT_WRITES", "1000/1000");
    }

    /// Where the ledgers of the chain, of which one leads, keep its last checkpoint.
    pub(crate) fn checkpoint_file(&self) -> PathBuf {
        let beside = || self.folder.join("files/last-checkpoint");
        self.disks.as_ref().map_or_else(beside, Disks::checkpoint_file)
    }

    pub(crate) fn signal(&self, name: &str, signal: Signal) {
        self.running[name].signal(signal);
    }

    pub(crate) async fn kill(&mut self, name: &str) {
        let mut running = self.running.remove(name).expect("a service that was started");
        running.kill().await;
    }

    /// Starts every service, and waits until all are ready.
    pub(crate) async fn start_all(&mut self) {
        SERVICES.into_iter().for_each(|(name, ..)| self.launch(name, None));
        self.all_ready().await;
    }

    /// Kills every service.
    pub(crate) async fn kill_all(&mut self) {
        for (name, ..) in SERVICES {
            self.kill(name).await;
        }
    }

    /// Waits until a service has ended by itself, and returns its exit code and its last words.
    pub(crate) async fn ended(&mut self, name: &str) -> (Option<i32>, String) {
        let running = self.running.get_mut(name).expect("a service that was started");
        let status = running.ended().await;
        (status.code(), running.tail())
    }

    /// Whether a service has ended by itself or at its crash point.
    pub(crate) fn has_ended(&mut self, name: &str) -> bool {
        self.running.get_mut(name).is_none_or(|running| running.has_ended().is_some())
    }

    /// What a service says of itself when asked whether it is ready, with the status.
    pub(crate) async fn readiness(&self, name: &str) -> Option<(u16, Value)> {
        let answer = self.http.get(format!("{}/readyz", self.base(name))).send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, serde_json::from_str(&answer.text().await.ok()?).ok()?))
    }

    /// Waits until a service is ready, and starts it again whenever it ends meanwhile, as what watches over it would.
    pub(crate) async fn ready(&mut self, name: &'static str) {
        let mut last = None;
        let ready = is_within(PATIENCE, async || {
            if self.has_ended(name) {
                self.ended_alone += 1;
                self.launch(name, None);
            }
            last = self.readiness(name).await;
            last.as_ref().is_some_and(|(status, _)| *status == 200)
        });
        if !ready.await {
            panic!("{name} is not ready: {last:?}; the end of its log:\n  {}", self.running[name].tail());
        }
    }

    pub(crate) async fn all_ready(&mut self) {
        for (name, ..) in SERVICES {
            self.ready(name).await;
        }
    }

    /// A client of all services, as the bureau.
    pub(crate) fn bureau(&self) -> Client {
        self.client(KeyFile::read(&self.folder.join("files/bureau-key.json")).unwrap())
    }

    /// A client of all services, as somebody with a key.
    pub(crate) fn acting_as(&self, actor: Actor) -> Client {
        self.client(Identity::new(actor.party, actor.key))
    }

    fn client(&self, identity: Identity) -> Client {
        let mut endpoints = Endpoints::one(&self.base("ledger")).unwrap();
        for (name, service, _) in SERVICES {
            endpoints = endpoints.with(service, &self.base(name)).unwrap();
        }
        Client::new(endpoints, self.genesis.chain().clone(), Some(identity)).unwrap()
    }
}
