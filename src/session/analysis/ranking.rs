//! Where a candidate would stand among all that meet every condition.

use crate::plan::expr::col::Col;
use crate::plan::search::branch::Purpose;
use crate::session::state::Keys;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};

use crate::base::error::{Result, bug};
use crate::lang::ast::Search;
use crate::plan::relation::chain;
use crate::plan::search::rank::together;
use crate::session::state::Session;

/// Places that are counted.
const COUNTED: usize = 100_000;
/// Numbers this near are one.
const SAME: f64 = 1e-12;

impl Session {
    /// The sort keys of all feasible candidates of a search, at most [`COUNTED`].
    pub(in crate::session) fn standing(
        &mut self,
        search: &Search,
        text: &str,
    ) -> Result<Arc<Vec<Keys>>> {
        if let Some(known) = self.known_standing(text) {
            return Ok(known);
        }
        let standing = self.stand(search)?;
        self.keep_standing(text, &standing);
        Ok(standing)
    }

    /// The same, if it was found out before.
    pub(in crate::session) fn known_standing(&self, text: &str) -> Option<Arc<Vec<Keys>>> {
        self.standings.0.get(text).map(Arc::clone)
    }

    /// Remembers it.
    pub(in crate::session) fn keep_standing(&mut self, text: &str, standing: &Arc<Vec<Keys>>) {
        self.standings.0.insert(text.to_owned(), Arc::clone(standing));
    }

    /// Finds it out.
    pub(in crate::session) fn stand(&self, search: &Search) -> Result<Arc<Vec<Keys>>> {
        let mut asked = self.asking(&search.axes, &search.clauses)?;
        asked.top = COUNTED;
        asked.per.clear();
        let branches = match self.is_simulated(&asked)? {
            true => self.followed(&asked, Purpose::Rank)?.branches,
            false => self.branches(&asked, Purpose::Rank)?,
        };
        if branches.is_empty() {
            return Ok(Arc::default());
        }
        let keys = branches.iter().map(|b| b.sort_keys).min().unwrap_or(0);
        let rows = branches.iter().map(|b| b.rows).fold(0, u64::saturating_add);
        let plan = together(&asked, &branches)?;
        let plan = chain::project(plan, (0..keys).map(|i| Col::Sort(i).expr()).collect())?;
        let context = self.context_for(rows);
        let plan = self.optimized(&context, &plan)?;
        let mut all = Vec::new();
        for batch in self.collect(&context, plan)?.batches {
            for row in 0..batch.num_rows() {
                all.push(keys_of(&batch, row)?);
            }
        }
        all.sort_by(compare);
        Ok(Arc::new(all))
    }
}

/// The sort keys of a row.
pub(in crate::session) fn keys_of(batch: &RecordBatch, row: usize) -> Result<Keys> {
    let mut keys = Vec::new();
    while let Some(column) = batch.column_by_name(&Col::Sort(keys.len()).to_string()) {
        let numbers = cast(&column.slice(row, 1), &DataType::Float64).map_err(bug)?;
        keys.push(
            numbers.as_primitive::<Float64Type>().iter().next().flatten().unwrap_or(f64::NAN),
        );
    }
    Ok(keys)
}

/// The order of two candidates; keys that differ by rounding alone are equal.
pub(in crate::session) fn compare(a: &Keys, b: &Keys) -> std::cmp::Ordering {
    for (a, b) in a.iter().zip(b) {
        if (a - b).abs() > SAME * a.abs().max(b.abs()) {
            return a.total_cmp(b);
        }
    }
    std::cmp::Ordering::Equal
}

/// The place of a candidate, 1 for the best.
pub(in crate::session) fn place(standing: &[Keys], keys: &Keys) -> usize {
    1 + standing.iter().filter(|other| compare(other, keys).is_lt()).count()
}
