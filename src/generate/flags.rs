//! What each release of an engine accepts: flags, keys and their allowed values.

use std::collections::BTreeMap;

use super::word::Word;
use crate::error::{Error, Result, nearest};
use crate::tsv;

/// Tables by engine and release.
const TABLES: &[(&str, &str)] = &[
    ("vllm-0.24.0", include_str!("../../models/deploy/flags/vllm-0.24.0.tsv")),
    ("vllm-0.20.1", include_str!("../../models/deploy/flags/vllm-0.20.1.tsv")),
    ("sglang-0.5.16", include_str!("../../models/deploy/flags/sglang-0.5.16.tsv")),
    ("sglang-0.5.14", include_str!("../../models/deploy/flags/sglang-0.5.14.tsv")),
    (
        "trtllm-serve-1.3.0rc23",
        include_str!("../../models/deploy/flags/trtllm-serve-1.3.0rc23.tsv"),
    ),
    ("trtllm-1.3.0rc23", include_str!("../../models/deploy/flags/trtllm-1.3.0rc23.tsv")),
    ("dynamo-vllm-1.3.1", include_str!("../../models/deploy/flags/dynamo-vllm-1.3.1.tsv")),
    ("dynamo-sglang-1.3.1", include_str!("../../models/deploy/flags/dynamo-sglang-1.3.1.tsv")),
    ("dynamo-trtllm-1.3.1", include_str!("../../models/deploy/flags/dynamo-trtllm-1.3.1.tsv")),
    ("dynamo-frontend-1.3.1", include_str!("../../models/deploy/flags/dynamo-frontend-1.3.1.tsv")),
    ("dynamo-common-1.3.1", include_str!("../../models/deploy/flags/dynamo-common-1.3.1.tsv")),
];

/// The names one program accepts, with the values of those that are closed.
#[derive(Debug, Default)]
pub struct Accepted {
    program: String,
    names: BTreeMap<&'static str, Vec<&'static str>>,
}

impl Accepted {
    /// The union of several tables.
    ///
    /// # Errors
    /// `AIQ0706` for a release without a table.
    pub fn load(program: &str, tables: &[String]) -> Result<Self> {
        let mut names: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
        for table in tables {
            let text = TABLES.iter().find(|(name, _)| name == table).ok_or_else(|| {
                Error::data("AIQ0706", format!("what {table} accepts is not known"))
            })?;
            for row in tsv::rows(text.1) {
                let mut cells = row.cells().map(|(_, cell)| cell);
                let (name, values) = (cells.next(), cells.next());
                let values = values.unwrap_or_default().split(',').filter(|v| !v.is_empty());
                names.entry(name.unwrap_or_default()).or_insert_with(|| values.collect());
            }
        }
        Ok(Self { program: program.to_owned(), names })
    }

    /// Whether the program knows a name.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// Refuses a name that the program does not know, or a value not among its choices.
    ///
    /// # Errors
    /// `AIQ0702` and `AIQ0710`.
    pub fn check(&self, name: &str, value: Option<&str>) -> Result<()> {
        let Some(choices) = self.names.get(name) else {
            let text = format!("{} does not know `{name}`", self.program);
            let error = Error::question("AIQ0702", text);
            return Err(match nearest(name, self.names.keys().copied()) {
                Some(near) => error.help(format!("the nearest that it knows is `{near}`")),
                None => error,
            });
        };
        match value {
            Some(value) if !choices.is_empty() && !choices.contains(&value) => {
                let text = format!("{} takes no `{name}` of `{value}`", self.program);
                Err(Error::question("AIQ0710", text)
                    .help(format!("it takes {}", choices.join(", "))))
            }
            _ => Ok(()),
        }
    }

    /// Checks a command line: flags, each with the words that follow it.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub(super) fn check_arguments(&self, argv: &[Word]) -> Result<()> {
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
    pub fn check_keys(&self, prefix: &str, value: &serde_json::Value) -> Result<()> {
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
