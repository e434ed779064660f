use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use piao_bus::{AckOutcome, BatchLimits, BusError, CommandConsumer, Delivery};
use piao_domain::ids::ChainId;
use piao_edge::submit::{VerifiedPool, Verifier};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::Cores;
use super::decode::{Read, Taken, parse, verify_by};
use super::keys::KeyRing;
use crate::LedgerError;
use crate::fault;
use crate::session::LedgerStore;

/// A message of the bus whose transitions are in a batch.
pub(crate) struct Message {
    pub(crate) delivery: Delivery,
    /// Why it is put aside once the rest of it is decided, where something in it can never be.
    pub(crate) poison: Option<String>,
}

/// What the ledger is given to decide: the transitions of some messages.
pub(crate) struct Taking {
    pub(crate) transitions: Vec<Taken>,
    pub(crate) messages: Vec<Message>,
    /// When the first of it was here.
    since: Instant,
}

/// What the ledger says of messages whose transitions are decided and durable.
pub(crate) struct Answer(pub(crate) Vec<Message>);

/// The one task that owns the consumer: it receives, verifies and, when told to, acknowledges.
pub(crate) struct Intake<S> {
    pub(crate) consumer: Box<dyn CommandConsumer>,
    pub(crate) store: S,
    pub(crate) chain: ChainId,
    pub(crate) limits: BatchLimits,
    pub(crate) verified: Option<Arc<VerifiedPool>>,
    pub(crate) verifier: Arc<dyn Verifier>,
    pub(crate) cores: Cores,
    pub(crate) keys: KeyRing,
}

/// So many transitions are a crowd, whose next block is not cut before [`PACE`] is over.
const CROWD: usize = 16;

/// How far apart blocks of a crowd are cut. What a block costs by itself, in the ledger and in every service that
/// follows, is what some thirty transitions cost: a crowd is served sooner by fewer blocks, and alone nobody waits. Where
/// the ledger is never free, blocks are further apart anyway (ADR 0013).
const PACE: Duration = Duration::from_millis(15);

/// How long fewer than a crowd wait for company, where the last block or this one has more than one transition: those who
/// were answered together come again together.
const COMPANY: Duration = Duration::from_millis(2);

/// The batch that was cut last.
#[derive(Clone, Copy)]
struct Cut {
    at: Instant,
    transitions: usize,
}

/// How long to wait before a failed look-up of keys is tried again.
const RETRY: Duration = Duration::from_millis(250);

impl Taking {
    fn empty() -> Self {
        Self { transitions: Vec::new(), messages: Vec::new(), since: Instant::now() }
    }

    fn append(&mut self, mut more: Self) {
        if self.messages.is_empty() {
            self.since = more.since;
        }
        self.transitions.append(&mut more.transitions);
        self.messages.append(&mut more.messages);
    }

    /// When it is to be decided, where the last was cut at some time; at once where there is nothing.
    fn ripe_at(&self, last: Option<Cut>, limits: BatchLimits) -> Option<Instant> {
        let waiting = self.transitions.len();
        self.room(limits)?;
        ripe_at(waiting, last, self.since).filter(|ripe_at| *ripe_at > Instant::now())
    }

    /// What may still be added under some limits; nothing where it is full. One message is always received, however
    /// large it is, so no more than half of the bytes is filled up.
    fn room(&self, limits: BatchLimits) -> Option<BatchLimits> {
        let bytes = self.messages.iter().map(|message| message.delivery.body.len()).sum::<usize>();
        let announced = |message: &Message| message.delivery.transitions;
        let transitions = self.messages.iter().map(announced).fold(0, u32::saturating_add);
        let room = BatchLimits {
            messages_max: limits.messages_max.saturating_sub(self.messages.len()),
            transitions_max: limits.transitions_max.saturating_sub(transitions),
            bytes_max: limits.bytes_max.saturating_sub(bytes),
            ..limits
        };
        let is_full = room.messages_max == 0 || room.transitions_max == 0 || bytes > limits.bytes_max / 2;
        (!is_full).then_some(room)
    }
}

