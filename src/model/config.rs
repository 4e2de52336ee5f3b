//! Configurations of checkpoints: Hugging Face `config.json` files, shipped or the user's own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;

use super::value::Value;
use crate::base::error::{Code, Error, Result, nearest};
use crate::base::files::{self, From};
use crate::base::permissions::no_files;
use crate::base::shipped;
use crate::base::tsv;
use crate::lang::ast::LimitDef;

/// The configuration of one checkpoint.
#[derive(Debug)]
pub struct Config {
    /// Name of the checkpoint, or the directory it was read from.
    pub name: String,
    /// First entry of `architectures`.
    pub architecture: String,
    /// Where it was read.
    file: PathBuf,
    root: Json,
}

impl Config {
    /// Reads `config.json` (and `hf_quant_config.json`) of a directory, or a single file.
    ///
    /// # Errors
    /// `AIQ0302` when a file cannot be read or is not the configuration of a model.
    pub fn read(name: &str, path: &Path) -> Result<Self> {
        let (main, quant) = if path.is_dir() {
            (path.join("config.json"), Some(path.join("hf_quant_config.json")))
        } else {
            (path.to_owned(), None)
        };
        let mut root = read_json(&main)?;
        if let Some(quant) = quant.filter(|q| q.is_file())
            && let Json::Object(fields) = &mut root
        {
            fields.insert("hf_quant".to_owned(), read_json(&quant)?);
        }
        let architecture =
            root["architectures"][0].as_str().map(str::to_owned).ok_or_else(|| {
                Error::data(
                    Code::BadCheckpoint,
                    format!("`{}` names no architecture", main.display()),
                )
                .help("a Hugging Face config.json has an `architectures` list")
            })?;
        Ok(Self { name: name.to_owned(), architecture, file: main, root })
    }

    /// Refuses numbers that no model has: `limit config.KEY : ...` says which.
    ///
    /// # Errors
    /// `AIQ0309` with the file and the key.
    pub fn check(&self, limits: &BTreeMap<String, LimitDef>) -> Result<()> {
        for (name, limit) in limits {
            let Some(key) = name.strip_prefix("config.") else { continue };
            let wrong = match self.get(key) {
                Value::Null => continue,
                Value::Number(value) if limit.allows(value) => continue,
                wrong => wrong,
            };
            let file = self.file.display();
            return Err(Error::data(
                Code::ImpossibleModel,
                format!("`{key}` of `{file}` cannot be {wrong}"),
            )
            .help(format!("it is {}", limit.said())));
        }
        Ok(())
    }

    /// The value of a key such as `quantization_config.quant_method`: in `text_config` first,
    /// then at the top level. Lists and objects come as their JSON text.
    pub fn get(&self, key: &str) -> Value {
        let find =
            |root: &Json| key.split('.').try_fold(root.clone(), |at, part| at.get(part).cloned());
        let found = self.root.get("text_config").and_then(find).or_else(|| find(&self.root));
        Value::from_json(found.as_ref())
    }

    /// The value of a key that the model must have.
    ///
    /// # Errors
    /// `AIQ0309` with the file and the key.
    pub fn needed(&self, key: &str) -> Result<Value> {
        match self.get(key) {
            Value::Null => {
                let (file, of) = (self.file.display(), &self.architecture);
                Err(Error::data(Code::ImpossibleModel, format!("`{file}` has no `{key}`"))
                    .help(format!("a model of the kind {of} cannot be priced without it")))
            }
            value => Ok(value),
        }
    }
}

/// JSON as Python writes it: bare infinities and NaN count as null.
fn read_json(path: &Path) -> Result<Json> {
    let fail = |e: &dyn std::fmt::Display| {
        Error::data(Code::BadCheckpoint, format!("`{}` cannot be read: {e}", path.display()))
    };
    let text = files::text(path, From::File).map_err(|e| fail(&e))?;
    serde_json::from_str(&text).or_else(|first| {
        let text =
            text.replace("-Infinity", "null").replace("Infinity", "null").replace("NaN", "null");
        serde_json::from_str(&text).map_err(|_| fail(&first))
    })
}

