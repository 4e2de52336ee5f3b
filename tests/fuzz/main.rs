//! What is typed, kept in files or damaged gives an answer or an error with a code, and soon.
//!
//! Each kind is tried a fixed number of times. `AIQ_FUZZ_SECONDS=3600 cargo test --test fuzz` tries each
//! kind for that long, and `AIQ_FUZZ_ROUNDS` so often; rounds are numbered, and a number gives the same
//! input again.

#![allow(clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "a test may say so")]

mod damaged;
mod dice;
mod statements;
#[path = "../support/mod.rs"]
mod support;
mod texts;

use std::time::{Duration, Instant};

/// Tries one kind, as often or as long as is asked for.
fn rounds(kind: &str, usual: u64, mut each: impl FnMut(u64)) {
    let number = |name: &str| -> Option<u64> {
        std::env::var(name).ok().map(|n| n.parse().expect("a whole number"))
    };
    let (seconds, most) = (number("AIQ_FUZZ_SECONDS"), number("AIQ_FUZZ_ROUNDS"));
    let begin = Instant::now();
    let (mut tried, mut slowest) = (0, Duration::ZERO);
    loop {
        let done = match seconds {
            Some(seconds) => begin.elapsed().as_secs() >= seconds,
            None => tried >= most.unwrap_or(usual),
        };
        if done {
            break;
        }
        let one = Instant::now();
        each(tried);
        slowest = slowest.max(one.elapsed());
        tried += 1;
    }
    eprintln!("{kind}: {tried} in {:?}, the slowest {slowest:?}", begin.elapsed());
}

/// What an error may not be: a fault of the program itself, or a text of a library below it.
fn sound(error: &aiq::Error, input: &str) {
    let faults = ["AIQ0901", "AIQ0902", "AIQ0903", "AIQ0905"];
    let text = format!("{} {}", error.message, error.help.join(" "));
    let foreign = ["Internal error", "internal error", "DataFusion", "Arrow error", "panicked"];
    let found = foreign.iter().find(|f| text.contains(*f));
    assert!(!faults.contains(&error.code), "{}: {text}: {input:?}", error.code);
    assert!(found.is_none(), "{text}: {input:?}");
}
