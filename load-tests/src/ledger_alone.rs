//! The ledger alone: signed transitions into the broker, blocks committed and announced.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use piao_bus::{BlockSubscriber, Bus, RabbitBus, ServiceName};
use piao_domain::time::Time;
use piao_protocol::export::read_block_line;
use piao_testkit::actor::Signed;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout};

use crate::cast::{Cast, granted};
use crate::child::Running;
use crate::corpus::{Corpus, Life};
use crate::failure::Failure;
use crate::ground::Ground;
use crate::ledger_process::{BROKER, NAMES, bus};
use crate::measured::{Row, Run};
use crate::part::Part;
use crate::plan::Plan;
use crate::platform::PIAO;
use crate::processes::Program;
use crate::servers::Servers;
use crate::watch::Watch;

/// Lives in one message, each whole, so that messages may overtake one another: 66 transitions.
const LIVES_A_MESSAGE: usize = 22;
const TRANSITIONS_A_MESSAGE: u64 = 3 * LIVES_A_MESSAGE as u64;
/// Transitions on their way at once: two full blocks.
const ON_THE_WAY_MAX: u64 = 4096;
/// Longest time without a block.
const PATIENCE: Duration = Duration::from_secs(60);
/// What is signed for the first run; the next ones know better. Too much costs a second, too little the run.
const FIRST_GUESS_PER_SECOND: f64 = 25_000.0;

/// How far the ledger has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Progress {
    height: u64,
    decided: u64,
    refused: u64,
}

/// Runs a ledger in a process of its own and keeps it busy.
pub(crate) async fn measure(
    plan: &Plan,
    servers: &Servers,
    folder: &Path,
    now: Time,
) -> Result<Row, Failure> {
    // The ledger makes its tables itself.
    let ground = Ground::new(servers, "").await?;
    let cast = Cast::new(now)?;
    let names = servers.names_of(Part::Ledger);
    let bus = Arc::new(bus(servers.amqp_url.clone(), &names)?);
    let name = ServiceName::parse("bench").map_err(Failure::doing("naming a subscriber"))?;
    let mut blocks = bus.blocks(name).await.map_err(Failure::doing("subscribing to blocks"))?;
    let broker = [(BROKER, servers.amqp_url.as_str()), (NAMES, names.as_str())];
    let mut ledger = ground.start(PIAO, "--ledger-of", now, &broker, folder)?;
    let corpus = begin(&cast, &bus, &mut blocks, now, &mut ledger).await?;
    let (progress, seen) = watch::channel(Progress::default());
    let follower = tokio::spawn(follow(blocks, progress));

    let watch = ground.watch(servers, vec![ledger.program(), Program::ourselves()]).await?;
    let name = format!("ledger alone, {TRANSITIONS_A_MESSAGE} transitions a message");
    let mut row = Row::new(Part::Ledger, name, "transitions");
    let mut guess = FIRST_GUESS_PER_SECOND;
    for _ in 0..plan.repetitions {
        let lives = corpus.sign(plan.enough(guess) / 3)?;
        let run = run(plan, &bus, lives, seen.clone(), &watch).await?;
        ledger.check()?;
        guess = run.per_second() * 1.3;
        row.runs.push(run);
    }
    follower.abort();
    bus.close().await;
    Ok(row)
}

/// Registers the cast and gets its numbers.
async fn begin(
    cast: &Cast,
    bus: &RabbitBus,
    blocks: &mut BlockSubscriber,
    now: Time,
    ledger: &mut Running,
) -> Result<Corpus, Failure> {
    let mut outcomes = Vec::new();
    let mut expected = 0;
    for signed in cast.beginnings(now) {
        let count = signed.len();
        publish(bus, message(signed.iter().map(|Signed { id: _, jws }| &**jws)), count as u64).await?;
        expected += count;
        while outcomes.len() < expected {
            ledger.check()?;
            let waited = timeout(PATIENCE, blocks.recv()).await;
            let heard = waited.map_err(|_| Failure::new(format!("no first block{}", ledger.tail())))?;
            let hint = heard.ok_or_else(|| Failure::new("the bus was closed"))?;
            let text = std::str::from_utf8(&hint.body).map_err(Failure::doing("reading a block"))?;
            // Behind the line stands the log's signature, which nobody asks for here: the broker is our own.
            let line = text.lines().next().unwrap_or_default();
            let (_, _, decided) = read_block_line(line).map_err(Failure::doing("reading a block"))?;
            outcomes.extend(decided);
        }
    }
    let segments = outcomes.iter().filter_map(granted).collect::<Vec<_>>();
    if segments.len() != cast.enterprises.issuers.len() {
        return Err(Failure::new(format!("a load test could not begin: {:?}", outcomes.first())));
    }
    Corpus::new(cast.chain.id(), &cast.enterprises, &segments)
}

