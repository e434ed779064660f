//! Carries out one fault after the other, brings everything back after each, and sees that the chain goes on and that the
//! journals let go of what they held.

mod disks;
mod journals;

use std::time::Duration;

use rustix::process::Signal;
use tokio::time::{Instant, sleep};

use super::counts::Counts;
use super::faults::{Fault, Faults, Meanwhile};
use super::machines::Way;
use super::platform::{Platform, SECOND, STANDBY};
use super::postgres::ask;
use super::running::{is_within, within};
use super::settings::Settings;

/// Longest time from the end of a fault to the next block, on a machine on which others compile.
const GOES_ON_WITHIN: Duration = Duration::from_secs(90);
/// Longest wait for a process to come by its crash point.
const COMES_BY_WITHIN: Duration = Duration::from_secs(12);
/// Longest time in which a ledger that was woken learns that its epoch has ended: it may wait for a statement.
const FENCED_WITHIN: Duration = Duration::from_secs(45);
/// Where it got its epoch back there is nothing to wait for.
const NEVER_FENCED_WITHIN: Duration = Duration::from_secs(8);
/// Beyond it a ledger seals nothing (protocol §5), in seconds.
const CLOCKS_DIFFER_MAX: i64 = 60;
/// The promise: a ledger that stands by leads so long after the other's death or stop; twice and more where others compile.
const LEADS_WITHIN: Duration = Duration::from_secs(5);
const CLOCK_NOTICED_WITHIN: Duration = Duration::from_secs(20);
const HEIGHT: &str = "SELECT height FROM ledger.head";
const EPOCH: &str = "SELECT epoch FROM ledger.head";

/// What does it.
pub(crate) struct Conductor<'a> {
    pub(crate) platform: &'a mut Platform,
    pub(crate) counts: Counts,
    pub(crate) flaws: Vec<String>,
}

impl<'a> Conductor<'a> {
    pub(crate) fn new(platform: &'a mut Platform) -> Self {
        Self { platform, counts: Counts::default(), flaws: Vec::new() }
    }

    /// Goes on for as long as the settings say.
    pub(crate) async fn run(&mut self, settings: &Settings) {
        let (began, mut faults) = (Instant::now(), Faults::of(settings.seed));
        while began.elapsed() < settings.lasting && self.flaws.is_empty() {
            let fault = faults.draw(&settings.kinds);
            println!("{:>6.1} s {fault:?}", began.elapsed().as_secs_f64());
            self.carry_out(&fault).await;
            self.bring_back().await;
        }
    }

    /// Everything runs, the chain goes on, and what is open then does not stay so.
    pub(crate) async fn bring_back(&mut self) {
        let since = Instant::now();
        self.platform.postgres.revive().await;
        self.platform.rabbitmq.revive().await;
        self.platform.all_ready().await;
        let before = self.height().await;
        within(GOES_ON_WITHIN, "the chain goes on", async || self.height().await > before).await;
        self.counts.slowest = self.counts.slowest.max(since.elapsed());
        self.old_rows_go().await;
    }

