//! What was measured, in columns of the rows, beside what is estimated for them.

use std::collections::BTreeMap;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};

use crate::model::library::Library;
use crate::model::value::number;
use crate::plan::question::estimate::candidate;

/// Errors of estimates, as a share of what was measured, by the column that has that and the metric.
#[derive(Default)]
pub(super) struct Compared(BTreeMap<(String, String), Vec<f64>>);

impl Compared {
    /// Adds rows that have both.
    pub(super) fn add(&mut self, library: &Library, rows: &RecordBatch) {
        let numbers = |name: &str| {
            let column = cast(rows.column_by_name(name)?, &DataType::Float64).ok()?;
            Some(column.as_primitive::<Float64Type>().clone())
        };
        for field in rows.schema().fields() {
            let theirs = field.name();
            let alias = library.columns.alias(theirs);
            let Some(ours) = alias.or_else(|| theirs.strip_prefix("own_")) else { continue };
            // What a row asks for was not measured.
            if candidate(library, theirs).is_some() || candidate(library, ours).is_some() {
                continue;
            }
            let (Some(measured), Some(estimated)) = (numbers(theirs), numbers(ours)) else {
                continue;
            };
            let both = measured.iter().zip(&estimated).filter_map(|(m, e)| m.zip(e));
            let errors = both.filter(|(m, _)| *m > 0.0).map(|(m, e)| e / m - 1.0);
            self.0.entry((theirs.clone(), ours.to_owned())).or_default().extend(errors);
        }
    }

    /// `tpot is 32 % off mean_tpot_ms in the median of 4 rows (15 to 48 %), below it in 4`.
    /// `taken` are values that no column gave.
    pub(super) fn told(self, taken: &[String]) -> Vec<String> {
        let with = match taken {
            [] => String::new(),
            taken => format!("with {}, which no column gives, ", taken.join(", ")),
        };
        let told = |((theirs, ours), errors): ((String, String), Vec<f64>)| {
            let mut off: Vec<f64> = errors.iter().map(|error| 100.0 * error.abs()).collect();
            off.sort_by(f64::total_cmp);
            let (least, most) = (off.first()?, off.last()?);
            let middle = f64::midpoint(off[(off.len() - 1) / 2], off[off.len() / 2]);
            let below = errors.iter().filter(|error| **error < 0.0).count();
            let [least, middle, most] = [*least, middle, *most].map(|share| number(share.round()));
            if off.len() == 1 {
                let side = if below == 1 { "below" } else { "above" };
                return Some(format!(
                    "{with}{ours} is {middle} % {side} `{theirs}` in the only row"
                ));
            }
            Some(format!(
                "{with}{ours} is {middle} % off `{theirs}` in the median of {} rows ({least} to {most} %), below it in {below}",
                off.len()
            ))
        };
        self.0.into_iter().filter_map(told).collect()
    }
}
