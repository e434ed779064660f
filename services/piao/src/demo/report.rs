use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::export::{Exported, save};
use super::stage::Step;
use super::tamper::{Damaged, damage};
use crate::exit::Failure;

/// What the demo came to.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    steps: Vec<Step>,
    chain: Chain,
    tampered: Tampered,
    invariants_ok: bool,
}

#[derive(Debug, Serialize)]
struct Chain {
    height: u64,
    tree_size: u64,
    root: String,
    replay_ok: bool,
}

#[derive(Debug, Serialize)]
struct Tampered {
    tried: u32,
    detected: u32,
}

/// What `piao audit --output json` prints.
#[derive(Debug, Deserialize)]
struct Audited {
    height: u64,
    tree_size: u64,
    root: String,
    invoices_checked: u64,
}

impl Report {
    /// Audits the export, and three damaged copies of it, each in a process of its own.
    ///
    /// # Errors
    /// [`Failure`] where an audit could not be run.
    pub(super) fn of(steps: Vec<Step>, chain: &Exported) -> Result<Self, Failure> {
        let audited = audit(&chain.path)?;
        let mut tampered = Tampered { tried: 0, detected: 0 };
        for Damaged { name, lines } in damage(&chain.lines)? {
            let path = chain.path.with_file_name(format!("{name}.ndjson"));
            save(&path, &lines)?;
            tampered.tried += 1;
            tampered.detected += u32::from(audit(&path)?.is_none());
        }
        let invariants_ok = audited.as_ref().is_some_and(|audited| audited.invoices_checked > 0);
        let chain = match audited {
            Some(Audited { height, tree_size, root, invoices_checked: _ }) => {
                Chain { height, tree_size, root, replay_ok: true }
            }
            None => Chain { height: 0, tree_size: 0, root: String::new(), replay_ok: false },
        };
        Ok(Self { steps, chain, tampered, invariants_ok })
    }

    /// The table at the end of the timeline.
    pub(super) fn table(&self) -> String {
        let refused = self.steps.iter().filter(|step| step.code.is_some()).count();
        let yes = |yes: bool| if yes { "yes" } else { "NO" };
        format!(
            "\ntransitions signed over HTTP   {}, of which {refused} refused, each as it must be\n\
             blocks                         {}\n\
             log entries                    {}\n\
             log root                       {}\n\
             replayed in another process    {}\n\
             invariants hold                {}\n\
             damaged copies refused         {} of {}\n",
            self.steps.len(),
            self.chain.height,
            self.chain.tree_size,
            self.chain.root,
            yes(self.chain.replay_ok),
            yes(self.invariants_ok),
            self.tampered.detected,
            self.tampered.tried
        )
    }

    /// Whether everything held.
    ///
    /// # Errors
    /// [`Failure::Negative`] where something did not.
    pub(super) fn verdict(&self) -> Result<(), Failure> {
        let held =
            self.chain.replay_ok && self.invariants_ok && self.tampered.detected == self.tampered.tried;
        if held { Ok(()) } else { Err(Failure::Negative("the demo's chain did not hold".to_owned())) }
    }
}

/// Runs `piao audit` on a file; nothing where it finds the file wrong.
fn audit(path: &Path) -> Result<Option<Audited>, Failure> {
    let program = std::env::current_exe().map_err(|error| Failure::fault("finding this program", error))?;
    let ran = Command::new(program).arg("audit").arg(path).args(["--output", "json"]).output();
    let ran = ran.map_err(|error| Failure::fault("running an audit", error))?;
    match ran.status.code() {
        Some(0) => serde_json::from_slice(&ran.stdout)
            .map(Some)
            .map_err(|error| Failure::fault("reading what an audit printed", error)),
        Some(1) => Ok(None),
        _ => {
            let said = String::from_utf8_lossy(&ran.stderr).into_owned();
            Err(Failure::fault("running an audit", said))
        }
    }
}