impl<S: LedgerStore> Intake<S> {
    /// Runs until the ledger or the bus closes, or it is told to stop. While a batch is decided the next one grows,
    /// verified as it comes: a block costs much and a transition in it little, so blocks are cut as late as they can be,
    /// and those of a crowd no oftener than at a pace.
    /// No more than the two is held in memory.
    pub(crate) async fn run(
        mut self,
        takings: mpsc::Sender<Taking>,
        mut answers: mpsc::Receiver<Answer>,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), LedgerError> {
        let mut aside = Vec::new();
        let mut next = Taking::empty();
        let (mut deciding, mut answered, mut last) = (false, None, None);
        loop {
            let free = !deciding && !next.messages.is_empty();
            let ripe_at = next.ripe_at(last, self.limits);
            if free && ripe_at.is_none() {
                let batch = std::mem::replace(&mut next, Taking::empty());
                deciding = true;
                last = Some(Cut { at: Instant::now(), transitions: batch.transitions.len() });
                if takings.send(batch).await.is_err() {
                    return Ok(());
                }
            }
            // After the next batch is on its way: nothing waits for an acknowledgement.
            if let Some(answer) = answered.take() {
                self.acknowledge(answer, &mut aside).await;
            }
            let room = next.room(self.limits);
            // Cancel safe on both sides: an answer that comes while something is received goes first.
            let received = tokio::select! {
                biased;
                answer = answers.recv() => {
                    let Some(answer) = answer else { return Ok(()) };
                    (deciding, answered) = (false, Some(answer));
                    continue;
                }
                () = told(&mut stop) => break,
                () = sleep_until(ripe_at.unwrap_or_else(Instant::now)), if free && ripe_at.is_some() => continue,
                received = self.consumer.recv_batch(room.unwrap_or(self.limits)), if room.is_some() => received,
            };
            match received {
                Ok(deliveries) if deliveries.is_empty() => {}
                Ok(deliveries) => {
                    // A crash from here on: the messages come again.
                    fault::point("ledger.take.after");
                    let Some(taking) = self.take(deliveries, &mut stop).await? else { break };
                    next.append(taking);
                }
                Err(BusError::Closed) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        // What was received is decided and acknowledged; what the bus sent ahead goes to whoever reads it next.
        if !next.messages.is_empty() && takings.send(next).await.is_err() {
            return Ok(());
        }
        drop(takings);
        while let Some(answer) = answers.recv().await {
            self.acknowledge(answer, &mut aside).await;
        }
        Ok(())
    }

    /// Verifies everything in some messages. Keys are fetched until the database answers: what cannot be verified yet
    /// stays with the bus, and the ledger says meanwhile that it is not ready, since it looks by itself. Nothing where
    /// it is told to stop before that: the messages were never acknowledged and come again.
    ///
    /// # Errors
    /// [`LedgerError`] that does not pass.
    async fn take(
        &mut self,
        deliveries: Vec<Delivery>,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<Option<Taking>, LedgerError> {
        let since = Instant::now();
        let chain = self.chain.clone();
        let bodies = deliveries.iter().map(|delivery| delivery.body.clone()).collect::<Vec<_>>();
        let pool = self.verified.as_deref();
        let read = |(message, body): (usize, &Bytes)| {
            let read = |(message, line): (usize, Result<&str, String>)| {
                (message, line.and_then(|line| parse(line, &chain, pool)))
            };
            lines(message, body).into_iter().map(read).collect::<Vec<_>>()
        };
        let parsed = self.cores.spread(bodies.iter().enumerate().collect(), read);
        let signers = || parsed.iter().filter_map(|(_, parsed)| parsed.as_ref().ok().map(Read::signer));
        while let Err(error) = self.keys.fetch(&self.store, signers()).await {
            if !error.is_passing() {
                return Err(error);
            }
            tracing::error!(error = &error as &dyn std::error::Error, "cannot look up keys; trying again");
            if tokio::time::timeout(RETRY, told(stop)).await.is_ok() {
                return Ok(None);
            }
        }
        let (keys, verifier) = (&self.keys, &*self.verifier);
        let verify = |(message, parsed): (usize, Result<Read, String>)| {
            let taken = parsed.and_then(|parsed| {
                let key = keys.get(&parsed.signer());
                verify_by(verifier, parsed, key)
            });
            Some((message, taken))
        };
        let verified = self.cores.spread(parsed, verify);
        let mut taking = Taking {
            transitions: Vec::with_capacity(verified.len()),
            messages: deliveries.into_iter().map(|delivery| Message { delivery, poison: None }).collect(),
            since,
        };
        for (message, taken) in verified {
            match taken {
                Ok(taken) => taking.transitions.push(taken),
                Err(reason) => taking.messages[message].poison = Some(reason),
            }
        }
        Ok(Some(taking))
    }

    /// A crash before this leaves the messages with the bus, which delivers them again; the transitions are found
    /// decided then, and nothing happens twice. `aside` keeps what could not be put into quarantine, for the next time.
    async fn acknowledge(&mut self, Answer(messages): Answer, aside: &mut Vec<Message>) {
        fault::point("ledger.ack.before");
        let (poisoned, good): (Vec<_>, Vec<_>) =
            messages.into_iter().partition(|message| message.poison.is_some());
        let deliveries = good.into_iter().map(|message| message.delivery).collect::<Vec<_>>();
        if !deliveries.is_empty()
            && let AckOutcome::ComesAgain { messages } = self.consumer.ack_all(&deliveries).await
        {
            tracing::warn!(messages, "acknowledgements did not go through; the messages come again");
        }
        fault::point("ledger.ack.after");
        let mut waiting = std::mem::take(aside).into_iter().chain(poisoned);
        while let Some(message) = waiting.next() {
            let reason = message.poison.as_deref().unwrap_or_default();
            tracing::warn!(reason, "a command can never be decided; it is put aside");
            // Copy first, acknowledge after. A crash before the copy: the message comes again and is poison again.
            // Between the two, or where the acknowledgement is lost: it comes again and is put aside twice, never
            // not at all.
            fault::point("ledger.quarantine.before");
            if let Err(error) = self.consumer.quarantine(&message.delivery, reason).await {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot put commands aside");
                // The others would meet the same, one wait after the other, and nothing else be received.
                aside.push(message);
                aside.extend(waiting);
                return;
            }
            fault::point("ledger.quarantine.copied");
            if let AckOutcome::ComesAgain { messages } =
                self.consumer.ack_all(std::slice::from_ref(&message.delivery)).await
            {
                tracing::warn!(messages, "poison was put aside and comes again");
            }
            fault::point("ledger.quarantine.after");
        }
    }
}

/// Returns when the ledger is told to stop.
pub(crate) async fn told(stop: &mut watch::Receiver<bool>) {
    // The ledger that runs this task holds the sender.
    stop.wait_for(|stop| *stop).await.ok();
}

/// When so many that wait since some time, and may still become more, are to be decided: a crowd a pace after the last cut,
/// fewer when company had its time; at once whoever is alone as the last was.
fn ripe_at(waiting: usize, last: Option<Cut>, since: Instant) -> Option<Instant> {
    if waiting >= CROWD {
        return last.map(|last| last.at + PACE);
    }
    let in_company = waiting > 1 || last.is_some_and(|last| last.transitions > 1);
    in_company.then(|| since + COMPANY)
}

fn lines(message: usize, body: &[u8]) -> Vec<(usize, Result<&str, String>)> {
    match std::str::from_utf8(body) {
        Ok(text) => text.lines().map(|line| (message, Ok(line))).collect(),
        Err(_) => vec![(message, Err("not UTF-8".to_owned()))],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use piao_protocol::json;
    use piao_protocol::jwk::Jwk;
    use piao_protocol::jws::PreparedKey;
    use piao_testkit::fuzz::Corpus;
    use serde_json::Value;

    use super::super::decode::verify;
    use super::*;

    fn vectors(text: &str) -> Vec<Value> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_crowd_waits_for_the_pace_fewer_for_company_and_nobody_alone() {
        let now = Instant::now();
        let ago = |ms| now.checked_sub(Duration::from_millis(ms)).unwrap();
        let check = |waiting: usize,
                     last: Option<(u64, usize)>,
                     since_ms_ago: u64,
                     expect: Option<Instant>| {
            let cut = last.map(|(ms, transitions)| Cut { at: ago(ms), transitions });
            assert_eq!(ripe_at(waiting, cut, ago(since_ms_ago)), expect, "{waiting} {last:?} {since_ms_ago}");
        };
        let after = |ms| Some(now + Duration::from_millis(ms));
        check(16, Some((0, 1)), 0, after(15));
        check(16, Some((10, 300)), 0, after(5));
        check(2_000, Some((10, 300)), 9, after(5));
        check(16, None, 0, None);
        check(15, Some((0, 1)), 0, after(2));
        check(2, None, 1, after(1));
        check(1, Some((40, 2)), 0, after(2));
        check(1, Some((0, 1)), 0, None);
        check(1, None, 0, None);
    }

    #[test]
    fn a_damaged_command_is_poison_or_holds_what_was_signed() {
        let transitions = vectors(include_str!("../../../../schemas/vectors/transitions.json"));
        let signed = transitions.iter().map(|vector| vector["jws"].as_str().unwrap());
        let signed = signed.map(|jws| jws.rsplit_once('.').unwrap().0).collect::<BTreeSet<_>>();
        let keys = vectors(include_str!("../../../../schemas/vectors/keys.json"));
        let keys = keys.iter().map(|key| {
            let jwk: Jwk = json::from_str(&key["jwk"].to_string()).unwrap();
            (jwk.id(), PreparedKey::new(jwk.key()).unwrap())
        });
        let keys = keys.collect::<BTreeMap<_, _>>();
        let chain = ChainId::parse("vectors-3e585d3992c9a03d54e081400541a199").unwrap();
        let take = |line: Result<&str, String>| {
            let parsed = parse(line?, &chain, None)?;
            let key = keys.get(&parsed.signer().1);
            verify(parsed, key)
        };
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../piao/tests/fuzz/corpus/command");
        Corpus::read(&corpus, 1 << 18).feed(|body| {
            let taken = lines(0, body).into_iter().map(|(_, line)| take(line)).collect::<Vec<_>>();
            for taken in taken.iter().flatten() {
                let input = taken.compact.rsplit_once('.').unwrap().0;
                assert!(signed.contains(input), "a transition that nobody signed");
            }
            taken.iter().all(Result::is_ok)
        });
    }
}
