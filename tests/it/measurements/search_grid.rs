//! Every checkpoint is searched on every system with every backend, in every serving mode: there
//! is an answer, a diagnosis or an error with a code, and none takes long. All of them with
//! `AIQ_GRID=full`, else a sample. What the table of coverage says cannot be answered is not.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use aiq::Session;

use super::coverage::whole_grid;
use crate::support::session::{ask, session};
use crate::support::worker::shipped;

/// Above what any takes, for busy machines; the slowest are printed.
const SLOW: Duration = Duration::from_secs(5);
/// One of so many in the sample.
const SAMPLE: usize = 53;

#[derive(Debug)]
struct Search {
    text: String,
    outcome: String,
    time: Duration,
}

/// Runs one search and says what came of it: rows, a diagnosis, or the code of an error.
fn outcome(session: &mut Session, text: &str) -> Result<String, String> {
    match ask(session, text) {
        Ok(answer) if answer.row_count() > 0 => Ok("rows".to_owned()),
        // The first note says that nothing is left, the others why.
        Ok(answer) if answer.notes.iter().any(|n| says_why(n)) => Ok("diagnosis".to_owned()),
        Ok(answer) => Err(format!("no reason: {:?}", answer.notes)),
        Err(error) if error.code.as_str().starts_with("AIQ09") => Err(error.to_string()),
        Err(error) => Ok(error.code.to_string()),
    }
}

fn says_why(note: &str) -> bool {
    note.contains("removed") || note.contains("lack a measurement")
}

#[test]
fn every_search_ends_well() {
    let (engine, library) = shipped();
    let mut texts = Vec::new();
    for system in engine.catalog.systems() {
        for backend in engine.catalog.backends(&system).expect("backends") {
            for model in engine.checkpoints.names() {
                for mode in library.modes.keys() {
                    texts.push(format!(
                        "search for '{model}' on {system} * 8 using {backend} as {mode}"
                    ));
                }
            }
        }
    }
    let full = std::env::var("AIQ_GRID").is_ok_and(|v| v == "full");
    if !full {
        texts = texts.into_iter().step_by(SAMPLE).collect();
    }
    let total = texts.len();
    let next = AtomicUsize::new(0);
    let (done, bad) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let mut session = session();
                while let Some(text) = texts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut begin = Instant::now();
                    let mut result = outcome(&mut session, text);
                    // The machine may have slept: what is slow is so again.
                    if begin.elapsed() > SLOW {
                        begin = Instant::now();
                        result = outcome(&mut session, text);
                    }
                    let time = begin.elapsed();
                    let text = text.clone();
                    match result {
                        Ok(outcome) => {
                            done.lock().expect("a lock").push(Search { text, outcome, time });
                        }
                        Err(why) => bad.lock().expect("a lock").push(format!("{text}: {why}")),
                    }
                }
            });
        }
    });
    let (mut done, bad) = (done.into_inner().expect("a lock"), bad.into_inner().expect("a lock"));
    done.sort_by_key(|s| std::cmp::Reverse(s.time));
    for search in done.iter().take(15) {
        println!("{:>8.0?} {:<10} {}", search.time, search.outcome, search.text);
    }
    let mut outcomes = BTreeMap::new();
    done.iter().for_each(|s| *outcomes.entry(s.outcome.as_str()).or_insert(0) += 1);
    println!("{total} searches: {outcomes:?}");
    assert!(bad.is_empty(), "{} of {total}:\n{}", bad.len(), bad.join("\n"));
    assert_eq!(done.len(), total, "a search broke its thread");
    let uncovered = |text: &str| whole_grid().get(text).is_some_and(|(status, _)| status == "no");
    let answered = done.iter().filter(|s| s.outcome == "rows");
    let wrong: Vec<_> = answered.filter(|s| uncovered(&s.text)).collect();
    assert!(wrong.is_empty(), "answered, but not covered: {wrong:#?}");
    let slow: Vec<_> = done.iter().take_while(|s| s.time > SLOW).collect();
    assert!(slow.is_empty(), "{slow:#?}");
}
