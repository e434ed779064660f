//! A bus over RabbitMQ 3.10 or later.
//!
//! One connection publishes, one follows blocks for all subscribers, every consumer has one of its own, because a
//! broker short of memory stops connections that publish. Each is kept by a task that connects again and again, declares
//! the topology anew each time, and lives on the runtime the bus was started with.

mod config;
mod consume;
mod follow;
mod link;
mod publish;
mod quarantine;
mod topology;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::{BlockSubscriber, Bus, BusError, Command, CommandConsumer, Quarantined, ServiceName};

pub use config::{NamePrefix, RabbitConfig};
pub use follow::{KEY_PREFIX, height_of};
pub use publish::{REASON, TRANSITIONS};
pub use topology::{BLOCKS, COMMANDS, DEAD, QUARANTINE};

/// The bus over RabbitMQ. Clones are the same bus. Its tasks, consumers and subscribers end when it is closed
/// or its last clone is dropped.
#[derive(Debug, Clone)]
pub struct RabbitBus {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    config: Arc<config::Checked>,
    handle: Handle,
    publisher: Arc<publish::Publisher>,
    following: follow::Following,
    stop: watch::Sender<bool>,
}

impl RabbitBus {
    /// Starts the bus on the multi-thread runtime behind `handle`. It connects in the background and returns
    /// at once, also while the broker is away: ask [`Bus::check`].
    ///
    /// # Errors
    /// [`BusError::Config`] if the URL cannot be one.
    pub fn start(config: RabbitConfig, handle: Handle) -> Result<Self, BusError> {
        let config = Arc::new(config::Checked::of(config)?);
        let (stop, stopped) = watch::channel(false);
        let publisher = Arc::new(publish::Publisher::new(Arc::clone(&config), handle.clone()));
        handle.spawn(link::keep(
            Arc::clone(&config),
            "publish".to_owned(),
            stopped,
            publish::PublishSession::new(&publisher),
        ));
        Ok(Self {
            shared: Arc::new(Shared {
                config,
                handle,
                publisher,
                following: follow::Following::default(),
                stop,
            }),
        })
    }

    fn open(&self) -> Result<(), BusError> {
        if *self.shared.stop.borrow() { Err(BusError::Closed) } else { Ok(()) }
    }
}

impl Bus for RabbitBus {
    fn publish_command(&self, command: Command) -> BoxFuture<'_, Result<(), BusError>> {
        async move {
            self.open()?;
            self.shared.publisher.command(command).await
        }
        .boxed()
    }

    fn commands(&self, turn: i32) -> BoxFuture<'_, Result<Box<dyn CommandConsumer>, BusError>> {
        async move {
            self.open()?;
            let consumer = consume::RabbitConsumer::start(
                Arc::clone(&self.shared.config),
                &self.shared.handle,
                self.shared.stop.subscribe(),
                Arc::clone(&self.shared.publisher),
                turn,
            );
            Ok(Box::new(consumer) as Box<dyn CommandConsumer>)
        }
        .boxed()
    }

    fn publish_block(&self, height: u64, body: Bytes) -> BoxFuture<'_, Result<(), BusError>> {
        async move {
            self.open()?;
            self.shared.publisher.block(height, body).await
        }
        .boxed()
    }

    fn blocks(&self, _service: ServiceName) -> BoxFuture<'_, Result<BlockSubscriber, BusError>> {
        async move {
            self.open()?;
            let stopped = self.shared.stop.subscribe();
            let (config, handle) = (Arc::clone(&self.shared.config), &self.shared.handle);
            Ok(self.shared.following.subscribe(config, handle, stopped).await)
        }
        .boxed()
    }

    fn quarantined(&self, messages_max: usize) -> BoxFuture<'_, Result<Vec<Quarantined>, BusError>> {
        async move {
            self.open()?;
            quarantine::peek(Arc::clone(&self.shared.config), &self.shared.handle, messages_max).await
        }
        .boxed()
    }

    fn check(&self) -> Result<(), BusError> {
        self.open()?;
        self.shared.publisher.check()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async {
            self.shared.stop.send_replace(true);
            // Every task holds a receiver: when none is left, every connection is closed.
            let closed =
                tokio::time::timeout(self.shared.config.config.connect_wait_max, self.shared.stop.closed());
            if closed.await.is_err() {
                tracing::warn!("connections to the broker did not close in time");
            }
        }
        .boxed()
    }
}
