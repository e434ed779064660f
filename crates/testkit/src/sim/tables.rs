//! The ledger's tables, in memory: the whole state, and the chain beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use piao_chain::needs::Needs;
use piao_chain::state::{State, Touched};
use piao_domain::ids::{KeyId, PartyId, TransitionId};
use piao_domain::invoice::{Invoice, Lock};
use piao_domain::number::{InvoiceNumber, Segment};
use piao_domain::party::{KeyState, Party, RegisteredKey};
use piao_domain::rules::RuleBook;
use piao_ledger::{Commit, Head, Place, TileRow};
use piao_protocol::block::Header;
use piao_protocol::digest::{BlockHash, GenesisHash};

/// A block as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBlock {
    /// Its header.
    pub header: Header,
    /// The hash of that.
    pub hash: BlockHash,
    /// Its export line, compressed.
    pub body: Vec<u8>,
}

/// Everything that is committed.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    pub(super) head: Option<Head>,
    pub(super) blocks: Vec<Arc<StoredBlock>>,
    pub(super) tiles: BTreeMap<(i16, i64), Vec<u8>>,
    pub(super) decided: BTreeMap<(i32, TransitionId), Place>,
    pub(super) checkpoint: Option<(u64, String)>,
    pub(super) state: State,
}

/// A unique index of these names says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken(pub(super) &'static str);

/// What a block changes, taken out of the ledger's hands.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) epoch: i64,
    pub(super) head: Head,
    block: Arc<StoredBlock>,
    tiles: Vec<TileRow>,
    decided: Vec<(i32, TransitionId)>,
    state: State,
    touched: Touched,
}

/// The UTC day of a time, as the key of a decided transition has it.
pub(super) fn day(time: piao_domain::time::Time) -> i32 {
    let day = time.unix().div_euclid(86_400);
    i32::try_from(day).unwrap_or(if day < 0 { i32::MIN } else { i32::MAX })
}

/// The height of a block by its place.
fn height(place: usize) -> u64 {
    place as u64
}

impl Tables {
    /// Every block, from block 0 on.
    #[must_use]
    pub fn blocks(&self) -> &[Arc<StoredBlock>] {
        &self.blocks
    }

    /// Where the chain ends, where it was begun.
    #[must_use]
    pub const fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    /// The state after the last block.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// The last signed note.
    #[must_use]
    pub fn checkpoint(&self) -> Option<&str> {
        self.checkpoint.as_ref().map(|(_, note)| note.as_str())
    }

    /// Where a transition was decided.
    #[must_use]
    pub fn place(&self, id: &TransitionId) -> Option<Place> {
        self.decided.iter().find(|((_, decided), _)| decided == id).map(|(_, place)| *place)
    }

    pub(super) fn find_place(&self, id: &TransitionId, mut days: RangeInclusive<i32>) -> Option<Place> {
        days.find_map(|day| self.decided.get(&(day, *id)).copied())
    }

    pub(super) fn read_tiles(&self, places: &[(i16, i64)]) -> Vec<TileRow> {
        let row = |(level, tile): &(i16, i64)| {
            let hashes = self.tiles.get(&(*level, *tile))?.clone();
            Some(TileRow { level: *level, tile: *tile, hashes })
        };
        places.iter().filter_map(row).collect()
    }

    pub(super) fn find_keys(
        &self,
        keys: &BTreeSet<(PartyId, KeyId)>,
    ) -> Vec<(KeyId, PartyId, RegisteredKey)> {
        let key = |(party, kid): &(PartyId, KeyId)| {
            let key = self.state.parties.get(party)?.keys.get(kid)?;
            Some((*kid, party.clone(), *key))
        };
        keys.iter().filter_map(key).collect()
    }