async fn run(
    plan: &Plan,
    bus: &Arc<RabbitBus>,
    lives: Vec<Life>,
    seen: watch::Receiver<Progress>,
    watch: &Watch,
) -> Result<Run, Failure> {
    let messages = lives.chunks_exact(LIVES_A_MESSAGE).map(|lives| {
        let steps = (0..3).flat_map(|step| lives.iter().map(move |life| &*life.steps[step].jws));
        message(steps)
    });
    let messages = messages.collect::<Vec<_>>();
    let first = *seen.borrow();
    let publishing = tokio::spawn(publish_all(Arc::clone(bus), messages, seen.clone(), first.decided));
    tokio::time::sleep(plan.warm_up).await;
    let (before, before_progress) = (watch.look().await?, *seen.borrow());
    // A corpus that is used up ends the run early; what was decided by then counts.
    let end = Instant::now() + plan.measured;
    while Instant::now() < end && !publishing.is_finished() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (used, after) = (watch.since(&before).await?, *seen.borrow());
    let ended = publishing.is_finished();
    publishing.abort();
    if ended && let Ok(Err(failure)) = publishing.await {
        return Err(failure);
    }
    settle(seen).await;
    Ok(Run {
        done: after.decided - before_progress.decided - (after.refused - before_progress.refused),
        refused: after.refused - first.refused,
        blocks: Some(after.height - before_progress.height),
        ..used
    })
}

/// Waits until nothing more is decided, so that the next run begins with an empty queue.
async fn settle(mut seen: watch::Receiver<Progress>) {
    const QUIET: Duration = Duration::from_secs(1);
    while let Ok(Ok(())) = timeout(QUIET, seen.changed()).await {}
}

/// Publishes as fast as the ledger decides, never further ahead than [`ON_THE_WAY_MAX`].
async fn publish_all(
    bus: Arc<RabbitBus>,
    messages: Vec<Bytes>,
    mut seen: watch::Receiver<Progress>,
    decided_before: u64,
) -> Result<(), Failure> {
    let failed = Arc::new(Semaphore::new(1));
    let mut published = 0;
    for message in messages {
        let room = |seen: &Progress| {
            published + TRANSITIONS_A_MESSAGE <= seen.decided - decided_before + ON_THE_WAY_MAX
        };
        let decided = timeout(PATIENCE, seen.wait_for(room)).await;
        decided
            .map_err(Failure::doing("waiting for the ledger to decide"))?
            .map_err(Failure::doing("following blocks"))?;
        published += TRANSITIONS_A_MESSAGE;
        let (bus, failed) = (Arc::clone(&bus), Arc::clone(&failed));
        if failed.is_closed() {
            return Err(Failure::new("the broker did not take a message"));
        }
        tokio::spawn(async move {
            if publish(&bus, message, TRANSITIONS_A_MESSAGE).await.is_err() {
                failed.close();
            }
        });
    }
    Ok(())
}

async fn publish(bus: &RabbitBus, body: Bytes, transitions: u64) -> Result<(), Failure> {
    let transitions = u32::try_from(transitions).unwrap_or(u32::MAX);
    let published = bus.publish_command(piao_bus::Command { body, transitions }).await;
    published.map_err(Failure::doing("publishing to the ledger"))
}

fn message<'a>(transitions: impl Iterator<Item = &'a str>) -> Bytes {
    transitions.collect::<Vec<_>>().join("\n").into_bytes().into()
}

async fn follow(mut blocks: BlockSubscriber, progress: watch::Sender<Progress>) {
    while let Some(hint) = blocks.recv().await {
        if let Some((first, count)) = place(&hint.body) {
            let refused = occurrences(&hint.body, b"\"outcome\":\"rejected\"");
            progress.send_modify(|seen| {
                // Entry 0 is block 0's, and every block has a closing entry beside those of its transitions.
                let decided = (first + count).saturating_sub(hint.height);
                *seen = Progress { height: hint.height, decided, refused: seen.refused + refused };
            });
        }
    }
}

/// The first entry and the count that a block's header tells. The header comes first in a canonical line, and the
/// generator has better things to do than to read the rest.
fn place(line: &[u8]) -> Option<(u64, u64)> {
    let head = std::str::from_utf8(line.get(..line.len().min(1024))?).ok()?;
    let number = |name: &str| {
        let digits = head.split_once(name)?.1;
        digits.split(|other: char| !other.is_ascii_digit()).next()?.parse().ok()
    };
    Some((number("\"first\":")?, number("\"count\":")?))
}

fn occurrences(line: &[u8], what: &[u8]) -> u64 {
    std::str::from_utf8(line)
        .map_or(0, |text| text.matches(std::str::from_utf8(what).unwrap_or("\0")).count() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_block_is_read_from_its_beginning() {
        let check =
            |line: &str, expect: Option<(u64, u64)>| assert_eq!(place(line.as_bytes()), expect, "{line}");
        check(r#"{"header":{"chain":"test","count":7,"first":51,"height":3},"outcomes":[]}"#, Some((51, 7)));
        check(r#"{"header":{"count":7}}"#, None);
        check("", None);
    }

    #[test]
    fn refusals_are_counted() {
        let line = br#"{"outcome":"rejected"},{"outcome":"accepted"},{"outcome":"rejected"}"#;
        assert_eq!(occurrences(line, br#""outcome":"rejected""#), 2);
    }
}
