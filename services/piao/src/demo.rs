//! `piao demo`: the whole main job over HTTP, with real signatures and the refusals that it is there for; then the
//! chain that came of it, audited in a second process, as it is and damaged.

mod cast;
mod examples;
mod export;
mod report;
mod scenes;
mod stage;
mod tamper;

use std::net::{Ipv4Addr, SocketAddr};

use piao_edge::http::Limits;

use crate::cli::DemoArgs;
use crate::data_dir::{DataDir, read_genesis, read_identity, read_log_key, read_secret};
use crate::exit::Failure;
use crate::init;
use crate::output::print;
use crate::platform::{Process, Shape, Start};
use crate::serve::note;
use crate::services::select;
use crate::stop::Stop;
use report::Report;
use stage::Stage;

/// Runs it.
///
/// # Errors
/// [`Failure::Negative`] where the demo did not go as it must: a refusal missing, an audit failed, damage unseen.
pub(crate) async fn run(args: DemoArgs) -> Result<(), Failure> {
    let folder = tempfile::Builder::new().prefix("piao-demo-").tempdir();
    let folder = folder.map_err(|error| Failure::fault("making a folder", error))?;
    let dir = DataDir::new(folder.path());
    init::write(&dir, "demo", "shenzhen")?;
    let genesis = read_genesis(&dir.genesis())?;
    let start = Start {
        shape: Shape::Embedded(dir.clone()),
        services: select(&[])?,
        genesis,
        log_key: Some(read_log_key(&dir.log_key())?),
        seal_key: read_secret(&dir.seal_key())?,
        node: None,
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        limits: Limits::default(),
    };
    let process = Process::start(start).await?;
    let bureau = read_identity(&dir.bureau_key())?;
    let outcome = play(&args, &process, bureau, &dir).await;
    if args.keep && outcome.is_ok() {
        let stop = Stop::listen()?;
        note(&format!(
            "serving at http://{0}, its files in {1}; end it with Ctrl-C\n  http://{0}/docs   http://{0}/readyz   \
             http://{0}/metrics   http://{0}/log/checkpoint",
            process.address,
            dir.path().display()
        ));
        process.run(stop).await?;
    } else {
        process.stop().await;
    }
    outcome
}

async fn play(
    args: &DemoArgs,
    process: &Process,
    bureau: piao_client::Identity,
    dir: &DataDir,
) -> Result<(), Failure> {
    let mut stage = Stage::new(process, bureau, !args.json)?;
    scenes::play(&mut stage).await?;
    let chain = export::write(&process.chain, &dir.path().join("chain.ndjson")).await?;
    let report = Report::of(stage.steps, &chain)?;
    if args.json {
        let text =
            serde_json::to_string_pretty(&report).map_err(|error| Failure::fault("writing JSON", error))?;
        print(&(text + "\n"))?;
    } else {
        print(&report.table())?;
    }
    report.verdict()
}
