use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::export::{Exported, save};
use super::say::{Say, say};
use super::stage::Step;
use super::tamper::{Damaged, damage};
use crate::data_dir::DataDir;
use crate::exit::Failure;

/// What the demo came to.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    steps: Vec<Step>,
    chain: Chain,
    tampered: Tampered,
    /// Every invariant that the audit knows was asked at least once, and held.
    invariants_ok: bool,
    #[serde(skip)]
    transitions: u64,
    #[serde(skip)]
    invariants: Vec<Held>,
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
    /// What was done to each copy, and what the audit said of it, where it found it out.
    #[serde(skip)]
    copies: Vec<(Say, Option<String>)>,
}

/// What `piao audit --output json` prints.
#[derive(Debug, Deserialize)]
struct Audited {
    height: u64,
    tree_size: u64,
    root: String,
    transitions: u64,
    invoices_checked: u64,
    invariants: Vec<Held>,
}

/// An invariant of the audit.
#[derive(Debug, Deserialize)]
struct Held {
    invariant: String,
    checked: u64,
}

impl Report {
    /// Audits the export, and three damaged copies of it, each in a process of its own.
    ///
    /// # Errors
    /// [`Failure`] where an audit could not be run.
    pub(super) fn of(steps: Vec<Step>, chain: &Exported) -> Result<Self, Failure> {
        let audited = audit(&chain.path)?;
        let mut tampered = Tampered { tried: 0, detected: 0, copies: Vec::new() };
        for Damaged { name, what, lines } in damage(&chain.lines)? {
            let path = chain.path.with_file_name(format!("{name}.ndjson"));
            save(&path, &lines)?;
            let found = audit(&path)?.err();
            tampered.tried += 1;
            tampered.detected += u32::from(found.is_some());
            tampered.copies.push((what, found));
        }
        Ok(match audited {
            Ok(Audited { height, tree_size, root, transitions, invoices_checked, invariants }) => {
                let asked = !invariants.is_empty() && invariants.iter().all(|held| held.checked > 0);
                let invariants_ok = asked && invoices_checked > 0;
                let chain = Chain { height, tree_size, root, replay_ok: true };
                Self { steps, chain, tampered, invariants_ok, transitions, invariants }
            }
            Err(_) => {
                let chain = Chain { height: 0, tree_size: 0, root: String::new(), replay_ok: false };
                Self { steps, chain, tampered, invariants_ok: false, transitions: 0, invariants: Vec::new() }
            }
        })
    }

    /// The table at the end of the timeline.
    pub(super) fn table(&self) -> Say {
        let Chain { height, tree_size, root, replay_ok } = &self.chain;
        let (signed, refused) =
            (self.steps.len(), self.steps.iter().filter(|step| step.code.is_some()).count());
        let (blocks, recorded) = (height + 1, self.transitions);
        let yes = |yes: bool| if yes { ("是", "yes") } else { ("否", "NO") };
        let ((replayed, replayed_en), (held, held_en)) = (yes(*replay_ok), yes(self.invariants_ok));
        let Tampered { tried, detected, copies } = &self.tampered;
        let mut table = say!(
            "\n八、审计\n\
             客户端签名并经 HTTP 发送    {signed} 笔交易，其中 {refused} 笔按预期被拒绝\n\
             导出的链                    {blocks} 个区块（高度 0 到 {height}），{recorded} 笔交易，日志 {tree_size} 条\n\
             日志的根                    {root}\n\
             另一个进程重放结果一致      {replayed}\n\
             被破坏的副本被发现          {tried} 份中 {detected} 份",
            "\n8. The audit\n\
             signed by the client, sent over HTTP   {signed} transitions, of which {refused} refused, each as it must be\n\
             the chain exported                     {blocks} blocks (height 0 to {height}), {recorded} transitions, \
             {tree_size} log entries\n\
             log root                               {root}\n\
             another process replays it the same    {replayed_en}\n\
             damaged copies found out               {detected} of {tried}",
        );
        for (what, found) in copies {
            let found = found.as_deref().unwrap_or_default();
            let line = |what: &str, nothing: &str| {
                format!("    {what}: {}", if found.is_empty() { nothing } else { found })
            };
            table = table.and(&what.map(|what| line(what, "未被发现"), |what| line(what, "NOT FOUND OUT")));
        }
        table = table.and(&say!(
            "不变式全部成立              {held}，共检查",
            "the invariants hold                    {held_en}, as often asked as"
        ));
        for Held { invariant, checked } in &self.invariants {
            let [chinese, english] = in_words(invariant);
            table = table.and(&say!("    {checked:>4} 次  {chinese}", "    {checked:>4} times  {english}"));
        }
        table
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

/// What an invariant of the audit says.
fn in_words(invariant: &str) -> [&str; 2] {
    match invariant {
        "1" => [
            "一张发票的锁定、报销、入账同属一家企业，独占锁定只有一个",
            "an invoice has one enterprise and one exclusive lock",
        ],
        "2" => ["锁定与报销之和不超过总额", "locked and settled are at most the total"],
        "3" => {
            ["报销之前有自己的有效锁定、令牌和入账", "what is settled had its live lock, token and booking"]
        }
        "4a" => ["当月开具的不超过额度", "what is issued in a month is at most the quota"],
        "4b" => ["号码在号段之内，只用一次", "a number lies in its segment and is used once"],
        "6" => ["区块重放得到同样的结果和根", "a block replays to the same outcomes and roots"],
        other => [other, other],
    }
}

/// Runs `piao audit` on a file. Inside, what it says where it finds the file wrong.
fn audit(path: &Path) -> Result<Result<Audited, String>, Failure> {
    let program = std::env::current_exe().map_err(|error| Failure::fault("finding this program", error))?;
    // Said, not left to the environment, which may name the genesis file of another chain.
    let genesis = DataDir::new(path.parent().unwrap_or(path)).genesis();
    let mut audit = Command::new(program);
    audit.arg("audit").arg(path).args(["--output", "json"]).arg("--genesis-file").arg(genesis);
    let ran = audit.output();
    let ran = ran.map_err(|error| Failure::fault("running an audit", error))?;
    let said = String::from_utf8_lossy(&ran.stderr);
    match ran.status.code() {
        Some(0) => serde_json::from_slice(&ran.stdout)
            .map(Ok)
            .map_err(|error| Failure::fault("reading what an audit printed", error)),
        Some(1) => Ok(Err(said.trim().trim_start_matches("piao: ").to_owned())),
        _ => Err(Failure::fault("running an audit", said.into_owned())),
    }
}
