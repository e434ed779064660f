//! What a team would build otherwise: an HTTP service that verifies one signature and commits once a request, with no
//! ledger. It gets the same signed transitions from the same generator, on the same PostgreSQL.

mod server;
mod signed;
mod store;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use piao_domain::time::Time;
use tokio::time::{Instant, sleep};

use crate::cast::{Cast, unasked_segments};
use crate::child::Running;
use crate::corpus::Corpus;
use crate::failure::Failure;
use crate::ground::Ground;
use crate::http::Connection;
use crate::measured::Row;
use crate::part::Part;
use crate::plan::Plan;
use crate::processes::Program;
use crate::rest::Target;
use crate::servers::Servers;

pub(crate) use server::run;

/// Name of its process in tables.
pub(crate) const SERVICE: &str = "service";
/// Names the environment variable with the address that it listens on.
const LISTEN: &str = "PIAO_BENCH_LISTEN";
const BASELINE: &str = include_str!("../sql/baseline_schema.sql");
const SCHEMA: &str = include_str!("../sql/service_schema.sql");
/// Longest time to start.
const START_WAIT_MAX: Duration = Duration::from_secs(30);
/// Between two looks at a service that starts.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Starts it and runs as many clients as other rows have that are not about their number.
pub(crate) async fn measure(
    plan: &Plan,
    servers: &Servers,
    folder: &Path,
    now: Time,
) -> Result<Row, Failure> {
    let ground = Ground::new(servers, &[BASELINE, SCHEMA].concat()).await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    let address = listener.map_err(Failure::doing("looking for a free port"))?;
    let listen = address.to_string();
    let mut running = ground.start(SERVICE, "--service-of", now, &[(LISTEN, listen.as_str())], folder)?;
    ready(address, &mut running).await?;

    let cast = Cast::new(now)?;
    let corpus = Corpus::new(cast.chain.id(), &cast.enterprises, &unasked_segments()?)?;
    let watch = ground.watch(servers, vec![running.program(), Program::ourselves()]).await?;
    let clients = plan.crowd();
    let name = format!("service without a ledger, one k256 verification and one commit, {clients} clients");
    let mut target = Target { running: &mut running, address, corpus: &corpus, watch: &watch };
    let mut guess = 4000.0;
    target.row(Row::new(Part::Service, name, "transitions"), plan, clients, &mut guess).await
}

async fn ready(address: SocketAddr, running: &mut Running) -> Result<(), Failure> {
    let since = Instant::now();
    while Connection::open(address).await.is_err() {
        running.check()?;
        if since.elapsed() > START_WAIT_MAX {
            return Err(Failure::new(format!("the service is not ready in time{}", running.tail())));
        }
        sleep(LOOK_EVERY).await;
    }
    Ok(())
}
