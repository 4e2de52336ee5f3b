//! Flags and keys of the user in place of those derived from the answer.

use serde_json::{Map, Value as Json};

use super::apply::Flags;
use super::flags::Accepted;

/// A command line with flags replaced or added. `true` is the flag alone, `false` its negation if
/// the program has one, else its absence.
pub(super) fn flags(mut argv: Vec<String>, wanted: &Flags, accepted: &Accepted) -> Vec<String> {
    for (name, value) in wanted {
        let name = name.replace('_', "-");
        let (flag, negation) = (format!("--{name}"), format!("--no-{name}"));
        let mut words = vec![flag.clone()];
        match value {
            Json::Bool(true) => {}
            Json::Bool(false) if accepted.has(&negation) => words = vec![negation.clone()],
            // An unknown flag stays, to be refused by its name.
            Json::Bool(false) if accepted.has(&flag) => words.clear(),
            Json::Array(list) => words.extend(list.iter().map(word)),
            one => words.push(word(one)),
        }
        let at = argv.iter().position(|w| *w == flag || *w == negation);
        let end = at.map(|at| {
            let rest = argv[at + 1..].iter().take_while(|w| !w.starts_with("--"));
            at + 1 + rest.count()
        });
        let range = at.zip(end).map_or(argv.len()..argv.len(), |(at, end)| at..end);
        argv.splice(range, words);
    }
    argv
}

fn word(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// An engine file with keys replaced or added; dots separate the keys of maps within maps.
pub(super) fn keys(mut file: Json, wanted: &Flags) -> Json {
    for (path, value) in wanted {
        let mut at = &mut file;
        for part in path.split('.') {
            if !at.is_object() {
                *at = Json::Object(Map::new());
            }
            at = &mut at[part];
        }
        *at = value.clone();
    }
    file
}

/// YAML of a tree: maps as blocks, lists in brackets.
pub(super) fn yaml(tree: &Json) -> String {
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

/// A value on one line; JSON is YAML.
fn flow(value: &Json) -> String {
    match value {
        Json::String(s) => scalar(s),
        Json::Array(list) => {
            format!("[{}]", list.iter().map(flow).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
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
        Json::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_keep_their_place() {
        let argv = ["--a", "1", "--sizes", "1", "2", "--no-cache", "--z", "x"];
        let wanted = vec![
            ("sizes".to_owned(), serde_json::json!([4, 8])),
            ("cache".to_owned(), true.into()),
            ("new_one".to_owned(), "y".into()),
        ];
        let argv = flags(argv.map(str::to_owned).to_vec(), &wanted, &Accepted::default());
        assert_eq!(argv.join(" "), "--a 1 --sizes 4 8 --cache --z x --new-one y");
    }

    #[test]
    fn files_are_written_as_they_were_read() {
        let tree =
            serde_json::json!({"a": {"b": 1, "c": [1, 2]}, "d": "no", "e": "x y", "f": true});
        let with =
            keys(tree, &vec![("a.b".to_owned(), 0.5.into()), ("g.h".to_owned(), "i".into())]);
        let text = yaml(&with);
        assert_eq!(text, "a:\n  b: 0.5\n  c: [1, 2]\nd: \"no\"\ne: \"x y\"\nf: true\ng:\n  h: i\n");
        let back: Result<Json, _> = serde_saphyr::from_str(&text);
        assert!(back.is_ok_and(|b| b == with));
    }
}
