//! Broken texts: whatever is typed gives statements or an error with a code, and soon.

use std::time::{Duration, Instant};

use aiq::lang::parse::{is_complete, parse};
use aiq::ui::diagnostics::{render, to_json};

use super::rounds;
use crate::support::dice::Dice;
use crate::support::{files_of, read, text_of};

/// Texts tried when nothing is said.
const USUAL: u64 = 20_000;
/// What takes longer has no end, on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// Texts stay about as long as what people type and the model files are.
const LONGEST: usize = 20_000;

/// What mutations put between and in place of words.
const WORDS: &[&str] = &[
    "search",
    "estimate",
    "explain",
    "ops",
    "analyze",
    "plot",
    "set",
    "show",
    "let",
    "include",
    "attach",
    "select",
    "with",
    "for",
    "on",
    "using",
    "serving",
    "as",
    "where",
    "prefer",
    "weight",
    "maximize",
    "minimize",
    "pareto",
    "top",
    "per",
    "mode",
    "in",
    "not",
    "and",
    "or",
    "between",
    "if",
    "then",
    "else",
    "define",
    "metric",
    "rule",
    "require",
    "axis",
    "pool",
    "pass",
    "over",
    "architecture",
    "operation",
    "quant",
    "once",
    "role",
    "times",
    "when",
    "step",
    "by",
    "..",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'",
    "\"",
    ";",
    ",",
    ":",
    "*",
    "/",
    "+",
    "-",
    "--",
    "/*",
    "*/",
    "=",
    "==",
    "!=",
    "<=",
    ">=",
    "<",
    ">",
    "%",
    "$2/gpu_hour",
    "300ms",
    "1e999",
    "8k",
    "0",
    "1_000",
    "1.5e-3",
    "null",
    "true",
    "tp",
    "prefill.tp",
    "ttft",
    "é",
    "模型",
    "🦀",
    "\u{0}",
    "\u{202e}",
    "\r\n",
    "\t",
    "\u{feff}",
    "'Qwen/Qwen3-32B'",
];

/// Texts that nest, by what opens and closes a level.
const NESTS: &[(&str, &str)] = &[
    ("(", ")"),
    ("[", "]"),
    ("{", "}"),
    ("x in [", "]"),
    ("x between (", ") and 1"),
    ("f(", ")"),
    ("not ", ""),
    ("- ", ""),
    ("if a then b else ", ""),
    ("if ", " then 1 else 2"),
    ("if(1)then(1)else ", ""),
    ("1 + ", ""),
    ("a and ", ""),
    ("select (", ")"),
    ("estimate from (", ")"),
    ("rule r require 1 else '{", "}'"),
    ("/*", "*/"),
    ("'", "'"),
];

fn seeds() -> Vec<String> {
    let files = ["queries", "models"].map(|folder| files_of(folder, "aiq")).concat();
    let mut seeds: Vec<String> = files.iter().map(text_of).collect();
    // Questions that are wrong in known ways are the `> ` lines of the snapshot of errors.
    let errors = read("tests/it/language/snapshots/it__language__errors__errors_read_well.snap");
    seeds.extend(errors.lines().filter_map(|l| l.strip_prefix("> ")).map(str::to_owned));
    assert!(seeds.len() > 30, "{} seeds", seeds.len());
    seeds
}

fn mutated(dice: &mut Dice, seeds: &[String]) -> String {
    let mut text = dice.of(seeds).clone();
    if dice.below(20) == 0 {
        text = grown(dice);
    }
    for _ in 0..=dice.below(6) {
        let (from, to) = dice.stretch(&text);
        match dice.below(9) {
            0 => text.replace_range(from..to, ""),
            1 => {
                let copy = text[from..to].to_owned();
                text.insert_str(to, &copy);
            }
            2 => {
                let word = *dice.of(WORDS);
                text.replace_range(from..to, word);
            }
            3 => text.insert_str(from, &format!(" {} ", dice.of(WORDS))),
            4 => text.truncate(from),
            5 => {
                let mut bytes = text.into_bytes();
                if !bytes.is_empty() {
                    let at = dice.below(bytes.len());
                    bytes[at] ^= 1 << dice.below(8);
                }
                text = String::from_utf8_lossy(&bytes).into_owned();
            }
            6 => {
                let mut words: Vec<&str> = text.split_inclusive(char::is_whitespace).collect();
                let (a, b) = (dice.below(words.len()), dice.below(words.len()));
                if !words.is_empty() {
                    words.swap(a, b);
                }
                text = words.concat();
            }
            7 => {
                let other = dice.of(seeds);
                let (a, b) = dice.stretch(other);
                text.insert_str(from, &other[a..b]);
            }
            _ => {
                let nest = nested(dice);
                text.insert_str(from, &nest);
            }
        }
    }
    text.truncate(text.floor_char_boundary(LONGEST));
    text
}

/// Levels in one another, of one kind or of several, closed or not.
fn nested(dice: &mut Dice) -> String {
    let levels = [3, 30, 198, 300, 3000][dice.below(5)];
    let mixed = dice.below(3) == 0;
    let one = *dice.of(NESTS);
    let kinds: Vec<_> = (0..levels).map(|_| if mixed { *dice.of(NESTS) } else { one }).collect();
    let mut text: String = kinds.iter().map(|k| k.0).collect();
    let word = *dice.of(WORDS);
    text.push_str(word);
    if dice.below(3) > 0 {
        kinds.iter().rev().for_each(|k| text.push_str(k.1));
    }
    text
}

/// Words in any order.
fn grown(dice: &mut Dice) -> String {
    let words: Vec<&str> = (0..dice.below(60)).map(|_| *dice.of(WORDS)).collect();
    words.join(if dice.below(5) == 0 { "" } else { " " })
}

fn check(text: &str) {
    let begin = Instant::now();
    is_complete(text);
    if let Err(error) = parse("<input>", text) {
        let internal = error.code.as_str().starts_with("AIQ09");
        assert!(error.code.as_str().starts_with("AIQ") && !internal, "{}: {text:?}", error.code);
        assert!(render(&error, false).starts_with("error[AIQ"), "{text:?}");
        render(&error, true);
        to_json(&error);
    }
    let took = begin.elapsed();
    assert!(took < PATIENCE, "{took:?} for {text:?}");
}

#[test]
fn broken_texts_give_errors_with_codes() {
    let seeds = seeds();
    rounds("broken texts", USUAL, |round| {
        // A text found to break something is found again by its number.
        let text = mutated(&mut Dice(round), &seeds);
        // A crash that ends the process leaves the text behind.
        if let Ok(file) = std::env::var("AIQ_FUZZ_TRACE") {
            std::fs::write(file, &text).expect("a trace");
        }
        check(&text);
    });
}

#[test]
fn every_kind_of_nesting_ends() {
    for levels in [1, 10, 50, 199, 201, 999, 1_001, 100_000] {
        for (open, close) in NESTS {
            for text in [
                format!("{}x{}", open.repeat(levels), close.repeat(levels)),
                open.repeat(levels),
                format!("search where {}x{}", open.repeat(levels), close.repeat(levels)),
                format!("let a = {}1{}", open.repeat(levels), close.repeat(levels)),
                format!("search tp in [{}1{}]", open.repeat(levels), close.repeat(levels)),
            ] {
                if text.len() < 400_000 || levels < 1_001 {
                    check(&text);
                }
            }
        }
    }
}
