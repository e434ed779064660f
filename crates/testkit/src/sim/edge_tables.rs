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
        let mut keys = self.due(now).map(|(publish_at, _, key)| (publish_at, key)).collect::<Vec<_>>();
        keys.sort_unstable();
        keys.truncate(rows_max as usize);
        self.take(keys.into_iter().map(|(_, key)| key), now, pause_seconds)
    }

    /// As a journal would be read that finds new rows by a cursor: each is taken once its number is above the last that
    /// was, and then as often as it takes. A row that is written, or
    /// comes due, after a higher number was taken is never found.
    pub(super) fn take_by_cursor(&mut self, now: Time, pause_seconds: u32, rows_max: u32) -> Vec<Due> {
        let found = |number: u64, key: &TransitionKey| {
            number > self.taken
                || matches!(self.submissions.get(key), Some(Submission::Open { publishes: 2.., .. }))
        };
        let due = self.due(now).filter(|(_, number, key)| found(*number, key));
        let mut rows = due.map(|(_, number, key)| (number, key)).collect::<Vec<_>>();
        rows.sort_unstable();
        rows.truncate(rows_max as usize);
        self.taken = rows.iter().map(|(number, _)| *number).max().unwrap_or(0).max(self.taken);
        self.take(rows.into_iter().map(|(_, key)| key), now, pause_seconds)
    }

    /// The open rows whose time has come: when that was, their number and key.
    fn due(&self, now: Time) -> impl Iterator<Item = (i64, u64, TransitionKey)> {
        self.submissions.iter().filter_map(move |(key, row)| match row {
            Submission::Open { publish_at, number, .. } if *publish_at <= now.unix() => {
                Some((*publish_at, *number, *key))
            }
            Submission::Open { .. } | Submission::Decided(_) => None,
        })
    }

    /// Takes rows, each of which comes again after a pause.
    fn take(&mut self, keys: impl Iterator<Item = TransitionKey>, now: Time, pause_seconds: u32) -> Vec<Due> {
        let mut taken = Vec::new();
        for key in keys {
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