    async fn carry_out(&mut self, fault: &Fault) {
        match fault {
            Fault::Kill(names) => {
                for name in names {
                    self.kill(name).await;
                }
                names.iter().for_each(|name| self.platform.launch(name, None));
            }
            Fault::Pair { service, edge, ledger } => self.pair(service, edge, ledger).await,
            Fault::Stop { name, meanwhile } => {
                self.platform.signal(name, Signal::STOP);
                self.while_it_lasts(meanwhile).await;
                self.platform.signal(name, Signal::CONT);
                self.counts.stops += 1;
            }
            Fault::TakeOver => self.take_over(false).await,
            Fault::HandOver { stopped } => self.hand_over(*stopped).await,
            Fault::KillPostgres => {
                self.platform.postgres.kill().await;
                self.platform.postgres.start_again().await;
                self.counts.postgres += 1;
            }
            Fault::StopPostgres { meanwhile } => {
                self.platform.postgres.signal(Signal::STOP);
                self.while_it_lasts(meanwhile).await;
                self.platform.postgres.signal(Signal::CONT);
                self.counts.stops += 1;
            }
            Fault::KillBroker => {
                self.platform.rabbitmq.kill().await;
                self.platform.rabbitmq.start_again().await;
                self.counts.broker += 1;
            }
            Fault::StopBroker { meanwhile } => {
                self.platform.rabbitmq.signal(Signal::STOP);
                self.while_it_lasts(meanwhile).await;
                self.platform.rabbitmq.signal(Signal::CONT);
                self.counts.stops += 1;
            }
            Fault::Cut { of, from, way, meanwhile } => self.cut(of, from, *way, meanwhile).await,
            Fault::Step { name, later, lasting } => self.step(name, *later, *lasting).await,
            Fault::Fill { lasting } => self.fill(*lasting).await,
            Fault::Fail { lasting } => self.fail(*lasting).await,
            Fault::FillLedgers { until } => self.fill_ledgers(until).await,
            Fault::FailLedgers { until } => self.fail_ledgers(until).await,
        }
    }

    async fn kill(&mut self, name: &str) {
        self.platform.kill(name).await;
        self.counts.kills += 1;
    }

    /// Both die where they were told to, or are killed where they do not come by in time.
    async fn pair(&mut self, service: &'static str, edge: &str, ledger: &str) {
        let doomed = [("ledger", ledger), (service, edge)];
        for (name, point) in doomed {
            self.kill(name).await;
            self.platform.launch(name, Some(point));
        }
        // Of these deaths, too, each counts once.
        self.counts.kills += doomed.len() as u64;
        let mut came_by = [false; 2];
        let died = is_within(COMES_BY_WITHIN, async || {
            for (place, (name, _)) in doomed.into_iter().enumerate() {
                if !came_by[place] && self.platform.has_ended(name) {
                    came_by[place] = true;
                    // Up again at once: without the one the other may never come by.
                    self.platform.launch(name, None);
                }
            }
            came_by == [true; 2]
        })
        .await;
        if died {
            self.counts.pairs += 1;
            let name = |point: &str| point.split(':').next().unwrap_or_default().to_owned();
            println!("died together: {} {}", name(edge), name(ledger));
        }
        for (place, (name, _)) in doomed.into_iter().enumerate() {
            if !came_by[place] {
                self.platform.kill(name).await;
                self.platform.launch(name, None);
            }
        }
    }

    async fn cut(&mut self, of: &str, from: &str, way: Way, meanwhile: &Meanwhile) {
        let (one, other) = (self.platform.machine(of).clone(), self.platform.machine(from).clone());
        one.cut(&other, way);
        self.while_it_lasts(meanwhile).await;
        let dropped = one.heal();
        self.counts.dropped += dropped;
        // A cut that nobody ran into is none.
        self.counts.partitions += u64::from(dropped > 0);
    }

    /// Lets time pass, and kills now and then.
    async fn while_it_lasts(&mut self, Meanwhile { lasting, killed }: &Meanwhile) {
        let part = *lasting / u32::try_from(killed.len() + 1).unwrap();
        for name in killed {
            sleep(part).await;
            self.kill(name).await;
            self.platform.launch(name, None);
        }
        sleep(part).await;
    }

    /// A ledger whose clock is far from its database's must say so.
    async fn step(&mut self, name: &'static str, later: i64, lasting: Duration) {
        self.platform.set_clock(name, later);
        if name == "ledger" && later.abs() > CLOCKS_DIFFER_MAX {
            let noticed = is_within(CLOCK_NOTICED_WITHIN, async || {
                let said = self.platform.readiness(name).await;
                said.is_some_and(|(status, what)| {
                    status == 503 && what.to_string().contains("clocks disagree")
                })
            });
            if !noticed.await {
                self.flaws.push(format!("a ledger whose clock is {later} s off does not say so"));
            }
        }
        sleep(lasting).await;
        self.platform.set_clock(name, 0);
        self.counts.clocks += 1;
    }

