//! Consuming commands: prefetched messages in a bounded channel, acknowledged one by one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, join_all};
use futures_util::{FutureExt, StreamExt};
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Acker, Connection};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::config::Checked;
use super::link::{self, Ended, Session};
use super::publish::{Publisher, TRANSITIONS};
use super::topology::COMMANDS;
use crate::gather::{Gather, Source};
use crate::{AckOutcome, BatchLimits, BusError, Command, CommandConsumer, Delivery};

pub(super) struct RabbitConsumer {
    inbox: Inbox,
    gather: Gather,
    publisher: Arc<Publisher>,
    ack_wait_max: Duration,
}

struct Inbox {
    arrived: mpsc::Receiver<Arrived>,
    unacked: HashMap<u64, Acker>,
    next_tag: u64,
}

struct Arrived {
    command: Command,
    redelivered: bool,
    acker: Acker,
}

impl RabbitConsumer {
    pub(super) fn start(
        config: Arc<Checked>,
        handle: &Handle,
        stopped: watch::Receiver<bool>,
        publisher: Arc<Publisher>,
        turn: i32,
    ) -> Self {
        let prefetch_messages_max = config.config.prefetch_messages_max.max(1);
        // The broker sends no more than this ahead, so the channel never holds a message up for long.
        let (sender, arrived) = mpsc::channel(prefetch_messages_max.into());
        let queue = config.name(COMMANDS);
        let ack_wait_max = config.config.publish_wait_max;
        let session = ConsumeSession { sender, queue, prefetch_messages_max, turn };
        handle.spawn(link::keep(config, "commands".to_owned(), stopped, session));
        Self {
            inbox: Inbox { arrived, unacked: HashMap::new(), next_tag: 0 },
            gather: Gather::default(),
            publisher,
            ack_wait_max,
        }
    }
}

impl Source for Inbox {
    async fn next(&mut self) -> Option<Delivery> {
        loop {
            let Arrived { command, redelivered, acker } = self.arrived.recv().await?;
            // What came over a connection that is gone comes again over the next.
            if acker.usable() {
                let tag = self.next_tag;
                self.next_tag += 1;
                self.forget_lost();
                self.unacked.insert(tag, acker);
                return Some(Delivery::new(command, redelivered, tag));
            }
        }
    }
}

impl Inbox {
    /// A delivery whose connection is gone and that the reader never came back with would stay for ever.
    fn forget_lost(&mut self) {
        if self.unacked.len() == self.unacked.capacity() {
            self.unacked.retain(|_, acker| acker.usable());
        }
    }
}

impl CommandConsumer for RabbitConsumer {
    fn recv_batch(&mut self, limits: BatchLimits) -> BoxFuture<'_, Result<Vec<Delivery>, BusError>> {
        self.gather.batch(&mut self.inbox, limits).boxed()
    }

    fn ack_all<'a>(&'a mut self, deliveries: &'a [Delivery]) -> BoxFuture<'a, AckOutcome> {
        let wait_max = self.ack_wait_max;
        async move {
            let ackers: Vec<_> = deliveries.iter().map(|d| self.inbox.unacked.remove(&d.tag())).collect();
            let acks = ackers.iter().map(|acker| async move {
                let Some(acker) = acker else { return false };
                let acked = timeout(wait_max, acker.ack(BasicAckOptions::default())).await;
                matches!(acked, Ok(Ok(true)))
            });
            let failed = join_all(acks).await.into_iter().filter(|acked| !acked).count();
            AckOutcome::of_failed(failed)
        }
        .boxed()
    }

    fn quarantine<'a>(
        &'a mut self,
        delivery: &'a Delivery,
        reason: &'a str,
    ) -> BoxFuture<'a, Result<(), BusError>> {
        async move {
            self.publisher.poison(delivery.body.clone(), reason).await?;
            tracing::error!(reason, bytes = delivery.body.len(), "a command was put into quarantine");
            Ok(())
        }
        .boxed()
    }
}

struct ConsumeSession {
    sender: mpsc::Sender<Arrived>,
    queue: ShortString,
    prefetch_messages_max: u16,
    turn: i32,
}

impl Session for ConsumeSession {
    async fn run(&mut self, connection: &Connection) -> lapin::Result<Ended> {
        let channel = connection.create_channel().await?;
        channel.basic_qos(self.prefetch_messages_max, BasicQosOptions::default()).await?;
        // RabbitMQ: of consumers that have room, those of the highest priority are served alone.
        let mut arguments = FieldTable::default();
        arguments.insert("x-priority".into(), AMQPValue::LongInt(self.turn));
        let options = BasicConsumeOptions::default();
        let consume = channel.basic_consume(self.queue.clone(), ShortString::default(), options, arguments);
        let mut deliveries = consume.await?;
        loop {
            let delivery = tokio::select! {
                delivery = deliveries.next() => delivery,
                () = self.sender.closed() => return Ok(Ended::Done),
            };
            let Some(delivery) = delivery.transpose()? else { return Ok(Ended::Reconnect) };
            let transitions = transitions(delivery.properties.headers().as_ref());
            let arrived = Arrived {
                command: Command { body: Bytes::from(delivery.data), transitions },
                redelivered: delivery.redelivered,
                acker: delivery.acker,
            };
            if self.sender.send(arrived).await.is_err() {
                return Ok(Ended::Done);
            }
        }
    }
}

/// The sender's count; 1 where the header is missing or is no count.
fn transitions(headers: Option<&FieldTable>) -> u32 {
    match headers.and_then(|headers| headers.inner().get(TRANSITIONS)) {
        Some(AMQPValue::LongLongInt(count)) => u32::try_from(*count).unwrap_or(1).max(1),
        Some(_) | None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: Option<AMQPValue>, expect: u32) {
        let mut headers = FieldTable::default();
        if let Some(value) = value.clone() {
            headers.insert(TRANSITIONS.into(), value);
        }
        assert_eq!(transitions(Some(&headers)), expect, "{value:?}");
    }

    #[test]
    fn a_count_that_is_none_counts_as_one() {
        check(Some(AMQPValue::LongLongInt(7)), 7);
        check(Some(AMQPValue::LongLongInt(0)), 1);
        check(Some(AMQPValue::LongLongInt(-3)), 1);
        check(Some(AMQPValue::LongLongInt(i64::MAX)), 1);
        check(Some(AMQPValue::LongString("7".into())), 1);
        check(Some(AMQPValue::Void), 1);
        check(None, 1);
        assert_eq!(transitions(None), 1);
    }
}
