//! The queue of commands, as a quorum queue of RabbitMQ keeps it: what is there is sent ahead to whoever reads in the
//! latest turn and has room, and what was sent to a reader that is gone goes before all else to the next.
//!
//! A quorum queue would put aside by itself what it sent a thousand times; no run is that long.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use piao_bus::{BatchLimits, BusError, Command, Delivery, RabbitConfig};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// A queue. Clones are the same one.
#[derive(Clone)]
pub(super) struct Queue {
    inside: Arc<Mutex<Inside>>,
    /// Messages that wait for a reader before more are refused.
    messages_max: usize,
    /// Messages sent to a reader ahead of its acknowledgements.
    prefetch_max: usize,
}

#[derive(Default)]
struct Inside {
    /// Sent to a reader that is gone.
    returned: VecDeque<Command>,
    /// Sent to nobody yet.
    fresh: VecDeque<Command>,
    seats: Vec<Seat>,
    /// Readers so far.
    readers: u64,
    /// Messages sent so far: the last tag.
    sent: u64,
}

/// A reader as the queue knows it.
struct Seat {
    reader: u64,
    /// The bus that it reads through.
    bus: u64,
    turn: i32,
    /// The last tag that went to it.
    served: u64,
    /// Sent to it, and not taken by it yet.
    ahead: VecDeque<Delivery>,
    /// Sent to it, and not acknowledged by it yet.
    unacked: BTreeMap<u64, Command>,
    /// Rings when something is sent to it, and when it loses its seat.
    changed: Arc<Notify>,
}

/// Reads a queue, until it is dropped or its bus is closed.
pub(super) struct Reader {
    queue: Queue,
    bus: u64,
    turn: i32,
    number: u64,
    changed: Arc<Notify>,
}

impl Queue {
    pub(super) fn new(config: &RabbitConfig) -> Self {
        Self {
            inside: Arc::default(),
            messages_max: config.queue_messages_max as usize,
            prefetch_max: usize::from(config.prefetch_messages_max.max(1)),
        }
    }

    /// Nothing panics under it, and nobody waits with it in hand.
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it refuses more. What was sent to a reader does not count.
    pub(super) fn is_full(&self) -> bool {
        let inside = self.inside();
        inside.returned.len() + inside.fresh.len() >= self.messages_max
    }

    pub(super) fn push(&self, command: Command) {
        let mut inside = self.inside();
        inside.fresh.push_back(command);
        inside.send(self.prefetch_max);
    }

    /// A reader of a bus.
    pub(super) fn read(&self, bus: u64, turn: i32) -> Reader {
        let (number, changed) = self.seat(bus, turn);
        Reader { queue: self.clone(), bus, turn, number, changed }
    }

    /// Every reader of a bus is gone.
    pub(super) fn close(&self, bus: u64) {
        let mut inside = self.inside();
        let readers = inside.seats.iter().filter(|seat| seat.bus == bus).map(|seat| seat.reader);
        for reader in readers.collect::<Vec<_>>() {
            inside.leave(reader);
        }
        inside.send(self.prefetch_max);
    }

    fn seat(&self, bus: u64, turn: i32) -> (u64, Arc<Notify>) {
        let mut inside = self.inside();
        inside.readers += 1;
        let (reader, changed) = (inside.readers, Arc::new(Notify::new()));
        inside.seats.push(Seat {
            reader,
            bus,
            turn,
            served: 0,
            ahead: VecDeque::new(),
            unacked: BTreeMap::new(),
            changed: Arc::clone(&changed),
        });
        inside.send(self.prefetch_max);
        (reader, changed)
    }

    fn leave(&self, reader: u64) {
        let mut inside = self.inside();
        inside.leave(reader);
        inside.send(self.prefetch_max);
    }
}

impl Inside {
    fn seat_of(&mut self, reader: u64) -> Option<&mut Seat> {
        self.seats.iter_mut().find(|seat| seat.reader == reader)
    }

