//! The templates, and how each kind of file writes the values that stand in them.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Rest, Serde, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior};
use serde_json::Value as Json;

use super::context::Context;
use super::word::{Word, shell};
use super::yaml;
use crate::base::error::{Code, Error, Result};
use crate::deploy::assets;

/// How a value is written so that it is read as itself.
#[derive(Debug, Clone, Copy)]
enum Format {
    /// As words of bash, of a list each element.
    Words,
    /// On one line of YAML.
    Yaml,
    /// As it is: numbers and addresses only.
    Bare,
}

impl Format {
    fn of(template: &str) -> Self {
        match template.rsplit('.').next() {
            Some("yaml") => Self::Yaml,
            Some("args" | "sh") => Self::Words,
            _ => Self::Bare,
        }
    }
}

/// The templates of all engines and platforms.
pub(crate) struct Templates(Environment<'static>);

impl Templates {
    /// Those that write files, where an absent value is an error.
    ///
    /// # Errors
    /// `AIQ0901` for a template that is not one.
    pub(crate) fn that_write() -> Result<Self> {
        Self::new(UndefinedBehavior::Strict)
    }

    /// Those that read files, which may be edited: what is absent is empty.
    ///
    /// # Errors
    /// `AIQ0901` for a template that is not one.
    pub(crate) fn that_read() -> Result<Self> {
        let mut templates = Self::new(UndefinedBehavior::Chainable)?;
        templates.0.add_function("entries", entries);
        templates.0.add_filter("whole", whole);
        Ok(templates)
    }

    fn new(undefined: UndefinedBehavior) -> Result<Self> {
        let bug =
            |e: &minijinja::Error| Error::internal(Code::ParserBug, format!("templates: {e:#}"));
        let mut environment = Environment::new();
        environment.set_undefined_behavior(undefined);
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()
            .map_err(|e| bug(&e))?;
        environment.set_syntax(syntax);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_formatter(written);
        environment.add_function("refuse", |why: String| -> Result<String, minijinja::Error> {
            Err(refusal(format!("refused: {why}")))
        });
        environment.add_filter("block", |text: String, depth: usize| {
            let indent = " ".repeat(depth);
            let lines = text.trim_end().lines().map(|l| format!("{indent}{l}"));
            Value::from_safe_string(lines.collect::<Vec<_>>().join("\n"))
        });
        environment.add_filter("comment", |text: String| {
            Value::from_safe_string(text.replace(char::is_control, " "))
        });
        for (name, text) in assets::templates() {
            environment.add_template(name, text).map_err(|e| bug(&e))?;
        }
        Ok(Self(environment))
    }

    /// Renders one. A null or absent value is an error, never a word in a file.
    ///
    /// # Errors
    /// `AIQ0708` for what the template refuses, `AIQ0703` for a value that is absent.
    pub(crate) fn render(&self, name: &str, values: &Context) -> Result<String> {
        let template = self.0.get_template(name);
        template.and_then(|t| t.render(Serde(values.values()))).map_err(|e| failure(&e))
    }

    /// Renders a short text of a manifest, such as the name of a file, in the format that `name` ends in.
    ///
    /// # Errors
    /// As [`Self::render`].
    pub(crate) fn fill(&self, name: &str, text: &str, values: &Context) -> Result<String> {
        let rendered = self.0.render_named_str(name, text, Serde(values.values()));
        rendered.map_err(|e| failure(&e))
    }

    /// Whether a condition of a manifest holds.
    ///
    /// # Errors
    /// As [`Self::render`].
    pub(crate) fn holds(&self, condition: &str, values: &Context) -> Result<bool> {
        let expression = self.0.compile_expression(condition);
        let value = expression.and_then(|e| e.eval(Serde(values.values())));
        value.map(|v| v.is_true()).map_err(|e| failure(&e))
    }
}

/// What a person is told of a template that was not rendered.
fn failure(e: &minijinja::Error) -> Error {
    match e.detail().unwrap_or_default().strip_prefix("refused: ") {
        Some(why) => Error::undeployable(why),
        None => Error::data(
            Code::MissingDeployValue,
            format!("the files need a value that is absent: {e:#}"),
        ),
    }
}

/// The elements of lists and the values of maps, one after the other; of anything else nothing.
fn entries(of: Rest<Value>) -> Vec<Value> {
    let own = |value: &Value| match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => value.try_iter().map(Iterator::collect),
        ValueKind::Map => {
            let keys: Vec<Value> = value.try_iter()?.collect();
            keys.iter().map(|key| value.get_item(key)).collect()
        }
        _ => Ok(Vec::new()),
    };
    of.iter().flat_map(|value| own(value).unwrap_or_default()).collect()
}

/// A whole number as it is or as a text, else another.
fn whole(value: &Value, otherwise: u64) -> u64 {
    let json = serde_json::to_value(value).unwrap_or_default();
    json.as_u64().or_else(|| json.as_str()?.parse().ok()).unwrap_or(otherwise)
}

fn refusal(detail: String) -> minijinja::Error {
    minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, detail)
}

/// Writes a value as the format of its template has it.
fn written(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    let text = match Format::of(state.name()) {
        _ if value.is_undefined() || value.is_none() => {
            return Err(refusal(format!("a value in {} is absent", state.name())));
        }
        _ if value.is_safe() => value.to_string(),
        Format::Bare => value.to_string(),
        Format::Words => as_words(value)?,
        Format::Yaml => yaml::flow(&json(value)?),
    };
    out.write_str(&text).map_err(|e| refusal(e.to_string()))
}

fn as_words(value: &Value) -> Result<String, minijinja::Error> {
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            let words = value.try_iter()?.map(|v| as_words(&v));
            Ok(words.collect::<Result<Vec<_>, _>>()?.join(" "))
        }
        ValueKind::Map => {
            let word = serde_json::to_value(value).and_then(serde_json::from_value::<Word>);
            word.map(|w| w.for_shell()).map_err(|e| refusal(format!("a map is no word: {e}")))
        }
        _ => Ok(shell(&value.to_string())),
    }
}

/// A value as JSON; words as a container takes them.
fn json(value: &Value) -> Result<Json, minijinja::Error> {
    let mut json = serde_json::to_value(value).map_err(|e| refusal(e.to_string()))?;
    contained(&mut json);
    Ok(json)
}

fn contained(json: &mut Json) {
    if let Ok(word) = serde_json::from_value::<Word>(json.clone()) {
        *json = word.for_container().into();
        return;
    }
    match json {
        Json::Array(list) => list.iter_mut().for_each(contained),
        Json::Object(map) => map.values_mut().for_each(contained),
        _ => {}
    }
}
