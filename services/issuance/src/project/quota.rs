use std::collections::{BTreeMap, BTreeSet};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use piao_domain::command::Command;
use piao_domain::ids::TransitionId;
use piao_domain::number::{InvoiceNumber, Segment};
use piao_domain::quota::{Account, Application, ApplicationRef, ApplicationStatus, QuotaEvent};
use piao_domain::rules::Allowance;
use piao_edge::follow::{Block, Decided, Projection};
use piao_protocol::outcome::Effect;
use piao_store::{Connection, StoreError};

use crate::db::number_segment::SegmentRecord;
use crate::db::quota_account::AccountKey;
use crate::db::quota_application::{ApplicationRecord, given_of};
use crate::db::quota_entry::{Cause, EntryRecord};
use crate::db::{self, BrokenRow};

/// Applications, issuers' months with what went in and out of them, and the numbers allotted.
pub(crate) struct QuotaProjection;

impl Projection for QuotaProjection {
    fn name(&self) -> &'static str {
        "quota"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["quota_application", "quota_account", "quota_entry", "number_segment"]
    }

    fn apply<'a>(
        &'a self,
        connection: &'a mut Connection,
        block: &'a Block,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let (ids, months) = named(block);
            let applications = db::quota_application::get_many(connection, &ids).await?;
            let accounts = db::quota_account::get_many(connection, &months).await?;
            let mut books = Books { applications, accounts, ..Books::default() };
            for (entry, effect) in block.accepted() {
                books.add(block, entry, effect)?;
            }
            books.write(connection).await
        }
        .boxed()
    }
}

/// The applications and issuers' months that a block's accepted transitions name.
fn named(block: &Block) -> (Vec<TransitionId>, BTreeSet<AccountKey>) {
    let (mut ids, mut months) = (Vec::new(), BTreeSet::new());
    for (entry, _) in block.accepted() {
        if let Some(target) = target(entry.command()) {
            ids.push(target.application);
            months.insert((target.issuer, target.month));
        }
        let month = if let Command::QuotaApply { month, asked: _ } = entry.command() {
            Some(*month)
        } else if let Command::InvoiceIssue(_) = entry.command() {
            Some(block.time().month())
        } else {
            None
        };
        months.extend(entry.signer().enterprise().copied().zip(month));
    }
    (ids, months)
}

/// The application that a bureau decides on.
fn target(command: &Command) -> Option<&ApplicationRef> {
    if let Command::QuotaGrant(grant) = command {
        Some(&grant.target)
    } else if let Command::QuotaAdjust(change) = command {
        Some(&change.target)
    } else if let Command::QuotaRefuse { target, reason: _ } = command {
        Some(target)
    } else {
        None
    }
}

/// Rows at hand and rows to write, while a block is gone through.
#[derive(Default)]
struct Books {
    applications: BTreeMap<TransitionId, ApplicationRecord>,
    accounts: BTreeMap<AccountKey, Account>,
    touched: BTreeSet<TransitionId>,
    segments: Vec<SegmentRecord>,
    entries: Vec<EntryRecord>,
    used: Vec<InvoiceNumber>,
}

impl Books {
    fn add(&mut self, block: &Block, entry: &Decided, effect: &Effect) -> Result<(), BrokenRow> {
        let command = entry.command();
        if let Command::QuotaApply { month, asked } = command {
            let issuer = *entry.signer().enterprise().ok_or_else(|| mismatch(entry))?;
            let status = ApplicationStatus::Pending;
            self.apply(block, entry, effect, Application { issuer, month: *month, asked: *asked, status })
        } else if let Command::QuotaGrant(grant) = command {
            let given = granted(effect).ok_or_else(|| mismatch(entry))?;
            self.grant(block, entry, grant.target.application, given, true)
        } else if let Command::QuotaAdjust(change) = command {
            let Effect::QuotaAdjusted { given, segment } = effect else { return Err(mismatch(entry)) };
            self.adjust(block, entry, &change.target, *given, *segment)
        } else if let Command::QuotaRefuse { target, reason: _ } = command {
            let mut application = self.application(target.application)?;
            application.status = ApplicationStatus::Refused;
            self.record(block, entry, QuotaEvent::Refused { id: target.application, application }, None)
        } else if let Command::InvoiceIssue(content) = command {
            let issuer = *entry.signer().enterprise().ok_or_else(|| mismatch(entry))?;
            let key = (issuer, block.time().month());
            self.accounts.insert(key, self.account(key).charge(content.amount));
            self.used.push(content.number);
            self.enter(block, entry, key, Cause::Used(content.number), (-content.amount.get(), -1));
            Ok(())
        } else {
            Ok(())
        }
    }

    fn apply(
        &mut self,
        block: &Block,
        entry: &Decided,
        effect: &Effect,
        application: Application,
    ) -> Result<(), BrokenRow> {
        let (id, applied_at, changed_at) = (entry.id(), block.time(), block.time());
        let (place, made) = (entry.receipt().index, application.clone());
        let record = ApplicationRecord { id, place, applied_at, changed_at, application: made };
        self.applications.insert(id, record);
        match granted(effect) {
            Some(given) => self.grant(block, entry, id, given, false),
            None => self.record(block, entry, QuotaEvent::Applied { id, application }, None),
        }
    }

