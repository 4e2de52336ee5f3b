//! Text to syntax tree. pest's rules stay in this module.

mod architecture;
mod diff;
mod expr;
mod model;
mod outline;
mod question;
mod recover;
mod slip;
mod symbol;

use std::cell::Cell;
use std::sync::Arc;

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};
use pest::iterators::Pair;

use super::ast::{Loc, Name, Source, Statement, StatementKind};
use crate::error::{Error, Result};

/// pest's generated parser.
mod grammar {
    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/aiq.pest"]
    pub(super) struct Grammar;
}

use grammar::{Grammar, Rule};

pub use outline::{Outline, Question, Row, outline};

/// How deep brackets may nest: far beyond any real question, far below the stack.
const MAX_DEPTH: usize = 200;
/// How high the tree of one expression may grow, long chains of operators included.
const MAX_HEIGHT: usize = 400;
/// How many conditionals a text may have: each may be nested in the one before.
const MAX_CONDITIONALS: usize = 1000;

/// Parses a text into statements.
///
/// # Errors
/// `AIQ0101` with the place and what was expected there, and with it the errors of the statements
/// behind.
pub fn parse(name: &str, text: &str) -> Result<Vec<Statement>> {
    parse_first(name, text).map_err(|error| recover::with_rest(name, text, error))
}

/// Parses up to the first error.
fn parse_first(name: &str, text: &str) -> Result<Vec<Statement>> {
    let source = Arc::new(Source { name: name.to_owned(), text: text.to_owned() });
    check_depth(&source)?;
    let mut pairs = Grammar::parse(Rule::file, text).map_err(|e| syntax_error(&source, &e))?;
    let builder = Builder { source, depth: Cell::new(0) };
    let file = pairs.next().map(Pair::into_inner).into_iter().flatten();
    file.filter(|p| p.as_rule() != Rule::EOI).map(|p| builder.statement(p)).collect()
}

/// Whether `text` ends where a statement ends, so that a shell need not ask for more.
pub fn is_complete(text: &str) -> bool {
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed.ends_with(';') {
        let ends = || recover::semicolons(trimmed).pop() == Some(trimmed.len() - 1);
        return unclosed_quote(text).is_none() && (trimmed.is_empty() || ends());
    }
    false
}

/// The opening quote that is never closed, if there is one.
fn unclosed_quote(text: &str) -> Option<char> {
    let mut open: Option<char> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (open, c) {
            (Some(q), c) if q == c => open = None,
            (None, '\'' | '"') => open = Some(c),
            (None, '-') if chars.peek() == Some(&'-') => {
                while chars.next_if(|c| *c != '\n').is_some() {}
            }
            _ => {}
        }
    }
    open
}

/// Refuses texts whose brackets or conditionals nest so deeply that recursive descent would
/// exhaust the stack.
fn check_depth(source: &Arc<Source>) -> Result<()> {
    let mut depth = 0_usize;
    for (at, word) in source.text.char_indices() {
        match word {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            let loc = Loc { source: Arc::clone(source), range: at..at + 1 };
            return Err(Error::question("AIQ0103", "the text nests too deeply")
                .at(loc.span(), format!("more than {MAX_DEPTH} levels here")));
        }
    }
    let words = source.text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    if words.filter(|w| w.eq_ignore_ascii_case("if")).count() > MAX_CONDITIONALS {
        return Err(Error::question("AIQ0103", "the text nests too deeply")
            .help(format!("it uses `if` more than {MAX_CONDITIONALS} times")));
    }
    Ok(())
}

/// Turns pest's error into ours: the place, what was expected, and a hint for common slips.
fn syntax_error(source: &Arc<Source>, error: &pest::error::Error<Rule>) -> Error {
    let at = match error.location {
        InputLocation::Pos(p) => p,
        InputLocation::Span((p, _)) => p,
    };
    let rest = source.text.get(at..).unwrap_or("");
    let word: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let len = word.len().max(rest.chars().next().map_or(0, char::len_utf8));
    let loc = Loc { source: Arc::clone(source), range: at..at + len };
    let mut expected: Vec<&str> = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => {
            positives.iter().filter_map(|r| symbol::name(*r)).collect()
        }
        ErrorVariant::CustomError { .. } => Vec::new(),
    };
    expected.sort_unstable();
    expected.dedup();
    // A unit is glued to its number: not worth a word where something else is possible.
    if expected.len() > 1 {
        expected.retain(|e| *e != "a unit");
    }
    if expected == ["`price`"] {
        // Any other setting has failed further on, unseen.
        expected = vec!["a setting and its value"];
    }
    let found = match rest.chars().next() {
        None => "the end of the text".to_owned(),
        Some(_) if !word.is_empty() => format!("`{word}`"),
        Some(c) => format!("`{c}`"),
    };
    let label = match expected.as_slice() {
        [] => "not understood here".to_owned(),
        [one] => format!("expected {one}"),
        [init @ .., last] => format!("expected {} or {last}", init.join(", ")),
    };
    let error =
        Error::question("AIQ0101", format!("{found} is not expected here")).at(loc.span(), label);
    hint(error, &source.text, at, &expected)
}