/// Known checkpoints: names to files, in directories searched in order.
#[derive(Debug, Default)]
pub struct Checkpoints {
    files: BTreeMap<String, PathBuf>,
    /// Names only: a path is no model.
    closed: bool,
    read: std::sync::Mutex<BTreeMap<String, Arc<Config>>>,
}

impl Checkpoints {
    /// Lists the `ORG--NAME.json` files of directories; earlier ones win.
    pub fn open(directories: &[PathBuf]) -> Self {
        let mut files = BTreeMap::new();
        for directory in directories {
            let there = std::fs::read_dir(directory).into_iter().flatten().flatten();
            let own = shipped::list(directory).into_iter().map(|(_, path)| path);
            for path in there.map(|entry| entry.path()).chain(own) {
                if path.extension().is_some_and(|e| e == "json")
                    && let Some(stem) = path.file_stem().and_then(|s| s.to_str())
                {
                    files.entry(stem.replacen("--", "/", 1)).or_insert(path);
                }
            }
        }
        Self { files, ..Self::default() }
    }

    /// Whether a path may stand for a model.
    pub(crate) fn reads_paths(&self) -> bool {
        !self.closed
    }

    /// The same checkpoints, with or without those that are named by a path.
    pub(crate) fn reading_paths(&self, may: bool) -> Self {
        Self { files: self.files.clone(), closed: !may, ..Self::default() }
    }

    /// Names of all known checkpoints.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The configuration of a known checkpoint, of a directory or of a `config.json`.
    ///
    /// # Errors
    /// `AIQ0301` when there is neither, with the nearest name.
    pub fn config(&self, name: &str) -> Result<Arc<Config>> {
        let mut read = self.read.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(config) = read.get(name) {
            return Ok(Arc::clone(config));
        }
        let name = alias(name).unwrap_or(name);
        let path = match self.files.iter().find(|(known, _)| same_name(known, name)) {
            Some((_, path)) => path.clone(),
            None if self.closed && is_path(name) => return Err(no_files(name)),
            None if !self.closed && Path::new(name).exists() => PathBuf::from(name),
            None => return Err(self.unknown(name)),
        };
        let config = Arc::new(Config::read(name, &path)?);
        read.insert(name.to_owned(), Arc::clone(&config));
        Ok(config)
    }

    fn unknown(&self, name: &str) -> Error {
        let error = Error::data(Code::NoSuchModel, format!("there is no model `{name}`"));
        let error = match nearest(name, self.names().chain(aliases().map(|(alias, _)| alias))) {
            Some(near) => error.help(format!("did you mean '{near}'?")),
            None => error,
        };
        error.help("`show models` lists those known; a directory with a config.json works too")
    }
}

/// Whether a name could only be meant as a path. What is there is not looked at.
fn is_path(name: &str) -> bool {
    let path = Path::new(name);
    path.is_absolute() || name.starts_with('.') || path.extension().is_some_and(|e| e == "json")
}

/// Short names of checkpoints: alias and name.
pub fn aliases() -> impl Iterator<Item = (&'static str, &'static str)> {
    let table = include_str!("../../models/aliases.tsv");
    tsv::rows(table).map(|row| (row.get("alias"), row.get("name")))
}

/// The checkpoint that a short name stands for.
fn alias(name: &str) -> Option<&'static str> {
    aliases().find(|(alias, _)| alias.eq_ignore_ascii_case(name)).map(|(_, name)| name)
}

/// Checkpoint names compare without regard to case, and without the organisation if none is given.
fn same_name(known: &str, name: &str) -> bool {
    known.eq_ignore_ascii_case(name)
        || (!name.contains('/')
            && known.split_once('/').is_some_and(|(_, n)| n.eq_ignore_ascii_case(name)))
}
