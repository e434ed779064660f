use super::{Account, Application, ApplicationRef, ApplicationStatus, Grant, add, certain, covers, subtract};
use crate::ids::TransitionId;
use crate::number::{NumberPrefix, Segment};
use crate::rejection::{Check, Code, Finding, Rejection};
use crate::rules::{Allowance, RuleSet};
use crate::time::{Month, Time};
use crate::uscc::Uscc;

/// All that a decision on quota looks at: the issuer's month, the rules that bind it, and how far numbers of a
/// prefix have been allotted.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The issuer's month.
    pub account: &'a Account,
    /// The rule sets that bind the issuer.
    pub binding: &'a [&'a RuleSet],
    /// The highest sequence ever allotted under a prefix; 0 where none was.
    pub top: &'a dyn Fn(&NumberPrefix) -> u64,
}

/// What became of quota.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuotaEvent {
    /// An application waits for a bureau.
    Applied {
        /// The application.
        id: TransitionId,
        /// For which month and what.
        application: Application,
    },
    /// An application was granted, at once or by a bureau.
    Granted {
        /// The application.
        id: TransitionId,
        /// As it stands now.
        application: Application,
        /// What was given.
        given: Allowance,
        /// The numbers allotted.
        segment: Segment,
        /// Whether it had been waiting.
        waited: bool,
    },
    /// A grant was changed.
    Adjusted {
        /// The application.
        id: TransitionId,
        /// As it stands now.
        application: Application,
        /// What had been given before.
        before: Allowance,
        /// Numbers allotted in addition, where the count rose.
        segment: Option<Segment>,
    },
    /// A bureau refused.
    Refused {
        /// The application.
        id: TransitionId,
        /// As it stands now.
        application: Application,
    },
}

/// A change of what was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    /// Which grant.
    pub target: ApplicationRef,
    /// What it gives from now on.
    pub given: Allowance,
}

