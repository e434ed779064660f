//! Programs that the test command uses and cargo builds, once, into our cache.

use crate::failure::Failure;
use crate::{process, workspace};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A program of the crate registry in the one version that is used everywhere, so that two machines never disagree.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
}

impl Tool {
    /// The program, from our cache or from PATH where it has that version, else built now.
    pub(crate) fn found_or_built(&self) -> Result<PathBuf, Failure> {
        let Self { name, version } = self;
        let root = workspace::cache_dir().join(format!("tools/{name}-{version}"));
        let ours = root.join("bin").join(name);
        for candidate in [ours.clone(), PathBuf::from(name)] {
            if self.is_of_version(&candidate)? {
                return Ok(candidate);
            }
        }
        self.build(&root)?;
        Ok(ours)
    }

    fn is_of_version(&self, program: &Path) -> Result<bool, Failure> {
        let Self { name, version } = self;
        let mut ask = Command::new(program);
        ask.arg("--version");
        match process::run_quietly(ask, &format!("asking {name} for its version"), Duration::from_secs(20)) {
            Ok(finished) => Ok(finished.success && finished.output.trim() == format!("{name} {version}")),
            Err(Failure::Missing { .. }) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Built without optimisation: on two cores that takes a minute instead of several, and such a program has little to
    /// do: a check of cargo-deny takes four seconds instead of two.
    fn build(&self, root: &Path) -> Result<(), Failure> {
        let Self { name, version } = self;
        println!("building {name} {version} once, into {}", root.display());
        let mut install = process::cargo(&["install", name, "--locked", "--version", version]);
        install.arg("--quiet").arg("--root").arg(root);
        // In the workspace's own target folder it would share nothing and leave much behind.
        install.env("CARGO_TARGET_DIR", root.join("build"));
        for (setting, value) in
            [("LTO", "off"), ("OPT_LEVEL", "0"), ("CODEGEN_UNITS", "256"), ("DEBUG", "none")]
        {
            install.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
        }
        process::run(
            install,
            &format!("building {name}"),
            &format!(
                "is the crate registry reachable? By hand: cargo install {name} --locked --version {version}"
            ),
        )?;
        // A leftover costs disk space only.
        let _ = std::fs::remove_dir_all(root.join("build"));
        Ok(())
    }
}
