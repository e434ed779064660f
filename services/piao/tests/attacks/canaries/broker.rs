//! Listens in at the broker.

use std::time::Duration;

use lapin::message::BasicGetMessage;
use lapin::options::{
    BasicGetOptions, BasicPublishOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::{FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};

/// A queue of its own behind the announcements, and a look into the others.
pub(crate) struct Tap {
    connection: Connection,
    channel: Channel,
    own: ShortString,
    prefix: String,
}

/// A message as it lies at the broker.
pub(crate) struct Message {
    pub(crate) body: Vec<u8>,
    properties: String,
}

impl Message {
    fn of(got: &BasicGetMessage) -> Self {
        let properties = format!("{:?} {:?}", got.delivery.routing_key, got.delivery.properties);
        Self { body: got.delivery.data.to_vec(), properties }
    }

    /// How many transitions a message of commands carries: a line each.
    pub(crate) fn transitions(&self) -> usize {
        self.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count()
    }

    /// Its bytes and what stands beside them.
    pub(crate) fn whole(&self) -> Vec<u8> {
        [&self.body, self.properties.as_bytes()].concat()
    }
}

impl Tap {
    /// Hears every announcement from now on.
    pub(crate) async fn open(prefix: &str) -> Self {
        let url = std::env::var("PIAO_TEST_AMQP_URL").unwrap();
        let connection = Connection::connect(&url, ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        let own = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
        let own = channel.queue_declare("".into(), own, FieldTable::default()).await.unwrap().name().clone();
        let blocks = format!("{prefix}.blocks");
        let bind = QueueBindOptions::default();
        channel
            .queue_bind(own.clone(), blocks.into(), "#".into(), bind, FieldTable::default())
            .await
            .unwrap();
        Self { connection, channel, own, prefix: prefix.to_owned() }
    }

    /// Every announcement since it was opened.
    pub(crate) async fn announced(&self) -> Vec<Message> {
        take(&self.channel, &self.own).await
    }

    /// What lies in a queue, where it stays; waits until all is there that is sought.
    pub(crate) async fn lying(&self, queue: &str, sought: impl Fn(&[Message]) -> bool) -> Vec<Message> {
        let name: ShortString = format!("{}.{queue}", self.prefix).into();
        let found = async {
            let mut due = tokio::time::interval(Duration::from_millis(50));
            loop {
                due.tick().await;
                let channel = self.connection.create_channel().await.unwrap();
                let messages = take(&channel, &name).await;
                // What was not acknowledged goes back.
                channel.close(200, "OK".into()).await.unwrap();
                if sought(&messages) {
                    return messages;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), found).await.expect("a message in time")
    }

    /// Sends what holds a transition whose signature is damaged, so that it is put aside.
    pub(crate) async fn spoil(&self, body: &[u8]) {
        let mut body = body.to_vec();
        let last = body.iter().rposition(u8::is_ascii_alphanumeric).expect("a letter of a signature");
        body[last - 4] = if body[last - 4] == b'A' { b'B' } else { b'A' };
        let (queue, options) = (format!("{}.commands", self.prefix), BasicPublishOptions::default());
        let properties = BasicProperties::default();
        self.channel.basic_publish("".into(), queue.into(), options, &body, properties).await.unwrap();
    }

    pub(crate) async fn close(self) {
        self.channel.queue_delete(self.own, QueueDeleteOptions::default()).await.unwrap();
        self.connection.close(200, "OK".into()).await.unwrap();
    }
}

async fn take(channel: &Channel, queue: &ShortString) -> Vec<Message> {
    let mut messages = Vec::new();
    while let Some(got) = channel.basic_get(queue.clone(), BasicGetOptions::default()).await.unwrap() {
        messages.push(Message::of(&got));
    }
    messages
}
