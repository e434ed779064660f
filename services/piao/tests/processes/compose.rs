//! Every command of `docker-compose.yml` starts, outside of containers: with its arguments, its environment and its
//! health check, where only paths, hosts and ports are this machine's.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use piao_store::fresh::{FreshDatabase, test_server_url};
use piao_testkit::bus::TestBus;
use piao_testkit::follower::PATIENCE;
use tokio::process::Command;
use tokio::time::timeout;

use super::installation::{SERVICES, command};
use super::process::{Process, free_address};

const COMPOSE: &str = include_str!("../../../../docker-compose.yml");

/// The ledgers of the file: one leads and one stands by.
const LEDGERS: [&str; 2] = ["ledger", "ledger-standby"];

/// Everything of ours that serves.
fn served() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|(name, _)| *name).chain(std::iter::once(LEDGERS[1]))
}

/// Blocks of the file by their path, as far as they hold plain values: `services/ledger` → `command` → `[…]`.
type Blocks = BTreeMap<String, BTreeMap<String, String>>;

/// Reads the file as it is written here: two blanks a level, one key a line, anchors on whole blocks.
fn blocks() -> Blocks {
    let mut blocks = Blocks::new();
    let mut anchors = BTreeMap::new();
    let mut path: Vec<String> = Vec::new();
    for line in COMPOSE.lines().filter(|line| !line.trim().is_empty() && !line.trim().starts_with('#')) {
        let depth = (line.len() - line.trim_start().len()) / 2;
        let (key, value) = line.trim().split_once(':').expect("a key a line");
        let value = value.trim();
        path.truncate(depth);
        if let Some(anchor) = value.strip_prefix('&') {
            anchors.insert(anchor.to_owned(), key.to_owned());
        } else if let Some(anchor) = value.strip_prefix('*') {
            let of = anchors[anchor].clone();
            let into = if key == "<<" { path.join("/") } else { format!("{}/{key}", path.join("/")) };
            copy(&mut blocks, &of, &into);
        } else if !value.is_empty() {
            blocks.entry(path.join("/")).or_default().insert(key.to_owned(), value.to_owned());
        }
        path.push(key.to_owned());
    }
    blocks
}

fn copy(blocks: &mut Blocks, of: &str, into: &str) {
    let below = format!("{of}/");
    let found: Vec<_> = blocks
        .iter()
        .filter_map(|(path, values)| {
            let rest = if path == of { Some("") } else { path.strip_prefix(&below) };
            let rest = rest?;
            let path = if rest.is_empty() { into.to_owned() } else { format!("{into}/{rest}") };
            Some((path, values.clone()))
        })
        .collect();
    for (path, values) in found {
        blocks.entry(path).or_default().extend(values);
    }
}

fn words(list: &str) -> Vec<String> {
    serde_json::from_str(list).unwrap_or_else(|_| panic!("{list} is a list of words in quotation marks"))
}

/// Where things of the containers are on this machine.
struct Machine {
    folder: tempfile::TempDir,
    places: BTreeMap<String, SocketAddr>,
    prefix: String,
}

