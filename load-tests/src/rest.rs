//! The whole way over REST, closed loop: each client sends the next step when it holds the receipt of the last.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use piao_domain::key::Algorithm;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use crate::cast::Enterprises;
use crate::child::Running;
use crate::corpus::{Corpus, Life};
use crate::failure::Failure;
use crate::http::{Connection, Meaning, Request};
use crate::measured::{Row, Run};
use crate::part::Part;
use crate::plan::Plan;
use crate::platform::Platform;
use crate::tally::{LAST_ANSWERS_WAIT_MAX, Tally, Window};
use crate::watch::Watch;

/// What is signed for at first; the next runs know better.
const FIRST_GUESS_PER_SECOND: f64 = 1500.0;
/// Between two looks at whether the corpus is used up.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What is asked, and who is watched meanwhile.
pub(crate) struct Target<'a> {
    pub(crate) running: &'a mut Running,
    pub(crate) address: SocketAddr,
    pub(crate) corpus: &'a Corpus,
    pub(crate) watch: &'a Watch,
}

/// What the clients of one run share.
struct Loop {
    lives: Vec<Life>,
    next: AtomicUsize,
    tally: Tally,
    until: Instant,
}

/// Runs every number of clients, `progress` being told of each row as soon as it is there.
pub(crate) async fn measure(
    plan: &Plan,
    platform: &mut Platform,
    watch: &Watch,
    mut progress: impl FnMut(Row),
) -> Result<(), Failure> {
    let Platform { running, address, corpus, .. } = platform;
    let mut target = Target { running, address: *address, corpus, watch };
    let mut guess = FIRST_GUESS_PER_SECOND;
    for clients in &plan.clients {
        let name = format!("whole way over REST, {clients} client{}", if *clients == 1 { "" } else { "s" });
        progress(target.row(Row::new(Part::Rest, name, "transitions"), plan, *clients, &mut guess).await?);
        // More clients do more.
        guess = (guess * 2.0).max(FIRST_GUESS_PER_SECOND);
    }
    Ok(())
}

/// Runs keys of the other two algorithms.
pub(crate) async fn measure_keys(
    plan: &Plan,
    platform: &mut Platform,
    watch: &Watch,
    mut progress: impl FnMut(Row),
) -> Result<(), Failure> {
    for (algorithm, name) in [(Algorithm::Es256, "ES256"), (Algorithm::EdDsa, "EdDSA")] {
        let corpus = platform.join(&Enterprises::new(algorithm)?, crate::now()).await?;
        let clients = plan.crowd();
        let mut target =
            Target { running: &mut platform.running, address: platform.address, corpus: &corpus, watch };
        let name = format!("whole way over REST, {clients} clients, {name} keys");
        let mut guess = 2.0 * FIRST_GUESS_PER_SECOND;
        progress(target.row(Row::new(Part::Keys, name, "transitions"), plan, clients, &mut guess).await?);
    }
    Ok(())
}

impl Target<'_> {
    /// Runs so many clients as often as is planned. `guess` is how many transitions a second are signed for, and what the
    /// next row should sign for.
    pub(crate) async fn row(
        &mut self,
        mut row: Row,
        plan: &Plan,
        clients: usize,
        guess: &mut f64,
    ) -> Result<Row, Failure> {
        row.clients = Some(clients);
        for _ in 0..plan.repetitions {
            let lives = self.corpus.sign(plan.enough(*guess) / 3 + clients as u64)?;
            let run = self.run(plan, clients, lives).await?;
            *guess = (run.per_second() * 1.4).max(FIRST_GUESS_PER_SECOND);
            row.runs.push(run);
        }
        Ok(row)
    }

    /// One run, until the time is over or the lives are used up.
    pub(crate) async fn run(
        &mut self,
        plan: &Plan,
        clients: usize,
        lives: Vec<Life>,
    ) -> Result<Run, Failure> {
        let mut connections = Vec::with_capacity(clients);
        for _ in 0..clients {
            connections.push(Connection::open(self.address).await?);
        }
        let from = Instant::now() + plan.warm_up;
        let window = Window { from, until: from + plan.measured };
        let (next, tally) = (AtomicUsize::new(0), Tally::new(window));
        let shared = Arc::new(Loop { lives, next, tally, until: window.until });
        let mut running = JoinSet::new();
        for connection in connections {
            running.spawn(client(connection, Arc::clone(&shared)));
        }
        sleep_until(window.from).await;
        let before = self.watch.look().await?;
        // A corpus that is used up ends the run early.
        while Instant::now() < window.until && shared.next.load(Ordering::Relaxed) < shared.lives.len() {
            sleep_until((Instant::now() + LOOK_EVERY).min(window.until)).await;
        }
        let used = self.watch.since(&before).await?;
        let run = shared.tally.finish(used);
        let ended = timeout(LAST_ANSWERS_WAIT_MAX, async { while running.join_next().await.is_some() {} });
        ended.await.map_err(Failure::doing("waiting for the last answers"))?;
        self.running.check()?;
        Ok(run)
    }
}

/// Takes life after life, step by step, and reads what is read beside it. A step that was not accepted ends its life.
async fn client(mut connection: Connection, shared: Arc<Loop>) {
    while Instant::now() < shared.until {
        let Some(life) = shared.lives.get(shared.next.fetch_add(1, Ordering::Relaxed)) else { return };
        for step in &life.steps {
            let since = Instant::now();
            let answer = connection.post(step).await;
            match (shared.tally.note(since, &answer), answer) {
                (Meaning::Accepted, _) => {}
                (Meaning::Refused | Meaning::Later | Meaning::Failed, Ok(_)) => break,
                // The connection is gone, and nothing is known of this life.
                (Meaning::Refused | Meaning::Later | Meaning::Failed, Err(_)) => return,
            }
            if Instant::now() >= shared.until {
                return;
            }
        }
        for read in &life.reads {
            let (since, request) = (Instant::now(), Request::Get(Arc::clone(read)));
            let answer = connection.ask(&request).await;
            shared.tally.note_read(since, &request, &answer);
            if answer.is_err() || Instant::now() >= shared.until {
                return;
            }
        }
    }
}
