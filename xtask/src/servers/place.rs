//! A private place for one server: a folder, a port, a password.

use super::account::Account;
use crate::failure::Failure;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// How much of a server's log a failure shows, in lines.
const LOG_TAIL_LINES: usize = 20;

/// A folder under the system's temporary folder that only the server's user may enter. Removed when dropped.
pub(crate) struct Folder {
    path: PathBuf,
    account: Account,
}

impl Folder {
    /// `server` is part of the name, for a person who looks at the temporary folder.
    pub(crate) fn create(server: &str, account: Account) -> Result<Self, Failure> {
        let path =
            std::env::temp_dir().join(format!("piao-{server}-{}", password()?.get(..12).unwrap_or("")));
        make_private_dir(&path, account)?;
        Ok(Self { path, account })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A file or folder inside, as text for a configuration file.
    pub(crate) fn inside(&self, name: &str) -> String {
        self.path.join(name).display().to_string()
    }

    pub(crate) fn make_dir(&self, name: &str) -> Result<(), Failure> {
        make_private_dir(&self.path.join(name), self.account)
    }

    /// Writes a file that its owner alone may read. Erlang refuses a cookie that others may read.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<(), Failure> {
        let path = self.path.join(name);
        let write = || {
            let mut file =
                std::fs::OpenOptions::new().write(true).create_new(true).mode(0o400).open(&path)?;
            std::io::Write::write_all(&mut file, text.as_bytes())?;
            chown(&path, Some(self.account.uid), Some(self.account.gid))
        };
        write().map_err(Failure::io(format!("writing {}", path.display())))
    }

    /// An empty file that takes a server's output, with the server's user as its owner.
    pub(crate) fn open_log(&self, name: &str) -> Result<std::fs::File, Failure> {
        let path = self.path.join(name);
        let open = || {
            let file = std::fs::File::create(&path)?;
            chown(&path, Some(self.account.uid), Some(self.account.gid))?;
            Ok(file)
        };
        open().map_err(Failure::io(format!("opening {}", path.display())))
    }

    /// The end of a log, for a failure's text.
    pub(crate) fn log_tail(&self, name: &str) -> String {
        let text = std::fs::read(self.path.join(name)).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines
            .iter()
            .skip(lines.len().saturating_sub(LOG_TAIL_LINES))
            .fold(String::new(), |all, line| all + "\n    " + line)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is a leftover in the temporary folder: no reason to fail a run.
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            eprintln!("could not remove {}: {error}", self.path.display());
        }
    }
}

/// A port of 127.0.0.1 that nothing listens on. It lies below the range that the system hands to
/// outgoing connections, so that none of those takes it before the server does.
pub(crate) fn free_port() -> Result<u16, Failure> {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.subsec_nanos());
    let start = (nanos / 1_000).wrapping_add(std::process::id().wrapping_mul(7_919));
    (0..2_000_u32)
        .filter_map(|step| u16::try_from(20_000 + start.wrapping_add(step.wrapping_mul(37)) % 10_000).ok())
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .ok_or_else(|| Failure::Missing {
            what: "a free port of 127.0.0.1 between 20000 and 30000".into(),
            next: "stop some of the servers that hold them".into(),
        })
}

/// 32 hex digits that nobody can guess.
pub(crate) fn password() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .map_err(Failure::io("reading /dev/urandom"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn make_private_dir(path: &Path, account: Account) -> Result<(), Failure> {
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(path)
        .and_then(|()| chown(path, Some(account.uid), Some(account.gid)))
        .map_err(Failure::io(format!("making the folder {}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_folder_is_private_and_goes_with_its_guard() {
        let folder = Folder::create("test", Account::current().unwrap()).unwrap();
        folder.write("secret", "x").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let path = folder.path().to_owned();
        assert_eq!((mode(&path), mode(&path.join("secret"))), (0o700, 0o400));
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn a_taken_port_is_not_given_out() {
        let port = free_port().unwrap();
        let _held = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        assert!((0..50).all(|_| free_port().unwrap() != port));
    }

    #[test]
    fn a_log_is_shown_from_its_end() {
        let folder = Folder::create("test", Account::current().unwrap()).unwrap();
        let text: Vec<String> = (0..100).map(|line| format!("line {line}")).collect();
        folder.write("log", &text.join("\n")).unwrap();
        let tail = folder.log_tail("log");
        assert!(tail.ends_with("line 99") && tail.contains("line 80") && !tail.contains("line 79"));
    }
}
