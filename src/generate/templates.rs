//! The templates, and how each kind of file writes the values that stand in them.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior};
use serde_json::{Map, Value as Json};

use super::word::{Word, shell};
use super::yaml;
use crate::error::{Error, Result};

/// Names, the end of which says the format, and texts.
const TEMPLATES: &[(&str, &str)] = &[
    ("vllm.args", include_str!("../../models/deploy/templates/vllm.args.j2")),
    ("vllm.node.args", include_str!("../../models/deploy/templates/vllm.node.j2")),
    ("vllm.start.args", include_str!("../../models/deploy/templates/vllm.start.j2")),
    ("sglang.args", include_str!("../../models/deploy/templates/sglang.args.j2")),
    ("sglang.node.args", include_str!("../../models/deploy/templates/sglang.node.j2")),
    ("sglang.start.args", include_str!("../../models/deploy/templates/sglang.start.j2")),
    ("trtllm.args", include_str!("../../models/deploy/templates/trtllm.args.j2")),
    ("trtllm.node.args", include_str!("../../models/deploy/templates/trtllm.node.j2")),
    ("trtllm.start.args", include_str!("../../models/deploy/templates/trtllm.start.j2")),
    ("trtllm.engine.yaml", include_str!("../../models/deploy/templates/trtllm.engine.j2")),
    ("v1beta1.yaml", include_str!("../../models/deploy/templates/k8s_deploy.v1beta1.yaml.j2")),
    ("v1alpha1.yaml", include_str!("../../models/deploy/templates/k8s_deploy.v1alpha1.yaml.j2")),
    ("engine_files.yaml", include_str!("../../models/deploy/templates/engine_files.yaml.j2")),
    ("llm_d.yaml", include_str!("../../models/deploy/templates/values.yaml.j2")),
    ("kustomization.yaml", include_str!("../../models/deploy/templates/kustomization.yaml.j2")),
    ("patch.yaml", include_str!("../../models/deploy/templates/patch.yaml.j2")),
    ("dynamo.sh", include_str!("../../models/deploy/templates/dynamo.sh.j2")),
    ("engine.sh", include_str!("../../models/deploy/templates/engine.sh.j2")),
    ("nginx.conf", include_str!("../../models/deploy/templates/nginx.conf.j2")),
    ("nginx.front.args", include_str!("../../models/deploy/templates/nginx.front.j2")),
    ("vllm.front.args", include_str!("../../models/deploy/templates/vllm.front.j2")),
    ("sglang.front.args", include_str!("../../models/deploy/templates/sglang.front.j2")),
    ("trtllm.front.args", include_str!("../../models/deploy/templates/trtllm.front.j2")),
    ("trtllm.front.yaml", include_str!("../../models/deploy/templates/trtllm.front.yaml.j2")),
    ("processes.sh", include_str!("../../models/deploy/templates/processes.sh.j2")),
    ("environment.sh", include_str!("../../models/deploy/templates/environment.sh.j2")),
    ("bench.sh", include_str!("../../models/deploy/templates/bench.sh.j2")),
    ("bench_job.yaml", include_str!("../../models/deploy/templates/k8s_bench.yaml.j2")),
];

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
pub(super) struct Templates(Environment<'static>);

impl Templates {
    /// Reads them.
    ///
    /// # Errors
    /// `AIQ0901` for a template that is not one.
    pub(super) fn new() -> Result<Self> {
        let bug = |e: &minijinja::Error| Error::internal("AIQ0901", format!("templates: {e:#}"));
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
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
        for (name, text) in TEMPLATES {
            environment.add_template(name, text).map_err(|e| bug(&e))?;
        }
        Ok(Self(environment))
    }

    /// Whether there is one of that name.
    pub(super) fn has(name: &str) -> bool {
        TEMPLATES.iter().any(|(known, _)| *known == name)
    }

    /// Renders one. A null or absent value is an error, never a word in a file.
    ///
    /// # Errors
    /// `AIQ0708` for what the template refuses, `AIQ0703` for a value that is absent.
    pub(super) fn render(&self, name: &str, values: &Map<String, Json>) -> Result<String> {
        let template = self.0.get_template(name);
        template.and_then(|t| t.render(Serde(values))).map_err(|e| {
            match e.detail().unwrap_or_default().strip_prefix("refused: ") {
                Some(why) => Error::question("AIQ0708", why),
                None => {
                    Error::data("AIQ0703", format!("the files need a value that is absent: {e:#}"))
                }
            }
        })
    }
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
