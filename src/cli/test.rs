//! `aiq test`: files of questions and assertions, each in a session of its own.

mod outcome;
mod report;

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use clap::{Args, ValueEnum};

use self::outcome::Tested;
use super::common::Common;
use super::{files, profile, stdout};
use crate::base::error::{Code, Error, Kind, Result};
use crate::shell::source::Source;

/// What to test.
#[derive(Debug, Args)]
pub(super) struct Test {
    /// Files, or directories whose `.aiq` files are tested.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Form of the report; `--format` means the same here.
    #[arg(long, value_enum, default_value = "text")]
    report: Report,
    /// How many files are tested at the same time; by default as many as there are cores.
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// A file without assertions passes if its questions have answers.
    #[arg(long)]
    allow_empty: bool,
}

/// Forms of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Report {
    /// A line for each file, and what failed.
    Text,
    /// Test Anything Protocol, version 14.
    Tap,
    /// XML as continuous integration servers read it.
    Junit,
}

/// Tests and prints the report; the result is the worst exit status of any file.
pub(super) fn run(common: &Common, options: &Test) -> Result<u8> {
    let begin = Instant::now();
    let files = files::found(&options.paths)?;
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let jobs = options.jobs.map_or(cores, NonZeroUsize::get).min(files.len());
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Tested>>> = files.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|threads| {
        for _ in 0..jobs {
            threads.spawn(|| {
                while let Some((file, place)) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    files.get(at).zip(results.get(at))
                } {
                    let tested = test(common, file, options.allow_empty);
                    *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(tested);
                }
            });
        }
    });
    let tested: Vec<Tested> = results
        .into_iter()
        .filter_map(|r| r.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect();
    if tested.len() < files.len() {
        return Err(Error::internal(Code::EngineBug, "a test ended without a result"));
    }
    let text = match options.report {
        Report::Text => report::text(&tested, begin.elapsed(), &common.ui),
        Report::Tap => report::tap(&tested, &common.ui),
        Report::Junit => report::junit(&tested, begin.elapsed(), &common.ui),
    };
    stdout::print(&text, "the report")?;
    Ok(tested.iter().map(Tested::status).max().unwrap_or(0))
}

/// Runs a file to its end: one failed assertion does not spare the others.
fn test(common: &Common, file: &str, allow_empty: bool) -> Tested {
    let begin = Instant::now();
    let mut errors = Vec::new();
    let checks = Source::read(file)
        .and_then(|source| {
            let mut session = profile::session(common)?;
            session.run(&source.name, &source.text, &mut |answer| {
                errors.extend(answer.err());
                ControlFlow::Continue(())
            });
            Ok(session.checks().to_vec())
        })
        .unwrap_or_else(|error| {
            errors.push(error);
            Vec::new()
        });
    // What is wrong with an assertion is among the checks.
    errors.retain(|e| !checks.iter().any(|c| c.failure.as_ref().is_some_and(|f| same(f, e))));
    if checks.is_empty() && errors.is_empty() && !allow_empty {
        let error =
            Error::new(Kind::Infeasible, Code::NoAssertions, format!("`{file}` has no assertions"));
        errors.push(
            error
                .help("say what its answers should be, as in `assert best.ttft < 300ms`")
                .help("`--allow-empty` lets files without assertions pass if they have answers"),
        );
    }
    Tested { name: file.to_owned(), checks, errors, elapsed: begin.elapsed() }
}

/// Whether two errors are about the same place.
fn same(a: &Error, b: &Error) -> bool {
    let place = |e: &Error| e.span.as_ref().map(|s| (s.source.clone(), s.range.clone()));
    a.message == b.message && place(a) == place(b)
}
