use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Begins, KEYWORDS, beginning, find};

const GRAMMAR: &str = include_str!("../../../grammar/aiq.pest");

/// Every word of the table, in all its spellings.
fn spellings() -> BTreeSet<&'static str> {
    KEYWORDS.iter().flat_map(|k| [Some(k.word), k.also]).flatten().collect()
}

/// The bodies of the grammar's rules, by name.
fn rules() -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut rest = GRAMMAR;
    std::iter::from_fn(move || {
        loop {
            let line = rest.lines().next()?;
            let is_rule = line.contains(" = ") && !line.starts_with([' ', '/']);
            let end = if is_rule {
                rest.find("}\n").map_or(rest.len(), |e| e + 2)
            } else {
                line.len() + 1
            };
            let rule = rest.get(..end)?;
            rest = rest.get(end..)?;
            if is_rule {
                let (name, body) = rule.split_once(" = ")?;
                return Some((name.trim(), body));
            }
        }
    })
}

fn body(name: &str) -> &'static str {
    rules().find(|(rule, _)| *rule == name).map(|(_, body)| body).unwrap()
}

/// The words that a part of the grammar matches.
fn words(body: &str) -> impl Iterator<Item = &str> {
    // `e` is the exponent of a number.
    body.split("^\"").skip(1).filter_map(|w| w.split('"').next()).filter(|w| *w != "e")
}

/// The keyword that a rule begins with, which is a rule of its own.
fn first_word(rule: &str) -> &'static str {
    let body = body(rule);
    let first = body.split_whitespace().nth(1).unwrap().trim_start_matches('(');
    match words(body).next() {
        Some(word) if first.starts_with('^') => word,
        _ => first_word(first),
    }
}

fn names(body: &str) -> impl Iterator<Item = &str> {
    body.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|w| !w.is_empty())
}

#[test]
fn every_word_of_the_grammar_is_in_the_table() {
    let grammar: BTreeSet<&str> = rules().flat_map(|(_, body)| words(body)).collect();
    assert!(grammar.len() > 100, "{}", grammar.len());
    assert_eq!(spellings(), grammar);
    for keyword in KEYWORDS {
        assert!(KEYWORDS.iter().filter(|k| k.is(keyword.word)).count() == 1, "{}", keyword.word);
        assert!(!keyword.help.is_empty());
    }
}

#[test]
fn what_a_word_begins_is_what_the_grammar_says() {
    let table = |what: Begins| beginning(what).collect::<BTreeSet<_>>();
    let of = |rule: &str| names(body(rule)).map(first_word).collect::<BTreeSet<_>>();
    assert_eq!(table(Begins::Statement), of("statement"));
    assert_eq!(table(Begins::Clause), of("clause"));
    let mut definitions = of("model_item");
    definitions.append(&mut of("block"));
    // `let` names a result as well.
    definitions.remove("let");
    assert_eq!(table(Begins::Definition), definitions);
    let known = |what: &[Begins], word: &str| find(word).is_some_and(|k| what.contains(&k.begins));
    for verb in words(body("sql_verb")).filter(|w| !["analyze", "verbose"].contains(w)) {
        assert!(known(&[Begins::Sql, Begins::Statement, Begins::Clause], verb), "{verb}");
    }
}

/// No axis may be called like the word of a clause.
#[test]
fn words_of_clauses_are_reserved() {
    let reserved: BTreeSet<&str> = words(body("clause_word")).collect();
    assert!(beginning(Begins::Clause).all(|word| reserved.contains(word)));
}

#[test]
fn editors_know_every_word() {
    let editors = include_str!("../../../editors/aiq.tmLanguage.json");
    let parsed: serde_json::Value = serde_json::from_str(editors).unwrap();
    let patterns: String = ["keyword", "operator_word", "constant", "sql"]
        .map(|name| parsed["repository"][name]["match"].as_str().unwrap())
        .join("|");
    let known: BTreeSet<&str> = names(&patterns).collect();
    let missing: Vec<&str> = spellings().into_iter().filter(|w| !known.contains(w)).collect();
    assert!(missing.is_empty(), "not in the TextMate grammar: {missing:?}");
    // Nor does a word stand in front of brackets as if it were a function.
    let call =
        names(parsed["repository"]["call"]["match"].as_str().unwrap()).collect::<BTreeSet<_>>();
    let keyword = names(parsed["repository"]["keyword"]["match"].as_str().unwrap());
    let calls: Vec<&str> = keyword.filter(|w| w.len() > 1 && !call.contains(w)).collect();
    assert!(calls.is_empty(), "taken for functions: {calls:?}");
}

/// Statements and clauses have pages of help, and pages of statements and clauses have words.
#[test]
fn help_explains_every_statement_and_clause() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/help");
    let mut pages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let page = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let title = page.lines().next().and_then(|l| l.strip_prefix("# ")?.strip_suffix(')'));
        let (topics, kind) = title.unwrap().rsplit_once(" (").unwrap();
        let words = topics.split(", ").filter_map(|t| t.split(' ').next()).map(str::to_owned);
        pages.entry(kind.to_owned()).or_default().extend(words);
    }
    for (kind, what) in [("statement", Begins::Statement), ("clause", Begins::Clause)] {
        let missing: Vec<&str> = beginning(what).filter(|w| !pages[kind].contains(*w)).collect();
        assert!(missing.is_empty(), "no page on {missing:?}");
        // `sql` is a name for all of its statements.
        let unknown = |word: &&String| find(word).is_none() && *word != "sql";
        let unknown: Vec<&String> = pages[kind].iter().filter(unknown).collect();
        assert!(unknown.is_empty(), "pages on {unknown:?}");
    }
}
