//! The columns of an answer.

use crate::plan::expr::col::ROW;
use crate::plan::expr::lowered::{Lowered, column};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::metadata::FieldMetadata;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::logical_expr::{Expr, cast, lit, when};

use super::branch::{Inputs, Purpose};
use crate::base::error::{Result, bug};
use crate::lang::ast::Loc;
use crate::lang::ast::is_hypothetical;
use crate::lang::units::Unit;
use crate::model::library::Library;
use crate::model::value::Value;
use crate::perf::Origin;
use crate::plan::expr::figures;
use crate::plan::question::Question;
use crate::plan::question::mix::Mix;
use crate::plan::question::what_if::{column_of, is_varied};
use crate::plan::scope::Scope;

/// How a column is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Whole,
    Real,
}

/// A column of every answer.
struct AnswerColumn {
    name: &'static str,
    kind: Kind,
    unit: Unit,
}

const fn text(name: &'static str) -> AnswerColumn {
    AnswerColumn { name, kind: Kind::Text, unit: Unit::None }
}

const fn whole(name: &'static str) -> AnswerColumn {
    AnswerColumn { name, kind: Kind::Whole, unit: Unit::None }
}

const fn real(name: &'static str, unit: Unit) -> AnswerColumn {
    AnswerColumn { name, kind: Kind::Real, unit }
}

/// The columns in order; `rank` comes before them.
const COLUMNS: &[AnswerColumn] = &[
    text("mode"),
    text("model"),
    text("system"),
    text("backend"),
    text("version"),
    whole("tp"),
    whole("pp"),
    whole("dp"),
    whole("cp"),
    whole("moe_tp"),
    whole("moe_ep"),
    whole("wide_ep"),
    whole("batch"),
    whole("gpus_per_worker"),
    whole("gpus_per_replica"),
    whole("replicas"),
    whole("gpus_used"),
    real("concurrency", Unit::None),
    real("request_rate", Unit::RequestRate),
    real("ttft", Unit::Time),
    real("tpot", Unit::Time),
    real("latency", Unit::Time),
    real("tokens_per_gpu", Unit::TokenRate),
    real("tokens_per_user", Unit::TokenRate),
    real("tokens_per_second", Unit::TokenRate),
    real("memory", Unit::Gib),
    text("origin"),
];

/// Columns of each pool, behind its name.
const POOL_COLUMNS: &[AnswerColumn] = &[
    text("system"),
    whole("workers"),
    whole("tp"),
    whole("pp"),
    whole("dp"),
    whole("cp"),
    whole("moe_tp"),
    whole("moe_ep"),
    whole("wide_ep"),
    whole("batch"),
];

const POOLS: [&str; 2] = ["prefill", "decode"];

/// Columns of a worker: null for a deployment of pools.
const WORKER: &[&str] = &[
    "tp",
    "pp",
    "dp",
    "cp",
    "moe_tp",
    "moe_ep",
    "wide_ep",
    "batch",
    "gpus_per_worker",
    "ctx_tokens",
];

/// Metrics that matter in every answer.
const HEADLINE: &[&str] = &["ttft", "tpot", "tokens_per_gpu"];

/// Columns that follow from others, or are looked at last.
const DERIVED: &[&str] = &["gpus_per_worker", "gpus_per_replica", "gpus_used", "origin"];

/// The names of a schema's columns.
pub fn columns_of(schema: &DFSchema) -> Vec<String> {
    schema.fields().iter().map(|f| f.name().clone()).collect()
}

