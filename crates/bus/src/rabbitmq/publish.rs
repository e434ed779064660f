//! Publishing: many messages in flight on one channel, each with its confirm.

use std::sync::Arc;

use bytes::Bytes;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation, Connection};
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::{Instant, timeout_at};

use super::config::Checked;
use super::link::{self, Ended, Session};
use super::topology::{self, BLOCKS, COMMANDS, DEAD};
use crate::{BusError, Command};

const PERSISTENT: u8 = 2;
/// Header with the number of transitions in a command.
pub const TRANSITIONS: &str = "piao-transitions";
/// Header with the reason why a message was put aside.
pub const REASON: &str = "piao-reason";

#[derive(Debug)]
pub(super) struct Publisher {
    config: Arc<Checked>,
    handle: Handle,
    in_flight: Arc<Semaphore>,
    line: Arc<watch::Sender<Option<Line>>>,
}

/// A channel that stands, and the bell that says it is no good although its connection is.
#[derive(Debug, Clone)]
struct Line {
    channel: Channel,
    suspect: Arc<Notify>,
    /// Closes when the connection is given up. A confirm that lapin never resolves ends with it.
    held: watch::Receiver<()>,
}

impl Line {
    async fn given_up(&self) {
        let mut held = self.held.clone();
        while held.changed().await.is_ok() {}
    }

    fn stands(&self) -> bool {
        self.channel.status().connected()
    }
}

/// One message and the way it goes.
struct Message {
    doing: &'static str,
    exchange: ShortString,
    routing_key: ShortString,
    options: BasicPublishOptions,
    properties: BasicProperties,
    body: Bytes,
}

impl Publisher {
    pub(super) fn new(config: Arc<Checked>, handle: Handle) -> Self {
        Self {
            in_flight: Arc::new(Semaphore::new(config.config.publishes_in_flight_max)),
            line: Arc::new(watch::Sender::new(None)),
            config,
            handle,
        }
    }

    pub(super) fn check(&self) -> Result<(), BusError> {
        match &*self.line.borrow() {
            Some(line) if line.stands() => Ok(()),
            Some(_) | None => Err(BusError::Unavailable { doing: "looking for the broker", source: None }),
        }
    }

    pub(super) async fn command(&self, command: Command) -> Result<(), BusError> {
        let mut headers = FieldTable::default();
        headers.insert(TRANSITIONS.into(), AMQPValue::LongLongInt(command.transitions.into()));
        self.publish(Message {
            doing: "publishing a command",
            exchange: ShortString::default(),
            routing_key: self.config.name(COMMANDS),
            // Without it the broker confirms a message for which it has no queue, and drops it. With it, a
            // return tells that the topology is gone, though perhaps at the wrong message.
            options: BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() },
            properties: BasicProperties::default().with_delivery_mode(PERSISTENT).with_headers(headers),
            body: command.body,
        })
        .await
    }

    pub(super) async fn block(&self, height: u64, body: Bytes) -> Result<(), BusError> {
        self.publish(Message {
            doing: "announcing a block",
            exchange: self.config.name(BLOCKS),
            routing_key: super::follow::routing_key(height),
            options: BasicPublishOptions::default(),
            properties: BasicProperties::default(),
            body,
        })
        .await
    }

    pub(super) async fn poison(&self, body: Bytes, reason: &str) -> Result<(), BusError> {
        let mut headers = FieldTable::default();
        headers.insert(REASON.into(), topology::long(reason));
        self.publish(Message {
            doing: "putting a message into quarantine",
            exchange: self.config.name(DEAD),
            routing_key: ShortString::default(),
            options: BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() },
            properties: BasicProperties::default().with_delivery_mode(PERSISTENT).with_headers(headers),
            body,
        })
        .await
    }

    async fn publish(&self, message: Message) -> Result<(), BusError> {
        let doing = message.doing;
        let bytes_max = self.config.config.body_bytes_max;
        if message.body.len() > bytes_max {
            return Err(BusError::TooLarge { bytes: message.body.len(), bytes_max });
        }
        let deadline = Instant::now() + self.config.config.publish_wait_max;
        let unavailable = || BusError::Unavailable { doing, source: None };
        let permit = timeout_at(deadline, Arc::clone(&self.in_flight).acquire_owned())
            .await
            .map_err(|_| unavailable())?
            .map_err(|_| BusError::Closed)?;
        let line = self.connected(deadline).await.ok_or_else(unavailable)?;
        // A task, so that a caller who goes away leaves no half-sent message and no orphaned confirm, and so
        // that the place in flight stays taken until the broker has answered.
        let sent = self.handle.spawn(async move {
            let outcome = tokio::select! {
                outcome = send(&line.channel, message) => outcome,
                () = line.given_up() => Err(BusError::Unconfirmed { doing, source: None }),
            };
            if let Err(BusError::Unconfirmed { .. } | BusError::Unroutable { .. }) = outcome {
                line.suspect.notify_one();
            }
            drop(permit);
            outcome
        });
        match timeout_at(deadline, sent).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => Err(BusError::Unconfirmed { doing, source: Some(error.into()) }),
            Err(_) => Err(BusError::Unconfirmed { doing, source: None }),
        }
    }

    async fn connected(&self, deadline: Instant) -> Option<Line> {
        let mut line = self.line.subscribe();
        let stands = |line: &Option<Line>| line.as_ref().is_some_and(Line::stands);
        let found = timeout_at(deadline, line.wait_for(stands)).await;
        found.ok()?.ok()?.clone()
    }
}

async fn send(channel: &Channel, message: Message) -> Result<(), BusError> {
    let Message { doing, exchange, routing_key, options, properties, body } = message;
    let unconfirmed = |error: lapin::Error| BusError::Unconfirmed { doing, source: Some(error.into()) };
    let confirm = channel
        .basic_publish(exchange, routing_key, options, &body, properties)
        .await
        .map_err(unconfirmed)?
        .await
        .map_err(unconfirmed)?;
    match confirm {
        Confirmation::Ack(None) => Ok(()),
        Confirmation::Nack(None) => Err(BusError::Full { doing }),
        Confirmation::Ack(Some(_)) | Confirmation::Nack(Some(_)) => Err(BusError::Unroutable { doing }),
        // Every channel is put into confirm mode before it is shared.
        Confirmation::NotRequested => Err(BusError::Unconfirmed { doing, source: None }),
    }
}

/// Keeps the channel that [`Publisher`] publishes on.
pub(super) struct PublishSession {
    line: Arc<watch::Sender<Option<Line>>>,
}

impl PublishSession {
    pub(super) fn new(publisher: &Publisher) -> Self {
        Self { line: Arc::clone(&publisher.line) }
    }
}

impl Session for PublishSession {
    async fn run(&mut self, connection: &Connection) -> lapin::Result<Ended> {
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        let suspect = Arc::new(Notify::new());
        let (_hold, held) = watch::channel(());
        self.line.send_replace(Some(Line { channel, suspect: Arc::clone(&suspect), held }));
        tokio::select! {
            outcome = link::broken(connection) => outcome,
            () = suspect.notified() => Ok(Ended::Reconnect),
        }
    }

    fn lost(&mut self) {
        self.line.send_replace(None);
    }
}
