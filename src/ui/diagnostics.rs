//! Errors as text for people and as JSON for programs. The only place that formats them.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use anstream::adapter::strip_str;
use serde_json::{Value, json};

use crate::base::error::{Error, Kind, Span};

/// Forms of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ErrorFormat {
    /// As a compiler prints them.
    #[default]
    Text,
    /// One object a line, with the place.
    Json,
}

/// An error, and what else is wrong with the same text, in a form. Ends with a newline.
pub fn write(error: &Error, form: ErrorFormat, color: bool) -> String {
    match form {
        ErrorFormat::Text => render(error, color),
        ErrorFormat::Json => all(error).map(|e| format!("{}\n", to_json(e))).collect(),
    }
}

/// Renders an error the way a compiler does: code and message, the place, the line with the
/// span underlined, then help lines. Ends with a newline.
pub fn render(error: &Error, color: bool) -> String {
    all(error).map(|e| render_one(e, color)).collect()
}

fn all(error: &Error) -> impl Iterator<Item = &Error> {
    std::iter::once(error).chain(error.more.iter())
}

fn render_one(error: &Error, color: bool) -> String {
    let place = error.span.as_deref().map(Place::of);
    let level = match error.kind {
        Kind::Note => Level::NOTE,
        Kind::Warning => Level::WARNING,
        _ => Level::ERROR,
    };
    let mut group = level.primary_title(error.message.as_str()).id(error.code.as_str()).elements(
        place.as_ref().map(|place| {
            let mark = AnnotationKind::Primary.span(place.range.clone());
            // One line is enough to find the place, and keeps a huge text out of the renderer.
            Snippet::source(place.line)
                .line_start(place.number)
                .path(place.source)
                .annotation(mark.label(error.label.as_deref().unwrap_or("")))
        }),
    );
    for line in &error.help {
        group = group.element(Level::HELP.message(line.as_str()));
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    compact(&renderer.render(&[group]))
}

/// The error as one JSON object, for machine-readable output.
pub fn to_json(error: &Error) -> Value {
    let kind = match error.kind {
        Kind::Infeasible | Kind::Warning | Kind::Note => "infeasible",
        Kind::Question | Kind::Undeployable | Kind::Stopped => "question",
        Kind::Data | Kind::Unsupported | Kind::Unreadable => "data",
        Kind::Internal | Kind::Aborted => "internal",
    };
    let span = error.span.as_deref().map(|span| {
        let place = Place::of(span);
        json!({
            "source": span.source,
            "line": place.number,
            "column": place.column(),
            "start": span.range.start,
            "end": span.range.end,
        })
    });
    json!({
        "code": error.code.as_str(),
        "kind": kind,
        "exit_status": error.kind.exit_status(),
        "message": error.message,
        "label": error.label,
        "help": error.help,
        "span": span,
    })
}

/// A span narrowed to the line it starts on.
struct Place<'a> {
    source: &'a str,
    number: usize,
    line: &'a str,
    /// Byte range within `line`, on character boundaries.
    range: Range<usize>,
}

impl<'a> Place<'a> {
    /// Never fails: a range outside the text is pulled back into it, and a place in the white
    /// space at the end of the text is moved back to the end of the last line with something on it.
    fn of(span: &'a Span) -> Self {
        let text = span.text.as_str();
        let mut start = text.floor_char_boundary(span.range.start.min(text.len()));
        let mut end = text.ceil_char_boundary(span.range.end.clamp(start, text.len()));
        let last = text.trim_end().len();
        if start >= last {
            (start, end) = (last, last);
        }
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let line = text[line_start..line_end].trim_end_matches('\r');
        let range = (start - line_start).min(line.len())..(end - line_start).min(line.len());
        let number = 1 + text[..line_start].bytes().filter(|b| *b == b'\n').count();
        Self { source: &span.source, number, line, range }
    }

    /// One-based, in characters.
    fn column(&self) -> usize {
        1 + self.line[..self.range.start].chars().count()
    }
}

