//! As many connections as there are answers to wait for, from as many addresses as callers have.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::failure::Failure;
use crate::http::Connection;

/// So often is something asked over a connection before anything is due, as long as a transition: until both ends have
/// the memory that they need.
const WARMING: usize = 6;
/// Bytes of it.
const WARMING_BYTES: usize = 1400;

/// Callers' addresses: every one of 127.0.0.0/8 is this machine's.
const SOURCES: u32 = 16;
/// Open at one time at most: below what a process may usually have open.
const CONNECTIONS_MAX: usize = 16_000;

/// Connections to one address. A free one is used again, the last one first.
pub(super) struct Pool {
    address: SocketAddr,
    idle: Mutex<Vec<Connection>>,
    open: AtomicUsize,
    next: AtomicU32,
}

impl Pool {
    pub(super) const fn new(address: SocketAddr) -> Self {
        let (open, next) = (AtomicUsize::new(0), AtomicU32::new(0));
        Self { address, idle: Mutex::new(Vec::new()), open, next }
    }

    /// Opens so many before anything is due: opening one costs the platform more than answering over it. Each is used
    /// once, since one on which nothing was ever asked is closed within seconds.
    pub(super) async fn prepare(&self, connections: usize) -> Result<(), Failure> {
        let mut opened = Vec::with_capacity(connections);
        let path = format!("/healthz?{}", "-".repeat(WARMING_BYTES));
        for _ in 0..connections {
            let mut connection = self.take().await?;
            for _ in 0..WARMING {
                connection.get(&path).await?;
            }
            opened.push(connection);
        }
        opened.into_iter().for_each(|connection| self.give(connection));
        Ok(())
    }

    /// One that nobody waits on.
    pub(super) async fn take(&self) -> Result<Connection, Failure> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(connection) = idle {
            return Ok(connection);
        }
        if self.open.fetch_add(1, Ordering::Relaxed) >= CONNECTIONS_MAX {
            self.lost();
            return Err(Failure::new("the generator has no connection left"));
        }
        let source =
            Ipv4Addr::new(127, 0, 1, 0).to_bits() + 1 + self.next.fetch_add(1, Ordering::Relaxed) % SOURCES;
        let opened = Connection::open_from(Ipv4Addr::from_bits(source), self.address).await;
        opened.inspect_err(|_| self.lost())
    }

    /// Gives one back.
    pub(super) fn give(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }

    /// One is gone.
    pub(super) fn lost(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}
