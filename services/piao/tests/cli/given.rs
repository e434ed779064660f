//! A folder, a running `piao serve` in the embedded shape, and what a command came to.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// Far longer than any start takes.
const START_WAIT_MAX: Duration = Duration::from_secs(120);

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A folder of its own for a test, in which `piao` runs.
pub(crate) struct Desk {
    folder: TempDir,
    env: Vec<(&'static str, String)>,
}

/// A `piao serve` that ends with this value.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) url: String,
    pub(crate) chain: String,
}

impl Ran {
    /// It did what it was asked.
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// It ended with this code.
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    /// What it printed, as one JSON document.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A member of that.
    pub(crate) fn text(&self, pointer: &str) -> String {
        let value = self.json();
        let found = value.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("no {pointer} in {value:#}")).to_owned()
    }
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::Builder::new().prefix("piao-cli-").tempdir().unwrap(), env: Vec::new() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Sets a variable for every command from now on.
    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.env.push((name, value.to_owned()));
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Runs `piao`, the arguments separated by blanks.
    pub(crate) fn piao(&self, args: &str) -> Ran {
        self.piao_with(args, "")
    }

    /// Runs `piao` with a text on its stdin.
    pub(crate) fn piao_with(&self, args: &str, stdin: &str) -> Ran {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        // A command that ends before it has read is told so by its exit code.
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).ok();
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts `piao`, which ends with what is returned.
    pub(crate) fn start(&self, args: &str) -> Server {
        let child = self.command(args).stdin(Stdio::null()).spawn().unwrap();
        Server { child, url: String::new(), chain: String::new() }
    }

    /// Starts `piao serve` on a free port, and returns when it serves.
    pub(crate) fn serve(&mut self) -> Server {
        let mut server = self.start("serve --listen 127.0.0.1:0");
        let lines = BufReader::new(server.child.stderr.take().unwrap()).lines();
        let (tell, told) = mpsc::channel();
        // Reads on, so that the server never waits for a reader of its log.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                tell.send(line).ok();
            }
        });
        let mut said = Vec::new();
        loop {
            let line = told.recv_timeout(START_WAIT_MAX).unwrap_or_else(|error| panic!("{error}: {said:?}"));
            if let Some((names, url)) = line.split_once(" at http://") {
                let chain = names.strip_prefix("chain ").and_then(|rest| rest.split_once(':')).unwrap().0;
                (server.url, server.chain) = (format!("http://{url}"), chain.to_owned());
                self.set("PIAO_URL", &server.url);
                return server;
            }
            said.push(line);
        }
    }

    fn command(&self, args: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_piao"));
        for (name, _) in
            std::env::vars().filter(|(name, _)| name.starts_with("PIAO_") || name.starts_with("LC_"))
        {
            command.env_remove(name);
        }
        command.args(args.split_whitespace()).current_dir(self.folder.path()).env("LANG", "C.UTF-8");
        command
            .env("PIAO_STATE_DIR", self.path("state"))
            .envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

impl Server {
    /// Sends the process a signal, by name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Tells it to end, and waits until it has.
    pub(crate) fn stop(mut self) {
        self.signal("TERM");
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended where the test went well.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A file of `examples/`.
pub(crate) fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    path.canonicalize().unwrap().to_str().unwrap().to_owned()
}