    /// Sends what is there to whoever has room: in the latest turn alone, and within it to one after the other.
    fn send(&mut self, prefetch_max: usize) {
        loop {
            let free = self.seats.iter_mut().filter(|seat| seat.unacked.len() < prefetch_max);
            let Some(seat) = free.max_by_key(|seat| (seat.turn, Reverse(seat.served))) else { return };
            let returned = self.returned.pop_front().map(|command| (command, true));
            let next = returned.or_else(|| self.fresh.pop_front().map(|command| (command, false)));
            let Some((command, redelivered)) = next else { return };
            self.sent += 1;
            seat.served = self.sent;
            seat.ahead.push_back(Delivery::new(command.clone(), redelivered, self.sent));
            seat.unacked.insert(self.sent, command);
            seat.changed.notify_one();
        }
    }

    /// Whatever was sent to a reader comes again, taken by it or not.
    fn leave(&mut self, reader: u64) {
        if let Some(place) = self.seats.iter().position(|seat| seat.reader == reader) {
            let Seat { unacked, changed, .. } = self.seats.remove(place);
            self.returned.extend(unacked.into_values());
            changed.notify_one();
        }
    }
}

impl Reader {
    /// Waits for messages within some limits, as every reader of a bus does. Nothing is taken before it is returned, so a
    /// call may be dropped at any time.
    pub(super) async fn receive(&mut self, limits: BatchLimits) -> Result<Vec<Delivery>, BusError> {
        let changed = Arc::clone(&self.changed);
        let mut deadline = Instant::now() + limits.wait_max;
        let mut lingers = false;
        loop {
            let (messages, is_whole) = {
                let mut inside = self.queue.inside();
                let seat = inside.seat_of(self.number).ok_or(BusError::Closed)?;
                cut(&seat.ahead, limits)
            };
            if is_whole {
                return self.take(messages);
            }
            if messages > 0 && !lingers {
                lingers = true;
                deadline = Instant::now() + limits.linger_max;
            }
            // A bell that rang since the look is heard: it keeps one ring.
            if timeout_at(deadline, changed.notified()).await.is_err() {
                return self.take(messages);
            }
        }
    }

    fn take(&mut self, messages: usize) -> Result<Vec<Delivery>, BusError> {
        let mut inside = self.queue.inside();
        let seat = inside.seat_of(self.number).ok_or(BusError::Closed)?;
        Ok(seat.ahead.drain(..messages.min(seat.ahead.len())).collect())
    }

    /// Acknowledges some messages; how many of them this reader was not sent, or has acknowledged already.
    pub(super) fn acknowledge(&mut self, deliveries: &[Delivery]) -> usize {
        let mut inside = self.queue.inside();
        let Some(seat) = inside.seat_of(self.number) else { return deliveries.len() };
        let unknown = |delivery: &&Delivery| seat.unacked.remove(&delivery.tag()).is_none();
        let failed = deliveries.iter().filter(unknown).count();
        inside.send(self.queue.prefetch_max);
        failed
    }

    /// Its connection breaks, and stands again: everything that it did not acknowledge comes again, to whoever has room
    /// meanwhile.
    pub(super) fn reconnect(&mut self) {
        self.queue.leave(self.number);
        (self.number, self.changed) = self.queue.seat(self.bus, self.turn);
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.queue.leave(self.number);
    }
}

/// How many of the messages that are there make a batch, and whether nothing may be added to it.
fn cut(ahead: &VecDeque<Delivery>, limits: BatchLimits) -> (usize, bool) {
    let (mut messages, mut transitions, mut bytes) = (0, 0_u32, 0_usize);
    for delivery in ahead {
        let all = transitions.saturating_add(delivery.transitions);
        let size = bytes.saturating_add(delivery.body.len());
        if messages > 0 && (all > limits.transitions_max || size > limits.bytes_max) {
            return (messages, true);
        }
        (messages, transitions, bytes) = (messages + 1, all, size);
        let is_full = messages >= limits.messages_max
            || transitions >= limits.transitions_max
            || bytes >= limits.bytes_max;
        if is_full {
            return (messages, true);
        }
    }
    (messages, false)
}
