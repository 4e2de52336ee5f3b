//! Texts that hold commands of the shell beside statements: the file of a user, `aiq run`, standard input.

use std::io::Write;
use std::ops::{ControlFlow, Range};

use super::command::is_command;
use super::console::Console;
use crate::base::error::Span;
use crate::lang::lex::open_quote;
use crate::shell::interpreter::Interpreter;
use crate::shell::source::Source;

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// A line with a command.
    Command(Range<usize>),
    /// Statements.
    Statements(Range<usize>),
}

/// How statements between commands are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    /// All at once: what is wrong with one is said before any is run.
    Together,
    /// Each by itself: a wrong one leaves the others.
    OneByOne,
}

/// A text in its parts. A command has a line to itself, where no text in quotes is open.
fn parts(text: &str, take: Take, is_complete: impl Fn(&str) -> bool) -> Vec<Part> {
    let mut parts = Vec::new();
    let may_be_command = |line: &str| is_command(line) && !line.trim().is_empty();
    if take == Take::Together && !text.lines().any(may_be_command) {
        return vec![Part::Statements(0..text.len())];
    }
    let (mut begin, mut done, mut at) = (0, 0, 0);
    for line in text.split_inclusive('\n') {
        let pending = text[done..at].trim();
        let is_ours = may_be_command(line)
            && open_quote(pending).is_none()
            && (pending.is_empty() || line.trim_start().starts_with('\\'));
        if is_ours {
            parts.push(Part::Statements(begin..at));
            parts.push(Part::Command(at..at + line.len()));
        }
        at += line.len();
        if is_ours {
            (begin, done) = (at, at);
        } else if is_complete(&text[done..at]) {
            done = at;
            if take == Take::OneByOne {
                parts.push(Part::Statements(begin..at));
                begin = at;
            }
        }
    }
    parts.push(Part::Statements(begin..at));
    parts.retain(|part| !matches!(part, Part::Statements(r) if text[r.clone()].trim().is_empty()));
    parts
}

impl<I: Interpreter> Console<I> {
    /// Runs the statements and commands of a text, in order. Break: there is no more to do.
    pub(super) fn script(
        &mut self,
        source: &Source,
        take: Take,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> ControlFlow<()> {
        let text = &source.text;
        let parts = parts(text, take, |text| self.is_complete(text));
        for part in parts {
            match part {
                Part::Statements(range) => {
                    // The rest is blank, so that places are those of the whole.
                    let before = text[..range.start].bytes();
                    let blank = before.map(|b| if b == b'\n' { '\n' } else { ' ' });
                    let text: String = blank.chain(text[range].chars()).collect();
                    self.run(&source.name, &text, out, err).flow?;
                }
                Part::Command(range) => {
                    let line = text[range.clone()].trim();
                    let start = range.start + text[range].find(line).unwrap_or(0);
                    let span = Span {
                        source: source.name.clone(),
                        text: text.clone(),
                        range: start..start + line.len(),
                    };
                    self.command_line(line, Some(span), out, err)?;
                }
            }
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, take: Take) -> Vec<&str> {
        let parts = parts(text, take, crate::lang::parse::is_complete);
        let range = |part| match part {
            Part::Command(range) | Part::Statements(range) => range,
        };
        parts.into_iter().map(|part| text[range(part)].trim()).collect()
    }

    #[test]
    fn commands_have_a_line_to_themselves() {
        let text = "select 1;\nselect 2;\n\\x\nselect '\n\\x\n' as a,\n.5 as b;\n.format csv\nexit";
        assert_eq!(
            texts(text, Take::Together),
            [
                "select 1;\nselect 2;",
                "\\x",
                "select '\n\\x\n' as a,\n.5 as b;",
                ".format csv",
                "exit"
            ]
        );
        assert_eq!(texts(text, Take::OneByOne)[..2], ["select 1;", "select 2;"]);
        assert_eq!(texts("select\n\\x", Take::Together), ["select", "\\x"]);
        assert_eq!(texts("select 1", Take::Together), ["select 1"]);
        assert!(texts("\n", Take::OneByOne).is_empty());
    }
}
