//! What several statements find out about an answer or a candidate.

pub(super) mod about;
pub(super) mod assumed;
pub(super) mod candidate;
pub(super) mod confidence;
pub(super) mod coverage;
pub(super) mod diagnosis;
pub(super) mod fail_ratio;
pub(super) mod followed;
pub(super) mod formula;
pub(super) mod names;
pub(super) mod ops;
pub(super) mod provenance;
pub(super) mod ranking;
pub(super) mod readable;
pub(super) mod refine;
pub(super) mod rounding;
pub(super) mod shape;
pub(super) mod vanished;
pub(super) mod verdict;
