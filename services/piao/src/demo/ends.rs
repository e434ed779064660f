//! Signals that end the demo.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::exit::Failure;

/// Told to end from outside: Ctrl-C, a service manager, a terminal that closes. While this value lives, none of these
/// ends the process by itself, so that the folder with the keys always goes.
pub(super) struct Ends {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Ends {
    /// Begins to listen.
    ///
    /// # Errors
    /// [`Failure`] where the system gives no signals.
    pub(super) fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|error| Failure::fault("listening for signals", error));
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }

    /// Returns when the first one has come since [`Ends::listen`].
    pub(super) async fn told(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
