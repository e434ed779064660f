use piao_domain::number::{NumberPrefix, Segment};
use piao_domain::quota::{Account, Adjustment, ApplicationRef, ApplicationStatus, Desk, Grant, QuotaEvent};
use piao_domain::rejection::{Code, Rejection};
use piao_domain::rules::Allowance;
use piao_domain::time::Month;
use piao_domain::uscc::Uscc;
use piao_protocol::outcome::Effect;

use super::Step;
use super::rules::binding;

impl Step<'_> {
    pub(super) fn quota_apply(&mut self, month: Month, asked: Allowance) -> Result<Effect, Rejection> {
        let issuer = *self.transition.signer.enterprise().ok_or(Code::RoleForbidden)?;
        let (id, now) = (self.transition.id, self.now);
        self.at_desk(issuer, month, |desk, _| desk.apply(id, issuer, month, asked, now))
    }

    pub(super) fn quota_grant(&mut self, grant: &Grant) -> Result<Effect, Rejection> {
        self.decide_application(&grant.target, |desk, application| desk.grant(application, grant))
    }

    pub(super) fn quota_adjust(&mut self, change: &Adjustment) -> Result<Effect, Rejection> {
        self.decide_application(&change.target, |desk, application| desk.adjust(application, change))
    }

    pub(super) fn quota_refuse(&mut self, target: &ApplicationRef) -> Result<Effect, Rejection> {
        self.decide_application(target, |desk, application| desk.refuse(application, target))
    }

    fn decide_application(
        &mut self,
        target: &ApplicationRef,
        decide: impl FnOnce(&Desk<'_>, Option<&piao_domain::quota::Application>) -> Result<QuotaEvent, Rejection>,
    ) -> Result<Effect, Rejection> {
        let id = target.application;
        self.at_desk(target.issuer, target.month, |desk, step| decide(desk, step.state.applications.get(&id)))
    }

    fn at_desk(
        &mut self,
        issuer: Uscc,
        month: Month,
        decide: impl FnOnce(&Desk<'_>, &Self) -> Result<QuotaEvent, Rejection>,
    ) -> Result<Effect, Rejection> {
        let account = self.state.accounts.get(&(issuer, month)).copied().unwrap_or(Account::EMPTY);
        let event = {
            let binding = binding(self.state, &issuer, self.now);
            let top = |prefix: &NumberPrefix| self.state.tops.get(prefix).copied().unwrap_or(0);
            decide(&Desk { account: &account, binding: &binding, top: &top }, self)?
        };
        self.state.accounts.insert((issuer, month), account.evolve(&event));
        self.touched.accounts.insert((issuer, month));
        Ok(self.keep(issuer, event))
    }

    fn keep(&mut self, issuer: Uscc, event: QuotaEvent) -> Effect {
        let (id, application, effect) = match event {
            QuotaEvent::Applied { id, application } => (id, application, Effect::QuotaPending),
            QuotaEvent::Granted { id, application, given, segment, waited: _ } => {
                self.allot(issuer, segment);
                (id, application, Effect::QuotaGranted { given, segment })
            }
            QuotaEvent::Adjusted { id, application, before, segment } => {
                if let Some(segment) = segment {
                    self.allot(issuer, segment);
                }
                let given = match application.status {
                    ApplicationStatus::Granted(given) => given,
                    ApplicationStatus::Pending | ApplicationStatus::Refused => before,
                };
                (id, application, Effect::QuotaAdjusted { given, segment })
            }
            QuotaEvent::Refused { id, application } => (id, application, Effect::Nothing),
        };
        self.state.applications.insert(id, application);
        self.touched.applications.insert(id);
        effect
    }

    fn allot(&mut self, issuer: Uscc, segment: Segment) {
        self.state.segments.entry(issuer).or_default().push(segment);
        self.touched.segments.insert((issuer, segment));
        self.state.tops.insert(segment.prefix(), segment.last());
        self.touched.tops.insert(segment.prefix());
    }
}
