//! How many files the process may have open: each connection of a caller is one, and so is what a commit needs.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::exit::Failure;

/// What is never left to callers: connections to PostgreSQL and RabbitMQ, the embedded database's files, and then some.
const OWN: u64 = 512;

/// Fewest that a server is started with.
const LEAST: u64 = 1_024;

/// Raises what may be open to what the system allows, and says how many of that callers' connections may be.
///
/// # Errors
/// [`Failure::Usage`] where the system allows too few.
pub(crate) fn connections_max() -> Result<usize, Failure> {
    let allowed = getrlimit(Resource::Nofile);
    // Raising the soft limit up to the hard one needs no right; where it fails all the same the soft one holds.
    let raised = Rlimit { current: allowed.maximum, maximum: allowed.maximum };
    let open = if setrlimit(Resource::Nofile, raised).is_ok() { allowed.maximum } else { allowed.current };
    // None is no limit.
    let open = open.unwrap_or(u64::MAX);
    if open < LEAST {
        return Err(Failure::Usage(format!(
            "only {open} files may be open at one time, and a server needs {LEAST}: raise the limit (`ulimit -n`, \
             LimitNOFILE= of systemd)"
        )));
    }
    Ok(usize::try_from(open - OWN).unwrap_or(usize::MAX))
}
