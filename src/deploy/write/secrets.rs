//! Values that nobody else should read: they stand in a file of their own and nowhere else.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::configuration::Configuration;
use super::output::File;
use super::site::WhereItRuns;
use crate::base::error::{Code, Error, Result};
use crate::deploy::assets;
use crate::deploy::text::Context;
use crate::publish::Mode;

/// Words that make the name of a variable the name of a secret.
const WORDS: &str = "secret_words.txt";
/// `NAME=value` lines, as `kubectl create secret --from-env-file` reads them.
const FILE: &str = "secrets.env";

/// Whether a variable, flag or key of that name holds a secret.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut parts = name.split(|c: char| !c.is_ascii_alphanumeric());
    // `PGPASSWORD` is one word.
    parts.any(|part| assets::lines(WORDS).any(|w| part == w || (w.len() > 5 && part.ends_with(w))))
}

/// Environment variables that hold secrets.
#[derive(Debug, Default)]
pub(super) struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// Takes them out of what templates and records read.
    ///
    /// # Errors
    /// `AIQ0715` for a flag or key that would show one.
    pub(super) fn take(configuration: &mut Configuration) -> Result<Self> {
        let (engine, runtime) = (configuration.engine.values(), configuration.runtime.values());
        let flags = engine.chain(runtime).flatten().chain(&configuration.frontend);
        if let Some((name, _)) = flags.into_iter().find(|(name, value)| {
            is_secret(name) && value.as_str().is_some_and(|v| !v.starts_with('/'))
        }) {
            let text = format!("`{name}` would stand on a command line for all to read");
            return Err(Error::question(Code::SecretReadable, text)
                .help("engines read secrets from variables, such as `env.VLLM_API_KEY`"));
        }
        let mut secrets = BTreeMap::new();
        if let Some(Json::Object(env)) = configuration.settings.get_mut("env") {
            let names: Vec<String> = env.keys().filter(|n| is_secret(n)).cloned().collect();
            for name in names {
                let value = env.remove(&name).unwrap_or_default();
                secrets.insert(name, value.as_str().unwrap_or_default().to_owned());
            }
        }
        for name in secrets.keys() {
            configuration.given.insert(format!("env.{name}"), format!("in {FILE}").into());
        }
        Ok(Self(secrets))
    }

    /// Adds their names to what templates read.
    pub(super) fn describe(&self, context: &mut Context) {
        let given = context.get("k8s").and_then(|k| k["env_secret"].as_str());
        let made = || format!("{}-env", context.text("name"));
        let secret = given.filter(|n| !n.is_empty()).map_or_else(made, str::to_owned);
        let names: Vec<String> = self.0.keys().cloned().collect();
        let plain = context.get("env").and_then(Json::as_object).into_iter().flatten();
        let variables: Vec<String> =
            plain.map(|(name, _)| name.clone()).chain(names.iter().cloned()).collect();
        context.set("secret_name", secret);
        context.set("secrets", names);
        context.set("variables", variables);
    }

    /// The file with their values.
    pub(super) fn file(&self) -> Option<File> {
        let lines: Vec<String> = self.0.iter().map(|(n, v)| format!("{n}={v}\n")).collect();
        let file = File { name: FILE.to_owned(), text: lines.concat(), mode: Mode::Secret };
        (!self.0.is_empty()).then_some(file)
    }

    /// What a person should know of them.
    pub(super) fn note(&self, site: &dyn WhereItRuns, secret: &str) -> Option<String> {
        let names: Vec<&str> = self.0.keys().map(String::as_str).collect();
        (!names.is_empty()).then(|| {
            format!(
                "warning: {} stands in `{FILE}` only, which is yours alone to read; {}",
                names.join(", "),
                site.use_of_secrets(FILE, secret)
            )
        })
    }

    /// Whether a text shows one of them.
    pub(super) fn is_shown_in(&self, text: &str) -> bool {
        self.0.values().any(|v| v.len() > 3 && text.contains(v.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known() {
        for name in ["HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "api-key", "OPENAI_APIKEY"]
        {
            assert!(is_secret(name), "{name}");
        }
        for name in ["TOKENIZERS_PARALLELISM", "max_num_batched_tokens", "NCCL_DEBUG", "KEYS_DIR"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
