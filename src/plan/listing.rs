//! The op graph of a model as numbers: what a phase runs at one parallelism and one set of
//! coordinates. It stands on the same terms as the plans of a search.

use crate::plan::scope::view::View;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::deployment::worker;
use super::expr::lowered::Lowered;
use super::graph::terms::{Lane, terms_of};
use super::graph::weights::row_weights;
use super::scope::Given;
use super::target::Target;
use crate::base::error::{Code, Error, Result, bug};
use crate::lang::ast::{self, AxisTerm, Domain, Expr, ExprKind, Loc, Name, PassDef, Phase, Source};
use crate::lang::units::Unit;
use crate::model::library::Library;
use crate::model::value::Value;
use crate::perf::OpSpec;

/// The coordinates of a pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coordinates {
    /// Rows of every matrix product of a rank.
    pub tokens: f64,
    /// Rows whose logits are needed.
    pub outputs: f64,
    /// Sequences.
    pub batch: f64,
    /// New tokens of each sequence in prefill, cached tokens in decode.
    pub seq: f64,
    /// Tokens of each sequence that are cached already.
    pub prefix: f64,
}

/// One priced op of a phase.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphOp {
    /// Label of its row in the architecture.
    pub label: String,
    /// Which lane of which block it runs in, where it overlaps with others.
    pub lane: Option<Lane>,
    /// What is priced; `None` for a row that only holds weights here.
    pub op: Option<&'static str>,
    /// Text arguments: name and value.
    pub text: Vec<(&'static str, String)>,
    /// Numeric arguments: name and value.
    pub numbers: Vec<(&'static str, f64)>,
    /// How often it runs in the pass.
    pub count: f64,
    /// Bytes of weights of all its instances on one rank, before pipeline stages share them;
    /// the first op of a row carries those of the row.
    pub weight: f64,
}

/// The ops of a phase. `axes` give one value to each axis of the worker that has several.
///
/// # Errors
/// Unknown names; `AIQ0205` where an axis is left open.
pub fn op_graph(
    library: &Library,
    target: &Target,
    axes: &[AxisTerm],
    phase: Phase,
    at: &Coordinates,
) -> Result<Vec<GraphOp>> {
    let (own, given) = (ast::Scope::default(), Given::default());
    let scope = worker(library, target, axes, &own, &given);
    let coordinates = [
        ("tokens", at.tokens),
        ("outputs", at.outputs),
        ("batch", at.batch),
        ("seq", at.seq),
        ("prefix", at.prefix),
    ];
    let pass = PassDef {
        name: name("graph"),
        phase,
        only: None,
        except: None,
        at: coordinates.map(|(n, v)| (name(n), number(v))).to_vec(),
        over: None,
        when: None,
    };
    let mut weights: BTreeMap<usize, (String, f64)> = BTreeMap::new();
    for (row, label, weight) in row_weights(&scope, phase)? {
        let bytes = plain(&label, &weight)?;
        weights.insert(row, (label, bytes));
    }
    let mut ops = Vec::new();
    for term in terms_of(&scope, &pass)?.terms {
        let spec: &'static OpSpec = term.op;
        let numbers = term.numbers.iter().map(|n| plain(&term.label, n));
        let numbers = numbers.collect::<Result<Vec<_>>>()?;
        let count = plain(&term.label, &term.count)?;
        ops.push(GraphOp {
            lane: term.lane,
            op: Some(spec.name),
            text: spec.text.iter().copied().zip(term.text).collect(),
            numbers: spec.numbers.iter().copied().zip(numbers).collect(),
            count,
            weight: weights.remove(&term.row).map_or(0.0, |(_, weight)| weight),
            label: term.label,
        });
    }
    let unpriced = weights.into_values().filter(|(_, weight)| *weight > 0.0);
    ops.extend(unpriced.map(|(label, weight)| GraphOp {
        label,
        lane: None,
        op: None,
        text: Vec::new(),
        numbers: Vec::new(),
        count: 1.0,
        weight,
    }));
    Ok(ops)
}

/// The value of a name for one worker, such as `weights` or `kv_cache`; `axes` give one value to
/// each axis it depends on, and to names that only serving modes define.
///
/// # Errors
/// Unknown names; `AIQ0205` where an axis is left open.
pub fn value(library: &Library, target: &Target, axes: &[AxisTerm], named: &str) -> Result<Value> {
    let (own, given) = (ast::Scope::default(), Given::default());
    let scope = worker(library, target, axes, &own, &given);
    let view = View { scope: &scope, inline: true };
    let lowered = crate::plan::expr::names::Names::name(&view, named, &nowhere())?;
    lowered.value().cloned().ok_or_else(|| open(named, &lowered))
}

/// Axes with one value each, for [`op_graph`] and [`value`].
pub fn fixed(values: &[(&str, f64)]) -> Vec<AxisTerm> {
    let term = |(n, v): &(&str, f64)| AxisTerm { name: name(n), domain: Domain::Value(number(*v)) };
    values.iter().map(term).collect()
}

/// A number that must be known by now: nothing is left to vary.
fn plain(label: &str, lowered: &Lowered) -> Result<f64> {
    match lowered.value() {
        Some(value) => value.as_number().ok_or_else(|| bug(format!("`{label}` is no number"))),
        None => Err(open(label, lowered)),
    }
}

fn open(what: &str, lowered: &Lowered) -> Error {
    let columns: Vec<String> = lowered.columns().into_iter().collect();
    Error::question(Code::NotKnownBeforehand, format!("`{what}` depends on {}", columns.join(", ")))
        .help("give each of these one value")
}

fn nowhere() -> Loc {
    Loc { source: Arc::new(Source { name: "<graph>".into(), text: String::new() }), range: 0..0 }
}

fn name(text: &str) -> Name {
    Name { text: text.to_owned(), loc: nowhere() }
}

fn number(n: f64) -> Expr {
    Expr { kind: ExprKind::Number(n, Unit::None), loc: nowhere() }
}
