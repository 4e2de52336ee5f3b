//! The line under an answer: how many candidates, which data, how sure, how long.

use std::time::Duration;

use crate::answer::Footer;

/// `12,345 candidates, 321 feasible | data | worst origin: measured | plan 3.1 ms, ...`. Without
/// a render time the part about time is left out.
pub fn line(footer: &Footer, render: Option<Duration>) -> String {
    let noun = if footer.candidates == 1 { "candidate" } else { "candidates" };
    let mut parts = vec![format!(
        "{} {noun}, {} feasible",
        thousands(footer.candidates),
        thousands(footer.feasible)
    )];
    if !footer.data.is_empty() {
        parts.push(footer.data.join(", "));
    }
    if !footer.worst_origin.is_empty() && footer.worst_origin != "none" {
        parts.push(format!("worst origin: {}", footer.worst_origin));
    }
    if let Some(render) = render {
        let timing = footer.timing;
        parts.push(format!(
            "plan {}, read {}, price {}, render {}",
            time(timing.plan),
            time(timing.read),
            time(timing.price),
            time(render)
        ));
    }
    parts.join(" | ")
}

/// A duration with the digits that matter.
fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 0.1 {
        format!("{:.1} ms", seconds * 1e3)
    } else if seconds < 1.0 {
        format!("{:.0} ms", seconds * 1e3)
    } else {
        format!("{seconds:.2} s")
    }
}

/// Digits in groups of three.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
