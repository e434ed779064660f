//! A bus inside one process: the embedded shape, and tests.
//!
//! It keeps nothing on disk. That is enough, because a journal publishes a transition again until its
//! receipt is there.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, broadcast};
use tokio::time::timeout;

use crate::gather::{Gather, Source};
use crate::{
    AckOutcome, BatchLimits, BlockHint, BlockSubscriber, Bus, BusError, Command, CommandConsumer, Delivery,
    Quarantined, ServiceName,
};

/// How much an in-process bus holds.
#[derive(Debug, Clone)]
pub struct InProcessConfig {
    /// Most commands that are published and not yet acknowledged.
    pub commands_max: usize,
    /// Most bytes in them. One command may be as large as this.
    pub commands_bytes_max: u32,
    /// Longest wait of a publish for room.
    pub publish_wait_max: Duration,
    /// Block announcements that a slow subscriber may be behind before the oldest are dropped.
    pub blocks_max: usize,
    /// Quarantined messages kept; the oldest give way.
    pub quarantine_max: usize,
}

impl Default for InProcessConfig {
    fn default() -> Self {
        Self {
            commands_max: 4_096,
            commands_bytes_max: 64 << 20,
            publish_wait_max: Duration::from_secs(5),
            blocks_max: 64,
            quarantine_max: 1_000,
        }
    }
}

/// The bus inside one process. Clones are the same bus.
#[derive(Debug, Clone)]
pub struct InProcessBus {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    config: InProcessConfig,
    queues: Mutex<Queues>,
    arrived: Notify,
    commands_room: Arc<Semaphore>,
    bytes_room: Arc<Semaphore>,
}

#[derive(Debug)]
struct Queues {
    commands: VecDeque<Queued>,
    quarantine: VecDeque<Quarantined>,
    /// `None` once the bus was closed.
    blocks: Option<broadcast::Sender<BlockHint>>,
}

/// A command with the room that it takes, which is given back when it is dropped.
#[derive(Debug)]
struct Queued {
    command: Command,
    redelivered: bool,
    _room: (OwnedSemaphorePermit, OwnedSemaphorePermit),
}

impl InProcessBus {
    /// An empty bus.
    #[must_use]
    pub fn new(config: InProcessConfig) -> Self {
        let (blocks, _) = broadcast::channel(config.blocks_max.max(1));
        let queues = Queues { commands: VecDeque::new(), quarantine: VecDeque::new(), blocks: Some(blocks) };
        Self {
            shared: Arc::new(Shared {
                queues: Mutex::new(queues),
                arrived: Notify::new(),
                commands_room: Arc::new(Semaphore::new(config.commands_max)),
                bytes_room: Arc::new(Semaphore::new(config.commands_bytes_max as usize)),
                config,
            }),
        }
    }
}

impl Shared {
    /// The lock is never held over an await, and nothing panics under it.
    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self) -> Result<(), BusError> {
        if self.queues().blocks.is_some() { Ok(()) } else { Err(BusError::Closed) }
    }

    async fn publish(&self, command: Command) -> Result<(), BusError> {
        let bytes_max = self.config.commands_bytes_max;
        let Some(bytes) = u32::try_from(command.body.len()).ok().filter(|bytes| *bytes <= bytes_max) else {
            return Err(BusError::TooLarge { bytes: command.body.len(), bytes_max: bytes_max as usize });
        };
        let room = async {
            let slot = Arc::clone(&self.commands_room).acquire_owned().await;
            let share = Arc::clone(&self.bytes_room).acquire_many_owned(bytes).await;
            slot.ok().zip(share.ok())
        };
        let room = timeout(self.config.publish_wait_max, room)
            .await
            .map_err(|_| BusError::Full { doing: "publishing a command" })?
            .ok_or(BusError::Closed)?;
        {
            let mut queues = self.queues();
            if queues.blocks.is_none() {
                return Err(BusError::Closed);
            }
            queues.commands.push_back(Queued { command, redelivered: false, _room: room });
        }
        self.arrived.notify_one();
        Ok(())
    }

    fn close(&self) {
        {
            let mut queues = self.queues();
            queues.blocks = None;
            queues.commands.clear();
        }
        self.commands_room.close();
        self.bytes_room.close();
        self.arrived.notify_waiters();
    }
}

