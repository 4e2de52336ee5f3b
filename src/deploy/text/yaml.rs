//! YAML as files have it: maps as blocks, lists in brackets, texts quoted where they must be.

use serde_json::Value as Json;

/// YAML of a tree: maps as blocks, lists in brackets.
pub(crate) fn yaml(tree: &Json) -> String {
    let mut text = String::new();
    block(tree, 0, &mut text);
    text
}

fn block(tree: &Json, depth: usize, text: &mut String) {
    let Json::Object(map) = tree else { return };
    for (key, value) in map {
        let indent = "  ".repeat(depth);
        match value {
            // A value with what it stands on reads best on one line.
            Json::Object(inner) if !inner.is_empty() && !inner.contains_key("origin") => {
                text.push_str(&format!("{indent}{}:\n", scalar(key)));
                block(value, depth + 1, text);
            }
            other => text.push_str(&format!("{indent}{}: {}\n", scalar(key), flow(other))),
        }
    }
}

/// A value on one line.
pub(crate) fn flow(value: &Json) -> String {
    match value {
        Json::String(s) => scalar(s),
        Json::Array(list) => {
            format!("[{}]", list.iter().map(flow).collect::<Vec<_>>().join(", "))
        }
        other => printable(&other.to_string()),
    }
}

/// A text, in quotes where YAML could take it for something else.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-/.".contains(c);
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let other = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    if word && text.chars().all(plain) && !other.contains(&text.to_lowercase().as_str()) {
        text.to_owned()
    } else {
        printable(&Json::from(text).to_string())
    }
}

/// JSON in which no character is left that YAML takes for a line break or refuses.
fn printable(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}
