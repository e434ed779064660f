//! The exchanges and queues, declared on every connection.

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, Connection, ExchangeKind};

use super::config::Checked;

/// After so many failed deliveries a quorum queue sets a message aside by itself. Far above what restarts
/// of a ledger cause: poison is recognised and quarantined by us, long before.
const DELIVERIES_MAX: i64 = 1_000;

/// How often people may look at what is in quarantine before the broker drops it.
const LOOKS_MAX: i64 = 1_000_000_000;

/// Last part of the name of the queue of commands, reached through the default exchange.
pub const COMMANDS: &str = "commands";
/// Last part of the name of the fanout exchange that leads to [`QUARANTINE`].
pub const DEAD: &str = "dead";
/// Last part of the name of the queue of messages that were put aside.
pub const QUARANTINE: &str = "quarantine";
/// Last part of the name of the topic exchange of block announcements, with routing keys `block.<height>`.
pub const BLOCKS: &str = "blocks";

pub(super) async fn declare(connection: &Connection, config: &Checked) -> lapin::Result<()> {
    let channel = connection.create_channel().await?;
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    for (name, kind) in [(DEAD, ExchangeKind::Fanout), (BLOCKS, ExchangeKind::Topic)] {
        channel.exchange_declare(config.name(name), kind, durable, FieldTable::default()).await?;
    }
    declare_queue(&channel, config.name(QUARANTINE), quarantine_arguments(config)).await?;
    channel
        .queue_bind(
            config.name(QUARANTINE),
            config.name(DEAD),
            ShortString::default(),
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await?;
    declare_queue(&channel, config.name(COMMANDS), commands_arguments(config)).await?;
    channel.close(200, "OK".into()).await
}

async fn declare_queue(channel: &Channel, name: ShortString, arguments: FieldTable) -> lapin::Result<()> {
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(name, durable, arguments).await?;
    Ok(())
}

fn commands_arguments(config: &Checked) -> FieldTable {
    let mut arguments = quorum();
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(DELIVERIES_MAX));
    arguments.insert("x-dead-letter-exchange".into(), long(config.name(DEAD).as_str()));
    // A full queue refuses (the journal publishes again later) instead of losing its oldest.
    arguments.insert("x-overflow".into(), long("reject-publish"));
    arguments.insert("x-max-length".into(), AMQPValue::LongLongInt(config.config.queue_messages_max.into()));
    arguments
}

fn quarantine_arguments(config: &Checked) -> FieldTable {
    let mut arguments = quorum();
    // Looking counts as a delivery, and brokers from 4.0 on set aside by themselves what was delivered twenty times.
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(LOOKS_MAX));
    // A full quarantine must not hold up what is behind the poison.
    arguments.insert("x-overflow".into(), long("drop-head"));
    arguments
        .insert("x-max-length".into(), AMQPValue::LongLongInt(config.config.quarantine_messages_max.into()));
    arguments
}

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), long("quorum"));
    arguments
}

pub(super) fn long(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}
