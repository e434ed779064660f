//! Where things are: the workspace, its packages, the cache of built tools.

use crate::failure::Failure;
use crate::process;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

/// The folder of the workspace's `Cargo.toml`: of the checkout that `cargo` runs this program from, which
/// need not be the one it was compiled in, since checkouts may share a target folder.
pub(crate) fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let here = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        here.parent().map_or_else(|| here.clone(), Path::to_path_buf)
    });
    &ROOT
}

/// A record that a command of ours writes, by its path in the workspace; nothing where none was written yet.
pub(crate) fn record(path: &str) -> Result<String, Failure> {
    match std::fs::read_to_string(root().join(path)) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Failure::io(format!("reading {path}"))(error)),
    }
}

/// Where built tools and the Python environment are kept between runs:
/// `$PIAO_CACHE_DIR`, else `piao` in the user's cache folder, else in the system's temporary folder.
pub(crate) fn cache_dir() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("PIAO_CACHE_DIR")
        .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("piao")))
        .or_else(|| set("HOME").map(|home| home.join(".cache/piao")))
        .unwrap_or_else(|| std::env::temp_dir().join("piao-cache"))
}

/// One package of the workspace, as `cargo metadata` describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// From the workspace root, such as `crates/domain`.
    pub(crate) folder: String,
    /// Names as in the registry, whatever they are renamed to.
    pub(crate) dependencies: Vec<String>,
    pub(crate) dev_dependencies: Vec<String>,
}

/// All members of the workspace; reads manifests only and needs no network.
pub(crate) fn packages() -> Result<Vec<Package>, Failure> {
    let doing = "reading the workspace's manifests";
    let command = process::cargo(&["metadata", "--format-version", "1", "--no-deps", "--offline"]);
    let finished = process::run_quietly(command, doing, Duration::from_secs(60))?;
    let unreadable = |outcome: String| Failure::Command {
        doing: doing.into(),
        outcome,
        next: "see `cargo metadata --no-deps`".into(),
    };
    if !finished.success {
        return Err(unreadable(finished.output));
    }
    // `cargo metadata` prints one JSON document on a line of its own; warnings may stand around it.
    let document = finished.output.lines().find(|line| line.starts_with('{')).unwrap_or_default();
    let metadata: Value = serde_json::from_str(document).map_err(|error| unreadable(error.to_string()))?;
    let packages =
        metadata["packages"].as_array().ok_or_else(|| unreadable("it names no packages".into()))?;
    packages
        .iter()
        .map(|package| parse(package).ok_or_else(|| unreadable(format!("not understood: {package}"))))
        .collect()
}

fn parse(package: &Value) -> Option<Package> {
    let folder = Path::new(package["manifest_path"].as_str()?).parent()?.strip_prefix(root()).ok()?;
    let mut parsed = Package {
        name: package["name"].as_str()?.into(),
        folder: folder.to_str()?.into(),
        dependencies: Vec::new(),
        dev_dependencies: Vec::new(),
    };
    for dependency in package["dependencies"].as_array()? {
        let list = match dependency["kind"].as_str() {
            Some("dev") => &mut parsed.dev_dependencies,
            // Ordinary ones have no kind; a build script's arrows bind as much as the code's.
            Some(_) | None => &mut parsed.dependencies,
        };
        list.push(dependency["name"].as_str()?.into());
    }
    Some(parsed)
}