impl Machine {
    /// A value of the file with this machine's paths, hosts and ports.
    fn here(&self, service: &str, name: &str, value: &str) -> String {
        let own = self.places.get(service).map(ToString::to_string).unwrap_or_default();
        match name {
            "PIAO_LISTEN" => own,
            "PIAO_LEDGER_URL" => LEDGERS.iter().fold(value.to_owned(), |value, name| {
                value.replace(&format!("//{name}:8180"), &format!("//{}", self.places[*name]))
            }),
            "PIAO_AMQP_PREFIX" => self.prefix.clone(),
            _ => {
                let folder = self.folder.path().display().to_string();
                let (keys, secrets) = (format!("{folder}/keys"), format!("{folder}/secrets"));
                value
                    .replace("/var/lib/piao", &keys)
                    .replace("/run/secrets", &secrets)
                    .replace("/127.0.0.1/8180", &format!("/{}", own.replace(':', "/")))
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_compose_file_starts_and_becomes_healthy() {
    let blocks = blocks();
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docker/secrets.sh");
    let secrets = folder.path().join("secrets");
    let draw = || Command::new("sh").arg(&script).arg(&secrets).status();
    assert!(draw().await.unwrap().success());
    assert!(!draw().await.unwrap().success(), "secrets are never overwritten");
    let database = FreshDatabase::empty(&test_server_url()).await.unwrap();
    let bus = TestBus::rabbitmq();
    for (name, scheme, url) in [
        ("database-url", "postgres://piao:", database.url().to_owned()),
        ("amqp-url", "amqp://piao:", std::env::var("PIAO_TEST_AMQP_URL").unwrap()),
    ] {
        assert!(std::fs::read_to_string(secrets.join(name)).unwrap().starts_with(scheme), "{name}");
        std::fs::write(secrets.join(name), url).unwrap();
    }
    // A volume of the ledgers' own.
    let checkpoint = folder.path().join("keys-checkpoint");
    std::fs::create_dir(&checkpoint).unwrap();
    let places = served().map(|name| (name.to_owned(), free_address())).collect();
    let machine = Machine { folder, places, prefix: bus.prefix().unwrap().to_owned() };
    for _ in 0..2 {
        // Every `up` runs it again.
        let mut init = of(&blocks, &machine, "init");
        let done = init.output().await.unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let start = |name| Process::start(of(&blocks, &machine, name), machine.places[name]);
    let processes = served().map(start).collect::<Vec<_>>();
    for (process, name) in processes.iter().zip(served()) {
        process.ready().await;
        let test = words(&blocks[&format!("services/{name}/healthcheck")]["test"]);
        assert_eq!(test[0], "CMD");
        let arguments = test[2..].iter().map(|word| machine.here(name, "", word));
        let healthy = timeout(PATIENCE, Command::new(&test[1]).args(arguments).status()).await;
        assert!(healthy.unwrap().unwrap().success(), "{name} is healthy");
    }
    let kept = async {
        let mut beat = tokio::time::interval(std::time::Duration::from_millis(50));
        while !checkpoint.join("last-checkpoint").is_file() {
            beat.tick().await;
        }
    };
    timeout(PATIENCE, kept).await.expect("the ledger that leads keeps what it signs");
    for process in processes {
        process.terminate().await;
    }
    bus.finish().await;
}

/// The program as one service of the file starts it.
fn of(blocks: &Blocks, machine: &Machine, service: &str) -> Command {
    let block = &blocks[&format!("services/{service}")];
    assert_eq!(block["image"], "piao:0.1.0");
    let arguments = words(&block["command"]);
    let arguments = arguments.iter().map(|word| machine.here(service, "", word)).collect::<Vec<_>>();
    let mut command = command(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let environment = blocks.get(&format!("services/{service}/environment"));
    for (name, value) in environment.into_iter().flatten() {
        command.env(name, machine.here(service, name, value));
    }
    command
}

#[test]
fn every_service_of_the_program_is_in_the_compose_file_and_has_a_health_check() {
    let blocks = blocks();
    for name in served() {
        let command = words(&blocks[&format!("services/{name}")]["command"]);
        if LEDGERS.contains(&name) {
            assert_eq!(command, ["serve", "ledger", "--standby"]);
        } else {
            assert_eq!(command, ["serve", name]);
        }
        assert!(blocks.contains_key(&format!("services/{name}/healthcheck")), "{name}");
    }
    for name in ["postgres", "rabbitmq"] {
        let image = &blocks[&format!("services/{name}")]["image"];
        assert!(image.contains(':') && !image.ends_with("latest"), "{image} is pinned");
        assert!(blocks.contains_key(&format!("services/{name}/healthcheck")), "{name}");
    }
}
