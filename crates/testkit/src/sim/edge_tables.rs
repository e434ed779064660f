//! The tables of a service, in memory: its journal, and its read model.

use std::collections::BTreeMap;
use std::sync::Arc;

use piao_domain::command::Command;
use piao_domain::ids::{KeyId, PartyId};
use piao_domain::number::InvoiceNumber;
use piao_domain::party::{KeyState, NewKey, RegisteredKey};
use piao_domain::time::Time;
use piao_edge::follow::{Block, InvoiceProjection, InvoiceRecord, KeyRecord};
use piao_edge::submit::{Due, Entry, Journalled, TransitionKey};
use piao_protocol::block::Header;
use piao_protocol::receipt::Receipt;
use piao_store::StoreError;

/// Everything that is committed.
#[derive(Clone, Debug, Default)]
pub struct EdgeTables {
    submissions: BTreeMap<TransitionKey, Submission>,
    cursor: Option<Header>,
    keys: BTreeMap<(PartyId, KeyId), RegisteredKey>,
    invoices: BTreeMap<InvoiceNumber, InvoiceRecord>,
    /// The last number that was taken, where the journal is read by a cursor, as no service does.
    taken: u64,
}

#[derive(Clone, Debug)]
enum Submission {
    Open { jws: Arc<str>, number: u64, publish_at: i64, publishes: u32 },
    Decided(Arc<Receipt>),
}

impl EdgeTables {
    /// The last block applied.
    #[must_use]
    pub const fn cursor(&self) -> Option<&Header> {
        self.cursor.as_ref()
    }

    /// The invoices of the read model.
    #[must_use]
    pub const fn invoices(&self) -> &BTreeMap<InvoiceNumber, InvoiceRecord> {
        &self.invoices
    }

    /// Every receipt that is kept.
    pub fn receipts(&self) -> impl Iterator<Item = &Receipt> {
        self.submissions.values().filter_map(|row| match row {
            Submission::Decided(receipt) => Some(&**receipt),
            Submission::Open { .. } => None,
        })
    }

    /// Transitions that wait for their receipt.
    pub fn open(&self) -> impl Iterator<Item = &TransitionKey> {
        let open = |row: &Submission| matches!(row, Submission::Open { .. });
        self.submissions.iter().filter(move |(_, row)| open(row)).map(|(key, _)| key)
    }

    /// A key of a party.
    pub(super) fn key(&self, party: &PartyId, kid: KeyId) -> Option<KeyRecord> {
        let key = *self.keys.get(&(party.clone(), kid))?;
        Some(KeyRecord { kid, party: party.clone(), key })
    }

    pub(super) fn has_party(&self, party: &PartyId) -> bool {
        self.keys.keys().any(|(owner, _)| owner == party)
    }

    /// Writes a batch whose first row has that number.
    pub(super) fn write(&mut self, batch: &[Entry], first: u64, publish_at: Time) -> Vec<Receipt> {
        let mut decided = Vec::new();
        for (number, entry) in (first..).zip(batch) {
            match self.submissions.get(&entry.key) {
                Some(Submission::Decided(receipt)) => decided.push(receipt.as_ref().clone()),
                Some(Submission::Open { .. }) => {}
                None => {
                    let jws = Arc::clone(&entry.jws);
                    let row = Submission::Open { jws, number, publish_at: publish_at.unix(), publishes: 1 };
                    self.submissions.insert(entry.key, row);
                }
            }
        }
        decided
    }

    pub(super) fn find(&self, key: TransitionKey) -> Option<Journalled> {
        self.submissions.get(&key).map(|row| match row {
            Submission::Open { .. } => Journalled::Open,
            Submission::Decided(receipt) => Journalled::Decided(receipt.as_ref().clone()),
        })
    }

