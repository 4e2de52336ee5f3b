//! What is typed, kept in files or damaged gives an answer or an error with a code, and soon.
//!
//! Each kind is tried a fixed number of times. `AIQ_FUZZ_SECONDS=3600 cargo test --test it fuzz` tries each
//! kind for that long, and `AIQ_FUZZ_ROUNDS` so often. Rounds are numbered, and a number gives the same
//! input again; `AIQ_FUZZ_FROM` is the first number, so that two runs try different inputs.

mod damaged;
mod statements;
mod texts;

use std::time::{Duration, Instant};

/// Tries one kind, as often or as long as is asked for.
fn rounds(kind: &str, usual: u64, mut each: impl FnMut(u64)) {
    let number = |name: &str| -> Option<u64> {
        std::env::var(name).ok().map(|n| n.parse().expect("a whole number"))
    };
    let (seconds, most) = (number("AIQ_FUZZ_SECONDS"), number("AIQ_FUZZ_ROUNDS"));
    let first = number("AIQ_FUZZ_FROM").unwrap_or_default();
    let begin = Instant::now();
    let (mut tried, mut slowest) = (0, (Duration::ZERO, first));
    loop {
        let done = match seconds {
            Some(seconds) => begin.elapsed().as_secs() >= seconds,
            None => tried >= most.unwrap_or(usual),
        };
        if done {
            break;
        }
        let one = Instant::now();
        let round = first + tried;
        let trying = Trying(kind, round);
        each(round);
        drop(trying);
        slowest = slowest.max((one.elapsed(), round));
        tried += 1;
    }
    let (longest, round) = slowest;
    let took = begin.elapsed();
    eprintln!("{kind}: {tried} in {took:?}, the slowest {longest:?} (number {round})");
}

/// Tells the number of the input that broke something.
struct Trying<'a>(&'a str, u64);

impl Drop for Trying<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}: number {}", self.0, self.1);
        }
    }
}

/// What an error may not be: a fault of the program itself, or a text of a library below it.
fn sound(error: &aiq::Error, input: &str) {
    let faults = ["AIQ0901", "AIQ0902", "AIQ0903", "AIQ0905"];
    let text = format!("{} {}", error.message, error.help.join(" "));
    let foreign = ["Internal error", "internal error", "DataFusion", "Arrow error", "panicked"];
    let found = foreign.iter().find(|f| text.contains(*f));
    assert!(!faults.contains(&error.code.as_str()), "{}: {text}: {input:?}", error.code);
    assert!(found.is_none(), "{text}: {input:?}");
}
