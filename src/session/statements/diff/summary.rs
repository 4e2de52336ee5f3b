//! How two sides of a table differ as a whole.

use crate::plan::expr::lowered::column;
use datafusion::arrow::array::RecordBatch;
use datafusion::functions::math::expr_fn::abs;
use datafusion::functions_aggregate::expr_fn::{count, percentile_cont};
use datafusion::logical_expr::{Expr, LogicalPlan, lit, when};

use super::matched::{Matched, counts};
use super::rows::cells;
use crate::base::error::{Result, bug};
use crate::base::rows::RowView;
use crate::plan::relation::chain;
use crate::session::state::Session;

/// Quantiles of `b / a` that are told.
const QUANTILES: [(&str, f64); 7] = [
    ("min", 0.0),
    ("p5", 0.05),
    ("p25", 0.25),
    ("median", 0.5),
    ("p75", 0.75),
    ("p95", 0.95),
    ("max", 1.0),
];

/// Values that are told of a list.
const TOLD: usize = 5;

/// How two sides differ, in one row: `table`; how many rows there are in each, matched, changed
/// beyond 1 % and 5 %; the median and 95th percentile of the size of the change, in percent; and
/// the quantiles of `b / a`.
pub(super) fn summary(matched: &Matched, table: &str) -> Result<LogicalPlan> {
    let changed = || abs(column("ratio") - lit(1.0));
    let percent =
        |share: f64| percentile_cont((changed() * lit(100.0)).sort(true, false), lit(share));
    let beyond = |least: f64| -> Result<Expr> {
        Ok(count(when(changed().gt(lit(least)), lit(1_i64)).end().map_err(bug)?))
    };
    let mut columns = vec![
        count(column("a")).alias("rows_a"),
        count(column("b")).alias("rows_b"),
        count(column("ratio")).alias("matched"),
        beyond(0.01)?.alias("changed_over_1pct"),
        beyond(0.05)?.alias("changed_over_5pct"),
        percent(0.5).alias("median_change"),
        percent(0.95).alias("p95_change"),
    ];
    for (name, share) in QUANTILES {
        let quantile = percentile_cont(column("ratio").sort(true, false), lit(share));
        columns.push(quantile.alias(format!("ratio_{name}")));
    }
    let plan = chain::aggregate(matched.plan()?, Vec::new(), columns)?;
    let mut all = vec![lit(table).alias("table")];
    all.extend(chain::existing(&plan));
    chain::project(plan, all)
}

/// A summary in sentences.
pub(super) fn sentences(summary: &RecordBatch, sides: [&str; 2]) -> Vec<String> {
    let count = |name: &str| counts(summary, name).first().copied().unwrap_or_default();
    let (a, b, matched) = (count("rows_a"), count("rows_b"), count("matched"));
    let mut told = vec![format!(
        "a = {} ({a} rows), b = {} ({b} rows): {matched} matched, {} only in a, {} only in b",
        sides[0],
        sides[1],
        a - matched,
        b - matched,
    )];
    if matched > 0 {
        let quantiles = QUANTILES.map(|(name, _)| {
            let value =
                RowView::new(summary, 0).number(&format!("ratio_{name}")).unwrap_or(f64::NAN);
            format!("{name} {value:.3}")
        });
        told.push(format!(
            "{} of the matched changed by more than 1 %, {} by more than 5 %; b / a: {}",
            count("changed_over_1pct"),
            count("changed_over_5pct"),
            quantiles.join(", ")
        ));
    }
    told
}

/// The first of some values, and how many more there are.
pub(super) fn few(values: &[String]) -> String {
    let shown = values.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join(", ");
    match values.len().saturating_sub(TOLD) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Values of a key that only one side has.
pub(super) struct OneSided {
    /// The key.
    pub(super) key: String,
    /// The values, as text, of each side alone.
    pub(super) values: [Vec<String>; 2],
}

impl OneSided {
    /// In words; `None` if both sides have all values.
    pub(super) fn told(&self) -> Option<String> {
        let side = |values: &[String], name: &str| {
            (!values.is_empty()).then(|| format!("only in {name}: {}", few(values)))
        };
        let told: Vec<String> = [side(&self.values[0], "a"), side(&self.values[1], "b")]
            .into_iter()
            .flatten()
            .collect();
        (!told.is_empty()).then(|| format!("`{}` {}", self.key, told.join("; ")))
    }
}

impl Session {
    /// Of each key the values that only one side has.
    pub(super) fn one_sided(&self, matched: &Matched) -> Result<Vec<OneSided>> {
        let mut found = Vec::new();
        for key in &matched.keys {
            let sides = vec![count(column("a")).alias("a"), count(column("b")).alias("b")];
            let plan = chain::aggregate(matched.plan()?, vec![column(key)], sides)?;
            let none = |side: &str| column(side).eq(lit(0_i64));
            let plan = chain::filter(plan, none("a").or(none("b")))?;
            let plan = chain::sort(plan, vec![column(key).sort(true, false)], None);
            let rows = self.whole(plan, 0)?;
            let values = cells(&rows, key).into_iter().map(Option::unwrap_or_default);
            let (mut only_a, mut only_b) = (Vec::new(), Vec::new());
            for (value, in_a) in values.zip(counts(&rows, "a")) {
                if in_a > 0 { only_a.push(value) } else { only_b.push(value) }
            }
            found.push(OneSided { key: key.clone(), values: [only_a, only_b] });
        }
        Ok(found)
    }
}
