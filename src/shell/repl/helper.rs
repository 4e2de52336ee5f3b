//! Completion, colours and hints for the line editor while a person types.

use std::borrow::Cow;
use std::cell::{Ref, RefCell};
use std::rc::Rc;

use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::validate::Validator;
use rustyline::{CompletionType, Context, Helper};

use super::command::{COMMANDS, is_command};
use super::complete::{self, Completion};
use super::highlight;
use crate::shell::help;
use crate::shell::interpreter::Interpreter;
use crate::ui::{Format, Style};
use crate::vocabulary::Word;

/// Completion, colours and hints.
pub(super) struct Assistant<I> {
    interpreter: Rc<RefCell<I>>,
    /// Collected when first needed: a session knows many words, and the first prompt does not wait
    /// for them.
    words: RefCell<Option<Vec<Word>>>,
    /// The lines before, of a statement that has not ended.
    before: RefCell<String>,
    style: Style,
    files: FilenameCompleter,
    history: HistoryHinter,
}

impl<I: Interpreter> Assistant<I> {
    pub(super) fn new(interpreter: Rc<RefCell<I>>, style: Style) -> Self {
        Self {
            interpreter,
            words: RefCell::default(),
            before: RefCell::default(),
            style,
            files: FilenameCompleter::new(),
            history: HistoryHinter::new(),
        }
    }

    /// The line to come goes on with a statement; empty: it begins one.
    pub(super) fn goes_on(&self, before: &str) {
        before.clone_into(&mut self.before.borrow_mut());
    }

    /// What fits at a place of a statement whose last line is being typed.
    fn fitting(&self, line: &str, pos: usize) -> Completion {
        let before = self.before.borrow();
        let text = if before.is_empty() { line.to_owned() } else { format!("{before}\n{line}") };
        let head = text.len() - line.len();
        match complete::complete(&text, head + pos, &self.words()) {
            Completion::Texts(start, texts) => Completion::Texts(start.saturating_sub(head), texts),
            file => file,
        }
    }

    /// A statement may have made new names.
    pub(super) fn forget_words(&self) {
        self.words.replace(None);
    }

    fn words(&self) -> Ref<'_, [Word]> {
        if self.words.borrow().is_none() {
            self.words.replace(Some(self.interpreter.borrow().vocabulary()));
        }
        Ref::map(self.words.borrow(), |words| words.as_deref().unwrap_or_default())
    }
}

impl<I: Interpreter> Helper for Assistant<I> {}

impl<I: Interpreter> Completer for Assistant<I> {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, texts) = if is_command(line) {
            let typed = line.trim_start().trim_start_matches(['\\', '.']);
            match typed.split_once(char::is_whitespace) {
                Some(("i" | "o" | "e" | "watch", _)) => return self.files.complete_path(line, pos),
                Some(("d", _)) => {
                    // What may be described is what may follow `describe`.
                    let (head, name) = line.split_at(line.find(char::is_whitespace).unwrap_or(0));
                    let text = format!("describe{name}");
                    let cursor = pos - head.len() + "describe".len();
                    match complete::complete(&text, cursor, &self.words()) {
                        Completion::Texts(start, texts) => {
                            (start + head.len() - "describe".len(), texts)
                        }
                        Completion::File(_) => (pos, Vec::new()),
                    }
                }
                argument => command_words(line, pos, argument.map(|(name, _)| name)),
            }
        } else {
            match self.fitting(line, pos) {
                Completion::Texts(start, texts) => (start, texts),
                Completion::File(_) => return self.files.complete_path(line, pos),
            }
        };
        let pair = |text: String| Pair { display: text.clone(), replacement: text };
        Ok((start, texts.into_iter().map(pair).collect()))
    }
}

/// The names of commands, or what may follow one of them.
fn command_words(line: &str, pos: usize, command: Option<&str>) -> (usize, Vec<String>) {
    let before = &line[..pos];
    let start = before.rfind([' ', '\t', '\\', '.']).map_or(0, |at| at + 1);
    let names: Vec<&str> = match command {
        // `help` stands without a backslash.
        None if start == 0 => vec!["help"],
        None => COMMANDS.iter().map(|(name, ..)| *name).collect(),
        Some("format") => Format::ALL.map(Format::name).to_vec(),
        Some("help" | "h" | "?") => help::names(),
        Some("x") => vec!["on", "off", "auto"],
        Some("pager") => vec!["on", "off"],
        Some(_) => Vec::new(),
    };
    let fitting = names.into_iter().filter(|name| name.starts_with(&before[start..]));
    (start, fitting.map(str::to_owned).collect())
}

impl<I: Interpreter> Hinter for Assistant<I> {
    type Hint = String;

    fn hint(&self, line: &str, pos: usize, ctx: &Context<'_>) -> Option<String> {
        if !self.before.borrow().is_empty() {
            return None;
        }
        // The later lines of a remembered statement would push the prompt about.
        let hint = self.history.hint(line, pos, ctx)?;
        Some(hint.lines().next()?.to_owned()).filter(|hint| !hint.is_empty())
    }
}

impl<I: Interpreter> Highlighter for Assistant<I> {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if !self.style.is_colored() || line.is_empty() || is_command(line) {
            return Cow::Borrowed(line);
        }
        Cow::Owned(highlight::highlight(line, &self.words()))
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        Cow::Owned(self.style.bold(prompt))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(self.style.dim(hint))
    }

    fn highlight_candidate<'c>(&self, candidate: &'c str, _: CompletionType) -> Cow<'c, str> {
        Cow::Borrowed(candidate)
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        self.style.is_colored() && kind != CmdKind::MoveCursor
    }
}

/// A line is taken as it is: statements go on behind a prompt of their own.
impl<I: Interpreter> Validator for Assistant<I> {}

#[cfg(test)]
mod tests {
    use rustyline::history::DefaultHistory;

    use super::*;
    use crate::shell::fake::Fake;

    fn completions(line: &str) -> (usize, Vec<String>) {
        let helper = Assistant::new(Rc::new(RefCell::new(Fake::default())), Style::PLAIN);
        let history = DefaultHistory::new();
        let context = Context::new(&history);
        let (start, pairs) = helper.complete(line, line.len(), &context).unwrap();
        (start, pairs.into_iter().map(|pair| pair.replacement).collect())
    }

    #[test]
    fn commands_and_formats_complete() {
        assert_eq!(completions("\\ti"), (1, vec!["timing".to_owned()]));
        assert_eq!(completions("\\format nd"), (8, vec!["ndjson".to_owned()]));
        assert_eq!(completions("\\x a"), (3, vec!["auto".to_owned()]));
        assert_eq!(completions("\\d gem"), (3, vec!["gemm".to_owned()]));
        assert_eq!(completions("help sear"), (5, vec!["search".to_owned()]));
        assert_eq!(completions("\\? whe"), (3, vec!["where".to_owned()]));
        assert_eq!(completions("search on h2"), (10, vec!["h200_sxm".to_owned()]));
    }

    #[test]
    fn a_further_line_is_part_of_its_statement() {
        let helper = Assistant::new(Rc::new(RefCell::new(Fake::default())), Style::PLAIN);
        helper.goes_on("search\n-- a wish");
        let history = DefaultHistory::new();
        let (start, pairs) = helper.complete("on h2", 5, &Context::new(&history)).unwrap();
        assert_eq!((start, pairs[0].replacement.as_str()), (3, "h200_sxm"));
    }
}
