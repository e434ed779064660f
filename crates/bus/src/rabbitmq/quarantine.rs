//! Looking into the quarantine without taking anything out.

use std::sync::Arc;

use bytes::Bytes;
use lapin::message::BasicGetMessage;
use lapin::options::BasicGetOptions;
use lapin::types::AMQPValue;
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::config::Checked;
use super::link;
use super::publish::REASON;
use super::topology::QUARANTINE;
use crate::error::Cause;
use crate::{BusError, Quarantined};

/// What the broker itself put aside carries no reason of ours.
const BY_BROKER: &str = "delivered too often";

pub(super) async fn peek(
    config: Arc<Checked>,
    handle: &Handle,
    messages_max: usize,
) -> Result<Vec<Quarantined>, BusError> {
    let unavailable =
        |source: Option<Cause>| BusError::Unavailable { doing: "looking into the quarantine", source };
    let wait_max = config.config.publish_wait_max;
    let errand = handle.spawn(async move { look(&config, messages_max).await });
    match timeout(wait_max, errand).await {
        Ok(Ok(Ok(messages))) => Ok(messages),
        Ok(Ok(Err(error))) => Err(unavailable(Some(error.into()))),
        Ok(Err(error)) => Err(unavailable(Some(error.into()))),
        Err(_) => Err(unavailable(None)),
    }
}

async fn look(config: &Checked, messages_max: usize) -> lapin::Result<Vec<Quarantined>> {
    let connection = link::errand(config).await?;
    let channel = connection.create_channel().await?;
    let mut found = Vec::new();
    while found.len() < messages_max {
        match channel.basic_get(config.name(QUARANTINE), BasicGetOptions::default()).await? {
            Some(message) => found.push(read(message)),
            None => break,
        }
    }
    // Nothing was acknowledged: closing puts every message back.
    link::close(config, &connection).await;
    Ok(found)
}

fn read(message: BasicGetMessage) -> Quarantined {
    let delivery = message.delivery;
    let headers = delivery.properties.headers().as_ref();
    let reason = match headers.and_then(|headers| headers.inner().get(REASON)) {
        Some(AMQPValue::LongString(text)) => text.to_string(),
        Some(_) | None => BY_BROKER.to_owned(),
    };
    Quarantined { body: Bytes::from(delivery.data), reason }
}
