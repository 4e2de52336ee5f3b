//! Functions over lists and objects of a `config.json`, which are values as their JSON text.

use serde_json::Value as Json;

use crate::model::value::Value;

/// Elements of a list.
fn elements(list: &Value) -> Option<Vec<Json>> {
    match serde_json::from_str(list.as_text()?) {
        Ok(Json::Array(all)) => Some(all),
        _ => None,
    }
}

/// The letters of a text, as a list.
pub(in crate::plan) fn letters(text: &Value) -> Value {
    let letter = |l: char| Json::String(l.to_string());
    let list = |t: &str| Value::text(&Json::Array(t.chars().map(letter).collect()).to_string());
    text.as_text().map_or(Value::Null, list)
}

/// The parts of a text between separators, as a list.
pub(in crate::plan) fn split(text: &Value, separator: &Value) -> Value {
    match (text.as_text(), separator.as_text()) {
        (Some(text), Some(separator)) => {
            let parts = text.split(separator).map(|part| Json::from(part.trim()));
            Value::text(&Json::Array(parts.collect()).to_string())
        }
        _ => Value::Null,
    }
}

/// Whether an element of a list is this value; 1 and 1.0 are the same.
fn is(element: &Json, value: &Value) -> bool {
    match value {
        Value::Number(n) => element.as_f64() == Some(*n),
        Value::Text(t) => element.as_str() == Some(t),
        Value::Bool(b) => element.as_bool() == Some(*b),
        Value::Null => element.is_null(),
    }
}

/// How often a list has a value. Null when the list is absent.
pub(in crate::plan) fn count(list: &Value, value: &Value) -> Value {
    elements(list).map_or(Value::Null, |all| number(all.iter().filter(|e| is(e, value)).count()))
}

/// The products of the first one, two, ... numbers of a list: elements with the fields `at`, counted
/// from 1, and `product`. Numbers may be texts. Null for anything else.
pub(in crate::plan) fn running(list: &Value) -> Value {
    let plain = |e: &Json| e.as_f64().or_else(|| e.as_str()?.parse().ok());
    let Some(numbers) = elements(list).and_then(|all| all.iter().map(plain).collect()) else {
        return Value::Null;
    };
    let numbers: Vec<f64> = numbers;
    let products = numbers.iter().scan(1.0, |product, n| {
        *product *= n;
        Some(*product)
    });
    let products = products.zip(1_u32..).map(|(p, at)| serde_json::json!({"at": at, "product": p}));
    Value::text(&Json::Array(products.collect()).to_string())
}

/// How many elements a list has.
pub(in crate::plan) fn size(list: &Value) -> Value {
    elements(list).map_or(Value::Null, |all| number(all.len()))
}

/// The first elements of a list.
pub(in crate::plan) fn first(list: &Value, most: &Value) -> Value {
    let (Some(mut all), Some(most)) = (elements(list), most.as_number()) else {
        return Value::Null;
    };
    let most = most.max(0.0);
    let kept = all.iter().enumerate().take_while(|(i, _)| (*i as f64) < most).count();
    all.truncate(kept);
    Value::text(&Json::Array(all).to_string())
}

/// Lists side by side, as deep as the shortest: `zip('a', list, 'b', list)` has elements with the
/// fields `a` and `b`. `None` for arguments that are not names and lists in turn.
pub(in crate::plan) fn zip(arguments: &[&Value]) -> Option<Value> {
    let (pairs, []) = arguments.as_chunks::<2>() else {
        return None;
    };
    let named = pairs.iter().map(|[name, list]| Some((name.as_text()?, elements(list)?)));
    let named: Vec<(&str, Vec<Json>)> = named.collect::<Option<_>>()?;
    let length = named.iter().map(|(_, list)| list.len()).min().unwrap_or(0);
    let row = |i: usize| {
        let fields = named.iter().map(|(name, list)| ((*name).to_owned(), list[i].clone()));
        Json::Object(fields.collect())
    };
    Some(Value::text(&Json::Array((0..length).map(row).collect()).to_string()))
}

/// A member of the first entry of an object whose name matches a pattern: the precision of the
/// layers `*.experts.*`, say. Null when no name matches or the entry has no such member.
pub(in crate::plan) fn pick(object: &Value, pattern: &Value, member: &Value) -> Value {
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

fn number(n: usize) -> Value {
    Value::Number(n as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(t: &str) -> Value {
        Value::text(t)
    }

    #[test]
    fn letters_and_elements_are_counted() {
        let pattern = letters(&text("MEMEM*E-"));
        assert_eq!(count(&pattern, &text("M")), Value::Number(3.0));
        assert_eq!(count(&pattern, &text("*")), Value::Number(1.0));
        let moe = text("[0, 1, 0, 1.0]");
        assert_eq!(count(&moe, &Value::Number(1.0)), Value::Number(2.0));
        assert_eq!(count(&Value::Null, &text("M")), Value::Null);
        assert_eq!(letters(&Value::Null), Value::Null);
        assert_eq!(split(&text("3, 4,5"), &text(",")), text(r#"["3","4","5"]"#));
        assert_eq!(split(&Value::Null, &text(",")), Value::Null);
    }

    #[test]
    fn lists_are_measured_and_cut() {
        let list = text("[3, 4, 5]");
        assert_eq!(size(&list), Value::Number(3.0));
        assert_eq!(first(&list, &Value::Number(2.0)), text("[3,4]"));
        assert_eq!(first(&list, &Value::Number(9.0)), text("[3,4,5]"));
        assert_eq!(size(&Value::Null), Value::Null);
        assert_eq!(first(&Value::Null, &Value::Number(2.0)), Value::Null);
    }

    #[test]
    fn products_run() {
        let rates = split(&text("0.5, 0.5"), &text(","));
        let expected = r#"[{"at":1,"product":0.5},{"at":2,"product":0.25}]"#;
        assert_eq!(running(&rates), text(expected));
        assert_eq!(running(&text("[0.5]")), text(r#"[{"at":1,"product":0.5}]"#));
        assert_eq!(running(&split(&text("a"), &text(","))), Value::Null);
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