impl Desk<'_> {
    /// Decides an application: granted at once where every binding rule set's allowance still covers it, and
    /// otherwise left to a bureau.
    ///
    /// # Errors
    /// `quota.month` for a month that is neither the current nor the next; `quota.exhausted` where the sum of
    /// grants would leave the range of money.
    pub fn apply(
        &self,
        id: TransitionId,
        issuer: Uscc,
        month: Month,
        asked: Allowance,
        now: Time,
    ) -> Result<QuotaEvent, Rejection> {
        let current = now.month();
        if month != current && month != current.next() {
            let finding = Finding::new("/month", Check::QuotaMonth);
            let finding = finding.wants_one_of(&[current, current.next()]).found(month);
            return Err(Rejection::member(Code::QuotaMonth, finding));
        }
        let sum = add(self.account.granted, asked).ok_or(Code::QuotaExhausted)?;
        let allowed = |set: &&RuleSet| set.limits.allowance.is_some_and(|allowance| covers(allowance, sum));
        let automatic = !self.binding.is_empty() && self.binding.iter().all(allowed);
        let application = |status| Application { issuer, month, asked, status };
        match self.next_segment(month, asked.count) {
            Some(segment) if automatic => Ok(QuotaEvent::Granted {
                id,
                application: application(ApplicationStatus::Granted(asked)),
                given: asked,
                segment,
                waited: false,
            }),
            Some(_) | None => {
                Ok(QuotaEvent::Applied { id, application: application(ApplicationStatus::Pending) })
            }
        }
    }

    /// Decides a bureau's grant of a waiting application.
    ///
    /// # Errors
    /// `quota.unknown`, `number.segment`, `quota.exhausted`.
    pub fn grant(&self, waiting: Option<&Application>, grant: &Grant) -> Result<QuotaEvent, Rejection> {
        let mut application = named(waiting, &grant.target)?.clone();
        if application.status != ApplicationStatus::Pending {
            return Err(Code::QuotaUnknown.into());
        }
        add(self.account.granted, grant.given).ok_or(Code::QuotaExhausted)?;
        let segment = match grant.segment {
            Some(segment) => self.check_segment(segment, grant.given.count)?,
            None => self.next_segment(application.month, grant.given.count).ok_or(Code::NumberSegment)?,
        };
        application.status = ApplicationStatus::Granted(grant.given);
        Ok(QuotaEvent::Granted {
            id: grant.target.application,
            application,
            given: grant.given,
            segment,
            waited: true,
        })
    }

    /// Decides a bureau's change of a grant, which may never fall below what is used. Where the count rises,
    /// the further numbers are allotted; where it falls, numbers already allotted stay.
    ///
    /// # Errors
    /// `quota.unknown`, `quota.exhausted`, `number.segment`.
    pub fn adjust(
        &self,
        granted: Option<&Application>,
        change: &Adjustment,
    ) -> Result<QuotaEvent, Rejection> {
        let mut application = named(granted, &change.target)?.clone();
        let ApplicationStatus::Granted(before) = application.status else {
            return Err(Code::QuotaUnknown.into());
        };
        let others = certain(subtract(self.account.granted, before));
        let sum = add(others, change.given).ok_or(Code::QuotaExhausted)?;
        self.covers_used(sum, others, change.given)?;
        let segment = match change.given.count.saturating_sub(before.count) {
            0 => None,
            more => Some(self.next_segment(application.month, more).ok_or(Code::NumberSegment)?),
        };
        application.status = ApplicationStatus::Granted(change.given);
        Ok(QuotaEvent::Adjusted { id: change.target.application, application, before, segment })
    }

    /// Decides a bureau's refusal of a waiting application.
    ///
    /// # Errors
    /// `quota.unknown`.
    pub fn refuse(
        &self,
        waiting: Option<&Application>,
        target: &ApplicationRef,
    ) -> Result<QuotaEvent, Rejection> {
        let mut application = named(waiting, target)?.clone();
        if application.status != ApplicationStatus::Pending {
            return Err(Code::QuotaUnknown.into());
        }
        application.status = ApplicationStatus::Refused;
        Ok(QuotaEvent::Refused { id: target.application, application })
    }

    /// Numbers are handed out upwards under each prefix, so what lies above the top was never allotted.
    fn next_segment(&self, month: Month, count: u32) -> Option<Segment> {
        let numbering = self.binding.iter().find_map(|set| set.limits.numbering)?;
        let prefix = numbering.prefix(month);
        let first = (self.top)(&prefix).checked_add(1)?;
        let last = first.checked_add(u64::from(count.checked_sub(1)?))?;
        Segment::new(prefix, first, last).ok()
    }

    fn check_segment(&self, segment: Segment, count: u32) -> Result<Segment, Rejection> {
        let top = (self.top)(&segment.prefix());
        if segment.first() <= top {
            let finding = Finding::new("/segment/first", Check::SegmentFirst).wants_from(top + 1);
            return Err(Rejection::member(Code::NumberSegment, finding.found(segment.first())));
        }
        if segment.len() != u64::from(count) {
            let finding = Finding::new("/segment", Check::SegmentCount).wants(count);
            return Err(Rejection::member(Code::NumberSegment, finding.found(segment.len())));
        }
        Ok(segment)
    }

    /// Whether the sum of all grants is what is used at least; what a grant gives is told beside what it must give.
    fn covers_used(&self, sum: Allowance, others: Allowance, given: Allowance) -> Result<(), Rejection> {
        let used = self.account.used;
        let finding = if sum.amount < used.amount {
            let least = used.amount.get() - others.amount.get();
            Finding::new("/amount", Check::QuotaUsedAmount).wants_from(least).found(given.amount.get())
        } else if sum.count < used.count {
            let least = used.count - others.count;
            Finding::new("/count", Check::QuotaUsedCount).wants_from(least).found(given.count)
        } else {
            return Ok(());
        };
        Err(Rejection::member(Code::QuotaExhausted, finding))
    }
}

impl Account {
    /// Applies what was decided.
    #[must_use]
    pub fn evolve(mut self, event: &QuotaEvent) -> Self {
        match event {
            QuotaEvent::Applied { .. } => self.pending += 1,
            QuotaEvent::Granted { given, waited, .. } => {
                self.granted = certain(add(self.granted, *given));
                self.pending -= u32::from(*waited);
            }
            QuotaEvent::Adjusted { application, before, .. } => {
                if let ApplicationStatus::Granted(after) = application.status {
                    let others = certain(subtract(self.granted, *before));
                    self.granted = certain(add(others, after));
                }
            }
            QuotaEvent::Refused { .. } => self.pending -= 1,
        }
        self
    }
}

/// The application, if it is the one named, issuer and month included.
fn named<'a>(found: Option<&'a Application>, target: &ApplicationRef) -> Result<&'a Application, Rejection> {
    found
        .filter(|application| application.issuer == target.issuer && application.month == target.month)
        .ok_or_else(|| Code::QuotaUnknown.into())
}
