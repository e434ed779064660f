//! The read model of issuance: each part a function of the blocks alone, written in bulk.

mod content;
mod history;
mod quota;
mod rules;

pub(crate) use content::ContentProjection;
pub(crate) use history::HistoryProjection;
pub(crate) use quota::QuotaProjection;
pub(crate) use rules::RuleProjection;
