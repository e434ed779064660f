//! Finding the servers' programs, and installing them where that is ours to do.

use super::account::Account;
use crate::failure::Failure;
use crate::process;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Debian's and Ubuntu's names of all that the tests need beside the Rust toolchain. What follows the first four cuts
/// machines off and sets clocks; where it is missing that is left out, and said.
const PACKAGES: [&str; 7] =
    ["postgresql", "rabbitmq-server", "python3-venv", "valgrind", "iproute2", "nftables", "libfaketime"];
/// Asked by Debian's maintainer scripts before they start a service; exit code 101 forbids it.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// The folder that holds `initdb` and `postgres`.
pub(crate) fn postgres_programs() -> Result<PathBuf, Failure> {
    found_or_installed("PostgreSQL (initdb, postgres)", super::DATABASE_URL, find_postgres)
}

/// The folder that holds the plain `rabbitmq-server` script, not Debian's wrapper, which changes the
/// user and the folder on its own.
pub(crate) fn rabbitmq_programs() -> Result<PathBuf, Failure> {
    found_or_installed("RabbitMQ (rabbitmq-server)", super::AMQP_URL, find_rabbitmq)
}

/// The folder that holds Valgrind.
pub(crate) fn valgrind() -> Result<PathBuf, Failure> {
    found_or_installed("Valgrind", "PATH to a folder that has it", || on_path("valgrind"))
}

/// Installs the programs that cut machines off, where that is ours to do; whoever needs them says so where they are not.
pub(crate) fn cutting_programs() {
    let is_root = Account::current().is_ok_and(Account::is_root);
    let is_missing = on_path("nft").is_none() || on_path("ip").is_none();
    if is_missing
        && is_root
        && on_path("apt-get").is_some()
        && let Err(failure) = install()
    {
        println!("going on without partitions: {failure}");
    }
}

/// Installs the packages of the whole test command once, or says what to install.
/// `instead` names the variable that makes `what` unnecessary.
pub(crate) fn found_or_installed(
    what: &str,
    instead: &str,
    find: impl Fn() -> Option<PathBuf>,
) -> Result<PathBuf, Failure> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if Account::current()?.is_root() && on_path("apt-get").is_some() {
        install()?;
    }
    find().ok_or_else(|| missing(what, instead))
}

fn missing(what: &str, instead: &str) -> Failure {
    Failure::Missing {
        what: what.into(),
        next: format!(
            "on Debian or Ubuntu: sudo apt-get install {} (nothing needs to be running); or set {instead}",
            PACKAGES.join(" ")
        ),
    }
}

/// The folder on PATH, or a usual system folder, that holds a program.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/bin", "/sbin", "/bin"].map(PathBuf::from))
        .find(|folder| folder.join(program).is_file())
}

fn find_postgres() -> Option<PathBuf> {
    newest_debian_postgres(Path::new("/usr/lib/postgresql"))
        .or_else(postgres_by_pg_config)
        .or_else(|| on_path("initdb"))
        .filter(|folder| ["initdb", "postgres", "pg_isready"].iter().all(|name| folder.join(name).is_file()))
}

/// Debian keeps each major version in a folder of its own, and none of them on PATH.
fn newest_debian_postgres(versions: &Path) -> Option<PathBuf> {
    std::fs::read_dir(versions)
        .ok()?
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            let version: u32 = folder.file_name()?.to_str()?.parse().ok()?;
            folder.join("bin/initdb").is_file().then(|| (version, folder.join("bin")))
        })
        .max()
        .map(|(_, folder)| folder)
}

fn postgres_by_pg_config() -> Option<PathBuf> {
    let mut ask = Command::new(on_path("pg_config")?.join("pg_config"));
    ask.arg("--bindir");
    let finished = process::run_quietly(ask, "asking pg_config", Duration::from_secs(10)).ok()?;
    finished.success.then(|| PathBuf::from(finished.output.trim()))
}

fn find_rabbitmq() -> Option<PathBuf> {
    // Without Erlang's own programs the script would only fail later and less clearly.
    on_path("erl").and(on_path("epmd"))?;
    let debian = PathBuf::from("/usr/lib/rabbitmq/bin");
    debian.join("rabbitmq-server").is_file().then_some(debian).or_else(|| on_path("rabbitmq-server"))
}

fn install() -> Result<(), Failure> {
    let next = "run the same command by hand to see more, then start again";
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    println!("installing {}", PACKAGES.join(", "));
    let _no_services = NoServices::declare()?;
    process::run(apt(&["update", "-q"]), "reading Debian's package lists", next)?;
    let mut arguments = vec!["install", "-q", "-y", "--no-install-recommends"];
    arguments.extend(PACKAGES);
    process::run(apt(&arguments), "installing the test servers", next)
}

/// Keeps the packages from starting services of the machine: the tests bring up their own.
/// Where somebody set a policy already, theirs stays.
struct NoServices {
    ours: bool,
}

impl NoServices {
    fn declare() -> Result<Self, Failure> {
        let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o755).open(POLICY);
        match made.and_then(|mut file| std::io::Write::write_all(&mut file, b"#!/bin/sh\nexit 101\n")) {
            Ok(()) => Ok(Self { ours: true }),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(Self { ours: false }),
            Err(source) => Err(Failure::Io { doing: format!("writing {POLICY}"), source }),
        }
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if self.ours
            && let Err(error) = std::fs::remove_file(POLICY)
        {
            eprintln!("could not remove {POLICY}, which keeps services from starting: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_postgres_with_a_server_is_chosen() {
        let place = super::super::place::Folder::create("test", Account::current().unwrap()).unwrap();
        // 17 holds client programs only, as Debian's `postgresql-client-17` leaves it.
        for (version, program) in [("9", "initdb"), ("15", "initdb"), ("17", "psql"), ("common", "initdb")] {
            let folder = place.path().join(version).join("bin");
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(program), "").unwrap();
        }
        assert_eq!(newest_debian_postgres(place.path()), Some(place.path().join("15/bin")));
        assert_eq!(newest_debian_postgres(&place.path().join("absent")), None);
    }

    #[test]
    fn what_is_missing_names_the_packages_and_the_way_around() {
        let failure = missing("X", "PIAO_X").to_string();
        assert!(failure.contains("apt-get install postgresql") && failure.contains("PIAO_X"), "{failure}");
    }
}
