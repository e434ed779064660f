//! Cuts batches out of a stream of deliveries; the same for every bus.

use std::future::Future;

use tokio::time::{Instant, timeout_at};

use crate::{BatchLimits, BusError, Delivery};

/// Where single deliveries come from.
pub(crate) trait Source {
    /// The next delivery; `None` once the bus was closed. Must be cancel safe.
    fn next(&mut self) -> impl Future<Output = Option<Delivery>> + Send;
}

/// What was taken from a source and not yet returned. It lives beside the call, so that a call that is
/// dropped half-way loses nothing.
#[derive(Debug, Default)]
pub(crate) struct Gather {
    taken: Vec<Delivery>,
    transitions: u32,
    bytes: usize,
    /// Came after the batch was full: first of the next one.
    held: Option<Delivery>,
}

impl Gather {
    pub(crate) async fn batch<S: Source>(
        &mut self,
        source: &mut S,
        limits: BatchLimits,
    ) -> Result<Vec<Delivery>, BusError> {
        if let Some(first) = self.held.take() {
            self.add(first);
        }
        let mut deadline = self.deadline(limits);
        while !self.is_full(limits) {
            // The source is asked once even with no time left, so that "take what is there" takes it.
            let Ok(next) = timeout_at(deadline, source.next()).await else { break };
            match next {
                None if self.taken.is_empty() => return Err(BusError::Closed),
                None => break,
                Some(delivery) if self.fits(&delivery, limits) => {
                    let first = self.taken.is_empty();
                    self.add(delivery);
                    if first {
                        deadline = self.deadline(limits);
                    }
                }
                Some(delivery) => {
                    self.held = Some(delivery);
                    break;
                }
            }
        }
        self.transitions = 0;
        self.bytes = 0;
        Ok(std::mem::take(&mut self.taken))
    }

    fn deadline(&self, limits: BatchLimits) -> Instant {
        Instant::now() + if self.taken.is_empty() { limits.wait_max } else { limits.linger_max }
    }

    fn add(&mut self, delivery: Delivery) {
        self.transitions = self.transitions.saturating_add(delivery.transitions);
        self.bytes = self.bytes.saturating_add(delivery.body.len());
        self.taken.push(delivery);
    }

    fn fits(&self, delivery: &Delivery, limits: BatchLimits) -> bool {
        self.taken.is_empty()
            || (self.transitions.saturating_add(delivery.transitions) <= limits.transitions_max
                && self.bytes.saturating_add(delivery.body.len()) <= limits.bytes_max)
    }

    fn is_full(&self, limits: BatchLimits) -> bool {
        !self.taken.is_empty()
            && (self.taken.len() >= limits.messages_max
                || self.transitions >= limits.transitions_max
                || self.bytes >= limits.bytes_max)
    }
}
