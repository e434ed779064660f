use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::exit::Failure;

/// What tells a process to end: whoever is at the terminal, or a service manager.
pub(crate) struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    /// Listens from now on. To be called before anybody is told that there is something to stop.
    ///
    /// # Errors
    /// [`Failure::Fault`] where the system lets nobody listen.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|error| Failure::fault("listening for a signal", error));
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    /// Returns when the process is told to end.
    pub(crate) async fn told(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
