//! A private RabbitMQ node: its own folders, cookie, ports and port mapper (epmd), so that it
//! neither meets nor disturbs another node of this machine.

use super::account::Account;
use super::install;
use super::place::{Folder, free_port, password};
use crate::failure::Failure;
use crate::process;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const READY_LIMIT: Duration = Duration::from_secs(120);
const LOG: &str = "output.log";
const USER: &str = "piao";
/// The header a client opens an AMQP 0-9-1 connection with (specification, section 4.2.2).
const PROTOCOL_HEADER: &[u8; 8] = b"AMQP\0\0\x09\x01";
/// The type of a method frame: the server answers with `connection.start`.
const METHOD_FRAME: u8 = 1;

/// A running node; dropping it shuts it down in order.
pub(crate) struct RabbitMq {
    url: String,
    port: u16,
    node: Child,
    epmd: Child,
    /// Dropped, and so removed, after both ended.
    folder: Folder,
}

impl RabbitMq {
    /// Starts a node; it takes connections only after [`Self::wait_until_ready`].
    pub(crate) fn launch() -> Result<Self, Failure> {
        let programs = install::rabbitmq_programs()?;
        let account = Account::of_server("rabbitmq")?;
        let folder = Folder::create("rabbitmq", account)?;
        let (port, epmd_port, password) = (free_port()?, free_port()?, password()?);
        write_configuration(&folder, port, &password)?;
        let log = folder.open_log(LOG)?;

        let mut mapper = account.command(Path::new("epmd"), "TERM");
        mapper.args(["-address", "127.0.0.1", "-port", &epmd_port.to_string()]);
        let epmd = spawn(mapper, &folder, &log)?;
        let mut server = account.command(&programs.join("rabbitmq-server"), "TERM");
        server.envs(environment(&folder, epmd_port)?);
        let node = match spawn(server, &folder, &log) {
            Ok(node) => node,
            Err(failure) => {
                let mut epmd = epmd;
                process::end(&mut epmd, "TERM");
                return Err(failure);
            }
        };
        let url = format!("amqp://{USER}:{password}@127.0.0.1:{port}/%2f");
        Ok(Self { url, port, node, epmd, folder })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Waits until the node answers AMQP, the last thing it learns at start.
    pub(crate) fn wait_until_ready(&mut self) -> Result<(), Failure> {
        let doing = "waiting for the private RabbitMQ";
        let since = Instant::now();
        while !answers_amqp(self.port) {
            process::check_interrupted()?;
            let ended = self.node.try_wait().map_err(Failure::io(doing))?;
            if ended.is_some() || since.elapsed() > READY_LIMIT {
                return Err(Failure::Command {
                    doing: doing.into(),
                    outcome: format!("it does not answer AMQP{}", self.folder.log_tail(LOG)),
                    next: format!("see the log above, or set {} to a server of yours", super::AMQP_URL),
                });
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

impl Drop for RabbitMq {
    fn drop(&mut self) {
        // Erlang stops its applications in order on SIGTERM; the mapper only after the node that uses it.
        process::end(&mut self.node, "TERM");
        process::end(&mut self.epmd, "TERM");
    }
}

fn answers_amqp(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let answer = || -> std::io::Result<u8> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(PROTOCOL_HEADER)?;
        let mut first = [0];
        stream.read_exact(&mut first)?;
        Ok(first[0])
    };
    answer().is_ok_and(|first| first == METHOD_FRAME)
}

fn spawn(mut command: Command, folder: &Folder, log: &std::fs::File) -> Result<Child, Failure> {
    let doing = "starting a private RabbitMQ";
    let output = log.try_clone().map_err(Failure::io(doing))?;
    let errors = log.try_clone().map_err(Failure::io(doing))?;
    command
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .spawn()
        .map_err(Failure::io(doing))
}

fn write_configuration(folder: &Folder, port: u16, password: &str) -> Result<(), Failure> {
    folder.make_dir("home")?;
    folder.write("home/.erlang.cookie", &super::place::password()?)?;
    // No plugins: none is used, and management would need ports of its own.
    folder.write("enabled_plugins", "[].\n")?;
    folder.write("rabbitmq-env.conf", "")?;
    folder.write(
        "rabbitmq.conf",
        &format!(
            "listeners.tcp.1 = 127.0.0.1:{port}\n\
             default_user = {USER}\n\
             default_pass = {password}\n\
             disk_free_limit.absolute = 64MB\n\
             vm_memory_high_watermark.absolute = 1GB\n\
             log.console = true\n\
             log.console.level = warning\n\
             log.file = false\n"
        ),
    )
}

/// Every path and name that the server's scripts would else take from the machine's own node.
fn environment(folder: &Folder, epmd_port: u16) -> Result<Vec<(&'static str, String)>, Failure> {
    Ok(vec![
        ("HOME", folder.inside("home")),
        // `localhost` resolves on every machine; the host's own name may not.
        ("RABBITMQ_NODENAME", format!("piao-{}@localhost", std::process::id())),
        ("RABBITMQ_MNESIA_BASE", folder.inside("mnesia")),
        ("RABBITMQ_LOG_BASE", folder.inside("log")),
        ("RABBITMQ_SCHEMA_DIR", folder.inside("schema")),
        ("RABBITMQ_GENERATED_CONFIG_DIR", folder.inside("generated")),
        ("RABBITMQ_CONFIG_FILE", folder.inside("rabbitmq.conf")),
        ("RABBITMQ_ADVANCED_CONFIG_FILE", folder.inside("advanced.config")),
        ("RABBITMQ_CONF_ENV_FILE", folder.inside("rabbitmq-env.conf")),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", folder.inside("enabled_plugins")),
        ("RABBITMQ_PID_FILE", folder.inside("pid")),
        ("RABBITMQ_DIST_PORT", free_port()?.to_string()),
        ("ERL_EPMD_PORT", epmd_port.to_string()),
        ("ERL_EPMD_ADDRESS", "127.0.0.1".into()),
        ("ERL_CRASH_DUMP", folder.inside("erl_crash.dump")),
        (
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
            "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}".into(),
        ),
        // Makes the start script replace itself by the node instead of standing between us and it.
        ("RUNNING_UNDER_SYSTEMD", "true".into()),
    ])
}
