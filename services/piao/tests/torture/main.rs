//! The whole platform as real processes, on a PostgreSQL and a RabbitMQ of its own, while a seed kills, stops and cuts off
//! whatever it finds; then everything is held against what was promised.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test panics and tells what it measured")]

mod afterwards;
mod cast;
mod checks;
mod conductor;
mod confine;
mod counts;
mod disk;
mod edges;
mod faults;
mod history;
mod load;
mod machines;
mod platform;
mod postgres;
mod rabbitmq;
mod record;
mod restore;
mod running;
mod sabotage;
mod settings;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use cast::Cast;
use conductor::Conductor;
use disk::Disks;
use edges::Edges;
use history::History;
use load::Load;
use platform::Platform;
use settings::{Kind, Settings};

/// A folder of the run's own. It stays where the run fails.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let path = std::env::temp_dir().join(format!("piao-torture-{name}-{nanos}"));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("everything is kept in {}", self.0.display());
        } else {
            std::fs::remove_dir_all(&self.0).ok();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_dies_or_is_cut_off_what_was_promised_holds() {
    if let Some(good) = confine::again("whatever_dies_or_is_cut_off_what_was_promised_holds") {
        assert!(good, "see above");
        return;
    }
    let settings = Settings::of_environment();
    let folder = Folder::new(&settings.seed.to_string());
    let settings = possible(settings, folder.path());
    let mut platform = Platform::start(folder.path(), &settings.kinds).await;
    let settings = with_clocks(settings, &platform);
    let history = Arc::new(History::new());
    let cast = Cast::enter(&platform, &history).await;
    let edges = Edges::new(&platform.base("ledger"), Arc::clone(&history));
    let load = Load::new(cast, edges, settings.seed);
    let living = load.start();
    let mut conductor = Conductor::new(&mut platform);
    conductor.run(&settings).await;
    let Conductor { counts, mut flaws, .. } = conductor;
    load.stop();
    let lives = living.await.unwrap();
    let (more, record) = afterwards::check(&platform, &load, &history).await;
    flaws.extend(more);
    let (operations, _) = history.look();
    let unknown = operations.iter().filter(|operation| operation.returned.is_none()).count();
    println!(
        "tortured: seed {} seconds {} kinds {} {counts} lives {lives} transitions {} unknown {unknown} \
         ended_alone {} flaws {}",
        settings.seed,
        settings.lasting.as_secs(),
        settings.kinds_named(),
        record.decisions.len(),
        platform.ended_alone,
        flaws.len()
    );
    std::fs::write(folder.path().join("history.txt"), history.to_text()).unwrap();
    let seed = settings.seed;
    assert!(flaws.is_empty(), "seed {seed}: {} things are wrong:\n{}", flaws.len(), shown(&flaws));
}

/// What can be done here; what cannot is said.
fn possible(mut settings: Settings, folder: &Path) -> Settings {
    settings.kinds.retain(|kind| {
        let missing = missing(*kind, folder);
        if let Some(missing) = &missing {
            say(&format!("SKIPPED: {}, which needs {missing}", kind.name()));
        }
        missing.is_none()
    });
    settings
}

/// What a kind of fault needs that is not here.
fn missing(kind: Kind, folder: &Path) -> Option<String> {
    if kind.needs_confinement() && !confine::is_confined() {
        return Some("a network and mounts of its own".to_owned());
    }
    let disks = if kind == Kind::Disk { Disks::possible(folder) } else { Ok(()) };
    disks.err().map(|why| format!("a disk in a file: {why}"))
}

fn with_clocks(mut settings: Settings, platform: &Platform) -> Settings {
    if settings.wants(Kind::Clock) && !platform.has_clocks() {
        say("SKIPPED: clock, which needs Debian's package libfaketime");
        settings.kinds.retain(|kind| *kind != Kind::Clock);
    }
    settings
}

/// Says what is left out. What a test prints is shown only where it fails; this always is.
fn say(what: &str) {
    writeln!(std::io::stderr(), "{what}").ok();
}

fn shown(flaws: &[String]) -> String {
    flaws.iter().take(20).map(|flaw| format!("- {flaw}\n")).collect()
}
