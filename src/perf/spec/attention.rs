//! Attention tables beside the two that every model needs.

use super::{BATCH, FMHA, HEAD_DIM, HEADS, KERNEL, SEQ, TableSpec};

/// Bidirectional attention of one encoder layer (vision towers).
pub const ENCODER_ATTENTION: TableSpec = TableSpec {
    name: "encoder_attention",
    published: "encoder_attention_perf",
    keys: &[FMHA, HEAD_DIM],
    axes: &[HEADS, SEQ, BATCH],
    notes: &[KERNEL],
};