/// The expressions of the answer of one branch.
pub(in crate::plan) fn answer_columns(inputs: Inputs<'_>, scope: &Scope<'_>) -> Result<Vec<Expr>> {
    let loc = &inputs.mode.name.loc;
    let mut exprs = Vec::new();
    if inputs.purpose == Purpose::Estimate {
        exprs.push(column(ROW));
    }
    for c in COLUMNS {
        exprs.push(typed(c, value(inputs, scope, c, loc)?)?.alias(c.name));
    }
    for pool in POOLS {
        let own = scope.pools.iter().find(|s| s.pool == pool);
        for c in POOL_COLUMNS {
            let value = match own {
                None => Lowered::known(Value::Null),
                Some(own) if c.kind == Kind::Text => {
                    Lowered::known(own.target.choices.get(c.name).cloned().unwrap_or(Value::Null))
                }
                Some(_) => scope.named(&format!("{pool}.{}", c.name), loc)?,
            };
            exprs.push(typed(c, value)?.alias(format!("{pool}_{}", c.name)));
        }
    }
    for name in extras(inputs) {
        let value = extra(inputs, scope, &name)?;
        let kind = if scope.target.choices.contains_key(&name) { Kind::Text } else { Kind::Real };
        let c = AnswerColumn { name: "", kind, unit: value.unit };
        exprs.push(typed(&c, value)?.alias(&name));
    }
    exprs.extend(varied(inputs, scope));
    if inputs.purpose == Purpose::Rank {
        exprs.extend(super::rank::scores(inputs, scope)?);
    }
    if inputs.purpose == Purpose::Estimate {
        let reasons = scope.workers();
        let reasons = reasons.iter().map(|p| column(&format!("{}reason", p.prefix))).collect();
        let reason = crate::plan::expr::null::several(reasons, crate::plan::expr::null::first_of);
        exprs.push(reason.alias("reason"));
    }
    Ok(exprs)
}

/// What is supposed of facts and tables, where it is one of several values; null where it is about
/// a pool that this mode does not have.
fn varied(inputs: Inputs<'_>, scope: &Scope<'_>) -> Vec<Expr> {
    let several = inputs.asked.hypotheses.iter().filter(|h| is_varied(h));
    let several = several.map(|h| &h.name.text).filter(|name| is_hypothetical(name));
    let workers = scope.workers();
    let column = |name: &String| {
        let found = workers.iter().find_map(|worker| worker.target.scenario.varied(name));
        let (value, unit) = found.unzip();
        let told = |unit: Unit| {
            let label = (!unit.label().is_empty()).then(|| unit.label().to_owned())?;
            Some(FieldMetadata::new([("unit".to_owned(), label)].into()))
        };
        let unit = unit.and_then(told);
        lit(ScalarValue::Float64(value)).alias_with_metadata(column_of(name), unit)
    };
    several.map(column).collect()
}

fn value(inputs: Inputs<'_>, scope: &Scope<'_>, c: &AnswerColumn, loc: &Loc) -> Result<Lowered> {
    if !scope.pools.is_empty() && WORKER.contains(&c.name) {
        return Ok(Lowered::known(Value::Null));
    }
    match c.name {
        "mode" => Ok(Lowered::known(Value::text(&inputs.mode.name.text))),
        "origin" => origin_text(&scope.named("origin", loc)?),
        "system" | "backend" | "version" => {
            let choice = |s: &&Scope<'_>| s.target.choices.get(c.name).map(ToString::to_string);
            let mut all: Vec<String> = scope.workers().iter().filter_map(choice).collect();
            all.dedup();
            Ok(Lowered::known(Value::text(&all.join(" + "))))
        }
        name => scope.named(name, loc),
    }
}

/// Further columns: axes that the question varies and metrics it names that are no answer column.
pub fn extras(inputs: Inputs<'_>) -> Vec<String> {
    let mut names = vec!["ctx_tokens".to_owned()];
    let own = inputs.asked.overrides.iter().take(inputs.asked.own);
    let choices = inputs.asked.choices.iter().filter(|(_, v)| v.len() > 1);
    let asked = inputs.asked.asks_about();
    let is_metric = |name: &str| inputs.library.all_metrics().any(|m| m.name.text == name);
    let of_classes = inputs.asked.mix.iter().flat_map(class_columns);
    let metrics = asked
        .iter()
        .filter(|n| is_metric(n) || inputs.asked.mix.as_ref().and_then(|m| m.column(n)).is_some());
    names.extend(of_classes);
    let supposed = inputs.asked.hypotheses.iter().filter(|h| is_varied(h)).map(|h| &h.name.text);
    let varied = own.map(|t| &t.name.text).chain(choices.map(|(n, _)| n)).chain(supposed);
    for name in varied.chain(metrics) {
        let shown = COLUMNS.iter().any(|c| c.name == name) || names.contains(name);
        if !shown && !name.contains('.') && name != "gpus" {
            names.push(name.clone());
        }
    }
    names
}

