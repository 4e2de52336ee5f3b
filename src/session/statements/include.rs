//! `include 'file.aiq'` and `include 'folder'`: a package of rules is a folder.

use std::fmt::Display;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::answer::Answer;
use crate::base::error::{Code, Error, Result};
use crate::base::files::{self, From};
use crate::lang::ast::Name;
use crate::lang::parse::parse;
use crate::session::state::Session;
use crate::session::state::file_line;

/// Says in which order the files of a folder are read.
const ORDER: &str = "order.txt";

impl Session {
    pub(in crate::session) fn include(&mut self, named: &Name) -> Result<Vec<Answer>> {
        let path = beside(&named.loc.source.name, &named.text);
        let whole = path.canonicalize().map_err(|e| failed(named, &path, &e))?;
        if self.including.contains(&whole) {
            return Err(failed(named, &path, &"it includes itself"));
        }
        self.including.push(whole.clone());
        let answers = if whole.is_dir() {
            self.include_folder(named, &path)
        } else {
            self.include_file(named, &path)
        };
        self.including.pop();
        answers
    }

    fn include_folder(&mut self, named: &Name, folder: &Path) -> Result<Vec<Answer>> {
        let mut answers = Vec::new();
        for file in ordered(folder).map_err(|e| failed(named, folder, &e))? {
            let whole = file.canonicalize().map_err(|e| failed(named, &file, &e))?;
            // A file of the folder may have included the folder.
            if self.including.contains(&whole) {
                return Err(failed(named, &file, &"it includes itself"));
            }
            self.including.push(whole);
            let included = self.include_file(named, &file);
            self.including.pop();
            answers.extend(included?);
        }
        Ok(answers)
    }

    fn include_file(&mut self, named: &Name, path: &Path) -> Result<Vec<Answer>> {
        let text = files::text(path, From::File).map_err(|e| failed(named, path, &e))?;
        let name = path.to_string_lossy();
        self.note_layer(&name);
        let statements = parse(&name, &text).map_err(|e| from(named, e))?;
        let mut answers = Vec::new();
        for statement in &statements {
            let mut parts = Vec::new();
            let mut keep = |part| {
                parts.push(part);
                ControlFlow::Continue(())
            };
            let last = self.statement(statement, &mut keep).map_err(|e| from(named, e))?;
            answers.append(&mut parts);
            answers.extend(last);
        }
        Ok(answers)
    }
}

/// The files of a folder: those of its `order.txt` as they stand there, then the others by name.
fn ordered(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let order = folder.join(ORDER);
    let order = if order.is_file() { files::text(&order, From::File)? } else { String::new() };
    let lines = order.lines().map(str::trim);
    let mut files: Vec<PathBuf> = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| folder.join(line))
        .collect();
    let mut others = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "aiq") && !files.contains(&path) {
            others.push(path);
        }
    }
    others.sort();
    files.append(&mut others);
    if files.is_empty() {
        return Err(std::io::Error::other("the folder has no .aiq files"));
    }
    Ok(files)
}

/// An error in an included file also says who included it, unless that was typed.
fn from(named: &Name, error: Error) -> Error {
    match named.loc.source.name.starts_with('<') {
        true => error,
        false => error.help(format!("included at {}", file_line(&named.loc))),
    }
}

fn failed(named: &Name, path: &Path, why: &dyn Display) -> Error {
    Error::question(Code::NotIncluded, format!("`{}` cannot be included: {why}", path.display()))
        .at(named.loc.span(), "not readable")
}

/// A file named in another: beside that one if it is there, else as it is.
pub(in crate::session) fn beside(source: &str, file: &str) -> PathBuf {
    let near = Path::new(source).parent().map(|d| d.join(file));
    near.filter(|p| p.exists()).unwrap_or_else(|| PathBuf::from(file))
}
