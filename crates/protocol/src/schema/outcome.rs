//! What outcomes say, a closed form each.

use piao_domain::command::Kind;
use schemars::{Schema, json_schema};
use serde_json::{Value, json};

use crate::outcome::Detail;
use crate::receipt;

/// The members that go together in what an accepted transition made.
const EFFECTS: [(&[Kind], &str, &[&str]); 8] = [
    (&[Kind::InvoiceIssue], "Issued.", &["rules"]),
    (&[Kind::QuotaApply], "Waits for a bureau.", &["state=pending"]),
    (&[Kind::QuotaApply, Kind::QuotaGrant], "Granted.", &["state=granted", "amount", "count", "segment"]),
    (&[Kind::QuotaAdjust], "Adjusted.", &["amount", "count", "segment?"]),
    (&[Kind::Lock], "Locked.", &["lock", "token", "amount", "exclusive", "lease_until"]),
    (&[Kind::Renew], "Renewed.", &["lease_until"]),
    (&[Kind::Settle], "Settled: the whole lock.", &["amount"]),
    (&[Kind::Book], "Booked.", &["month"]),
];

/// The members that go together in what explains a refusal.
const REFUSALS: [(&str, &[&str]); 4] = [
    ("Refused, and the code says it all.", &[]),
    ("Refused, since the same party did the same thing before, in this transition.", &["existing"]),
    ("Refused for one member of the body.", &["pointer", "check", "expected?", "actual?"]),
    ("Refused by a rule set.", &["rule", "pointer", "check", "expected?", "actual?"]),
];

/// The detail of what comes of a type.
pub(super) fn detail(kind: Kind) -> Schema {
    let known = members();
    let mut forms = EFFECTS
        .iter()
        .filter(|(kinds, _, _)| kinds.contains(&kind))
        .map(|(_, description, names)| form(&known, description, names))
        .collect::<Vec<_>>();
    if forms.is_empty() {
        forms.push(form(&known, "Accepted, and the body says it all; or refused, and the code does.", &[]));
        forms.extend(REFUSALS[1..].iter().map(|(description, names)| form(&known, description, names)));
    } else {
        forms.extend(REFUSALS.iter().map(|(description, names)| form(&known, description, names)));
    }
    json_schema!({ "oneOf": forms })
}

/// A receipt, its detail in one of all forms.
pub(super) fn receipt() -> Schema {
    let known = members();
    let effects = EFFECTS.iter().map(|(_, description, names)| form(&known, description, names));
    let refusals = REFUSALS.iter().map(|(description, names)| form(&known, description, names));
    let mut schema = super::of::<receipt::Members<'static>>();
    if let Some(detail) = schema.pointer_mut("/properties/detail") {
        *detail = json!({
            "description": "Of the transition's type: details/<type>.json.",
            "oneOf": effects.chain(refusals).collect::<Vec<_>>(),
        });
    }
    schema
}

/// {outcome, code, detail}, as a chain export has it.
pub(super) fn outcome() -> Value {
    let mut schema = receipt();
    for place in ["block", "height", "index", "time", "transition"] {
        if let Some(members) = schema.pointer_mut("/properties").and_then(Value::as_object_mut) {
            members.remove(place);
        }
        if let Some(required) = schema.pointer_mut("/required").and_then(Value::as_array_mut) {
            required.retain(|name| name != place);
        }
    }
    schema.insert("description".to_owned(), Value::from("What came of the transition at the same place."));
    schema.remove("title");
    schema.to_value()
}

fn members() -> Schema {
    super::of::<Detail<'static>>()
}

/// An object of exactly these members: `name`, `name?` where it may be absent, `name=value` where it is fixed.
fn form(known: &Schema, description: &str, names: &[&str]) -> Value {
    let mut properties = serde_json::Map::new();
    let mut required = Vec::new();
    for name in names {
        let (name, value) = match name.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (*name, None),
        };
        let plain = name.trim_end_matches('?');
        let schema = match value {
            Some(value) => json!({ "const": value }),
            None => known.pointer(&format!("/properties/{plain}")).cloned().unwrap_or(Value::Bool(false)),
        };
        if plain == name {
            required.push(plain);
        }
        properties.insert(plain.to_owned(), schema);
    }
    json!({
        "description": description,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}
