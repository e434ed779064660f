//! A bus that is asked, and words for asking it.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_bus::{BatchLimits, Bus, Command, CommandConsumer, Delivery};

/// Longest time a test waits for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// How small the bus under test is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) commands_max: u32,
    pub(crate) body_bytes_max: u32,
    pub(crate) publish_wait_max: Duration,
}

/// What most claims are asked of.
pub(crate) const LARGE: Size =
    Size { commands_max: 10_000, body_bytes_max: 1 << 20, publish_wait_max: Duration::from_secs(10) };

/// A bus that is soon full.
pub(crate) const SMALL: Size =
    Size { commands_max: 8, body_bytes_max: 1_000, publish_wait_max: Duration::from_millis(500) };

/// A bus that is asked.
pub(crate) struct Asked {
    pub(crate) bus: Arc<dyn Bus>,
    again: Box<dyn Fn() -> Arc<dyn Bus> + Send + Sync>,
}

impl Asked {
    /// A bus, and how another process comes by it.
    pub(crate) fn new(bus: Arc<dyn Bus>, again: impl Fn() -> Arc<dyn Bus> + Send + Sync + 'static) -> Self {
        Self { bus, again: Box::new(again) }
    }

    /// The bus as another process has it: over the same broker, where there is one.
    pub(crate) fn again(&self) -> Arc<dyn Bus> {
        (self.again)()
    }
}

/// A bus that is asked, and what tidies up after it.
pub(crate) struct Fixture {
    pub(crate) asked: Asked,
    tidy: BoxFuture<'static, ()>,
}

impl Fixture {
    /// A bus that leaves nothing behind when it is closed.
    pub(crate) fn new(asked: Asked) -> Self {
        Self::tidied(asked, async {})
    }

    /// A bus after which something is to be done when it is closed.
    pub(crate) fn tidied(asked: Asked, tidy: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { asked, tidy: tidy.boxed() }
    }

    /// Closes the bus and tidies up.
    pub(crate) async fn finish(self) {
        self.asked.bus.close().await;
        self.tidy.await;
    }
}

pub(crate) fn command(text: &str) -> Command {
    Command { body: Bytes::copy_from_slice(text.as_bytes()), transitions: 1 }
}

pub(crate) fn limits() -> BatchLimits {
    BatchLimits { wait_max: PATIENCE, ..BatchLimits::default() }
}

pub(crate) fn text(body: &Bytes) -> String {
    String::from_utf8(body.to_vec()).unwrap()
}

/// Receives, without acknowledging, until `messages` are there.
pub(crate) async fn receive(consumer: &mut dyn CommandConsumer, messages: usize) -> Vec<Delivery> {
    let mut received = Vec::new();
    while received.len() < messages {
        let batch = consumer.recv_batch(limits()).await.unwrap();
        assert!(!batch.is_empty(), "only {} of {messages} messages came", received.len());
        received.extend(batch);
    }
    assert_eq!(received.len(), messages);
    received
}
