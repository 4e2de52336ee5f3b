//! `--profile`: what a user wants set in a kind of session, before the statements.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::common::Common;
use crate::base::error::{Code, Error, Result, nearest};
use crate::lang::quote::quoted;
use crate::session::{Layer, Session};
use crate::shell::source::Source;
use crate::ui::folders;

/// A session with the data, settings and definitions that the command line asks for.
///
/// # Errors
/// Damaged data; a profile that is not there or wrong.
pub(super) fn session(common: &Common) -> Result<Session> {
    let mut session = Session::open(&common.systems)?;
    session.permit(common.permissions());
    if let Some(limit) = common.memory_limit {
        session.limit_memory(limit)?;
    }
    let Some(name) = &common.profile else { return Ok(session) };
    let path = find(name)?;
    let source = if path.is_dir() {
        let folder = quoted(&path.to_string_lossy());
        Source { name: "--profile".to_owned(), text: format!("include {folder}") }
    } else {
        Source::read(&path.to_string_lossy())?
    };
    let mut failed = None;
    session.set_layer(Some(Layer::Profile));
    // A profile sets and defines; answers of questions in it are not shown.
    session.run(&source.name, &source.text, &mut |result| match result {
        Ok(_) => ControlFlow::Continue(()),
        Err(error) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    });
    session.set_layer(None);
    failed.map_or(Ok(session), Err)
}

/// A file or folder as named; else `NAME.aiq` or a folder `NAME` among the profiles here, then
/// among those of the user.
fn find(name: &str) -> Result<PathBuf> {
    let given = Path::new(name);
    let is_path = given.components().count() > 1 || given.extension().is_some();
    if is_path && given.exists() {
        return Ok(given.to_owned());
    }
    let own = folders::config().map(|folder| folder.join("profiles"));
    let folders: Vec<PathBuf> = [PathBuf::from("profiles")].into_iter().chain(own).collect();
    let found = folders
        .iter()
        .flat_map(|folder| [folder.join(format!("{name}.aiq")), folder.join(name)])
        .find(|path| path.exists());
    found.ok_or_else(|| {
        let message = format!("there is no profile `{name}`");
        let known: Vec<String> = folders.iter().flat_map(|folder| names(folder)).collect();
        let error = match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => Error::question(Code::NoSuchProfile, message)
                .help(format!("did you mean `{near}`?")),
            None => Error::question(Code::NoSuchProfile, message),
        };
        let places: Vec<String> = folders.iter().map(|f| format!("`{}`", f.display())).collect();
        error.help(format!("a profile is a file, or `{name}.aiq` in {}", places.join(" or ")))
    })
}

/// Profiles of a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let profile = |path: &PathBuf| path.is_dir() || path.extension().is_some_and(|e| e == "aiq");
    let stem = |path: PathBuf| Some(path.file_stem()?.to_string_lossy().into_owned());
    paths.filter(profile).filter_map(stem).collect()
}
