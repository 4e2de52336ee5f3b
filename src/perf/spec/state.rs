//! Layers that carry a state instead of a cache. Decode rows have `seq` 1.

use super::{BATCH, ColumnSpec, HEAD_DIM, KERNEL, TableSpec, int, text};

const SEQ: ColumnSpec = int("seq", "seq_len");
/// The shape of a gated delta layer, and which of its kernels a row times.
const DELTA: &[ColumnSpec] = &[
    text("phase", "phase"),
    int("d_model", "d_model"),
    int("d_conv", "d_conv"),
    int("k_heads", "num_k_heads"),
    int("k_dim", "head_k_dim"),
    int("v_heads", "num_v_heads"),
    int("v_dim", "head_v_dim"),
    KERNEL,
];

/// Gated delta network; a layer is the sum of its kernels. `phase` is `context` or `generation`.
pub const GDN: TableSpec =
    TableSpec { name: "gdn", published: "gdn_perf", keys: DELTA, axes: &[BATCH, SEQ], notes: &[] };

/// Kimi delta attention; `phase` is `context`, `verify` or `generation`.
pub const KDA: TableSpec =
    TableSpec { name: "kda", published: "kda_perf", keys: DELTA, axes: &[BATCH, SEQ], notes: &[] };

/// Mamba-2 convolution and scan; `phase` is `context` or `generation`.
pub const MAMBA2: TableSpec = TableSpec {
    name: "mamba2",
    published: "mamba2_perf",
    keys: &[
        text("phase", "phase"),
        int("d_model", "d_model"),
        int("d_conv", "d_conv"),
        int("d_state", "d_state"),
        int("heads", "nheads"),
        HEAD_DIM,
        int("groups", "n_groups"),
        int("chunk", "chunk_size"),
        KERNEL,
    ],
    axes: &[BATCH, SEQ],
    notes: &[],
};
