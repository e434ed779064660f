//! What rule sets demand of an invoice that is being issued.

use super::RuleSet;
use crate::content::{Content, Line};
use crate::rejection::{Code, Finding, Rejection};
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
            let finding = Finding::new("/amount", format!("at most {}", most.get()), content.amount.get());
            return Err(Rejection::rule(Code::RulesViolated, &self.version, "invoice_amount_max", finding));
        }
        if let Some(most) = limits.lines_max.filter(|most| content.lines.len() > usize::from(*most)) {
            let finding = Finding::new("/lines", format!("at most {most}"), content.lines.len());
            return Err(Rejection::rule(Code::RulesViolated, &self.version, "lines_max", finding));
        }
        let unnamed = content.buyer.enterprise().is_none();
        if let Some(free) = limits.buyer_required_above.filter(|free| unnamed && content.total > *free) {
            let expected = format!("an enterprise, since the total is above {}", free.get());
            let finding = Finding::new("/buyer", expected, content.total.get());
            return Err(Rejection::rule(Code::RulesViolated, &self.version, "buyer_required_above", finding));
        }
        Ok(())
    }

    fn check_category(&self, index: usize, line: &Line) -> Result<(), Rejection> {
        let classification = &self.limits.classification;
        if let Some(prefix) = self.limits.forbidden.iter().find(|prefix| line.category.has_prefix(prefix)) {
            let expected = format!("a category outside {prefix}");
            let finding = Finding::new(format!("/lines/{index}/category"), expected, line.category);
            return Err(Rejection::rule(Code::RulesViolated, &self.version, "forbidden", finding));
        }
        if classification.is_empty() {
            return Ok(());
        }
        let Some(leaf) = classification.get(&line.category) else {
            let finding = Finding::new(
                format!("/lines/{index}/category"),
                "a leaf of the classification",
                line.category,
            );
            return Err(Rejection::rule(Code::InvoiceCategory, &self.version, "classification", finding));
        };
        if leaf.short_name != line.item.short() {
            let expected = format!("*{}*…", leaf.short_name);
            let finding = Finding::new(format!("/lines/{index}/item"), expected, &line.item);
            return Err(Rejection::rule(Code::InvoiceCategory, &self.version, "classification", finding));
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
        let expected = match allowed.as_slice() {
            [] => format!("no treatment is listed for this category on {today}"),
            some => some.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | "),
        };
        let finding = Finding::new(format!("/lines/{index}/treatment"), expected, line.treatment);
        Err(Rejection::rule(Code::InvoiceRate, &self.version, "rates", finding))
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
        let finding = Finding::new("/lines/0/category", "a classification in an active rule set", "none");
        return Err(Rejection::member(Code::InvoiceCategory, finding));
    }
    if binding.iter().all(|set| set.limits.rates.is_empty()) {
        let finding = Finding::new("/lines/0/treatment", "rates in an active rule set", "none");
        return Err(Rejection::member(Code::InvoiceRate, finding));
    }
    Ok(())
}