    /// What a batch needs, and nothing else.
    pub(super) fn load(&self, needs: &Needs, rules: RuleBook) -> State {
        let mut state = State { rules, ..State::default() };
        for name in &needs.parties {
            let Some(party) = self.state.parties.get(name) else { continue };
            let is_read = |kid: &KeyId, key: &RegisteredKey| {
                key.state == KeyState::Live || needs.keys.contains(&(name.clone(), *kid))
            };
            let keys = party.keys.iter().filter(|(kid, key)| is_read(kid, key));
            let keys = keys.map(|(kid, key)| (*kid, *key)).collect();
            state.parties.insert(name.clone(), Party { keys, ..party.clone() });
        }
        fill(&mut state.applications, &self.state.applications, &needs.applications);
        fill(&mut state.accounts, &self.state.accounts, &needs.accounts);
        fill(&mut state.orders, &self.state.orders, &needs.orders);
        for (issuer, segments) in &self.state.segments {
            let asked = |segment: &&Segment| needs.numbers.iter().any(|number| segment.contains(number));
            let holding = segments.iter().filter(asked).copied().collect::<Vec<_>>();
            if !holding.is_empty() {
                state.segments.insert(*issuer, holding);
            }
        }
        if needs.tops {
            state.tops = self.state.tops.clone();
            for segment in self.state.segments.values().flatten() {
                let highest = state.highest.entry(segment.prefix()).or_insert(*segment);
                *highest = (*highest).max(*segment);
            }
        }
        for number in &needs.invoices {
            if let Some(invoice) = self.state.invoices.get(number) {
                state.invoices.insert(*number, self.load_invoice(invoice, needs));
            }
        }
        for (number, invoice) in &state.invoices {
            for (id, lock) in &invoice.reimbursement.locks {
                state.claim_refs.insert((*number, lock.enterprise, lock.claim_ref.clone()), *id);
            }
        }
        state
    }

    /// An invoice with the locks that have not ended, those that are named and those whose reference is used.
    fn load_invoice(&self, invoice: &Invoice, needs: &Needs) -> Invoice {
        let mut loaded = invoice.clone();
        loaded.reimbursement.locks.retain(|id, lock| {
            let reference = (invoice.number, lock.enterprise, lock.claim_ref.clone());
            lock.end.is_none()
                || needs.locks.contains(&(invoice.number, *id))
                || needs.claim_refs.contains(&reference)
        });
        loaded
    }

    /// Whether every unique index takes what a block changes.
    pub(super) fn check(&self, change: &Change) -> Result<(), Taken> {
        let header = &change.block.header;
        let stands_there = |block: &Arc<StoredBlock>| {
            block.header.height() == header.height()
                || block.hash == change.block.hash
                || block.header.prev() == header.prev()
        };
        if self.blocks.iter().any(stands_there) {
            return Err(Taken("block_pkey"));
        }
        let mut ids = BTreeSet::new();
        if change.decided.iter().any(|key| self.decided.contains_key(key) || !ids.insert(key)) {
            return Err(Taken("decided_pkey"));
        }
        if change.touched.issued.iter().any(|number| self.state.invoices.contains_key(number)) {
            return Err(Taken("invoice_pkey"));
        }
        let there = |segment: &(_, Segment)| {
            let mut all = self.state.segments.values().flatten();
            all.any(|other| other.prefix() == segment.1.prefix() && other.first() == segment.1.first())
        };
        if change.touched.segments.iter().any(there) {
            return Err(Taken("number_segment_pkey"));
        }
        let numbers = change.touched.locks.iter().map(|(number, _)| *number).collect::<BTreeSet<_>>();
        numbers.iter().try_for_each(|number| self.check_locks(*number, change))
    }

    fn check_locks(&self, number: InvoiceNumber, change: &Change) -> Result<(), Taken> {
        let stored = self.state.invoices.get(&number).map(|invoice| &invoice.reimbursement.locks);
        let mut after = stored.cloned().unwrap_or_default();
        for (id, lock, is_new) in change.locks(number) {
            if is_new && after.contains_key(&id) {
                return Err(Taken("invoice_lock_pkey"));
            }
            let other_used = |(other, used): (&TransitionId, &Lock)| {
                *other != id && used.enterprise == lock.enterprise && used.claim_ref == lock.claim_ref
            };
            if is_new && after.iter().any(other_used) {
                return Err(Taken("invoice_lock_claim_ref"));
            }
            if is_new || after.contains_key(&id) {
                after.insert(id, lock);
            }
        }
        let exclusive = after.values().filter(|lock| lock.exclusive && lock.end.is_none()).count();
        if exclusive > 1 { Err(Taken("invoice_lock_exclusive")) } else { Ok(()) }
    }

