//! What each kind of statement does; a file for each.

pub(crate) mod assertion;
pub(crate) mod describe;
pub(crate) mod diff;
pub(crate) mod estimate;
pub(crate) mod explain;
pub(crate) mod frontier;
pub(crate) mod generate;
pub(crate) mod include;
pub(crate) mod lint;
pub(crate) mod metric;
pub(crate) mod plot;
pub(crate) mod save;
pub(crate) mod search;
pub(crate) mod sensitivity;
pub(crate) mod show;
pub(crate) mod why_not;
