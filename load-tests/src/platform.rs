//! The whole platform as it is shipped: `piao serve` with every service, on PostgreSQL and RabbitMQ.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use piao_client::{Client, Endpoints, Signed};
use piao_domain::time::Time;
use piao_protocol::encoding::base64url;
use piao_store::fresh::FreshDatabase;
use tokio::time::{Instant, sleep};

use crate::cast::{Cast, Enterprises, granted};
use crate::child::Running;
use crate::corpus::Corpus;
use crate::failure::Failure;
use crate::http::Connection;
use crate::part::Part;
use crate::processes::Program;
use crate::servers::{Servers, connect};
use crate::watch::Watch;

/// Name of the platform's process in tables.
pub(crate) const PIAO: &str = "piao";
/// Longest time to start, migrations included.
const START_WAIT_MAX: Duration = Duration::from_secs(120);
/// Between two looks at a platform that starts.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Longest time for one of the first transitions.
const DECIDED_WAIT_MAX: Duration = Duration::from_secs(60);

/// A running platform; it ends, and its database goes, when this is dropped.
pub(crate) struct Platform {
    pub(crate) running: Running,
    pub(crate) address: SocketAddr,
    pub(crate) database: FreshDatabase,
    pub(crate) cast: Cast,
    pub(crate) corpus: Corpus,
}

impl Platform {
    /// Starts it on a fresh database for a part and registers everybody. What the caller's own environment says of it
    /// holds.
    pub(crate) async fn start(
        servers: &Servers,
        folder: &Path,
        part: Part,
        now: Time,
    ) -> Result<Self, Failure> {
        let database = FreshDatabase::empty(&servers.database_url).await;
        let database = database.map_err(Failure::doing("making a database for the platform"))?;
        let cast = Cast::new(now)?;
        let folder = folder.join(part.name());
        std::fs::create_dir(&folder).map_err(Failure::doing("making a folder for the platform"))?;
        let address = free_address()?;
        let mut command = command(&cast, &folder)?;
        command.args(["serve", "--listen", &address.to_string()]);
        command.env("PIAO_DATABASE_URL", database.url()).env("PIAO_AMQP_URL", &servers.amqp_url);
        command.env("PIAO_AMQP_PREFIX", servers.names_of(part));
        let mut running = Running::start(PIAO, command, &folder)?;
        ready(address, &mut running).await?;
        let corpus = begin(&cast, &cast.enterprises, cast.beginnings(now), address).await?;
        Ok(Self { running, address, database, cast, corpus })
    }

    /// Registers more enterprises, and signs for them from then on.
    pub(crate) async fn join(&self, enterprises: &Enterprises, now: Time) -> Result<Corpus, Failure> {
        begin(&self.cast, enterprises, self.cast.joining(enterprises, now), self.address).await
    }

    /// Watches the programs that take part: the platform, the servers, and the generator.
    pub(crate) async fn watch(&self, servers: &Servers) -> Result<Watch, Failure> {
        let ours = [self.running.program(), Program::ourselves()];
        let programs = servers.programs.iter().cloned().chain(ours).collect();
        Ok(Watch::new(programs, connect(self.database.url()).await?).with_chain())
    }
}

/// `piao` with the files of the cast's chain.
fn command(cast: &Cast, folder: &Path) -> Result<Command, Failure> {
    let write = |name: &str, bytes: &[u8]| -> Result<PathBuf, Failure> {
        let path = folder.join(name);
        // The program takes no key that others can read.
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        made.and_then(|mut file| file.write_all(bytes)).map_err(Failure::doing(format!("writing {name}")))?;
        Ok(path)
    };
    let mut command = Command::new(program()?);
    command.env("PIAO_GENESIS_FILE", write("genesis.json", cast.chain.genesis.bytes())?);
    let seed = base64url::encode(&cast.chain.log_key().seed());
    command.env("PIAO_LOG_KEY_FILE", write("log-key", seed.as_bytes())?);
    command.env("PIAO_SEAL_KEY_FILE", write("seal-key", base64url::encode(&[3; 32]).as_bytes())?);
    Ok(command)
}

/// The binary that was built beside this program.
fn program() -> Result<PathBuf, Failure> {
    let us = std::env::current_exe().map_err(Failure::doing("finding this program"))?;
    let beside = us.with_file_name("piao");
    if beside.is_file() {
        return Ok(beside);
    }
    Err(Failure::new(format!("{} is not there: use `cargo xtask bench`, which builds it", beside.display())))
}

fn free_address() -> Result<SocketAddr, Failure> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    bound.map_err(Failure::doing("looking for a free port"))
}

async fn ready(address: SocketAddr, running: &mut Running) -> Result<(), Failure> {
    let since = Instant::now();
    loop {
        running.check()?;
        if let Ok(mut connection) = Connection::open(address).await
            && connection.get("/readyz").await.is_ok_and(|answer| answer.status == 200)
        {
            return Ok(());
        }
        if since.elapsed() > START_WAIT_MAX {
            return Err(Failure::new(format!("the platform is not ready in time{}", running.tail())));
        }
        sleep(LOOK_EVERY).await;
    }
}

async fn begin(
    cast: &Cast,
    enterprises: &Enterprises,
    beginnings: [Vec<piao_testkit::actor::Signed>; 2],
    address: SocketAddr,
) -> Result<Corpus, Failure> {
    let doing = || "beginning a load test";
    let endpoints = Endpoints::one(&format!("http://{address}")).map_err(Failure::doing(doing()))?;
    let client = Client::new(endpoints, cast.chain.id().clone(), None).map_err(Failure::doing(doing()))?;
    let mut segments = Vec::new();
    for signed in beginnings.into_iter().flatten() {
        let signed = Signed::parse(signed.jws, None).map_err(Failure::doing(doing()))?;
        let decision =
            client.submit_until_decided(&signed, DECIDED_WAIT_MAX).await.map_err(Failure::doing(doing()))?;
        let receipt = decision.accepted().map_err(Failure::doing(doing()))?;
        segments.extend(granted(&receipt.outcome));
    }
    Corpus::new(cast.chain.id(), enterprises, &segments)
}
