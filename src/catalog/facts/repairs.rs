//! Reads `repairs.yaml`: which measured latencies are replaced, by what rule.

use std::collections::BTreeMap;

use serde_json::Value;

/// A rule that replaces latencies.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::catalog) struct RepairRule {
    /// Its name, by which repairs are asked for.
    pub(in crate::catalog) name: String,
    /// The tables that it looks at.
    pub(in crate::catalog) tables: Vec<String>,
    /// How many times slower than other backends a latency is replaced.
    pub(in crate::catalog) over: f64,
    /// What it looks at.
    pub(in crate::catalog) looks_at: LooksAt,
}

/// What a rule compares.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::catalog) enum LooksAt {
    /// Each row with those of other backends at the same keys and sizes.
    Rows,
    /// The floor of a table with those of other backends.
    Floors(Floor),
    /// Each row with those of the same kernel at larger sizes along an axis, which each table has, up to
    /// so many times as large.
    LargerSizes { axes: BTreeMap<String, String>, up_to: f64 },
}

/// What the floor of a table is: hardly any of its small sizes take less.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::catalog) struct Floor {
    /// The share of them that does.
    pub(in crate::catalog) quantile: f64,
    /// The least and the largest of each axis that counts as small.
    pub(in crate::catalog) sizes: BTreeMap<String, (f64, f64)>,
}

/// The rules of a file, in the order in which they apply; none without a file.
pub(in crate::catalog) fn parse(value: &Value) -> Vec<RepairRule> {
    let rules = value.get("rules").and_then(Value::as_array).into_iter().flatten();
    rules.filter_map(rule).collect()
}

fn rule(value: &Value) -> Option<RepairRule> {
    let tables = value.get("tables")?.as_array()?.iter();
    Some(RepairRule {
        name: value.get("name")?.as_str()?.to_owned(),
        tables: tables.filter_map(|table| Some(table.as_str()?.to_owned())).collect(),
        over: value.get("over")?.as_f64()?,
        looks_at: match (value.get("quantile"), value.get("up_to")) {
            (Some(quantile), _) => {
                let sizes = value.get("sizes")?.as_object()?.iter();
                let sizes = sizes.filter_map(|(axis, range)| {
                    Some((axis.clone(), (range.get(0)?.as_f64()?, range.get(1)?.as_f64()?)))
                });
                LooksAt::Floors(Floor { quantile: quantile.as_f64()?, sizes: sizes.collect() })
            }
            (None, Some(up_to)) => {
                let axes = value.get("axes")?.as_object()?.iter();
                let axes =
                    axes.filter_map(|(t, axis)| Some((t.clone(), axis.as_str()?.to_owned())));
                LooksAt::LargerSizes { axes: axes.collect(), up_to: up_to.as_f64()? }
            }
            (None, None) => LooksAt::Rows,
        },
    })
}
