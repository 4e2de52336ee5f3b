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
use crate::lang::ast::{ColumnDef, Holds, Owner, Trait, Weight, is_hypothetical};
use crate::lang::units::Unit;
use crate::model::library::Library;
use crate::model::value::Value;
use crate::perf::Origin;
use crate::plan::expr::figures;
use crate::plan::question::Question;
use crate::plan::question::mix::Mix;
use crate::plan::question::what_if::{column_of, is_varied};
use crate::plan::scope::Scope;

/// The names of a schema's columns.
pub fn columns_of(schema: &DFSchema) -> Vec<String> {
    schema.fields().iter().map(|f| f.name().clone()).collect()
}

/// The expressions of the answer of one branch.
pub(in crate::plan) fn answer_columns(inputs: Inputs<'_>, scope: &Scope<'_>) -> Result<Vec<Expr>> {
    let mut exprs = Vec::new();
    if inputs.purpose == Purpose::Estimate {
        exprs.push(column(ROW));
    }
    for c in shown(inputs.library).filter(|c| !c.is(Trait::Optional)) {
        exprs.push(typed(c.holds, value(inputs, scope, c)?)?.alias(&c.name.text));
    }
    for pool in inputs.library.pools() {
        let own = scope.pools.iter().find(|s| s.pool == pool);
        for c in inputs.library.columns.iter().filter(|c| c.is_of(Owner::Pool)) {
            let name = &c.name.text;
            let value = match own {
                None => Lowered::known(Value::Null),
                Some(own) if c.holds == Holds::Text => {
                    Lowered::known(own.target.choices.get(name).cloned().unwrap_or(Value::Null))
                }
                Some(_) => scope.named(&format!("{pool}.{name}"), &c.name.loc)?,
            };
            exprs.push(typed(c.holds, value)?.alias(format!("{pool}_{name}")));
        }
    }
    for c in shown(inputs.library).filter(|c| c.is(Trait::Optional)) {
        exprs.push(typed(c.holds, value(inputs, scope, c)?)?.alias(&c.name.text));
    }
    for name in extras(inputs) {
        let value = extra(inputs, scope, &name)?;
        let is_choice = scope.target.choices.contains_key(&name);
        let holds = if is_choice { Holds::Text } else { Holds::Number };
        exprs.push(typed(holds, value)?.alias(&name));
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

/// The columns of the whole, in their order.
fn shown(library: &Library) -> impl Iterator<Item = &ColumnDef> {
    let whole = |c: &&ColumnDef| c.is_of(Owner::Deployment) || c.is_of(Owner::Worker);
    library.columns.iter().filter(whole)
}

fn value(inputs: Inputs<'_>, scope: &Scope<'_>, c: &ColumnDef) -> Result<Lowered> {
    if !scope.pools.is_empty() && !c.is_of(Owner::Deployment) {
        return Ok(Lowered::known(Value::Null));
    }
    match c.name.text.as_str() {
        "mode" => Ok(Lowered::known(Value::text(&inputs.mode.name.text))),
        "origin" => origin_text(&scope.named("origin", &c.name.loc)?),
        name if c.holds == Holds::Text && scope.target.choices.contains_key(name) => {
            let choice = |s: &&Scope<'_>| s.target.choices.get(name).map(ToString::to_string);
            let mut all: Vec<String> = scope.workers().iter().filter_map(choice).collect();
            all.dedup();
            Ok(Lowered::known(Value::text(&all.join(" + "))))
        }
        name => scope.named(name, &c.name.loc),
    }
}

/// Further columns: axes that the question varies and metrics it names that are no answer column.
pub fn extras(inputs: Inputs<'_>) -> Vec<String> {
    let mut names = Vec::new();
    let own = inputs.asked.overrides.iter().take(inputs.asked.own);
    let choices = inputs.asked.choices.iter().filter(|(_, v)| v.len() > 1);
    let asked = inputs.asked.asks_about();
    let is_metric = |name: &str| inputs.library.all_metrics().any(|m| m.name.text == name);
    let of_classes = inputs.asked.mix.iter().flat_map(|mix| class_columns(inputs.library, mix));
    let metrics = asked
        .iter()
        .filter(|n| is_metric(n) || inputs.asked.mix.as_ref().and_then(|m| m.column(n)).is_some());
    names.extend(of_classes);
    let supposed = inputs.asked.hypotheses.iter().filter(|h| is_varied(h)).map(|h| &h.name.text);
    let varied = own.map(|t| &t.name.text).chain(choices.map(|(n, _)| n)).chain(supposed);
    for name in varied.chain(metrics) {
        let known = shown(inputs.library).any(|c| c.name.text == *name);
        let shown = known || names.contains(name);
        if !shown && !name.contains('.') && name != "gpus" {
            names.push(name.clone());
        }
    }
    names
}

/// The latencies of each class of a mix.
fn class_columns(library: &Library, mix: &Mix) -> Vec<String> {
    let names = shown(library).map(|c| &c.name.text);
    let times = names.filter(|name| library.unit_of(name) == Unit::Time);
    times
        .flat_map(|name| mix.classes.iter().map(move |class| format!("{name}_{}", class.name)))
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

/// A value as its column holds it; sizes of memory in GiB.
fn typed(holds: Holds, value: Lowered) -> Result<Expr> {
    let null = value.value() == Some(&Value::Null);
    Ok(match holds {
        Holds::Text if null => Expr::Literal(ScalarValue::Utf8(None), None),
        Holds::Text => value.expr(),
        Holds::Whole | Holds::Size if null => Expr::Literal(ScalarValue::Int64(None), None),
        Holds::Whole | Holds::Size => match value.value().and_then(Value::as_number) {
            Some(n) => lit(n as i64),
            None => cast(value.expr(), DataType::Int64),
        },
        Holds::Number if null => Expr::Literal(ScalarValue::Float64(None), None),
        Holds::Number if value.unit == Unit::Gib => value.expr() / lit(1_073_741_824.0),
        Holds::Number => value.expr(),
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
/// `place`, which says how soon a column matters: its [`Weight`] as a number, and that of a headline
/// for what the question is about.
pub fn described(schema: &Schema, question: &Question, library: &Library) -> SchemaRef {
    let asked = question.asks_about();
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|f| {
            let own = f.metadata().get("unit").map(String::as_str);
            let of_class = question.mix.as_ref().and_then(|m| m.column(f.name()));
            let name = of_class.map_or(f.name().as_str(), |(name, _)| name);
            let weight = match library.columns.find(name).map_or(Weight::Shape, |c| c.weight) {
                _ if f.name() == "rank" => Weight::Identity,
                Weight::Shape | Weight::Detail if asked.contains(f.name()) => Weight::Headline,
                weight => weight,
            };
            let unit = own.unwrap_or(library.unit_of(name).label());
            let place = (weight as u8).to_string();
            let all = [("unit", unit), ("place", place.as_str())];
            let told = all.into_iter().filter(|(_, text)| !text.is_empty());
            f.as_ref().clone().with_metadata(
                told.map(|(name, text)| (name.to_owned(), text.to_owned())).collect(),
            )
        })
        .collect();
    Arc::new(Schema::new(fields))
}
