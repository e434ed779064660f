use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How much of what is still free one key may have in use: so many times as much. Whoever is alone gets four fifths of
/// all, two get four ninths each, and there is always something left for whoever comes next (dynamic thresholds, as
/// switches share their buffers: Choudhury and Hahne, IEEE/ACM Transactions on Networking 6, 1998).
const FREE_TIMES_MAX: usize = 4;

/// What is there at one time, requests or connections: so many of all, and of one key a fair share.
pub(super) struct InFlight<K> {
    held: Mutex<Held<K>>,
}

struct Held<K> {
    free: usize,
    /// Only keys that have something in flight.
    by_key: HashMap<K, usize>,
}

/// One that is there, until it is dropped.
pub(super) struct Permit<K: Eq + Hash> {
    in_flight: Arc<InFlight<K>>,
    key: Option<K>,
}

/// Why one is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// There is no room for anybody.
    All,
    /// This key has its share.
    Share,
}

impl<K: Clone + Eq + Hash> InFlight<K> {
    pub(super) fn new(free: usize) -> Arc<Self> {
        Arc::new(Self { held: Mutex::new(Held { free, by_key: HashMap::new() }) })
    }

    /// Lets one in. One without a key counts for all only.
    pub(super) fn enter(self: &Arc<Self>, key: Option<&K>) -> Result<Permit<K>, Full> {
        let mut held = self.held();
        if held.free == 0 {
            return Err(Full::All);
        }
        if let Some(key) = key {
            let share = held.free.saturating_mul(FREE_TIMES_MAX);
            let own = held.by_key.get(key).copied().unwrap_or(0);
            if own >= share {
                return Err(Full::Share);
            }
            held.by_key.insert(key.clone(), own + 1);
        }
        held.free -= 1;
        Ok(Permit { in_flight: Arc::clone(self), key: key.cloned() })
    }
}

impl<K> InFlight<K> {
    fn held(&self) -> MutexGuard<'_, Held<K>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash> Drop for Permit<K> {
    fn drop(&mut self) {
        let mut held = self.in_flight.held();
        held.free += 1;
        let Some(key) = &self.key else { return };
        let Some(own) = held.by_key.get_mut(key) else { return };
        *own -= 1;
        if *own == 0 {
            held.by_key.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One after the other asks for one more, and what it is told.
    fn check(requests_max: usize, asked: &[(Option<u8>, Result<(), Full>)]) {
        let in_flight = InFlight::new(requests_max);
        let mut held = Vec::new();
        for (place, (key, expect)) in asked.iter().enumerate() {
            let entered = in_flight.enter(key.as_ref());
            assert_eq!(entered.as_ref().map(|_| ()).map_err(|full| *full), *expect, "{place} of {asked:?}");
            held.extend(entered);
        }
    }

    #[test]
    fn one_key_never_has_all_and_leaves_the_more_the_more_there_are() {
        let (one, two, three) = (Some(1), Some(2), Some(3));
        let (fits, all, share) = (Ok(()), Err(Full::All), Err(Full::Share));
        check(0, &[(one, all), (None, all)]);
        check(1, &[(one, fits), (one, all), (two, all)]);
        let alone = [(one, fits), (one, fits), (one, fits), (one, fits), (one, share)];
        check(5, &[&alone[..], &[(two, fits), (three, all)]].concat());
        // What has no key has no share either, and takes from all.
        check(3, &[(None, fits), (None, fits), (None, fits), (None, all)]);
    }

    #[test]
    fn two_that_take_all_they_can_get_about_the_same() {
        let in_flight = InFlight::new(900);
        let mut held = Vec::new();
        // In turn, until neither gets more: four ninths each.
        loop {
            let more = [1, 2].into_iter().filter_map(|key| in_flight.enter(Some(&key)).ok());
            let before = held.len();
            held.extend(more);
            if held.len() == before {
                break;
            }
        }
        let rest = in_flight.held();
        assert_eq!((rest.by_key[&1], rest.by_key[&2], rest.free), (400, 400, 100));
    }

    #[test]
    fn what_is_given_back_may_be_taken_again_and_leaves_nothing_behind() {
        let in_flight = InFlight::new(5);
        let mut held = (0..4).map(|_| in_flight.enter(Some(&1)).ok()).collect::<Vec<_>>();
        assert_eq!(in_flight.enter(Some(&1)).err(), Some(Full::Share));
        held.pop();
        held.push(in_flight.enter(Some(&1)).ok());
        held.push(in_flight.enter(Some(&2)).ok());
        assert!(held.iter().all(Option::is_some));
        assert_eq!(in_flight.enter(None).err(), Some(Full::All));
        drop(held);
        let rest = in_flight.held();
        assert_eq!((rest.free, rest.by_key.len()), (5, 0));
    }
}
