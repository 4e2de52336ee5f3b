//! Functions over objects of a `config.json`, which are values as their JSON text, and over lists
//! written as a text.

use serde_json::Value as Json;

use super::value::Value;

/// Functions whose arguments are all known: `split(text, separator)`,
/// `pick(object, pattern, member)`. `None` for any other.
pub(super) fn function(name: &str, arguments: &[Value]) -> Option<Value> {
    match (name, arguments) {
        ("split", [text, separator]) => Some(split(text, separator)),
        ("pick", [object, pattern, member]) => Some(pick(object, pattern, member)),
        _ => None,
    }
}

/// The parts of a text between separators, as a list.
fn split(text: &Value, separator: &Value) -> Value {
    match (text.as_text(), separator.as_text()) {
        (Some(text), Some(separator)) => {
            let parts = text.split(separator).map(|part| Json::from(part.trim()));
            Value::text(&Json::Array(parts.collect()).to_string())
        }
        _ => Value::Null,
    }
}

/// A member of the first entry of an object whose name matches a pattern: the precision of the
/// layers `*.experts.*`, say. Null when no name matches or the entry has no such member.
fn pick(object: &Value, pattern: &Value, member: &Value) -> Value {
    let texts = (object.as_text(), pattern.as_text(), member.as_text());
    let (Some(object), Some(pattern), Some(member)) = texts else {
        return Value::Null;
    };
    let Ok(Json::Object(entries)) = serde_json::from_str(object) else {
        return Value::Null;
    };
    let entry = entries.iter().find(|(name, _)| matches(pattern, name)).map(|(_, entry)| entry);
    match entry.and_then(|entry| entry.get(member)) {
        Some(Json::String(text)) => Value::text(text),
        Some(Json::Number(n)) => n.as_f64().map_or(Value::Null, Value::Number),
        Some(Json::Bool(b)) => Value::Bool(*b),
        _ => Value::Null,
    }
}

/// Whether a name matches a pattern in which `*` stands for any letters.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(rest) = name.strip_prefix(head) else {
        return false;
    };
    let mut ends = rest.char_indices().map(|(i, _)| i).chain([rest.len()]);
    ends.any(|i| matches(tail, &rest[i..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(t: &str) -> Value {
        Value::text(t)
    }

    #[test]
    fn a_text_is_split() {
        assert_eq!(split(&text("3, 4,5"), &text(",")), text(r#"["3","4","5"]"#));
        assert_eq!(split(&Value::Null, &text(",")), Value::Null);
    }

    #[test]
    fn an_entry_is_found_by_pattern() {
        let layers = text(
            r#"{"a.0.mlp.shared_expert.up": {"algo": "FP8"}, "a.0.mlp.experts.7.up": {"algo": "NVFP4"}}"#,
        );
        let algo = text("algo");
        assert_eq!(pick(&layers, &text("*.experts*"), &algo), text("NVFP4"));
        assert_eq!(pick(&layers, &text("*.shared_expert.*"), &algo), text("FP8"));
        assert_eq!(pick(&layers, &text("*.attention*"), &algo), Value::Null);
        assert_eq!(pick(&Value::Null, &text("*"), &algo), Value::Null);
        assert!(matches("*", "") && matches("a*c*e", "abcde") && !matches("a*c", "abcd"));
    }
}