impl Bus for InProcessBus {
    fn publish_command(&self, command: Command) -> BoxFuture<'_, Result<(), BusError>> {
        self.shared.publish(command).boxed()
    }

    fn commands(&self, _turn: i32) -> BoxFuture<'_, Result<Box<dyn CommandConsumer>, BusError>> {
        async {
            self.shared.check()?;
            Ok(Box::new(InProcessConsumer::new(Arc::clone(&self.shared))) as Box<dyn CommandConsumer>)
        }
        .boxed()
    }

    fn publish_block(&self, height: u64, body: Bytes) -> BoxFuture<'_, Result<(), BusError>> {
        async move {
            let queues = self.shared.queues();
            let blocks = queues.blocks.as_ref().ok_or(BusError::Closed)?;
            // Fails only when nobody listens, which is nobody's loss.
            let _ = blocks.send(BlockHint { height, body });
            Ok(())
        }
        .boxed()
    }

    fn blocks(&self, _service: ServiceName) -> BoxFuture<'_, Result<BlockSubscriber, BusError>> {
        async {
            let queues = self.shared.queues();
            let blocks = queues.blocks.as_ref().ok_or(BusError::Closed)?;
            Ok(BlockSubscriber::new(blocks.subscribe()))
        }
        .boxed()
    }

    fn quarantined(&self, messages_max: usize) -> BoxFuture<'_, Result<Vec<Quarantined>, BusError>> {
        async move {
            self.shared.check()?;
            Ok(self.shared.queues().quarantine.iter().take(messages_max).cloned().collect())
        }
        .boxed()
    }

    fn check(&self) -> Result<(), BusError> {
        self.shared.check()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async { self.shared.close() }.boxed()
    }
}

#[derive(Debug)]
struct InProcessConsumer {
    inbox: Inbox,
    gather: Gather,
}

#[derive(Debug)]
struct Inbox {
    shared: Arc<Shared>,
    unacked: BTreeMap<u64, Queued>,
    next_tag: u64,
}

impl InProcessConsumer {
    fn new(shared: Arc<Shared>) -> Self {
        Self { inbox: Inbox { shared, unacked: BTreeMap::new(), next_tag: 0 }, gather: Gather::default() }
    }
}

impl Inbox {
    fn pop(&mut self) -> Result<Option<Delivery>, BusError> {
        let queued = {
            let mut queues = self.shared.queues();
            if queues.blocks.is_none() {
                return Err(BusError::Closed);
            }
            queues.commands.pop_front()
        };
        Ok(queued.map(|queued| {
            let tag = self.next_tag;
            self.next_tag += 1;
            let delivery = Delivery::new(queued.command.clone(), queued.redelivered, tag);
            self.unacked.insert(tag, queued);
            delivery
        }))
    }
}

impl Source for Inbox {
    async fn next(&mut self) -> Option<Delivery> {
        loop {
            let shared = Arc::clone(&self.shared);
            // Made before the queue is looked at: what arrives after the look wakes it.
            let arrived = shared.arrived.notified();
            match self.pop() {
                Ok(Some(delivery)) => return Some(delivery),
                Ok(None) => arrived.await,
                Err(_) => return None,
            }
        }
    }
}

impl CommandConsumer for InProcessConsumer {
    fn recv_batch(&mut self, limits: BatchLimits) -> BoxFuture<'_, Result<Vec<Delivery>, BusError>> {
        self.gather.batch(&mut self.inbox, limits).boxed()
    }

    fn ack_all<'a>(&'a mut self, deliveries: &'a [Delivery]) -> BoxFuture<'a, AckOutcome> {
        let unknown =
            deliveries.iter().filter(|delivery| self.inbox.unacked.remove(&delivery.tag()).is_none()).count();
        async move { AckOutcome::of_failed(unknown) }.boxed()
    }

    fn quarantine<'a>(
        &'a mut self,
        delivery: &'a Delivery,
        reason: &'a str,
    ) -> BoxFuture<'a, Result<(), BusError>> {
        async move {
            self.inbox.shared.check()?;
            let mut queues = self.inbox.shared.queues();
            if queues.quarantine.len() >= self.inbox.shared.config.quarantine_max {
                queues.quarantine.pop_front();
            }
            queues
                .quarantine
                .push_back(Quarantined { body: delivery.body.clone(), reason: reason.to_owned() });
            Ok(())
        }
        .boxed()
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let mut queues = self.shared.queues();
        if queues.blocks.is_none() {
            return;
        }
        let unacked = std::mem::take(&mut self.unacked);
        for (_, mut queued) in unacked.into_iter().rev() {
            queued.redelivered = true;
            queues.commands.push_front(queued);
        }
        drop(queues);
        // Those who wait now, and the next who looks.
        self.shared.arrived.notify_waiters();
        self.shared.arrived.notify_one();
    }
}
