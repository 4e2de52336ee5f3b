//! The interactive shell.

mod command;
mod complete;
mod console;
mod edit;
mod execute;
mod helper;
mod highlight;
mod history;
mod interrupt;
mod output;
mod place;
mod rc;
mod script;
mod want;
mod watch;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::PathBuf;
use std::rc::Rc;

use rustyline::error::ReadlineError;
use rustyline::history::{DefaultHistory, History};
use rustyline::{Config, Editor};

use self::console::{Console, Edited};
use self::helper::Assistant;
use self::script::Take;
use super::interpreter::Interpreter;
use super::printer::OnError;
use super::source::Source;
use crate::base::error::{Code, Error, Kind, Result};
use crate::ui::pager::Pager;
use crate::ui::{Format, Style, Ui};

const PROMPT: &str = "aiq> ";
/// Before the further lines of a statement.
const CONTINUED: &str = "...> ";
const HISTORY_LINES: usize = 10_000;

/// How the interactive shell starts.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The first form of the answers; `\format` changes it.
    pub format: Format,
    /// How answers and errors look.
    pub ui: Ui,
    /// Whether the user's rc file is run.
    pub rc: bool,
}

/// Reads lines and answers them until the user leaves. Needs a terminal on standard input; other
/// input is a batch. Nothing that goes wrong in a statement ends the session.
pub fn run(
    interpreter: impl Interpreter,
    options: &Options,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<()> {
    let style = options.ui.stdout;
    let interpreter = Rc::new(RefCell::new(interpreter));
    let mut editor = editor(Rc::clone(&interpreter), style).map_err(trouble)?;
    let mut console =
        Console::new(interpreter, options.format, options.ui).with_pager(Pager::of_environment());
    let _ = console.interrupt.install();
    let version = env!("CARGO_PKG_VERSION");
    let _ = writeln!(out, "aiq {version}, `\\?` for help");
    let history = open_history(&mut editor, &style, err);
    fit(&mut console, &mut editor);
    if let Some(file) = rc::file().filter(|_| options.rc)
        && console.start(&file, out, err).is_break()
    {
        return Ok(());
    }
    let mut begun = String::new();
    // The lines before, of a statement that has not ended.
    let mut before = String::new();
    loop {
        let _ = out.flush();
        if let Some(assistant) = editor.helper() {
            assistant.goes_on(&before);
        }
        let prompt = if before.is_empty() { PROMPT } else { CONTINUED };
        let line = match editor.readline_with_initial(prompt, (&std::mem::take(&mut begun), "")) {
            Ok(line) => line,
            // Ctrl-C at the prompt discards the statement.
            Err(ReadlineError::Interrupted) => {
                before.clear();
                continue;
            }
            Err(ReadlineError::Eof) => return Ok(()),
            Err(ReadlineError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                return Ok(());
            }
            Err(error) => return Err(trouble(error)),
        };
        fit(&mut console, &mut editor);
        let Some(line) = console.whole(&mut before, line) else { continue };
        remember(&mut editor, history.as_ref(), line.trim());
        if console.line(&line, out, err).is_break() {
            return Ok(());
        }
        match console.edited.take() {
            Some(Edited::Run(text)) => remember(&mut editor, history.as_ref(), &text),
            Some(Edited::Unfinished(text)) => begun = text,
            None => {}
        }
        if let Some(assistant) = editor.helper() {
            assistant.forget_words();
        }
    }
}

/// Runs texts to their end, or to the first error; the worst exit status of any statement.
pub(super) fn batch(
    interpreter: &mut impl Interpreter,
    sources: &[Source],
    format: Format,
    on_error: OnError,
    ui: Ui,
    (out, err): (&mut dyn Write, &mut dyn Write),
) -> u8 {
    let interpreter = Rc::new(RefCell::new(interpreter));
    let mut console = Console::new(interpreter, format, ui).in_batch(on_error);
    let _ = sources.iter().try_for_each(|s| console.script(s, Take::Together, out, err));
    console.worst
}

/// The terminal may have changed its size.
fn fit<I: Interpreter>(console: &mut Console<I>, editor: &mut LineEditor<I>) {
    if let Some((columns, lines)) = editor.dimensions() {
        console.resize(usize::from(columns), usize::from(lines));
    }
}

type LineEditor<I> = Editor<Assistant<I>, DefaultHistory>;

fn editor<I: Interpreter>(
    interpreter: Rc<RefCell<I>>,
    style: Style,
) -> rustyline::Result<LineEditor<I>> {
    let config = Config::builder()
        .max_history_size(HISTORY_LINES)?
        .history_ignore_space(true)
        .completion_type(rustyline::CompletionType::List)
        .build();
    let mut editor = Editor::with_config(config)?;
    editor.set_helper(Some(Assistant::new(interpreter, style)));
    Ok(editor)
}

/// Loads the lines of earlier sessions. If that fails, prints why once and goes on.
fn open_history<I: Interpreter>(
    editor: &mut LineEditor<I>,
    style: &Style,
    err: &mut dyn Write,
) -> Option<PathBuf> {
    let opened = history::file().and_then(|file| {
        // Also shows whether the file can be written.
        std::fs::OpenOptions::new().append(true).create(true).open(&file)?;
        Ok(file)
    });
    match opened {
        Ok(file) => {
            // An unreadable old history is no reason to lose the new one.
            let _ = editor.load_history(&file);
            Some(file)
        }
        Err(error) => {
            let _ = writeln!(err, "{}", style.dim(&format!("history is not kept: {error}")));
            None
        }
    }
}

/// Adds a line to the history, and to its file at once: a crash loses nothing.
fn remember<I: Interpreter>(editor: &mut LineEditor<I>, file: Option<&PathBuf>, line: &str) {
    if line.is_empty() {
        return;
    }
    if editor.history_mut().add(line).unwrap_or(false)
        && let Some(file) = file
    {
        let _ = editor.append_history(file);
    }
}

fn trouble(error: ReadlineError) -> Error {
    Error::new(
        Kind::Internal,
        Code::TerminalFailed,
        format!("the terminal does not answer: {error}"),
    )
}
