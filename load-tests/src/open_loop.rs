//! Asks for what is due when it is due, whatever became of what was asked before.
//!
//! It stands for other machines. One that gets no time on this one offers less than it says, so it has threads of its own,
//! which go before everybody else where that is allowed, and as many connections as there are answers to wait for.

mod pool;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use crate::failure::Failure;
use crate::http::{Answer, Connection, Meaning, Request};
use crate::tally::LAST_ANSWERS_WAIT_MAX;
use pool::Pool;

/// Asked so much after it was due was asked late.
pub(crate) const LATE: Duration = Duration::from_millis(20);
/// Of a hundred, how many may be asked late before a run counts for nothing.
pub(crate) const LATE_PERCENT_MAX: u64 = 1;
/// Niceness of its threads.
const NICENESS: i32 = -10;
const ASKING: &str = "asking for what was due";
/// Threads that ask.
const THREADS: usize = 2;

/// Something that is due.
pub(crate) struct Due {
    /// After the start.
    pub(crate) after: Duration,
    pub(crate) request: Request,
    /// Held while it is asked: nobody takes a step whose last one was not answered, however late that makes it.
    pub(crate) turn: Option<Arc<Mutex<()>>>,
}

impl Due {
    /// Due whatever else is.
    pub(crate) const fn alone(after: Duration, request: Request) -> Self {
        Self { after, request, turn: None }
    }
}

/// What became of something that was due; times are after the start.
pub(crate) struct Told<'a> {
    pub(crate) request: &'a Request,
    pub(crate) due: Duration,
    /// When we turned to it.
    pub(crate) sent: Duration,
    pub(crate) came: Duration,
    pub(crate) answer: &'a Result<Answer, Failure>,
}

impl Told<'_> {
    /// What the answer means.
    pub(crate) fn meaning(&self) -> Meaning {
        self.answer.as_ref().map_or(Meaning::Failed, |answer| self.request.meaning(answer))
    }

    /// Whether it was asked too long after it was due, by our own fault.
    pub(crate) fn is_late(&self) -> bool {
        self.sent > self.due + LATE
    }
}

/// Something that goes on by itself.
pub(crate) struct Offering(oneshot::Receiver<Result<(), Failure>>);

impl Offering {
    /// Opens so many connections, and asks from `start` on. `told` hears of every answer.
    pub(crate) fn begin(
        address: SocketAddr,
        connections: usize,
        start: Instant,
        due: Vec<Due>,
        told: impl Fn(&Told<'_>) + Send + Sync + 'static,
    ) -> Result<Self, Failure> {
        let sending = async move {
            let pool = Arc::new(Pool::new(address));
            pool.prepare(connections).await?;
            send(start, due, pool, Arc::new(told)).await
        };
        apart(sending).map(Self)
    }

    /// Waits for the last answer.
    pub(crate) async fn end(self) -> Result<(), Failure> {
        self.0.await.map_err(Failure::doing("offering what is due"))?
    }
}

/// The niceness that threads get which ask for what is due: less goes first.
pub(crate) fn niceness() -> i32 {
    let ask = || {
        first();
        rustix::process::getpriority_process(None).unwrap_or(0)
    };
    std::thread::spawn(ask).join().unwrap_or(0)
}

/// Lets this thread, and those that it starts, go before everybody else. Without the right to it everybody is equal.
fn first() {
    rustix::process::setpriority_process(None, NICENESS).ok();
}

/// Runs on threads of its own.
fn apart(
    sending: impl Future<Output = Result<(), Failure>> + Send + 'static,
) -> Result<oneshot::Receiver<Result<(), Failure>>, Failure> {
    let (ended, waiting) = oneshot::channel();
    let run = move || {
        first();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build();
        let sent = match runtime {
            Ok(runtime) => runtime.block_on(sending),
            Err(error) => Err(Failure::doing("starting a runtime")(error)),
        };
        // Whoever would have waited is gone with the whole run.
        ended.send(sent).ok();
    };
    let thread = std::thread::Builder::new().name("open-loop".to_owned()).spawn(run);
    thread.map_err(Failure::doing("starting a thread"))?;
    Ok(waiting)
}

/// What was not counted would be missing from what was due.
async fn waiting_for(waiting: &mut JoinSet<()>) -> Result<(), Failure> {
    while let Some(asked) = waiting.join_next().await {
        asked.map_err(Failure::doing(ASKING))?;
    }
    Ok(())
}

async fn send(
    start: Instant,
    due: Vec<Due>,
    pool: Arc<Pool>,
    told: Arc<impl Fn(&Told<'_>) + Send + Sync + 'static>,
) -> Result<(), Failure> {
    let mut waiting = JoinSet::new();
    for Due { after: due, request, turn } in due {
        sleep_until(start + due).await;
        let (pool, told) = (Arc::clone(&pool), Arc::clone(&told));
        waiting.spawn(async move {
            let sent = start.elapsed();
            // First come, first served, and steps come in their order.
            let _turn = match &turn {
                Some(turn) => Some(turn.lock().await),
                None => None,
            };
            let answer = match pool.take().await {
                Ok(connection) => ask(&pool, connection, &request).await,
                Err(failure) => Err(failure),
            };
            told(&Told { request: &request, due, sent, came: start.elapsed(), answer: &answer });
        });
        while let Some(asked) = waiting.try_join_next() {
            asked.map_err(Failure::doing(ASKING))?;
        }
    }
    let ended = timeout(LAST_ANSWERS_WAIT_MAX, waiting_for(&mut waiting));
    ended.await.map_err(Failure::doing("waiting for the last answers"))?
}

async fn ask(pool: &Pool, mut connection: Connection, request: &Request) -> Result<Answer, Failure> {
    let answer = connection.ask(request).await;
    if answer.as_ref().is_ok_and(|answer| !answer.closes) {
        pool.give(connection);
    } else {
        pool.lost();
    }
    answer
}
