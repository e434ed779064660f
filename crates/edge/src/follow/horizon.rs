use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How far a follower knows the chain to go; for readiness.
#[derive(Debug, Default)]
pub(crate) struct Horizon {
    height: AtomicU64,
    /// Whether the ledger has said once since the start that there is no more.
    reached: AtomicBool,
}

impl Horizon {
    /// The ledger spoke of a block. Should it not be there after all, as after a restore, the next answer mends that.
    pub(super) fn heard(&self, height: u64) {
        self.height.fetch_max(height, Ordering::Relaxed);
    }

    /// The ledger has no block after this one.
    pub(super) fn reached(&self, height: u64) {
        self.height.store(height, Ordering::Relaxed);
        self.reached.store(true, Ordering::Relaxed);
    }

    /// Whether it has said that once since the start.
    pub(super) fn is_reached(&self) -> bool {
        self.reached.load(Ordering::Relaxed)
    }

    /// How many blocks are known of and not applied, where the last applied is at `applied`; nothing before the ledger
    /// has been heard of once.
    pub(crate) fn lag(&self, applied: Option<u64>) -> Option<u64> {
        let known = self.reached.load(Ordering::Relaxed).then(|| self.height.load(Ordering::Relaxed))?;
        applied.map(|applied| known.saturating_sub(applied))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lag_is_known_once_the_ledger_has_spoken_and_a_mistake_does_not_last() {
        let horizon = Horizon::default();
        horizon.heard(7);
        assert_eq!(horizon.lag(Some(5)), None);
        horizon.reached(5);
        assert_eq!((horizon.lag(Some(5)), horizon.lag(None)), (Some(0), None));
        horizon.heard(u64::MAX);
        assert_eq!(horizon.lag(Some(5)), Some(u64::MAX - 5));
        horizon.reached(6);
        assert_eq!(horizon.lag(Some(5)), Some(1));
    }
}
