//! What a question did not say and its answer stands on.

use std::collections::BTreeMap;

use crate::lang::ast::Trait;
use crate::model::library::Library;
use crate::plan::expr::domain::Written;
use crate::plan::question::estimate::is_text;
use crate::plan::question::{CHOICES, Question};
use crate::plan::search::branch::Branch;

/// What was assumed.
#[derive(Debug, Clone, Default)]
pub(in crate::session) struct Assumed {
    /// In short, as it stands beside the answer.
    pub(in crate::session) told: Vec<String>,
    /// Every name with its value or values: `show assumed`.
    pub(in crate::session) all: Vec<[String; 2]>,
}

/// Values of a name over the branches of a question, each once.
type Values<'b> = BTreeMap<&'b str, Vec<Written>>;

impl Assumed {
    /// Defaults that shaped an answer: the targets, the requests, how rows are ranked and what rules take for
    /// granted. Axes with the one value 0 or 1 leave something out that the question did not ask for either;
    /// those with a whole grid are only named.
    pub(in crate::session) fn new<'b>(
        library: &Library,
        branches: impl IntoIterator<Item = (&'b Question, &'b Branch)>,
    ) -> Self {
        let (mut choices, mut axes) = (Values::new(), Values::new());
        let (mut sentences, mut grids) = (Vec::new(), Vec::new());
        for (asked, branch) in branches {
            for (name, value) in &branch.choices {
                let given = asked.choices.keys().any(|k| k.rsplit('.').next() == Some(name))
                    || (name == "version" && !asked.versions.is_empty());
                if !given {
                    add(&mut choices, name, Written::Value(value.clone()));
                }
            }
            for (name, values) in &branch.assumed {
                add(&mut axes, name, values.clone());
            }
            let ranked = asked.objective.is_none() && branch.sort_keys > 0;
            let objective = library.columns.objective().filter(|_| ranked);
            for sentence in objective.map(|o| o.to_string()).iter().chain(&branch.takes_for_granted)
            {
                if !sentences.contains(sentence) {
                    sentences.push(sentence.clone());
                }
            }
        }
        let mut all: Vec<[String; 2]> = Vec::new();
        let mut told: Vec<(Vec<&str>, String)> = Vec::new();
        let order = |name: &str| CHOICES.iter().position(|choice| *choice == name);
        let mut choices: Vec<_> = choices.into_iter().collect();
        choices.sort_by_key(|(name, _)| order(name));
        for (name, values) in choices.into_iter().chain(axes) {
            let (relation, text) = joined(&values);
            all.push([name.to_owned(), text.clone()]);
            match values.as_slice() {
                // What is not simulated does not hang on how requests come.
                _ if is_text(library, name) => {}
                [Written::Several(_)] => grids.push(name),
                _ if values.len() > 1 && order(name).is_none() => grids.push(name),
                _ if follows(&text) && order(name).is_none() => grids.push(name),
                [one] if leaves_out(one) && !is_told(library, name) => {}
                // `gemm, kv = bfloat16`
                _ => match told.last_mut() {
                    Some((names, known)) if *known == format!("{relation}{text}") => {
                        names.push(name);
                    }
                    _ => told.push((vec![name], format!("{relation}{text}"))),
                },
            }
        }
        let mut told: Vec<String> =
            told.into_iter().map(|(names, value)| format!("{}{value}", names.join(", "))).collect();
        told.extend(sentences);
        if !grids.is_empty() {
            let s = if grids.len() == 1 { "axis" } else { "axes" };
            told.push(format!("usual values of {} {s} (`show assumed`)", grids.len()));
        }
        Self { told, all }
    }
}

fn add<'b>(to: &mut Values<'b>, name: &'b str, value: Written) {
    let values = to.entry(name).or_default();
    if !values.contains(&value) {
        values.push(value);
    }
}

/// The values of a name and how they are told.
fn joined(values: &[Written]) -> (&'static str, String) {
    match values {
        [Written::Only(one)] => (" = ", one.clone()),
        [one] => (" = ", one.to_string()),
        several => {
            let several: Vec<String> = several.iter().map(ToString::to_string).collect();
            (" in ", format!("[{}]", several.join(", ")))
        }
    }
}

/// Whether a value follows from those of other axes.
fn follows(text: &str) -> bool {
    text.parse::<f64>().is_err()
}

fn leaves_out(value: &Written) -> bool {
    match value {
        Written::Value(one) => matches!(one.as_str(), "0" | "1"),
        Written::Only(one) => one == "1",
        Written::Several(_) => false,
    }
}

fn is_told(library: &Library, name: &str) -> bool {
    library.columns.find(name).is_some_and(|c| c.is(Trait::Tuned) || c.is(Trait::Told))
}
