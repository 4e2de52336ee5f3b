//! What a diagnosis says, read back from its rows.

use datafusion::arrow::array::RecordBatch;

use crate::base::rows::RowView;
use crate::plan::expr::col::{Col, Part};
use crate::plan::relation::Predicate;

/// What some conditions removed.
#[derive(Debug)]
pub struct Removals {
    /// How many candidates there are.
    pub all: f64,
    /// What each condition removed, in their order.
    pub each: Vec<Removal>,
    /// How many candidates have no price, if any, and one reason.
    pub unpriced: Option<(f64, String)>,
}

/// What one condition removed.
#[derive(Debug)]
pub struct Removal {
    /// How many candidates it is the first to remove; `None` for none.
    pub removed: Option<f64>,
    /// What it says of the nearest of them.
    pub message: Option<String>,
    /// The best value of what its bound is about, where another condition would not remove it.
    pub best: Option<f64>,
}

impl Removals {
    /// Reads the counts of so many conditions.
    pub fn read(row: &RecordBatch, conditions: usize) -> Self {
        let row = RowView::new(row, 0);
        let number = |col: Col| row.number(&col.to_string());
        let each = |i: usize| Removal {
            removed: number(Col::Condition(i, Part::Removed)).filter(|n| *n > 0.0),
            message: row.text(&Col::Condition(i, Part::Message).to_string()),
            best: number(Col::Condition(i, Part::Best)),
        };
        let reason = || row.text(&Col::Reason.to_string()).unwrap_or_default();
        Self {
            all: number(Col::All).unwrap_or(0.0),
            each: (0..conditions).map(each).collect(),
            unpriced: number(Col::Unpriced).filter(|n| *n > 0.0).map(|n| (n, reason())),
        }
    }
}

/// A candidate under every condition.
#[derive(Debug)]
pub struct Judged {
    /// Its row: the columns of an answer, its sort keys, and what is known of the conditions.
    pub row: RecordBatch,
    /// The conditions.
    pub predicates: Vec<Predicate>,
}

impl Judged {
    /// Why it has no price, if it has none.
    pub fn unpriced(&self) -> Option<String> {
        self.view().text(&Col::Unpriced.to_string())
    }

    /// How far it is from the bounds it misses.
    pub fn miss(&self) -> Option<f64> {
        self.view().number(&Col::Miss.to_string())
    }

    /// Whether it meets a condition; `None` where that is unknown.
    pub fn holds(&self, i: usize) -> Option<bool> {
        self.view().flag(&Col::Condition(i, Part::Holds).to_string())
    }

    /// What a condition says of it.
    pub fn message(&self, i: usize) -> Option<String> {
        self.view().text(&Col::Condition(i, Part::Message).to_string())
    }

    /// The value that the bound of a condition is about.
    pub fn bounded(&self, i: usize) -> Option<f64> {
        self.view().number(&Col::Condition(i, Part::Bound).to_string())
    }

    /// Both sides of the comparison of a condition.
    pub fn sides(&self, i: usize) -> (Option<f64>, Option<f64>) {
        let view = self.view();
        let of = |part| view.number(&Col::Condition(i, part).to_string());
        (of(Part::Value), of(Part::Limit))
    }

    /// The row as it is read.
    pub(crate) fn view(&self) -> RowView {
        RowView::new(&self.row, 0)
    }
}
