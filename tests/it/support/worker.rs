//! One worker of a model: what it runs, holds and keeps, by the shipped definitions and data.

use std::sync::OnceLock;

use aiq::Engine;
use aiq::lang::ast::{Phase, StatementKind};
use aiq::lang::parse::parse;
use aiq::model::library::Library;
use aiq::plan::listing::{fixed, op_graph, value};
use aiq::plan::question::{NoNames, Question};
use aiq::plan::target::Target;

pub(crate) use aiq::plan::listing::{Coordinates, GraphOp};

/// Values of axes by name.
pub(crate) type Axes<'a> = &'a [(&'a str, f64)];

/// What axes are where nothing is said: one GPU that holds everything.
const ALONE: [(&str, f64); 7] = [
    ("tp", 1.0),
    ("pp", 1.0),
    ("dp", 1.0),
    ("moe_tp", 1.0),
    ("moe_ep", 1.0),
    ("cp", 1.0),
    ("wide_ep", 0.0),
];

/// The shipped data and definitions, opened once for all tests.
pub(crate) fn shipped() -> &'static (Engine, Library) {
    static SHIPPED: OnceLock<(Engine, Library)> = OnceLock::new();
    SHIPPED.get_or_init(|| {
        let engine = Engine::open(&[super::systems()]).expect("the shipped data opens");
        (engine, Library::shipped().expect("the shipped definitions are sound"))
    })
}

/// A model on a system with a backend.
pub(crate) struct Worker<'l> {
    library: &'l Library,
    target: Target,
}

impl Worker<'static> {
    /// By the shipped definitions, precisions inferred.
    pub(crate) fn new(model: &str, system: &str, backend: &str) -> Self {
        Self::defined(&shipped().1, &format!("for '{model}' on {system} * 8 using {backend}"))
    }
}

impl<'l> Worker<'l> {
    /// The one target of a search by other definitions.
    pub(crate) fn defined(library: &'l Library, search: &str) -> Self {
        let text = format!("search {search};");
        let statements = parse("<test>", &text).expect("a question");
        let StatementKind::Search(search) = &statements[0].kind else { panic!("{text}") };
        let asked = Question::new(&search.axes, &search.clauses, &[], &NoNames);
        let targets = shipped().0.targets(library, &asked.expect("a question"), "");
        let [target] = <[Target; 1]>::try_from(targets.expect("a target"))
            .unwrap_or_else(|targets| panic!("{} targets of {text}", targets.len()));
        Self { library, target }
    }

    /// A value such as `weights` or `kv_cache`. Axes that are not given have one rank.
    pub(crate) fn number(&self, axes: Axes<'_>, name: &str) -> f64 {
        // The first value of a name wins.
        let axes = fixed(&[axes, &ALONE].concat());
        let value = value(self.library, &self.target, &axes, name).expect("a value");
        value.as_number().unwrap_or_else(|| panic!("`{name}` is no number"))
    }

    /// The ops of a phase. Axes that are not given have one rank.
    pub(crate) fn ops(&self, axes: Axes<'_>, phase: Phase, at: &Coordinates) -> Vec<GraphOp> {
        let axes = fixed(&[axes, &ALONE].concat());
        op_graph(self.library, &self.target, &axes, phase, at).expect("a graph")
    }

    /// A precision that was chosen or inferred.
    pub(crate) fn precision(&self, name: &str) -> &str {
        self.target.choices.get(name).and_then(|v| v.as_text()).unwrap_or("none")
    }

    /// Whether its configuration sets a key to `true`.
    pub(crate) fn is_configured(&self, key: &str) -> bool {
        self.target.config.get(key).to_string() == "true"
    }

    /// The name of its architecture.
    pub(crate) fn architecture(&self) -> &str {
        &self.target.architecture.name.text
    }
}
