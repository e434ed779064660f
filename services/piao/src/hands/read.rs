//! Reading: one record, or a list page by page.

use clap::Args;
use piao_client::{ClientError, List, Page};
use serde_json::Value;

use super::connect::{ServerArgs, Session};
use crate::exit::Failure;
use crate::output::{ListWriter, View, plain, record};
use crate::serve::note;

/// Which part of a list.
#[derive(Debug, Args)]
pub(crate) struct PageArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Items a page, at most 200
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
    /// Go on after a page, from the cursor that it ended with
    #[arg(long)]
    cursor: Option<String>,
    /// Every page
    #[arg(long)]
    all: bool,
}

/// Prints a record that was read.
///
/// # Errors
/// [`Failure`] where there is none.
pub(super) fn show(session: &Session, view: View, read: Result<Value, ClientError>) -> Result<(), Failure> {
    let value = read.map_err(|error| session.failure(error))?;
    record(session.output, view, &value)
}

impl PageArgs {
    /// A client of the services named.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) async fn connect(&self) -> Result<Session, Failure> {
        self.server.connect().await
    }

    /// Reads and prints a list, with `filters` where they are given.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) async fn list(
        &self,
        view: View,
        filters: &[(&str, Option<String>)],
        read: impl AsyncFn(&piao_client::Client, &List) -> Result<Page, ClientError>,
    ) -> Result<(), Failure> {
        self.list_in(&self.connect().await?, view, filters, read).await
    }

    /// As [`PageArgs::list`], where the services are spoken with already.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) async fn list_in(
        &self,
        session: &Session,
        view: View,
        filters: &[(&str, Option<String>)],
        read: impl AsyncFn(&piao_client::Client, &List) -> Result<Page, ClientError>,
    ) -> Result<(), Failure> {
        let mut list = List::new().limit(self.limit);
        for (field, value) in
            filters.iter().filter_map(|(field, value)| value.as_ref().map(|value| (field, value)))
        {
            list = list.matching(field, value);
        }
        let mut cursor = self.cursor.clone();
        let mut writer = ListWriter::new(session.output, view);
        loop {
            let asked = cursor.iter().fold(list.clone(), |list, cursor| list.after(cursor));
            let page = read(&session.client, &asked).await.map_err(|error| session.failure(error))?;
            writer.page(&page.data)?;
            cursor = page.next;
            if cursor.is_none() || !self.all {
                break;
            }
        }
        writer.end(cursor.as_deref())?;
        if let Some(cursor) = cursor {
            let (language, cursor) = (session.language, plain(&cursor));
            note(&format!(
                "{} --cursor {cursor}   {} --all",
                language.pick("还有更多：", "there is more:"),
                language.pick("全部：", "everything:")
            ));
        }
        Ok(())
    }
}