fn hint(error: Error, text: &str, at: usize, expected: &[&str]) -> Error {
    if let Some(quote) = unclosed_quote(text) {
        return error.help(format!("a text that begins with {quote} is never closed"));
    }
    let (before, rest) = text.split_at(at);
    match slip::help(&slip::Place { before, rest, expected }) {
        Some(help) => error.help(help),
        None => error,
    }
}

/// Builds syntax trees from pest's pairs.
struct Builder {
    source: Arc<Source>,
    /// Levels of expressions above the one being built.
    depth: Cell<usize>,
}

impl Builder {
    /// Builds something that stands `levels` deeper in the tree than what is around it.
    fn deeper<T>(&self, levels: usize, loc: Loc, build: impl FnOnce() -> Result<T>) -> Result<T> {
        let above = self.depth.get();
        if above + levels > MAX_HEIGHT {
            return Err(Error::question("AIQ0103", "the expression is too large")
                .at(loc.span(), format!("more than {MAX_HEIGHT} operators in one another")));
        }
        self.depth.set(above + levels);
        let built = build();
        self.depth.set(above);
        built
    }

    fn loc(&self, pair: &Pair<'_, Rule>) -> Loc {
        let span = pair.as_span();
        let trimmed = without_trailing_comments(span.as_str()).len();
        Loc { source: Arc::clone(&self.source), range: span.start()..span.start() + trimmed }
    }

    fn name(&self, pair: &Pair<'_, Rule>) -> Name {
        let text = match pair.as_rule() {
            Rule::string => unquote(pair.as_str()),
            _ => pair.as_str().to_owned(),
        };
        Name { text, loc: self.loc(pair) }
    }

    /// The children of a pair without its keywords.
    fn parts<'i>(&self, pair: Pair<'i, Rule>) -> impl Iterator<Item = Pair<'i, Rule>> + use<'i> {
        pair.into_inner().filter(|p| !symbol::is_keyword(p.as_rule()))
    }

    /// A child that the grammar guarantees; its absence is a bug in this module.
    fn need<T>(&self, part: Option<T>, what: &str) -> Result<T> {
        part.ok_or_else(|| Error::internal("AIQ0901", format!("the parser lost {what}")))
    }

    fn statement(&self, pair: Pair<'_, Rule>) -> Result<Statement> {
        let loc = self.loc(&pair);
        let rule = pair.as_rule();
        let inner = self.need(pair.into_inner().next(), "a statement")?;
        let kind = match rule {
            Rule::block => StatementKind::Define(self.block(inner)?),
            Rule::model_item => StatementKind::Define(self.definition(inner)?),
            _ => self.statement_kind(inner)?,
        };
        Ok(Statement { kind, loc })
    }
}

/// pest counts blanks and comments behind the last token of a rule as part of it.
fn without_trailing_comments(text: &str) -> &str {
    let mut text = text.trim_end();
    loop {
        let line = text.rfind('\n').map_or(0, |at| at + 1);
        let comment = text[line..].match_indices("--").map(|(at, _)| line + at).find(|at| {
            let before = &text[line..*at];
            ['\'', '"'].iter().all(|q| before.matches(*q).count().is_multiple_of(2))
        });
        match comment {
            Some(at) => text = text[..at].trim_end(),
            None => return text,
        }
    }
}

/// The content of a quoted text; a doubled quote stands for one.
fn unquote(text: &str) -> String {
    let quote = text.chars().next().unwrap_or('\'');
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or("");
    inner.replace(&format!("{quote}{quote}"), &quote.to_string())
}
