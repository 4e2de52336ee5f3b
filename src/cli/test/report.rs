//! Reports of tests.

use std::fmt::Write;
use std::time::Duration;

use super::outcome::Tested;
use crate::base::error::Error;
use crate::base::xml::escaped;
use crate::ui::Ui;

fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// A line for each file, what failed below it, and a sum.
pub(super) fn text(tested: &[Tested], elapsed: Duration, ui: &Ui) -> String {
    let width = tested.iter().map(|t| t.name.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for file in tested {
        let verdict = if file.status() == 0 { "ok  " } else { "FAIL" };
        let assertions = counted(file.checks.len(), "assertion");
        let what = match file.failed_checks() {
            0 => assertions,
            n => format!("{n} of {assertions} failed"),
        };
        let seconds = file.elapsed.as_secs_f64();
        let _ = writeln!(out, "{verdict}  {:width$}  {what:<28}{seconds:>7.2} s", file.name);
        for error in file.failures() {
            for line in ui.error_on_stdout(error).lines() {
                let _ = writeln!(out, "      {line}");
            }
        }
    }
    let assertions: usize = tested.iter().map(|t| t.checks.len()).sum();
    let failed_checks: usize = tested.iter().map(Tested::failed_checks).sum();
    let failed = tested.iter().filter(|t| t.status() > 0).count();
    let _ = writeln!(
        out,
        "{}, {} failed; {}, {failed_checks} failed; {:.2} s",
        counted(tested.len(), "file"),
        failed,
        counted(assertions, "assertion"),
        elapsed.as_secs_f64(),
    );
    out
}

/// One case of a report.
struct Case<'t> {
    file: &'t Tested,
    name: String,
    elapsed: Duration,
    failure: Option<&'t Error>,
}

/// Assertions, and as further cases what else went wrong; a file that only answers is one case.
fn cases(file: &Tested) -> Vec<Case<'_>> {
    let mut cases: Vec<Case<'_>> = file
        .checks
        .iter()
        .map(|c| Case {
            file,
            name: format!("{}:{} {}", c.source, c.line, one_line(&c.text)),
            elapsed: c.elapsed,
            failure: c.failure.as_ref(),
        })
        .collect();
    let whole = |failure| Case { file, name: file.name.clone(), elapsed: file.elapsed, failure };
    cases.extend(file.errors.iter().map(|e| whole(Some(e))));
    if cases.is_empty() {
        cases.push(whole(None));
    }
    cases
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Test Anything Protocol: <https://testanything.org/tap-version-14-specification.html>.
pub(super) fn tap(tested: &[Tested], ui: &Ui) -> String {
    let cases: Vec<Case<'_>> = tested.iter().flat_map(cases).collect();
    let mut out = format!("TAP version 14\n1..{}\n", cases.len());
    for (number, case) in (1..).zip(&cases) {
        let not = if case.failure.is_some() { "not " } else { "" };
        // `#` begins a directive.
        let name = case.name.replace('\\', "\\\\").replace('#', "\\#");
        let _ = writeln!(out, "{not}ok {number} - {name}");
        if let Some(error) = case.failure {
            let _ = writeln!(out, "  ---");
            let _ = writeln!(out, "  code: {}", error.code);
            let _ = writeln!(out, "  message: |");
            for line in ui.error_in_text(error).lines() {
                let _ = writeln!(out, "    {line}");
            }
            let _ = writeln!(out, "  ...");
        }
    }
    out
}

/// XML in the form that JUnit made common: a suite for each file, a case for each assertion.
pub(super) fn junit(tested: &[Tested], elapsed: Duration, ui: &Ui) -> String {
    let all: usize = tested.iter().map(|t| cases(t).len()).sum();
    let failed: usize = tested.iter().map(|t| t.failures().count()).sum();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuites name=\"aiq\" tests=\"{all}\" failures=\"{failed}\" time=\"{:.3}\">",
        elapsed.as_secs_f64()
    );
    for file in tested {
        let cases = cases(file);
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" time=\"{:.3}\">",
            escaped(&file.name),
            cases.len(),
            file.failures().count(),
            file.elapsed.as_secs_f64()
        );
        for case in cases {
            out.push_str(&test_case(&case, ui));
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn test_case(case: &Case<'_>, ui: &Ui) -> String {
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\"",
        escaped(&case.file.name),
        escaped(&case.name),
        case.elapsed.as_secs_f64()
    );
    match case.failure {
        None => format!("{head}/>\n"),
        Some(error) => format!(
            "{head}>\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n",
            error.code,
            escaped(&error.message),
            escaped(&ui.error_in_text(error))
        ),
    }
}