/// Drops the empty rail above the quoted line and above a help line, and indents the arrow to
/// the rail: `annotate-snippets` draws neither the way our errors look.
fn compact(rendered: &str) -> String {
    let mut out = String::with_capacity(rendered.len() + 2);
    let mut after_head = false;
    for (index, line) in rendered.lines().enumerate() {
        let plain = strip_str(line).to_string();
        let trimmed = plain.trim();
        if trimmed == "|" && after_head {
            continue;
        }
        let arrow = trimmed.starts_with("-->");
        after_head = arrow || index == 0;
        // Without a place there is no line number to align with.
        if arrow || plain.starts_with(" = ") {
            out.push(' ');
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::error::Code;

    fn span(text: &str, range: Range<usize>) -> Span {
        Span { source: "capacity.aiq".into(), text: text.into(), range }
    }

    const QUESTION: &str = "search tp in [1, 2]\non h200_sxm * 32\nwhere ttft < 300\n";

    #[test]
    fn a_unit_is_missing() {
        let error = Error::question(Code::MissingUnit, "`ttft` is a time, `300` has no unit")
            .at(span(QUESTION, 50..53), "write 300ms or 0.3s");
        insta::assert_snapshot!(render(&error, false), @r"
        error[AIQ0203]: `ttft` is a time, `300` has no unit
          --> capacity.aiq:3:14
        3 | where ttft < 300
          |              ^^^ write 300ms or 0.3s
        ");
    }

    #[test]
    fn help_lines_follow() {
        let error = Error::question(Code::NoSuchName, "no column is called `ttfp`")
            .at(span(QUESTION, 43..47), "unknown name")
            .help("the nearest name is `ttft`")
            .help("`show metrics` lists them all");
        insta::assert_snapshot!(render(&error, false), @r"
        error[AIQ0201]: no column is called `ttfp`
          --> capacity.aiq:3:7
        3 | where ttft < 300
          |       ^^^^ unknown name
          |
          = help: the nearest name is `ttft`
          = help: `show metrics` lists them all
        ");
    }

    #[test]
    fn no_place() {
        let error = Error::data(Code::NoSuchSystem, "no measurements for `b300` under `trtllm`")
            .help("`show coverage` lists what is there");
        insta::assert_snapshot!(render(&error, false), @r"
        error[AIQ0401]: no measurements for `b300` under `trtllm`
          = help: `show coverage` lists what is there
        ");
        insta::assert_snapshot!(
            render(&Error::internal(Code::ParserBug, "the plan has no root"), false),
            @"error[AIQ0901]: the plan has no root"
        );
    }

    #[test]
    fn end_of_input() {
        let error = Error::question(Code::Syntax, "unexpected end of input")
            .at(span(QUESTION, QUESTION.len()..QUESTION.len()), "expected a clause or `;`");
        insta::assert_snapshot!(render(&error, false), @r"
        error[AIQ0101]: unexpected end of input
          --> capacity.aiq:3:17
        3 | where ttft < 300
          |                 ^ expected a clause or `;`
        ");
    }

    #[test]
    fn wide_characters_and_lines_above_ten() {
        let text = format!("{}for '模型/七' on h200", "\n".repeat(11));
        let at = text.find("h200").unwrap();
        let error = Error::question(Code::NoSuchUnit, "unknown system `h200`")
            .at(span(&text, at..text.len()), "did you mean `h200_sxm`?");
        insta::assert_snapshot!(render(&error, false), @r"
        error[AIQ0202]: unknown system `h200`
           --> capacity.aiq:12:15
        12 | for '模型/七' on h200
           |                  ^^^^ did you mean `h200_sxm`?
        ");
    }

    #[test]
    fn colour_changes_no_text() {
        let error =
            Error::question(Code::MissingUnit, "m").at(span(QUESTION, 50..53), "l").help("h");
        let colored = render(&error, true);
        assert!(colored.contains('\u{1b}'));
        let plain: Vec<String> = colored.lines().map(|line| strip_str(line).to_string()).collect();
        assert_eq!(plain.join("\n") + "\n", render(&error, false));
    }

    #[test]
    fn json_has_the_place() {
        let error = Error::question(Code::MissingUnit, "m").at(span(QUESTION, 50..53), "l");
        insta::assert_snapshot!(to_json(&error), @r#"{"code":"AIQ0203","kind":"question","exit_status":2,"message":"m","label":"l","help":[],"span":{"source":"capacity.aiq","line":3,"column":14,"start":50,"end":53}}"#);
    }

    proptest! {
        #[test]
        fn any_span_renders(
            text in "(\\PC|[\\n\\r\\t\u{0}\u{1b}é模🦀]){0,40}",
            message in ".*",
            label in "(\\PC|\\n){0,10}",
            start in 0usize..80,
            len in 0usize..80,
        ) {
            let error = Error::question(Code::Syntax, message)
                .at(span(&text, start..start + len), label)
                .help("h");
            prop_assert!(render(&error, false).starts_with("error[AIQ0101]:"));
            render(&error, true);
            to_json(&error);
        }
    }
}
