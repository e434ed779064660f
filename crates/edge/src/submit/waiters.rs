//! Who waits for which receipt.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use piao_domain::ids::TransitionId;
use piao_protocol::receipt::Receipt;
use tokio::sync::watch;

/// Requests that wait for receipts. Bounded by the requests that are served at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waiters {
    waiting: Arc<Mutex<HashMap<TransitionId, Slot>>>,
}

#[derive(Debug)]
struct Slot {
    sender: watch::Sender<Option<Arc<Receipt>>>,
    waiters: usize,
}

/// One request's place; gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Waiter {
    id: TransitionId,
    receiver: watch::Receiver<Option<Arc<Receipt>>>,
    waiters: Waiters,
}

impl Waiters {
    /// Takes a place. To be called before the transition is journalled, so that no receipt is missed.
    pub(crate) fn register(&self, id: TransitionId) -> Waiter {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = waiting.entry(id).or_insert_with(|| Slot { sender: watch::Sender::new(None), waiters: 0 });
        slot.waiters += 1;
        Waiter { id, receiver: slot.sender.subscribe(), waiters: self.clone() }
    }

    /// Wakes whoever waits for these. Called after the commit that wrote them.
    pub(crate) fn wake<'a>(&self, receipts: impl Iterator<Item = &'a Receipt>) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.is_empty() {
            return;
        }
        for receipt in receipts {
            if let Some(slot) = waiting.get(&receipt.transition) {
                slot.sender.send_replace(Some(Arc::new(receipt.clone())));
            }
        }
    }

    /// How many transitions are waited for.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Waiter {
    /// Waits for the receipt, for as long as the caller keeps polling.
    pub(crate) async fn receipt(&mut self) -> Arc<Receipt> {
        match self.receiver.wait_for(Option::is_some).await.ok().and_then(|seen| seen.clone()) {
            Some(receipt) => receipt,
            // The sender lives in the map as long as this waiter does.
            None => std::future::pending().await,
        }
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut waiting = self.waiters.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = waiting.get_mut(&self.id) {
            slot.waiters -= 1;
            if slot.waiters == 0 {
                waiting.remove(&self.id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use piao_domain::time::Time;
    use piao_protocol::digest::BlockHash;
    use piao_protocol::outcome::{Effect, Outcome};

    use super::*;

    #[tokio::test]
    async fn every_waiter_of_a_transition_is_woken_and_none_is_left_behind() {
        let waiters = Waiters::default();
        let id = TransitionId::new([1; 32]);
        let (mut first, mut second) = (waiters.register(id), waiters.register(id));
        let other = waiters.register(TransitionId::new([2; 32]));
        let receipt = Receipt {
            transition: id,
            outcome: Outcome::Accepted(Effect::Nothing),
            height: 1,
            index: 1,
            block: BlockHash::NONE,
            time: Time::from_unix(0),
        };
        waiters.wake([&receipt].into_iter());
        assert_eq!(*first.receipt().await, receipt);
        assert_eq!(*second.receipt().await, receipt);
        drop((first, second));
        assert_eq!(waiters.len(), 1);
        drop(other);
        assert_eq!(waiters.len(), 0);
    }
}
