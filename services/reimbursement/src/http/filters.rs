//! Parameters that several lists take.

use piao_domain::ids::{Malformed, PartyId};
use piao_domain::uscc::Uscc;
use piao_edge::problem::{Problem, form};

/// Reads a parameter of a form, where it is there.
///
/// # Errors
/// `schema`.
pub(super) fn read<T>(
    name: &str,
    text: Option<&str>,
    form: &str,
    parse: impl FnOnce(&str) -> Result<T, Malformed>,
) -> Result<Option<T>, Problem> {
    let Some(text) = text else { return Ok(None) };
    parse(text).map(Some).map_err(|_| Problem::form(format!("?{name}"), form).found(text))
}

/// Reads a parameter that names an enterprise, where it is there.
///
/// # Errors
/// `schema`.
pub(super) fn enterprise(name: &str, text: Option<&str>) -> Result<Option<Uscc>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let party = PartyId::parse(text).ok().and_then(|party| party.enterprise().copied());
    party.map(Some).ok_or_else(|| Problem::form(format!("?{name}"), form::ENTERPRISE).found(text))
}
