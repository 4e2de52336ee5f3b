//! `aiq fmt`: files in their usual layout.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use tempfile::NamedTempFile;

use super::files;
use crate::base::error::{Code, Error, Result};
use crate::lang::format::format;
use crate::shell::source::Source;

/// What to lay out.
#[derive(Debug, Args)]
pub(super) struct Fmt {
    /// Files, or directories of `.aiq` files; `-` reads standard input and writes standard output.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Changes nothing, names the files that would change, and fails if there are any.
    #[arg(long)]
    check: bool,
}

/// Lays out each file; with `--check` the result is 1 if one would change.
pub(super) fn run(options: &Fmt) -> Result<u8> {
    let mut changed = 0_u8;
    for file in files::found(&options.paths)? {
        let source = Source::read(&file)?;
        let text = format(&source.name, &source.text)?;
        if file == "-" && !options.check {
            written(std::io::stdout().lock().write_all(text.as_bytes()), "standard output")?;
            continue;
        }
        if text == source.text {
            continue;
        }
        changed = 1;
        if options.check {
            let line = source.text.lines().zip(text.lines()).take_while(|(a, b)| a == b).count();
            written(
                writeln!(std::io::stdout().lock(), "{file}:{}: not in its layout", line + 1),
                "standard output",
            )?;
        } else {
            replace(Path::new(&file), &text)?;
        }
    }
    Ok(if options.check { changed } else { 0 })
}

/// Writes beside the file, then takes its place: a crash leaves the old file.
fn replace(file: &Path, text: &str) -> Result<()> {
    let write = || {
        // A link stays a link.
        let target = file.canonicalize()?;
        let folder = target.parent().unwrap_or(Path::new("."));
        let mut draft = NamedTempFile::new_in(folder)?;
        draft.write_all(text.as_bytes())?;
        draft.as_file().set_permissions(target.metadata()?.permissions())?;
        draft.persist(&target)?;
        Ok(())
    };
    written(write(), &file.display().to_string())
}

fn written(result: std::io::Result<()>, what: &str) -> Result<()> {
    match result {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::internal(Code::OutputNotWritten, format!("cannot write `{what}`: {e}")))
        }
        _ => Ok(()),
    }
}
