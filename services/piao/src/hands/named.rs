//! What is named by its id or by the first digits of it, as tables show them.

use piao_client::{ClientError, List, Page};
use piao_domain::ids::TransitionId;
use serde_json::Value;

use super::connect::Session;
use super::tx::transition_id;
use crate::exit::Failure;

/// Fewest digits that name something.
const DIGITS_MIN: usize = 6;

/// The id of the one item of a list that begins with these digits; `list` says which part of the list to look at, `what`
/// what an item is.
///
/// # Errors
/// [`Failure::Usage`] for what is no id and for digits of several items, [`Failure::NotAllowed`] for those of none.
pub(super) async fn named(
    session: &Session,
    text: &str,
    what: &str,
    list: List,
    read: impl AsyncFn(&piao_client::Client, &List) -> Result<Page, ClientError>,
) -> Result<TransitionId, Failure> {
    let digits = text.trim_end_matches('…');
    if let Ok(id) = transition_id(digits) {
        return Ok(id);
    }
    let hexadecimal = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if digits.len() < DIGITS_MIN || digits.len() > 64 || !hexadecimal {
        return Err(Failure::Usage(format!(
            "{what} is named by its id, 64 hexadecimal digits, or at least the first {DIGITS_MIN}"
        )));
    }
    let list = list.limit(200);
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let asked = cursor.iter().fold(list.clone(), |list, cursor| list.after(cursor));
        let page = read(&session.client, &asked).await.map_err(|error| session.failure(error))?;
        let ids = page.data.iter().filter_map(|item| item.get("id").and_then(Value::as_str));
        found.extend(ids.filter(|id| id.starts_with(digits)).map(str::to_owned));
        cursor = page.next;
        if cursor.is_none() || found.len() > 1 {
            break;
        }
    }
    match found.as_slice() {
        [one] => transition_id(one).map_err(Failure::Undecided),
        [] => Err(Failure::NotAllowed(format!("you see no {what} that begins with {digits}"))),
        _ => Err(Failure::Usage(format!("more than one {what} begins with {digits}: name more digits"))),
    }
}
