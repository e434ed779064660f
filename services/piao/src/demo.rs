//! `piao demo`: the whole main job over HTTP, with real signatures and the refusals that it is there for; then the
//! chain that came of it, audited in a second process, as it is and damaged.

mod cast;
mod examples;
mod export;
mod report;
mod say;
mod scenes;
mod stage;
mod tale;
mod tamper;

use std::net::{Ipv4Addr, SocketAddr};

use piao_edge::http::Limits;

use crate::cli::DemoArgs;
use crate::data_dir::{DataDir, read_genesis, read_identity, read_log_key, read_secret};
use crate::exit::Failure;
use crate::hands::language::Language;
use crate::init;
use crate::output::print;
use crate::platform::{Process, Shape, Start};
use crate::serve::note;
use crate::services::select;
use crate::stop::Stop;
use report::Report;
use say::{Say, say};
use stage::Stage;
use tale::Tale;

/// Runs it.
///
/// # Errors
/// [`Failure::Negative`] where the demo did not go as it must: a refusal missing, an audit failed, damage unseen.
pub(crate) async fn run(args: DemoArgs) -> Result<(), Failure> {
    let language = Language::chosen(args.language);
    // Before there is a folder with keys in it: from here on a signal is an end like any other, and the folder goes.
    let mut stop = Stop::listen()?;
    let folder = tempfile::Builder::new().prefix("piao-demo-").permissions(init::only_ours()).tempdir();
    let folder = folder.map_err(|error| Failure::fault("making a folder", error))?;
    let dir = DataDir::new(folder.path());
    let process = start(&dir).await?;
    let tale = Tale::new(language, args.json);
    let outcome = tokio::select! {
        outcome = play(&args, &process, tale, &dir) => outcome,
        () = stop.told() => {
            let told = language.pick("演示被信号中止，临时文件已清除", "the demo was told to end; its files are gone");
            Err(Failure::Undecided(told.to_owned()))
        }
    };
    if args.keep && outcome.is_ok() {
        note(kept(&process, &dir).told(language));
        process.run(stop).await?;
    } else {
        process.stop().await;
    }
    folder.close().map_err(|error| Failure::fault("removing the folder of the demo", error))?;
    outcome
}

async fn start(dir: &DataDir) -> Result<Process, Failure> {
    init::write(dir, "demo", "shenzhen")?;
    let genesis = read_genesis(&dir.genesis())?;
    Process::start(Start {
        shape: Shape::Embedded(dir.clone()),
        services: select(&[])?,
        genesis,
        log_key: Some(read_log_key(&dir.log_key())?),
        kept: None,
        standby: false,
        seal_key: read_secret(&dir.seal_key())?,
        node: None,
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        limits: Limits::default(),
    })
    .await
}

async fn play(args: &DemoArgs, process: &Process, tale: Tale, dir: &DataDir) -> Result<(), Failure> {
    tale.open(process.address)?;
    let mut stage = Stage::new(process, read_identity(&dir.bureau_key())?, tale)?;
    scenes::play(&mut stage).await?;
    let Stage { steps, tale, .. } = stage;
    let chain = export::write(&process.chain, &dir.path().join("chain.ndjson")).await?;
    // Other processes are waited for, which must not keep a signal waiting.
    let report = tokio::task::spawn_blocking(move || Report::of(steps, &chain)).await;
    let report = report.map_err(|error| Failure::fault("auditing the chain", error))??;
    if args.json {
        let text =
            serde_json::to_string_pretty(&report).map_err(|error| Failure::fault("writing JSON", error))?;
        print(&(text + "\n"))?;
    } else {
        tale.lines(&report.table())?;
        if !args.keep {
            tale.lines(&next())?;
        }
    }
    report.verdict()
}

/// What to try afterwards.
fn next() -> Say {
    // As it was started: whoever ran it through cargo has no `piao` on the path.
    let program = std::env::args().next().unwrap_or_else(|| "piao".to_owned());
    say!(
        "\n接下来可以试试\n  \
         {program} demo --keep     演示结束后继续提供服务：接口文档、指标、日志检查点\n  \
         {program} serve           在 ./piao-data 开始自己的链，再照 README.zh.md 的“命令行”一节逐条执行\n  \
         {program} demo --json     同样的内容，一个 JSON 文档",
        "\nWhat to try next\n  \
         {program} demo --keep     leaves it serving: documents of the interface, metrics, the log's checkpoint\n  \
         {program} serve           begins a chain of your own in ./piao-data; then follow *At the command line* of README.md\n  \
         {program} demo --json     the same as one JSON document"
    )
}

fn kept(process: &Process, dir: &DataDir) -> Say {
    let (address, folder) = (process.address, dir.path().display());
    say!(
        "正在 http://{address} 提供服务，文件在 {folder}；按 Ctrl-C 结束，文件随之清除\n  \
         http://{address}/docs   http://{address}/readyz   http://{address}/metrics   http://{address}/log/checkpoint",
        "serving at http://{address}, its files in {folder}; Ctrl-C ends it, and the files go\n  \
         http://{address}/docs   http://{address}/readyz   http://{address}/metrics   http://{address}/log/checkpoint"
    )
}