    /// As the statement of the journal's table says it.
    pub(super) fn take_due(&mut self, now: Time, pause_seconds: u32, rows_max: u32) -> Vec<Due> {
        let due = |row: &Submission| match row {
            Submission::Open { publish_at, .. } if *publish_at <= now.unix() => Some(*publish_at),
            Submission::Open { .. } | Submission::Decided(_) => None,
        };
        let mut keys = self.submissions.iter().filter_map(|(key, row)| Some((due(row)?, *key)));
        let mut keys = keys.by_ref().collect::<Vec<_>>();
        keys.sort_unstable();
        keys.truncate(rows_max as usize);
        let mut taken = Vec::new();
        for (_, key) in keys {
            if let Some(Submission::Open { jws, publish_at, publishes, .. }) = self.submissions.get_mut(&key)
            {
                let pause = if *publishes < 20 {
                    (i64::from(pause_seconds) << (*publishes).min(10)).min(60)
                } else {
                    (60_i64 << (*publishes - 19).min(6)).min(3_600)
                };
                *publish_at = now.unix() + pause;
                *publishes = (*publishes + 1).min(1_000);
                taken.push(Due { id: key.id, jws: Arc::clone(jws) });
            }
        }
        taken
    }

    /// As a journal would be read that remembers the last number it took instead of asking which rows are open.
    pub(super) fn take_after_cursor(&mut self, now: Time, rows_max: u32) -> Vec<Due> {
        let after = |row: &Submission| match row {
            Submission::Open { number, publish_at, jws, .. } => {
                (*number > self.taken && *publish_at <= now.unix()).then(|| (*number, Arc::clone(jws)))
            }
            Submission::Decided(_) => None,
        };
        let rows = self.submissions.iter().filter_map(|(key, row)| Some((after(row)?, key.id)));
        let mut rows = rows.collect::<Vec<_>>();
        rows.sort_unstable();
        rows.truncate(rows_max as usize);
        self.taken = rows.last().map_or(self.taken, |((number, _), _)| *number);
        rows.into_iter().map(|((_, jws), id)| Due { id, jws }).collect()
    }

    pub(super) fn make_all_due(&mut self, now: Time) {
        for row in self.submissions.values_mut() {
            if let Submission::Open { publish_at, .. } = row {
                *publish_at = (*publish_at).min(now.unix());
            }
        }
    }

    pub(super) fn count_open(&self) -> u64 {
        self.open().count() as u64
    }

    /// Closes a row that has no receipt, as no service does.
    pub fn forget(&mut self, jws: &str) {
        self.submissions
            .retain(|_, row| !matches!(row, Submission::Open { jws: open, .. } if &**open == jws));
    }

    /// Whether a block is the next.
    pub(super) fn is_next(&self, block: &Block) -> bool {
        block.height() == self.cursor.as_ref().map_or(0, |header| header.height() + 1)
    }

    pub(super) fn apply(&mut self, block: &Block) -> Result<(), StoreError> {
        InvoiceProjection::evolve(&mut self.invoices, block)?;
        for (entry, _) in block.accepted() {
            self.apply_keys(entry.signer(), entry.command());
        }
        for entry in block.entries() {
            let receipt = Arc::new(entry.receipt().clone());
            let row = self.submissions.entry(entry.key());
            let row = row.or_insert_with(|| Submission::Decided(Arc::clone(&receipt)));
            if matches!(row, Submission::Open { .. }) {
                *row = Submission::Decided(receipt);
            }
        }
        self.cursor = Some(block.header().clone());
        Ok(())
    }

    fn apply_keys(&mut self, signer: &PartyId, command: &Command) {
        match command {
            Command::PartyRegister { enterprise, key, .. } => {
                self.join(&PartyId::Enterprise(*enterprise), *key);
            }
            Command::PartyEnroll { key } | Command::KeyAdd { key } => self.join(signer, *key),
            Command::KeyRevoke { key } => {
                if let Some(key) = self.keys.get_mut(&(signer.clone(), *key)) {
                    key.state = KeyState::Revoked;
                }
            }
            _ => {}
        }
    }

    /// Registers a key.
    pub(super) fn join(&mut self, party: &PartyId, key: NewKey) {
        let registered = RegisteredKey { public: key.public, state: KeyState::Live };
        self.keys.insert((party.clone(), key.id), registered);
    }

    pub(super) fn clear(&mut self) {
        self.cursor = None;
        self.keys.clear();
        self.invoices.clear();
    }
}