    /// Applies what was checked.
    pub(super) fn apply(&mut self, change: Change) {
        for number in &change.touched.invoices {
            let Some(mut invoice) = change.state.invoices.get(number).cloned() else { continue };
            let stored = self.state.invoices.get(number).map(|stored| stored.reimbursement.locks.clone());
            invoice.reimbursement.locks = stored.unwrap_or_default();
            self.state.invoices.insert(*number, invoice);
        }
        let locked = change.touched.locks.iter().map(|(number, _)| *number).collect::<BTreeSet<_>>();
        for number in locked {
            let Some(invoice) = self.state.invoices.get_mut(&number) else { continue };
            for (id, lock, is_new) in change.locks(number) {
                self.state.claim_refs.insert((number, lock.enterprise, lock.claim_ref.clone()), id);
                if is_new || invoice.reimbursement.locks.contains_key(&id) {
                    invoice.reimbursement.locks.insert(id, lock);
                }
            }
        }
        let Change { epoch: _, head, block, tiles, decided, state, touched } = change;
        self.apply_parties(&state, &touched);
        if !touched.rules.is_empty() {
            self.state.rules = state.rules;
        }
        fill(&mut self.state.applications, &state.applications, &touched.applications);
        fill(&mut self.state.accounts, &state.accounts, &touched.accounts);
        fill(&mut self.state.orders, &state.orders, &touched.orders);
        for (issuer, segment) in &touched.segments {
            self.state.segments.entry(*issuer).or_default().push(*segment);
            if let Some(top) = state.tops.get(&segment.prefix()) {
                self.state.tops.insert(segment.prefix(), *top);
            }
        }
        for (position, key) in decided.into_iter().enumerate() {
            self.decided.insert(key, Place { height: head.header.height(), position });
        }
        self.tiles.extend(tiles.into_iter().map(|row| ((row.level, row.tile), row.hashes)));
        self.blocks.push(block);
        // The epoch is the head's own: only who opens the chain changes it.
        let epoch = self.head.as_ref().map_or(0, |head| head.epoch);
        self.head = Some(Head { epoch, ..head });
    }

    fn apply_parties(&mut self, state: &State, touched: &Touched) {
        for name in &touched.parties {
            let Some(party) = state.parties.get(name) else { continue };
            let stored = self.state.parties.get(name);
            let keys = stored.map(|stored| stored.keys.clone()).unwrap_or_default();
            let profile = stored.map_or_else(|| party.profile.clone(), |stored| stored.profile.clone());
            self.state.parties.insert(name.clone(), Party { keys, profile, standing: party.standing });
        }
        for (owner, kid) in &touched.keys {
            let key = state.parties.get(owner).and_then(|party| party.keys.get(kid));
            if let (Some(key), Some(party)) = (key, self.state.parties.get_mut(owner)) {
                party.keys.insert(*kid, *key);
            }
        }
    }

    /// Begins a chain.
    pub(super) fn begin(&mut self, head: Head, block: Arc<StoredBlock>, tiles: Vec<TileRow>, state: State) {
        self.head = Some(head);
        self.blocks.push(block);
        self.tiles.extend(tiles.into_iter().map(|row| ((row.level, row.tile), row.hashes)));
        self.state = state;
    }

    /// The compressed bodies of at most so many blocks from a height on.
    pub(super) fn list_bodies(&self, from: u64, limit: u32) -> Vec<Vec<u8>> {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let blocks = self.blocks.iter().skip(from).take(limit as usize);
        blocks.map(|block| block.body.clone()).collect()
    }

    /// How many blocks there are after block 0.
    #[must_use]
    pub fn height(&self) -> u64 {
        height(self.blocks.len()).saturating_sub(1)
    }
}

fn fill<K: Ord + Clone, V: Clone>(into: &mut BTreeMap<K, V>, from: &BTreeMap<K, V>, keys: &BTreeSet<K>) {
    into.extend(keys.iter().filter_map(|key| Some((key.clone(), from.get(key)?.clone()))));
}

impl Change {
    pub(super) fn of(commit: Commit<'_>) -> Self {
        let Commit { epoch, sealed, body, tiles, transitions, state, touched } = commit;
        let header = sealed.tip.header.clone();
        let head = Head {
            chain: header.chain().clone(),
            // A head that is there keeps its own.
            genesis: GenesisHash::new([0; 32]),
            header: header.clone(),
            frontier: sealed.tip.frontier.clone(),
            epoch,
        };
        Self {
            epoch,
            head,
            block: Arc::new(StoredBlock { hash: header.hash(), header, body }),
            tiles,
            decided: transitions.iter().map(|(id, at)| (day(*at), *id)).collect(),
            state: state.clone(),
            touched: touched.clone(),
        }
    }

    /// Locks of an invoice that the block changed or made: those that were there before it first.
    fn locks(&self, number: InvoiceNumber) -> Vec<(TransitionId, Lock, bool)> {
        let made = |id: &TransitionId| self.decided.iter().any(|(_, decided)| decided == id);
        let invoice = self.state.invoices.get(&number);
        let lock = |id: &TransitionId| {
            let lock = invoice?.reimbursement.locks.get(id)?.clone();
            Some((*id, lock, made(id)))
        };
        let touched = self.touched.locks.iter().filter(|(touched, _)| *touched == number);
        let mut locks = touched.filter_map(|(_, id)| lock(id)).collect::<Vec<_>>();
        locks.sort_by_key(|(_, _, is_new)| *is_new);
        locks
    }
}
