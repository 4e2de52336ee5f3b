//! An experiment file: its experiments, their values, and the places that errors point at.

use serde_json::{Map, Value};

use crate::base::error::{Code, Error, Result, Span, nearest};
use crate::shell::source::Source;

/// The text of a file.
pub(super) struct Document {
    source: Source,
    root: Map<String, Value>,
}

/// One experiment.
pub(super) struct Experiment<'d> {
    document: &'d Document,
    /// Its name in the file.
    pub(super) name: String,
    /// Its keys.
    pub(super) keys: Map<String, Value>,
}

impl Document {
    /// Reads YAML.
    pub(super) fn read(source: Source) -> Result<Self> {
        let fail = |why: String| {
            Error::question(
                Code::NoExperiments,
                format!("`{}` holds no experiments: {why}", source.name),
            )
        };
        let value: Value = serde_saphyr::from_str(&source.text).map_err(|e| {
            let text = e.to_string();
            let line = text.lines().find(|l| !l.trim().is_empty());
            fail(line.unwrap_or("unreadable").trim().to_owned())
        })?;
        match value {
            Value::Object(root) if !root.is_empty() => Ok(Self { source, root }),
            _ => Err(fail("it is no mapping of names to experiments".to_owned())),
        }
    }

    /// Experiments in the order of `exps`, else of the file.
    pub(super) fn experiments(&self) -> Result<Vec<Experiment<'_>>> {
        let known = || self.root.keys().filter(|k| *k != "exps").map(String::as_str);
        let names: Vec<String> = match self.root.get("exps") {
            None | Some(Value::Null) => known().map(str::to_owned).collect(),
            Some(Value::Array(names)) => names.iter().map(plain).collect(),
            Some(_) => {
                return Err(self.wrong(
                    &["exps"],
                    Code::BadExperimentValue,
                    "`exps` is a list of names",
                ));
            }
        };
        let one = |name: String| match self.root.get(&name) {
            Some(Value::Object(keys)) => {
                Ok(Experiment { document: self, name, keys: keys.clone() })
            }
            Some(_) => Err(self.wrong(
                &[&name],
                Code::NoSuchExperimentKey,
                &format!("`{name}` is no experiment: it has no keys of its own"),
            )),
            None => {
                let error = self.wrong(
                    &["exps"],
                    Code::NoSuchExperimentKey,
                    &format!("there is no experiment `{name}`"),
                );
                Err(suggest(error, &name, known()))
            }
        };
        names.into_iter().map(one).collect()
    }

    fn wrong(&self, path: &[&str], code: Code, message: &str) -> Error {
        let error = Error::question(code, message);
        match self.place(path) {
            Some(span) => error.at(span, "here"),
            None => error,
        }
    }

    /// Where a key stands: below the keys that lead to it.
    fn place(&self, path: &[&str]) -> Option<Span> {
        let text = &self.source.text;
        let mut at = 0;
        let mut range = None;
        for key in path {
            let mut start = at;
            let found = text[at..].split_inclusive('\n').find_map(|line| {
                let indent = line.len() - line.trim_start().len();
                let here = start + indent;
                start += line.len();
                let rest = line.trim_start().strip_prefix(key)?;
                rest.trim_start().starts_with(':').then_some((here..here + key.len(), start))
            });
            let (found, next) = found?;
            at = next;
            range = Some(found);
        }
        let (source, text) = (self.source.name.clone(), text.clone());
        range.map(|range| Span { source, text, range })
    }
}

impl Experiment<'_> {
    /// A key that there is not.
    pub(super) fn unknown(&self, path: &[&str], known: &[String]) -> Error {
        let key = path.last().copied().unwrap_or_default();
        let error = self.wrong(path, Code::NoSuchExperimentKey, format!("there is no key `{key}`"));
        suggest(error, key, known.iter().map(String::as_str))
    }

    /// A key that is known and not taken.
    pub(super) fn refused(&self, key: &str, why: &str) -> Error {
        self.wrong(&[key], Code::ExperimentKeyNotTaken, format!("`{key}` is not taken: {why}"))
    }

    /// A value that a key does not have.
    pub(super) fn value(&self, key: &str, wanted: &str) -> Error {
        self.wrong(&[key], Code::BadExperimentValue, format!("`{key}` is {wanted}"))
    }

    /// A key that must be there.
    pub(super) fn missing(&self, key: &str) -> Error {
        self.wrong(
            &[],
            Code::MissingExperimentKey,
            format!("experiment `{}` has no `{key}`", self.name),
        )
    }

    /// An error about a key of this experiment.
    pub(super) fn wrong(&self, path: &[&str], code: Code, message: String) -> Error {
        let mut whole = vec![self.name.as_str()];
        whole.extend(path);
        // A key on the line of another is found by that one, one from elsewhere by its experiment.
        let place = (1..=whole.len()).rev().find_map(|n| self.document.place(&whole[..n]));
        let error = Error::question(code, message);
        match place {
            Some(span) => error.at(span, "here"),
            None => error,
        }
    }
}

fn suggest<'a>(error: Error, name: &str, known: impl Iterator<Item = &'a str>) -> Error {
    match nearest(name, known) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    }
}

/// A scalar as it is written.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
