//! The system account a server runs under. Both servers refuse, or should not, run as root.

use crate::failure::Failure;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// A user and its main group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Account {
    /// Who runs this program.
    pub(crate) fn current() -> Result<Self, Failure> {
        let process =
            std::fs::metadata("/proc/self").map_err(Failure::io("asking who runs this (/proc/self)"))?;
        Ok(Self { uid: process.uid(), gid: process.gid() })
    }

    pub(crate) fn is_root(self) -> bool {
        self.uid == 0
    }

    /// The account for a server: ourselves, or, where we are root, the user its package made.
    pub(crate) fn of_server(user: &str) -> Result<Self, Failure> {
        let current = Self::current()?;
        if !current.is_root() {
            return Ok(current);
        }
        let users = std::fs::read_to_string("/etc/passwd").map_err(Failure::io("reading /etc/passwd"))?;
        find(&users, user).ok_or_else(|| Failure::Missing {
            what: format!("the system user `{user}`"),
            next: format!("reinstall the Debian package that makes it, or: useradd --system {user}"),
        })
    }

    /// A command of this account, with nothing of our environment but PATH. It gets the signal
    /// `at_our_end` from the kernel when we end, even if we are killed.
    pub(crate) fn command(self, program: &std::path::Path, at_our_end: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", at_our_end, "--"]).arg(program).env_clear().env("LC_ALL", "C.UTF-8");
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        // The standard library also drops root's other groups when it changes the user.
        if Self::current().is_ok_and(|current| current.is_root()) && !self.is_root() {
            command.uid(self.uid).gid(self.gid);
        }
        // The interrupt key must reach us and not the server, which we stop in our order.
        command.process_group(0);
        command
    }
}

fn find(passwd: &str, user: &str) -> Option<Account> {
    passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        match fields.as_slice() {
            [name, _, uid, gid, ..] if *name == user => {
                Some(Account { uid: uid.parse().ok()?, gid: gid.parse().ok()? })
            }
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let passwd = "root:x:0:0::/root:/bin/sh\npostgres-old:x:7:8::/:/bin/sh\npostgres:x:101:104::/:/bin/sh\nbad:x:y:z";
        for (user, expect) in [
            ("postgres", Some(Account { uid: 101, gid: 104 })),
            ("root", Some(Account { uid: 0, gid: 0 })),
            ("post", None),
            ("bad", None),
        ] {
            assert_eq!(find(passwd, user), expect, "{user}");
        }
    }
}
