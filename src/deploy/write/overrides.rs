//! Flags and keys of the user in place of those derived from the answer.

use serde_json::{Map, Value as Json};

use super::configuration::Flags;
use crate::deploy::facts::Accepted;
use crate::deploy::text::Word;

/// A command line with flags replaced or added. `true` is the flag alone, `false` its negation if
/// the program has one, else its absence.
pub(super) fn flags(mut argv: Vec<Word>, wanted: &Flags, accepted: &Accepted) -> Vec<Word> {
    for (name, value) in wanted {
        let name = name.replace('_', "-");
        let (flag, negation) = (format!("--{name}"), format!("--no-{name}"));
        let mut words = vec![Word::text(&flag)];
        match value {
            Json::Bool(true) => {}
            Json::Bool(false) if accepted.has(&negation) => words = vec![Word::text(&negation)],
            // An unknown flag stays, to be refused by its name.
            Json::Bool(false) if accepted.has(&flag) => words.clear(),
            Json::Array(list) => words.extend(list.iter().map(word)),
            one => words.push(word(one)),
        }
        let plain: Vec<String> = argv.iter().map(Word::plain).collect();
        let at = plain.iter().position(|w| *w == flag || *w == negation);
        let end = at.map(|at| {
            let rest = plain[at + 1..].iter().take_while(|w| !w.starts_with("--"));
            at + 1 + rest.count()
        });
        let range = at.zip(end).map_or(argv.len()..argv.len(), |(at, end)| at..end);
        argv.splice(range, words);
    }
    argv
}

fn word(value: &Json) -> Word {
    value.as_str().map_or_else(|| Word::text(&value.to_string()), Word::text)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::text::yaml;

    #[test]
    fn flags_keep_their_place() {
        let argv = ["--a", "1", "--sizes", "1", "2", "--no-cache", "--z", "x"];
        let wanted = vec![
            ("sizes".to_owned(), serde_json::json!([4, 8])),
            ("cache".to_owned(), true.into()),
            ("new_one".to_owned(), "y".into()),
        ];
        let argv = flags(argv.map(Word::text).to_vec(), &wanted, &Accepted::default());
        let argv: Vec<String> = argv.iter().map(Word::plain).collect();
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
