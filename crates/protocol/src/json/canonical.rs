use serde::Serialize;

use super::{Flaw, Json, JsonError};

/// Writes a value as RFC 8785 (JCS).
///
/// # Errors
/// [`JsonError`] for a value that the protocol cannot carry: a float, an integer beyond ±(2^53−1), U+0000, a
/// repeated name, or a map whose keys are no strings.
pub fn canonical<T: Serialize + ?Sized>(value: &T) -> Result<String, JsonError> {
    let text = serde_json::to_string(value).map_err(|error| JsonError::new("", Flaw::Value, error))?;
    super::from_str::<Json>(&text).map(|tree| tree.canonical())
}

impl Json {
    /// Its one text under RFC 8785 (JCS).
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Integer(value) => out.push_str(&value.get().to_string()),
            Self::Text(text) => write_text(text, out),
            Self::Array(items) => {
                out.push('[');
                for (place, item) in items.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (place, (name, value)) in members.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    write_text(name.as_str(), out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// RFC 8785 §3.2.2.2: the two-character escapes where there is one, else `\u00xx` for controls, else as it is.
fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            control if control < ' ' => {
                out.push_str("\\u00");
                out.push_str(&crate::encoding::hex::encode(&[control as u8]));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}
