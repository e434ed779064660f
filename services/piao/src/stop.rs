use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::exit::Failure;

/// What tells a process to end: whoever is at the terminal, a service manager, a terminal that closes. While this lives
/// none of them ends the process by itself, so that what has to be put in order is.
pub(crate) struct Stop {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Stop {
    /// Listens from now on. To be called before anybody is told that there is something to stop.
    ///
    /// # Errors
    /// [`Failure::Fault`] where the system lets nobody listen.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|error| Failure::fault("listening for a signal", error));
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }

    /// Returns when the process is told to end; at once where it was told since [`Stop::listen`].
    pub(crate) async fn told(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