/// The latencies of each class of a mix.
fn class_columns(mix: &Mix) -> Vec<String> {
    let times = COLUMNS.iter().filter(|c| c.unit == Unit::Time);
    times
        .flat_map(|c| mix.classes.iter().map(|class| format!("{}_{}", c.name, class.name)))
        .collect()
}

fn extra(inputs: Inputs<'_>, scope: &Scope<'_>, name: &str) -> Result<Lowered> {
    if let Some(choice) = scope.target.choices.get(name) {
        return Ok(Lowered::known(choice.clone()));
    }
    if !scope.pools.is_empty() && !scope.owns_name(name)? {
        return Ok(Lowered::known(Value::Null));
    }
    // An estimate only shows it: nothing is chosen by it.
    if inputs.purpose == Purpose::Estimate
        && let Some(missing) = scope.missing_figure(name)?
    {
        scope.leave_open(name, figures::reason(&missing));
        return Ok(Lowered::known(Value::Null));
    }
    scope.named(name, &inputs.mode.name.loc)
}

/// A value in the type of its column; sizes in GiB.
fn typed(c: &AnswerColumn, value: Lowered) -> Result<Expr> {
    let null = value.value() == Some(&Value::Null);
    Ok(match c.kind {
        Kind::Text if null => Expr::Literal(ScalarValue::Utf8(None), None),
        Kind::Text => value.expr(),
        Kind::Whole if null => Expr::Literal(ScalarValue::Int64(None), None),
        Kind::Whole => match value.value().and_then(Value::as_number) {
            Some(n) => lit(n as i64),
            None => cast(value.expr(), DataType::Int64),
        },
        Kind::Real if null => Expr::Literal(ScalarValue::Float64(None), None),
        Kind::Real if c.unit == Unit::Gib => value.expr() / lit(1_073_741_824.0),
        Kind::Real => value.expr(),
    })
}

fn origin_text(origin: &Lowered) -> Result<Lowered> {
    let origin = origin.expr();
    let [measured, rest @ ..] = Origin::ALL;
    let is = |o: Origin| origin.clone().eq(lit(f64::from(o as u8)));
    let mut case = when(is(measured), lit(measured.name()));
    for o in rest {
        case = case.when(is(o), lit(o.name()));
    }
    Ok(Lowered::row(case.end().map_err(bug)?))
}

/// The schema of a result, with what its printing needs in the metadata of the fields: `unit`, and
/// `place`, which says how soon a column matters: 0 for what a row is, 1 for what was `asked` about,
/// 2 for what the deployment is made of, 3 for other metrics.
pub fn described(schema: &Schema, question: &Question, library: &Library) -> SchemaRef {
    let asked = question.asks_about();
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|f| {
            let own = f.metadata().get("unit").map(String::as_str);
            let of_class = question.mix.as_ref().and_then(|m| m.column(f.name()));
            let name = of_class.map_or(f.name().as_str(), |(name, _)| name);
            let known = COLUMNS.iter().find(|c| c.name == name);
            let metric = library.all_metrics().find(|m| m.name.text == name);
            let unit = known.map(|c| c.unit).or(metric.map(|m| m.unit)).unwrap_or_default();
            let place = match known {
                _ if f.name() == "rank" => "0",
                Some(c) if c.kind == Kind::Text && c.name != "origin" => "0",
                _ if asked.contains(f.name()) || HEADLINE.contains(&name) => "1",
                Some(c) if c.kind == Kind::Real || DERIVED.contains(&c.name) => "3",
                _ => "2",
            };
            let all = [("unit", own.unwrap_or(unit.label())), ("place", place)];
            let told = all.into_iter().filter(|(_, text)| !text.is_empty());
            f.as_ref().clone().with_metadata(
                told.map(|(name, text)| (name.to_owned(), text.to_owned())).collect(),
            )
        })
        .collect();
    Arc::new(Schema::new(fields))
}
