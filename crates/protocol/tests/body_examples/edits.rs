//! Changes of one place in a JSON text.

use serde_json::Value;

/// Every place of a tree as JSON pointer, the whole first, and what stands there.
pub(crate) fn places(tree: &Value) -> impl Iterator<Item = (String, &Value)> {
    let mut found = vec![(String::new(), tree)];
    let mut next = 0;
    while let Some((path, value)) = found.get(next).cloned() {
        match value {
            Value::Object(members) => {
                found.extend(members.iter().map(|(name, value)| (format!("{path}/{name}"), value)));
            }
            Value::Array(items) => {
                found.extend(items.iter().zip(0..).map(|(value, place)| (format!("{path}/{place}"), value)));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        next += 1;
    }
    found.into_iter()
}

/// The tree with one place changed.
pub(crate) fn changed(tree: &Value, path: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut tree = tree.clone();
    change(tree.pointer_mut(path).expect(path));
    tree
}

/// The text of a tree with one place replaced by a text, be it JSON or not.
pub(crate) fn with_text_at(tree: &Value, path: &str, text: &str) -> String {
    const MARK: &str = "here it goes";
    let marked = changed(tree, path, |value| *value = Value::from(MARK));
    marked.to_string().replacen(&format!("\"{MARK}\""), text, 1)
}

/// The text of a tree in which one object has a member twice, with the same value.
pub(crate) fn with_member_twice(tree: &Value, path: &str, member: &str) -> String {
    let object = tree.pointer(path).expect(path);
    let members = object.as_object().expect("an object").iter();
    let mut parts = members.map(|(name, value)| format!("\"{name}\":{value}")).collect::<Vec<_>>();
    parts.push(format!("\"{member}\":{}", object[member]));
    with_text_at(tree, path, &format!("{{{}}}", parts.join(",")))
}
