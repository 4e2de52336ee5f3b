//! What a rule says of a candidate that breaks it, as a column of text, and how far a candidate
//! is from keeping a condition.

use crate::base::error::{Result, bug};
use crate::lang::ast::{BinaryOp, Expr, ExprKind, Template, TemplatePart};
use crate::lang::units::Unit;
use crate::model::value::{Value, number};
use crate::plan::expr::lowered::Lowered;
use crate::plan::scope::Scope;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::functions::core::expr_fn::{greatest, least};
use datafusion::functions::math::expr_fn::{abs, round};
use datafusion::functions::string::expr_fn::concat;
use datafusion::logical_expr::{Expr as Df, ExprSchemable, cast, is_true, lit, when};

/// Bytes of a GiB.
const GIB: f64 = 1_073_741_824.0;
/// A condition that is broken and has no measure of how far.
const FAR: f64 = 1e300;

/// What to say of a candidate that breaks a rule.
#[derive(Debug, Clone)]
pub struct Broken {
    parts: Vec<Part>,
    /// How far the candidate is from keeping the rule, 0 if it does.
    pub distance: Lowered,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Value(Lowered),
}

impl Broken {
    /// Lowers the message of a rule and the distance from its condition.
    ///
    /// # Errors
    /// Unknown names.
    pub fn new(scope: &Scope<'_>, message: &Template, require: &Expr) -> Result<Self> {
        let parts = message.parts.iter().map(|part| {
            Ok(match part {
                TemplatePart::Text(text) => Part::Text(text.clone()),
                TemplatePart::Value(expr) => Part::Value(scope.lower(expr)?),
            })
        });
        Ok(Self { parts: parts.collect::<Result<_>>()?, distance: distance(scope, require)? })
    }

    /// Whether a relation has the columns that the message and the distance need.
    pub fn is_known(&self, schema: &DFSchema) -> bool {
        let values = self.parts.iter().filter_map(|part| match part {
            Part::Value(value) => Some(value),
            Part::Text(_) => None,
        });
        let columns = values.chain([&self.distance]).flat_map(Lowered::columns);
        columns.into_iter().all(|c| schema.index_of_column_by_name(None, &c).is_some())
    }

    /// The message as a column over a relation of candidates.
    ///
    /// # Errors
    /// Columns that the relation does not have.
    pub fn text(&self, schema: &DFSchema) -> Result<Df> {
        let mut parts = Vec::new();
        for part in &self.parts {
            parts.push(match part {
                Part::Text(text) => lit(text.as_str()),
                Part::Value(value) => shown(value, schema)?,
            });
        }
        Ok(if parts.is_empty() { lit("") } else { concat(parts) })
    }

    /// The distance as a column; 0 where it cannot be measured.
    pub fn distance(&self, schema: &DFSchema) -> Df {
        let expr = self.distance.expr();
        match expr.get_type(schema) {
            Ok(DataType::Float64) => expr,
            _ => lit(0.0),
        }
    }
}

/// A text whose values are known before any candidate is; others are shown as they are written.
///
/// # Errors
/// Unknown names.
pub(in crate::plan) fn known(scope: &Scope<'_>, text: &Template) -> Result<String> {
    let parts = text.parts.iter().map(|part| {
        Ok(match part {
            TemplatePart::Text(text) => text.clone(),
            TemplatePart::Value(expr) => {
                let value = scope.lower(expr)?;
                let unit = scale_and_unit(value.unit);
                value.value().map_or_else(|| expr.to_string(), |known| known_text(known, &unit))
            }
        })
    });
    parts.collect()
}

/// The factor and the unit in which a value is shown.
fn scale_and_unit(unit: Unit) -> (f64, String) {
    match unit {
        Unit::None => (1.0, String::new()),
        Unit::Bytes | Unit::Gib => (1.0 / GIB, " GiB".to_owned()),
        Unit::Percent => (1.0, "%".to_owned()),
        unit => (1.0, format!(" {}", unit.label())),
    }
}

fn known_text(value: &Value, (scale, unit): &(f64, String)) -> String {
    match value {
        Value::Number(n) => format!("{}{unit}", number(n * scale)),
        Value::Null => "unknown".to_owned(),
        known => known.to_string(),
    }
}

/// A value as a person would write it, sizes in GiB.
fn shown(value: &Lowered, schema: &DFSchema) -> Result<Df> {
    let (scale, unit) = scale_and_unit(value.unit);
    if let Some(known) = value.value() {
        return Ok(lit(known_text(known, &(scale, unit))));
    }
    let expr = value.expr();
    if expr.get_type(schema).map_err(bug)? != DataType::Float64 {
        return Ok(cast(expr, DataType::Utf8));
    }
    let expr = if scale == 1.0 { expr } else { expr * lit(scale) };
    let near = round(vec![expr.clone() * lit(1000.0)]) / lit(1000.0);
    let whole = cast(cast(expr.clone(), DataType::Int64), DataType::Utf8);
    let text = when(expr.clone().eq(round(vec![expr])), whole)
        .otherwise(cast(near, DataType::Utf8))
        .map_err(bug)?;
    Ok(if unit.is_empty() { text } else { concat(vec![text, lit(unit)]) })
}

/// How far a candidate is from meeting a condition: by how much the smaller side exceeds the
/// larger, the farthest of several conditions, the nearest of alternatives.
fn distance(scope: &Scope<'_>, condition: &Expr) -> Result<Lowered> {
    let ExprKind::Binary(op, left, right) = &condition.kind else {
        return all_or_nothing(scope, condition);
    };
    let several = match op {
        BinaryOp::And => Some(greatest as fn(Vec<Df>) -> Df),
        BinaryOp::Or => Some(least as fn(Vec<Df>) -> Df),
        _ => None,
    };
    if let Some(several) = several {
        let (left, right) = (distance(scope, left)?, distance(scope, right)?);
        return Ok(Lowered::row(several(vec![left.expr(), right.expr()])));
    }
    let (l, r) = (scope.lower(left)?, scope.lower(right)?);
    let number = |v: &Lowered| v.value().is_none_or(|v| v.as_number().is_some());
    if !number(&l) || !number(&r) {
        return all_or_nothing(scope, condition);
    }
    let (l, r) = (l.expr(), r.expr());
    let excess = match op {
        BinaryOp::Lt | BinaryOp::Le => l - r,
        BinaryOp::Gt | BinaryOp::Ge => r - l,
        BinaryOp::Eq => abs(l - r),
        _ => return all_or_nothing(scope, condition),
    };
    Ok(Lowered::row(greatest(vec![excess, lit(0.0)])))
}

fn all_or_nothing(scope: &Scope<'_>, condition: &Expr) -> Result<Lowered> {
    let holds = scope.lower(condition)?;
    Ok(match holds.value() {
        Some(Value::Bool(true)) => Lowered::number(0.0),
        Some(_) => Lowered::number(FAR),
        None => {
            let far = when(is_true(holds.expr()), lit(0.0)).otherwise(lit(FAR));
            Lowered::row(far.map_err(bug)?)
        }
    })
}
