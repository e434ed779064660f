//! A network, mounts and process numbers of our own, so that machines can be cut off from each other, and so that nothing
//! is left of a run, however it ends.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

/// Set for a process that is confined.
const CONFINED: &str = "PIAO_TORTURE_CONFINED";
/// Set by whoever wants it to run as it does where it cannot be confined.
const UNCONFINED: &str = "PIAO_TORTURE_UNCONFINED";
const UNSHARE: [&str; 7] =
    ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation=private"];

/// Whether this process has a network, mounts and process numbers of its own.
pub(crate) fn is_confined() -> bool {
    std::env::var_os(CONFINED).is_some()
}

/// Runs one test of this program once more, confined, and says how it ended. Nothing where that cannot be done here.
pub(crate) fn again(test: &str) -> Option<bool> {
    if is_confined() {
        return None;
    }
    if let Err(missing) = possible() {
        super::say(&format!("NOT CONFINED: {missing}; no partitions, no full disk"));
        return None;
    }
    let us = std::env::current_exe().unwrap();
    let mut command = Command::new("unshare");
    command.args(UNSHARE).arg("--").arg(us).args(["--exact", test, "--nocapture"]);
    let mut child = command.env(CONFINED, "1").stdout(Stdio::piped()).spawn().unwrap();
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
        // Its own count of tests would be taken for another test.
        if !line.starts_with("test ") && !line.starts_with("running ") && !line.is_empty() {
            println!("{line}");
        }
    }
    Some(child.wait().unwrap().success())
}

fn possible() -> Result<(), String> {
    if std::env::var_os(UNCONFINED).is_some() {
        return Err(format!("{UNCONFINED} is set"));
    }
    if !is_root() {
        return Err("not root".to_owned());
    }
    for program in ["ip", "nft", "setpriv"] {
        if !["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
            .iter()
            .any(|folder| std::path::Path::new(folder).join(program).is_file())
        {
            return Err(format!("there is no program `{program}`"));
        }
    }
    let bridge = "ip link add try type bridge && mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns \
                  && ip netns add try && ip netns exec try nft list ruleset";
    let tried = Command::new("unshare").args(UNSHARE).args(["--", "sh", "-c", bridge]).output();
    let tried = tried.map_err(|error| format!("unshare: {error}"))?;
    if tried.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&tried.stderr).trim().to_owned())
    }
}

/// Whether this process may do everything.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
