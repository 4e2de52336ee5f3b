//! Columns that are inside of plans and that no question names. Their names are formed and read
//! here alone.

use std::fmt;

use datafusion::logical_expr::Expr;

use super::lowered::column;

/// Begins the names of columns that are in no answer.
const MARK: char = '#';

/// The number of a row to estimate.
pub const ROW: &str = "#row";

/// A column of a plan that no question names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Col {
    /// A sort key, counted from the first; smaller is better.
    Sort(usize),
    /// The place of a row among those that agree in the columns that rows are counted per.
    Place,
    /// The place of a row among those that agree in the columns that rows must differ in.
    OfItsKind,
    /// What is known of a condition, by its place among the conditions of a branch.
    Condition(usize, Part),
    /// How many candidates there are.
    All,
    /// Why a candidate has no price; of many candidates, how many have none.
    Unpriced,
    /// One reason for a missing price.
    Reason,
    /// How far a candidate is from the bounds it misses, as a share of each; the worst.
    Miss,
}

/// What is known of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Whether a candidate meets it.
    Holds,
    /// What it says of a candidate, or of the nearest of those it removes.
    Message,
    /// How far a candidate is from meeting it.
    Distance,
    /// The value that its bound is about.
    Bound,
    /// The left side of its comparison.
    Value,
    /// The right side.
    Limit,
    /// How many candidates it is the first to remove.
    Removed,
    /// The best value of what its bound is about.
    Best,
}

impl Col {
    /// The column as an expression.
    pub fn expr(self) -> Expr {
        column(&self.to_string())
    }

    /// Whether a column by that name is one of these that answers leave out.
    pub fn is_hidden(name: &str) -> bool {
        name.starts_with(MARK)
    }
}

impl fmt::Display for Col {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sort(i) => write!(f, "{MARK}{i}"),
            Self::Place => write!(f, "{MARK}place"),
            Self::OfItsKind => write!(f, "{MARK}of_its_kind"),
            Self::Condition(i, part) => write!(f, "{part}{i}"),
            Self::All => f.write_str("all"),
            Self::Unpriced => f.write_str("unpriced"),
            Self::Reason => f.write_str("reason"),
            Self::Miss => write!(f, "{MARK}miss"),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Holds => "holds",
            Self::Message => "message",
            Self::Distance => "distance",
            Self::Bound => "bound",
            Self::Value => "value",
            Self::Limit => "limit",
            Self::Removed => "removed",
            Self::Best => "best",
        })
    }
}
