//! How long numbers are: `12_000.5e-3`, with the unit that is glued to them.

use super::span;

/// Bytes of a number and its unit.
pub(super) fn number(rest: &str) -> usize {
    let digits = digits(rest);
    digits + unit(&rest[digits..])
}

/// Bytes of `$3.20/gpu_hour`.
pub(super) fn money(rest: &str) -> usize {
    let digits = 1 + digits(&rest[1..]);
    let per = rest[digits..].strip_prefix('/').map_or(0, unit_name);
    digits + if per > 0 { 1 + per } else { 0 }
}

fn digits(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let run = |from: usize| {
        bytes[from.min(bytes.len())..].iter().take_while(|b| b.is_ascii_digit()).count()
    };
    let mut len = run(0);
    while bytes.get(len) == Some(&b'_') && run(len + 1) > 0 {
        len += 1 + run(len + 1);
    }
    if bytes.get(len) == Some(&b'.') && run(len + 1) > 0 {
        len += 1 + run(len + 1);
    }
    if bytes.get(len).is_some_and(|b| b.eq_ignore_ascii_case(&b'e')) {
        let sign = usize::from(matches!(bytes.get(len + 1), Some(b'+' | b'-')));
        if run(len + 1 + sign) > 0 {
            len += 1 + sign + run(len + 1 + sign);
        }
    }
    len
}

/// Bytes of `%`, or of `req/s`; `8 / tp` and `8/tp` are divisions.
fn unit(rest: &str) -> usize {
    if rest.starts_with('%') {
        return 1;
    }
    let mut len = unit_name(rest);
    while len > 0
        && let Some(per) = rest[len..].strip_prefix('/')
        && unit_name(per) > 0
    {
        len += 1 + unit_name(per);
    }
    len
}

fn unit_name(rest: &str) -> usize {
    if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
        span(rest, |c| c.is_ascii_alphabetic() || c == '_')
    } else {
        0
    }
}
