//! Following blocks: one exclusive queue for all subscribers of a process, which the broker bounds, and a ring here.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use lapin::options::{BasicConsumeOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, Connection, Consumer};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, broadcast, watch};
use tokio::time::timeout;

use super::config::Checked;
use super::link::{self, Ended, Session};
use super::topology::{self, BLOCKS};
use crate::{BlockHint, BlockSubscriber};

/// What a routing key has before the height.
pub const KEY_PREFIX: &str = "block.";

/// The subscription that all subscribers of a process share: a block comes over the wire once, however many services
/// of the process follow. It stands from the first subscriber on until the bus is closed.
#[derive(Debug, Default)]
pub(super) struct Following(Mutex<Option<Shared>>);

/// Weak, so that every subscriber ends with the session.
#[derive(Debug)]
struct Shared {
    announced: broadcast::WeakSender<BlockHint>,
    bound: watch::Receiver<bool>,
}

impl Following {
    /// Subscribes and waits, in bounds, until the broker has the subscription.
    pub(super) async fn subscribe(
        &self,
        config: Arc<Checked>,
        handle: &Handle,
        stopped: watch::Receiver<bool>,
    ) -> BlockSubscriber {
        let wait_max = config.config.publish_wait_max;
        let mut shared = self.0.lock().await;
        let standing =
            shared.as_ref().and_then(|shared| Some((shared.announced.upgrade()?, shared.bound.clone())));
        let (announced, mut is_bound) = match standing {
            Some(standing) => standing,
            None => {
                let (announced, _) = broadcast::channel(usize::from(config.config.blocks_max.max(1)));
                let (bound, is_bound) = watch::channel(false);
                *shared = Some(Shared { announced: announced.downgrade(), bound: is_bound.clone() });
                let session =
                    FollowSession { announced: announced.clone(), bound, config: Arc::clone(&config) };
                handle.spawn(link::keep(config, "blocks".to_owned(), stopped, session));
                (announced, is_bound)
            }
        };
        drop(shared);
        let receiver = announced.subscribe();
        drop(announced);
        // In vain if the broker is away or the bus is being closed; both end in fewer hints, not in an error.
        let _ = timeout(wait_max, is_bound.wait_for(|bound| *bound)).await;
        BlockSubscriber::new(receiver)
    }
}

pub(super) fn routing_key(height: u64) -> ShortString {
    format!("{KEY_PREFIX}{height}").into()
}

/// The height in the routing key of an announcement, if it is written as the ledger writes it.
#[must_use]
pub fn height_of(key: &str) -> Option<u64> {
    let digits = key.strip_prefix(KEY_PREFIX)?;
    let height = digits.parse().ok()?;
    (routing_key(height).as_str() == key).then_some(height)
}

struct FollowSession {
    /// The only strong one.
    announced: broadcast::Sender<BlockHint>,
    bound: watch::Sender<bool>,
    config: Arc<Checked>,
}

impl FollowSession {
    async fn bind(&self, channel: &Channel) -> lapin::Result<Consumer> {
        let mut arguments = FieldTable::default();
        arguments.insert("x-max-length".into(), AMQPValue::LongLongInt(self.config.config.blocks_max.into()));
        arguments.insert("x-overflow".into(), topology::long("drop-head"));
        let mine =
            QueueDeclareOptions { exclusive: true, auto_delete: true, ..QueueDeclareOptions::default() };
        let queue = channel.queue_declare(ShortString::default(), mine, arguments).await?.name().clone();
        let every_height = format!("{KEY_PREFIX}*").into();
        let (bind, none) = (QueueBindOptions::default(), FieldTable::default());
        channel.queue_bind(queue.clone(), self.config.name(BLOCKS), every_height, bind, none).await?;
        let no_ack = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
        channel.basic_consume(queue, ShortString::default(), no_ack, FieldTable::default()).await
    }
}

impl Session for FollowSession {
    async fn run(&mut self, connection: &Connection) -> lapin::Result<Ended> {
        let channel = connection.create_channel().await?;
        let mut announcements = self.bind(&channel).await?;
        self.bound.send_replace(true);
        loop {
            let delivery = announcements.next().await;
            let Some(delivery) = delivery.transpose()? else { return Ok(Ended::Reconnect) };
            match height_of(delivery.routing_key.as_str()) {
                // Never waits: a ring drops its oldest. (Fails only while nobody listens.)
                Some(height) => {
                    let _ = self.announced.send(BlockHint { height, body: Bytes::from(delivery.data) });
                }
                None => tracing::warn!("an announcement without a height was dropped"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(key: &str, expect: Option<u64>) {
        assert_eq!(height_of(key), expect, "{key:?}");
    }

    #[test]
    fn only_the_canonical_routing_key_is_a_height() {
        check("block.0", Some(0));
        check("block.18446744073709551615", Some(u64::MAX));
        check("block.18446744073709551616", None);
        check("block.007", None);
        check("block.+7", None);
        check("block.-1", None);
        check("block.", None);
        check("block.7.8", None);
        check("7", None);
        check("", None);
        check("block.七", None);
    }
}
