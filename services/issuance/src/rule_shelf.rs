//! The rule book that binds, read once for as long as it stands: a classification has thousands of entries.

use std::sync::{Arc, Mutex, PoisonError};

use piao_domain::rules::RuleBook;
use piao_store::{Connection, StoreError};

use crate::db::rule_set::{self, Standing};

/// The last rule book that was read, and the versions that it is of. Clones are the same shelf.
#[derive(Clone, Default)]
pub(crate) struct RuleShelf(Arc<Mutex<Option<Shelved>>>);

struct Shelved {
    standing: Vec<Standing>,
    book: Arc<RuleBook>,
}

impl RuleShelf {
    /// The rule book at the moment of a transaction. A version never changes, so that the same versions, active from
    /// the same days, are the same book.
    pub(crate) async fn book(&self, connection: &mut Connection) -> Result<Arc<RuleBook>, StoreError> {
        let standing = rule_set::active(connection).await?;
        if let Some(book) = self.shelved(&standing) {
            return Ok(book);
        }
        let book = Arc::new(rule_set::load_active(connection).await?);
        let shelved = Shelved { standing, book: Arc::clone(&book) };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(shelved);
        Ok(book)
    }

    fn shelved(&self, standing: &[Standing]) -> Option<Arc<RuleBook>> {
        let shelved = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shelved
            .as_ref()
            .filter(|shelved| shelved.standing == standing)
            .map(|shelved| Arc::clone(&shelved.book))
    }
}