    fn grant(
        &mut self,
        block: &Block,
        entry: &Decided,
        id: TransitionId,
        (given, segment): (Allowance, Segment),
        waited: bool,
    ) -> Result<(), BrokenRow> {
        let mut application = self.application(id)?;
        application.status = ApplicationStatus::Granted(given);
        let change = (Cause::Granted(id), (given.amount.get(), i64::from(given.count)));
        self.allot(&application, id, segment);
        self.record(
            block,
            entry,
            QuotaEvent::Granted { id, application, given, segment, waited },
            Some(change),
        )
    }

    fn adjust(
        &mut self,
        block: &Block,
        entry: &Decided,
        target: &ApplicationRef,
        given: Allowance,
        segment: Option<Segment>,
    ) -> Result<(), BrokenRow> {
        let id = target.application;
        let mut application = self.application(id)?;
        let before = given_of(application.status).ok_or_else(|| mismatch(entry))?;
        application.status = ApplicationStatus::Granted(given);
        if let Some(segment) = segment {
            self.allot(&application, id, segment);
        }
        let amount = given.amount.get() - before.amount.get();
        let change = (Cause::Adjusted(id), (amount, i64::from(given.count) - i64::from(before.count)));
        self.record(block, entry, QuotaEvent::Adjusted { id, application, before, segment }, Some(change))
    }

    /// Applies what was decided to application and account, as the ledger did.
    fn record(
        &mut self,
        block: &Block,
        entry: &Decided,
        event: QuotaEvent,
        change: Option<(Cause, (i64, i64))>,
    ) -> Result<(), BrokenRow> {
        let (id, application) = match &event {
            QuotaEvent::Applied { id, application }
            | QuotaEvent::Granted { id, application, .. }
            | QuotaEvent::Adjusted { id, application, .. }
            | QuotaEvent::Refused { id, application } => (*id, application.clone()),
        };
        let key = (application.issuer, application.month);
        let account = self.account(key);
        if account.pending == 0 && leaves_waiting(&event) {
            return Err(mismatch(entry));
        }
        self.accounts.insert(key, account.evolve(&event));
        if let Some(record) = self.applications.get_mut(&id) {
            record.application = application;
            record.changed_at = block.time();
        }
        self.touched.insert(id);
        if let Some((cause, change)) = change {
            self.enter(block, entry, key, cause, change);
        }
        Ok(())
    }

    fn enter(
        &mut self,
        block: &Block,
        entry: &Decided,
        key: AccountKey,
        cause: Cause,
        (amount, count): (i64, i64),
    ) {
        let ((issuer, month), left) = (key, self.account(key).left());
        let (place, height, time) = (entry.receipt().index, block.height(), block.time());
        self.entries.push(EntryRecord { issuer, month, place, cause, amount, count, left, height, time });
    }

    fn allot(&mut self, application: &Application, id: TransitionId, segment: Segment) {
        let issuer = application.issuer;
        self.segments.push(SegmentRecord { segment, issuer, application: id, used: 0 });
    }

    fn account(&self, key: AccountKey) -> Account {
        self.accounts.get(&key).copied().unwrap_or(Account::EMPTY)
    }

    fn application(&self, id: TransitionId) -> Result<Application, BrokenRow> {
        let record = self.applications.get(&id);
        record
            .map(|record| record.application.clone())
            .ok_or_else(|| BrokenRow::new("quota_application", format!("{id} is missing and was decided on")))
    }

    /// Five statements at most, however large the block.
    async fn write(self, connection: &mut Connection) -> Result<(), StoreError> {
        let touched = self.touched.iter().filter_map(|id| self.applications.get(id)).collect::<Vec<_>>();
        db::quota_application::upsert_many(connection, &touched).await?;
        db::quota_account::upsert_many(connection, &self.accounts).await?;
        db::quota_entry::insert_many(connection, &self.entries).await?;
        db::number_segment::insert_many(connection, &self.segments).await?;
        db::number_segment::count_used(connection, &self.used).await
    }
}

const fn granted(effect: &Effect) -> Option<(Allowance, Segment)> {
    match effect {
        Effect::QuotaGranted { given, segment } => Some((*given, *segment)),
        Effect::Nothing
        | Effect::Issued { .. }
        | Effect::QuotaPending
        | Effect::QuotaAdjusted { .. }
        | Effect::Locked { .. }
        | Effect::Renewed { .. }
        | Effect::Settled { .. }
        | Effect::Booked { .. } => None,
    }
}

/// Whether it takes one from those that wait.
const fn leaves_waiting(event: &QuotaEvent) -> bool {
    match event {
        QuotaEvent::Granted { waited, .. } => *waited,
        QuotaEvent::Refused { .. } => true,
        QuotaEvent::Applied { .. } | QuotaEvent::Adjusted { .. } => false,
    }
}

fn mismatch(entry: &Decided) -> BrokenRow {
    let kind = entry.command().kind().as_str();
    BrokenRow::new("quota_application", format!("{kind} was accepted and does not fit what is there"))
}
