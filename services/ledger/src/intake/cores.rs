use rayon::prelude::*;

/// Where the ledger does what takes long: reading transitions and checking signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cores {
    /// On all cores, off the threads that move messages. The runtime is the multi-thread one.
    All,
    /// On the thread that asks, whatever the runtime: in a simulation there is one.
    Own,
}

impl Cores {
    /// Every result of `work` on every item, in order.
    pub(crate) fn spread<T, R, I>(self, items: Vec<T>, work: impl Fn(T) -> I + Sync + Send) -> Vec<R>
    where
        T: Send,
        R: Send,
        I: IntoIterator<Item = R>,
    {
        if items.is_empty() {
            // Another thread need not take over for nothing: most blocks hold no claim proof.
            return Vec::new();
        }
        match self {
            // Waking other threads takes longer than what one item takes.
            Self::All | Self::Own if items.len() == 1 => items.into_iter().flat_map(work).collect(),
            Self::All => tokio::task::block_in_place(|| items.into_par_iter().flat_map_iter(work).collect()),
            Self::Own => items.into_iter().flat_map(work).collect(),
        }
    }
}
