//! Keeps one connection: connect, declare, run a session, and again when it breaks.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use lapin::{Connection, ConnectionProperties, Event};
use tokio::sync::watch;
use tokio::time::timeout;

use super::config::Checked;
use super::topology;

/// How often a connection that tells nothing is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Why a session ended without an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Connect again.
    Reconnect,
    /// Nobody needs the connection any more.
    Done,
}

/// What is done with a connection while it stands.
pub(super) trait Session: Send {
    /// Runs until the connection breaks or nobody needs it.
    fn run(&mut self, connection: &Connection) -> impl Future<Output = lapin::Result<Ended>> + Send;

    /// The connection is gone (or none could be made).
    fn lost(&mut self) {}
}

/// Keeps a connection for `session` until `stopped` turns true or its sender is gone.
pub(super) async fn keep<S: Session>(
    config: Arc<Checked>,
    name: String,
    mut stopped: watch::Receiver<bool>,
    mut session: S,
) {
    let mut pause = config.config.reconnect_pause_min;
    loop {
        let attempt = async {
            let connection = match timeout(config.config.connect_wait_max, connect(&config, &name)).await {
                Ok(Ok(connection)) => connection,
                Ok(Err(error)) => return (None, Err(error)),
                Err(_) => return (None, Ok(Ended::Reconnect)),
            };
            pause = config.config.reconnect_pause_min;
            let outcome = session.run(&connection).await;
            (Some(connection), outcome)
        };
        let (connection, outcome) = tokio::select! {
            ended = attempt => ended,
            _ = stopped.wait_for(|stopped| *stopped) => (None, Ok(Ended::Done)),
        };
        session.lost();
        if let Some(connection) = connection {
            close(&config, &connection).await;
        }
        match outcome {
            Ok(Ended::Done) => return,
            Ok(Ended::Reconnect) => tracing::warn!(link = name, "the broker is being reconnected"),
            Err(error) => {
                tracing::warn!(link = name, error = &error as &dyn std::error::Error, "the broker is away");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
        pause = (pause * 2).min(config.config.reconnect_pause_max);
    }
}

async fn connect(config: &Checked, name: &str) -> lapin::Result<Connection> {
    let label = format!("{} {name}", config.config.prefix.as_str());
    let properties = ConnectionProperties::default().with_connection_name(label.into());
    let connection = Connection::connect_uri(config.uri(), properties).await?;
    topology::declare(&connection, config).await?;
    Ok(connection)
}

/// Opens a connection for one short errand.
pub(super) async fn errand(config: &Checked) -> lapin::Result<Connection> {
    connect(config, "errand").await
}

/// Closes a connection in bounded time; one that is broken already is left alone.
pub(super) async fn close(config: &Checked, connection: &Connection) {
    if connection.status().connected() {
        let closed = timeout(config.config.connect_wait_max, connection.close(200, "OK".into())).await;
        if let Ok(Err(error)) = closed {
            tracing::debug!(error = &error as &dyn std::error::Error, "a connection broke while closing");
        }
    }
}

/// Resolves with the error when `connection` breaks.
pub(super) async fn broken(connection: &Connection) -> lapin::Result<Ended> {
    let mut events = connection.events_listener();
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Event::Error(error)) => return Err(error),
                Some(Event::ConnectionBlocked(reason)) => {
                    tracing::warn!(reason, "the broker has stopped taking messages");
                }
                Some(Event::ConnectionUnblocked) => tracing::warn!("the broker takes messages again"),
                Some(_) => {}
                None => return Ok(Ended::Reconnect),
            },
            _ = look.tick() => {
                if !connection.status().connected() {
                    return Ok(Ended::Reconnect);
                }
            }
        }
    }
}