    /// The ledger stops, another opens its chain and decides, and the first is woken: it commits nothing any more. A test
    /// gives it its epoch back, to see that this would be noticed.
    pub(crate) async fn take_over(&mut self, given_back: bool) {
        let epoch = self.ask(EPOCH).await;
        self.platform.signal("ledger", Signal::STOP);
        let stopped = Instant::now();
        self.platform.launch(SECOND, None);
        self.platform.ready(SECOND).await;
        self.counts.slowest_takeover = self.counts.slowest_takeover.max(stopped.elapsed());
        let before = self.height().await;
        within(GOES_ON_WITHIN, "the second ledger decides", async || self.height().await > before).await;
        let taken = self.ask(EPOCH).await;
        if taken <= epoch {
            self.flaws.push(format!("taken over in epoch {taken}, which is not above {epoch}"));
        }
        if given_back {
            let client = super::postgres::connect(self.platform.postgres.url()).await.unwrap();
            client.execute("UPDATE ledger.head SET epoch = $1", &[&epoch]).await.unwrap();
        }
        self.counts.takeovers += 1;
        self.wake(taken, if given_back { NEVER_FENCED_WITHIN } else { FENCED_WITHIN }).await;
        self.kill("ledger").await;
        self.platform.launch("ledger", None);
        self.platform.ready("ledger").await;
        self.kill(SECOND).await;
    }

    /// One stands by, the ledger dies or stops, and the one that stood by leads in time; a ledger that was stopped commits
    /// nothing when it is woken.
    async fn hand_over(&mut self, stopped: bool) {
        self.platform.launch(STANDBY, None);
        self.platform.ready(STANDBY).await;
        let (epoch, before) = (self.ask(EPOCH).await, self.height().await);
        let since = Instant::now();
        if stopped {
            self.platform.signal("ledger", Signal::STOP);
        } else {
            self.kill("ledger").await;
        }
        within(GOES_ON_WITHIN, "the ledger that stood by leads", async || self.ask(EPOCH).await > epoch)
            .await;
        let took = since.elapsed();
        self.counts.slowest_handover = self.counts.slowest_handover.max(took);
        if took > LEADS_WITHIN {
            self.flaws
                .push(format!("a ledger that stood by led after {took:?}, not within {LEADS_WITHIN:?}"));
        }
        within(GOES_ON_WITHIN, "it decides", async || self.height().await > before).await;
        self.counts.handovers += 1;
        if stopped {
            let taken = self.ask(EPOCH).await;
            self.wake(taken, FENCED_WITHIN).await;
            self.kill("ledger").await;
        }
        self.platform.launch("ledger", None);
        self.platform.ready("ledger").await;
        self.kill(STANDBY).await;
    }

    /// Wakes the ledger that was stopped, after another took its chain: it must say so, and leave the epoch as it is.
    async fn wake(&mut self, taken: i64, limit: Duration) {
        self.platform.signal("ledger", Signal::CONT);
        let fenced = is_within(limit, async || {
            let said = self.platform.readiness("ledger").await;
            said.is_some_and(|(status, what)| {
                status == 503 && what.to_string().contains("another ledger has opened this chain")
            })
        });
        if !fenced.await {
            self.flaws.push("a ledger that was taken over does not say so when it is woken".to_owned());
        }
        if self.ask(EPOCH).await != taken {
            self.flaws.push("a ledger that was woken changed the epoch".to_owned());
        }
    }

    async fn height(&self) -> i64 {
        self.ask(HEIGHT).await
    }

    async fn ask(&self, query: &str) -> i64 {
        let mut told = None;
        within(GOES_ON_WITHIN, query, async || {
            told = ask(self.platform.postgres.url(), query).await;
            told.is_some()
        })
        .await;
        told.unwrap()
    }
}
