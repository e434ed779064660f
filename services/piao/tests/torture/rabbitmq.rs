//! A RabbitMQ of the run's own, which may be killed and started again.

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::machines::{Machine, account};
use super::running::{PATIENCE, Running, is_within};

const USER: &str = "piao";
const PASSWORD: &str = "torture";
/// The header a client opens an AMQP 0-9-1 connection with (specification, section 4.2.2).
const PROTOCOL_HEADER: &[u8; 8] = b"AMQP\0\0\x09\x01";
/// The type of a method frame: the server answers with `connection.start`.
const METHOD_FRAME: u8 = 1;
/// Longest wait for the first byte of an answer.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(2);

/// The node, the mapper of names that it needs, and the place where it is.
pub(crate) struct RabbitMq {
    pub(crate) machine: Machine,
    folder: PathBuf,
    logs: PathBuf,
    address: std::net::SocketAddr,
    ports: [u16; 2],
    running: Running,
    _mapper: Running,
}

impl RabbitMq {
    /// Starts a node whose files are in a folder; it answers only after [`Self::answers`].
    pub(crate) fn launch(folder: &Path, logs: &Path) -> Self {
        let machine = Machine::new("rabbitmq");
        let address = machine.listens_at(5672);
        let ports = [machine.listens_at(4369).port(), machine.listens_at(25_672).port()];
        write(folder, address);
        let mut mapper = machine.command(Path::new("epmd"), account("rabbitmq"));
        mapper.args(["-address", "127.0.0.1", "-port", &ports[0].to_string()]);
        let mapper = Running::start("epmd", mapper, logs);
        let running = spawn(&machine, folder, logs, ports);
        let (folder, logs) = (folder.to_owned(), logs.to_owned());
        Self { machine, folder, logs, address, ports, running, _mapper: mapper }
    }

    pub(crate) fn url(&self) -> String {
        format!("amqp://{USER}:{PASSWORD}@{}/%2f", self.address)
    }

    pub(crate) async fn kill(&mut self) {
        self.running.kill().await;
    }

    /// Starts it again, and waits until it answers.
    pub(crate) async fn start_again(&mut self) {
        self.running = spawn(&self.machine, &self.folder, &self.logs, self.ports);
        self.answers().await;
    }

    /// Starts it again where it has ended by itself.
    pub(crate) async fn revive(&mut self) {
        if self.running.has_ended().is_some() {
            self.start_again().await;
        }
        self.answers().await;
    }

    pub(crate) fn signal(&self, signal: Signal) {
        self.running.signal(signal);
    }

    /// Waits until it answers AMQP, the last thing that it learns at its start.
    pub(crate) async fn answers(&self) {
        let answers = is_within(PATIENCE, async || {
            let first = timeout(ANSWER_WAIT_MAX, async {
                let mut stream = TcpStream::connect(self.address).await?;
                stream.write_all(PROTOCOL_HEADER).await?;
                stream.read_u8().await
            });
            matches!(first.await, Ok(Ok(METHOD_FRAME)))
        });
        assert!(answers.await, "RabbitMQ does not answer; the end of its log:\n  {}", self.running.tail());
    }
}

fn write(folder: &Path, address: std::net::SocketAddr) {
    std::fs::create_dir_all(folder.join("home")).unwrap();
    let settings = format!(
        "listeners.tcp.1 = {address}\ndefault_user = {USER}\ndefault_pass = {PASSWORD}\n\
         disk_free_limit.absolute = 64MB\nvm_memory_high_watermark.absolute = 1GB\n\
         log.console = true\nlog.console.level = warning\nlog.file = false\n"
    );
    let files = [
        ("home/.erlang.cookie", "torture"),
        ("enabled_plugins", "[].\n"),
        ("rabbitmq-env.conf", ""),
        ("rabbitmq.conf", &settings),
    ];
    let mut paths = vec![folder.to_owned(), folder.join("home")];
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        // Erlang takes no cookie that others may read.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
        paths.push(path);
    }
    if let Some((user, group)) = account("rabbitmq") {
        paths.iter().for_each(|path| chown(path, Some(user), Some(group)).unwrap());
    }
}

fn spawn(machine: &Machine, folder: &Path, logs: &Path, ports: [u16; 2]) -> Running {
    let plain = Path::new("/usr/lib/rabbitmq/bin/rabbitmq-server");
    let program = if plain.is_file() { plain } else { Path::new("rabbitmq-server") };
    let mut command = machine.command(program, account("rabbitmq"));
    let inside = |name: &str| folder.join(name);
    command.current_dir(folder);
    for (name, place) in [
        ("HOME", "home"),
        ("RABBITMQ_MNESIA_BASE", "mnesia"),
        ("RABBITMQ_LOG_BASE", "log"),
        ("RABBITMQ_SCHEMA_DIR", "schema"),
        ("RABBITMQ_GENERATED_CONFIG_DIR", "generated"),
        ("RABBITMQ_CONFIG_FILE", "rabbitmq.conf"),
        ("RABBITMQ_ADVANCED_CONFIG_FILE", "advanced.config"),
        ("RABBITMQ_CONF_ENV_FILE", "rabbitmq-env.conf"),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", "enabled_plugins"),
        ("RABBITMQ_PID_FILE", "pid"),
        ("ERL_CRASH_DUMP", "erl_crash.dump"),
    ] {
        command.env(name, inside(place));
    }
    command
        .env("RABBITMQ_NODENAME", format!("torture-{}@localhost", std::process::id()))
        .env("ERL_EPMD_PORT", ports[0].to_string())
        .env("RABBITMQ_DIST_PORT", ports[1].to_string())
        .env("ERL_EPMD_ADDRESS", "127.0.0.1")
        .env(
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
            "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}",
        )
        // The start script replaces itself by the node instead of standing between us and it.
        .env("RUNNING_UNDER_SYSTEMD", "true");
    Running::start("rabbitmq", command, logs)
}
