//! What rule sets demand of an invoice that is being issued.

use super::RuleSet;
use crate::content::{Content, Line};
use crate::rejection::{Check, Code, Finding, Rejection};
use crate::time::Date;

impl RuleSet {
    /// Checks a whole invoice against this rule set, in the order in which the checks are written here.
    ///
    /// # Errors
    /// `invoice.category`, `invoice.rate`, `rules.violated`, naming rule set, version and check.
    pub fn check_issuing(&self, content: &Content, today: Date) -> Result<(), Rejection> {
        self.check_invoice(content)?;
        for (index, line) in content.lines.iter().enumerate() {
            self.check_category(index, line)?;
            self.check_rate(index, line, today)?;
        }
        Ok(())
    }

    fn check_invoice(&self, content: &Content) -> Result<(), Rejection> {
        let limits = &self.limits;
        if let Some(most) = limits.invoice_amount_max.filter(|most| content.amount > *most) {
            let finding = Finding::new("/amount", Check::InvoiceAmountMax).wants_up_to(most.get());
            return Err(self.refuse(Code::RulesViolated, finding.found(content.amount.get())));
        }
        if let Some(most) = limits.lines_max.filter(|most| content.lines.len() > usize::from(*most)) {
            let finding = Finding::new("/lines", Check::LinesMax).wants_up_to(most);
            return Err(self.refuse(Code::RulesViolated, finding.found(content.lines.len())));
        }
        let unnamed = content.buyer.enterprise().is_none();
        if let Some(free) = limits.buyer_required_above.filter(|free| unnamed && content.total > *free) {
            let finding = Finding::new("/buyer", Check::BuyerRequiredAbove).wants_up_to(free.get());
            return Err(self.refuse(Code::RulesViolated, finding.found(content.total.get())));
        }
        Ok(())
    }

    fn check_category(&self, index: usize, line: &Line) -> Result<(), Rejection> {
        let classification = &self.limits.classification;
        let pointer = |member| format!("/lines/{index}/{member}");
        if let Some(prefix) = self.limits.forbidden.iter().find(|prefix| line.category.has_prefix(prefix)) {
            let finding = Finding::new(pointer("category"), Check::Forbidden).wants(prefix);
            return Err(self.refuse(Code::RulesViolated, finding.found(line.category)));
        }
        if classification.is_empty() {
            return Ok(());
        }
        let Some(leaf) = classification.get(&line.category) else {
            let finding = Finding::new(pointer("category"), Check::Classification).found(line.category);
            return Err(self.refuse(Code::InvoiceCategory, finding));
        };
        if leaf.short_name != line.item.short() {
            let finding = Finding::new(pointer("item"), Check::ShortName).wants(&leaf.short_name);
            return Err(self.refuse(Code::InvoiceCategory, finding.found(&line.item)));
        }
        Ok(())
    }

    fn check_rate(&self, index: usize, line: &Line, today: Date) -> Result<(), Rejection> {
        let matching = self
            .limits
            .rates
            .iter()
            .filter(|entry| line.category.has_prefix(&entry.prefix))
            .collect::<Vec<_>>();
        let longest = matching.iter().map(|entry| entry.prefix.as_str().len()).max();
        let allowed = matching
            .iter()
            .filter(|entry| Some(entry.prefix.as_str().len()) == longest && entry.holds_on(today))
            .map(|entry| entry.treatment)
            .collect::<Vec<_>>();
        // A set that lists no rates at all says nothing of them; one that does must list this category's.
        if self.limits.rates.is_empty() || allowed.contains(&line.treatment) {
            return Ok(());
        }
        let pointer = format!("/lines/{index}/treatment");
        let finding = match allowed.as_slice() {
            [] => Finding::new(pointer, Check::RatesDay).wants(today),
            some => Finding::new(pointer, Check::Rates).wants_one_of(some),
        };
        Err(self.refuse(Code::InvoiceRate, finding.found(line.treatment)))
    }

    fn refuse(&self, code: Code, finding: Finding) -> Rejection {
        Rejection::rule(code, &self.version, finding)
    }
}

/// Checks an invoice against every rule set that binds its issuer, by id.
///
/// # Errors
/// `rules.none_active`; `invoice.category` and `invoice.rate` where no set lists any; what each set refuses.
pub(crate) fn check_issuing(binding: &[&RuleSet], content: &Content, today: Date) -> Result<(), Rejection> {
    if binding.is_empty() {
        return Err(Code::RulesNoneActive.into());
    }
    for set in binding {
        set.check_issuing(content, today)?;
    }
    // Several sets may share the work, but somebody must have said which categories and rates there are.
    if binding.iter().all(|set| set.limits.classification.is_empty()) {
        let finding = Finding::new("/lines/0/category", Check::RulesClassification);
        return Err(Rejection::member(Code::InvoiceCategory, finding));
    }
    if binding.iter().all(|set| set.limits.rates.is_empty()) {
        let finding = Finding::new("/lines/0/treatment", Check::RulesRates);
        return Err(Rejection::member(Code::InvoiceRate, finding));
    }
    Ok(())
}
