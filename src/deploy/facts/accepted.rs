//! What each release of an engine accepts: flags, keys and their allowed values.

use std::collections::BTreeMap;

use crate::base::error::{Code, Error, Result, nearest};
use crate::base::tsv;
use crate::deploy::assets;
use crate::deploy::text::Word;

/// The names one program accepts, with the values of those that are closed.
#[derive(Debug, Default)]
pub(crate) struct Accepted {
    program: String,
    names: BTreeMap<&'static str, Vec<&'static str>>,
}

impl Accepted {
    /// The union of several tables of `models/deploy/flags`.
    ///
    /// # Errors
    /// `AIQ0706` for a release without a table.
    pub(crate) fn load(program: &str, tables: &[String]) -> Result<Self> {
        let mut names: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
        for table in tables {
            let text = assets::text(&format!("flags/{table}.tsv")).ok_or_else(|| {
                Error::data(Code::NoRelease, format!("what {table} accepts is not known"))
            })?;
            for row in tsv::rows(text) {
                let mut cells = row.cells().map(|(_, cell)| cell);
                let (name, values) = (cells.next(), cells.next());
                let values = values.unwrap_or_default().split(',').filter(|v| !v.is_empty());
                names.entry(name.unwrap_or_default()).or_insert_with(|| values.collect());
            }
        }
        Ok(Self { program: program.to_owned(), names })
    }

    /// Whether the program knows a name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// Refuses a name that the program does not know, or a value not among its choices.
    ///
    /// # Errors
    /// `AIQ0702` and `AIQ0710`.
    pub(crate) fn check(&self, name: &str, value: Option<&str>) -> Result<()> {
        let Some(choices) = self.names.get(name) else {
            let text = format!("{} does not know `{name}`", self.program);
            let error = Error::question(Code::FlagNotAccepted, text);
            return Err(match nearest(name, self.names.keys().copied()) {
                Some(near) => error.help(format!("the nearest that it knows is `{near}`")),
                None => error,
            });
        };
        match value {
            Some(value) if !choices.is_empty() && !choices.contains(&value) => {
                let text = format!("{} takes no `{name}` of `{value}`", self.program);
                Err(Error::question(Code::UnreadableFlags, text)
                    .help(format!("it takes {}", choices.join(", "))))
            }
            _ => Ok(()),
        }
    }

    /// Checks a command line: flags, each with the words that follow it.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub(crate) fn check_arguments(&self, argv: &[Word]) -> Result<()> {
        let argv: Vec<String> = argv.iter().map(Word::plain).collect();
        for (i, word) in argv.iter().enumerate().filter(|(_, w)| w.starts_with("--")) {
            let value = argv.get(i + 1).filter(|v| !v.starts_with("--"));
            self.check(word, value.map(String::as_str))?;
        }
        Ok(())
    }

    /// Checks every key of an engine file, at any depth.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub(crate) fn check_keys(&self, prefix: &str, value: &serde_json::Value) -> Result<()> {
        let serde_json::Value::Object(map) = value else {
            let text = value.as_str().map(str::to_owned);
            return self.check(prefix, text.as_deref());
        };
        for (key, inner) in map {
            let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            self.check_keys(&path, inner)?;
        }
        Ok(())
    }
}
