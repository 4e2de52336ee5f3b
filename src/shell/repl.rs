//! The interactive shell.

mod command;
mod complete;
mod edit;
mod helper;
mod highlight;
mod history;
mod interrupt;
mod output;
mod pager;
mod place;
mod rc;
mod session;
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

use self::helper::Assistant;
use self::pager::Pager;
use self::session::{Edited, Session};
use super::{Chrome, Engine, Format, Style};
use crate::{Error, Kind, Result};

const PROMPT: &str = "aiq> ";
const HISTORY_LINES: usize = 10_000;

/// How the interactive shell starts.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The first form of the answers; `\format` changes it.
    pub format: Format,
    /// The look of standard output.
    pub style: Style,
    /// Whether what the user wants done at every start is done.
    pub rc: bool,
}

/// Reads lines and answers them until the user leaves. Needs a terminal on standard input; other
/// input is a batch. Nothing that goes wrong in a statement ends the session.
pub fn run(
    engine: impl Engine,
    options: &Options,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<()> {
    let engine = Rc::new(RefCell::new(engine));
    let mut editor = editor(Rc::clone(&engine), options.style.chrome).map_err(trouble)?;
    let mut session =
        Session::new(engine, options.format, options.style).with_pager(Pager::of_environment());
    let _ = session.interrupt.install();
    let version = env!("CARGO_PKG_VERSION");
    let _ = writeln!(out, "aiq {version}, `\\?` for help");
    let history = open_history(&mut editor, &options.style, err);
    fit(&mut session, &mut editor);
    if let Some(file) = rc::file().filter(|_| options.rc)
        && session.start(&file, out, err).is_break()
    {
        return Ok(());
    }
    let mut begun = String::new();
    loop {
        let _ = out.flush();
        let line = match editor.readline_with_initial(PROMPT, (&std::mem::take(&mut begun), "")) {
            Ok(line) => line,
            // Ctrl-C at the prompt discards the line.
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => return Ok(()),
            Err(ReadlineError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                return Ok(());
            }
            Err(error) => return Err(trouble(error)),
        };
        remember(&mut editor, history.as_ref(), line.trim());
        fit(&mut session, &mut editor);
        if session.line(&line, out, err).is_break() {
            return Ok(());
        }
        match session.edited.take() {
            Some(Edited::Run(text)) => remember(&mut editor, history.as_ref(), &text),
            Some(Edited::Unfinished(text)) => begun = text,
            None => {}
        }
        if let Some(assistant) = editor.helper() {
            assistant.forget_words();
        }
    }
}

/// The terminal may have changed its size.
fn fit<E: Engine>(session: &mut Session<E>, editor: &mut LineEditor<E>) {
    if let Some((columns, lines)) = editor.dimensions() {
        session.resize(usize::from(columns), usize::from(lines));
    }
}

type LineEditor<E> = Editor<Assistant<E>, DefaultHistory>;

fn editor<E: Engine>(engine: Rc<RefCell<E>>, chrome: Chrome) -> rustyline::Result<LineEditor<E>> {
    let config = Config::builder()
        .max_history_size(HISTORY_LINES)?
        .history_ignore_space(true)
        .completion_type(rustyline::CompletionType::List)
        .build();
    let mut editor = Editor::with_config(config)?;
    editor.set_helper(Some(Assistant::new(engine, chrome)));
    Ok(editor)
}

/// Loads the lines of earlier sessions. Where that cannot be, says so once and goes on.
fn open_history<E: Engine>(
    editor: &mut LineEditor<E>,
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
fn remember<E: Engine>(editor: &mut LineEditor<E>, file: Option<&PathBuf>, line: &str) {
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
    Error::new(Kind::Internal, "AIQ0660", format!("the terminal does not answer: {error}"))
}
