//! The op tables: which columns select a slice exactly, which are numeric axes, and under which
//! names the published files hold them.

/// Type of a stored column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Names: precisions, kernels, distributions.
    Text,
    /// Sizes and counts.
    Int,
}

/// A column of an op table.
#[derive(Debug, Clone, Copy)]
pub struct ColumnSpec {
    /// Name here.
    pub name: &'static str,
    /// Name in the published files.
    pub published: &'static str,
    /// Type.
    pub ty: ColumnType,
}

/// A table of measured latencies of one operation.
///
/// Rows are stored sorted by `keys`, then `axes`, in this order, so that loading a table is a
/// reshape. Among rows that agree on all of both, the first measured comes first and wins.
#[derive(Debug)]
pub struct TableSpec {
    /// Name of the table and stem of its file.
    pub name: &'static str,
    /// Stem of the published files.
    pub published: &'static str,
    /// Columns matched exactly.
    pub keys: &'static [ColumnSpec],
    /// Columns interpolated over, outer to inner.
    pub axes: &'static [ColumnSpec],
    /// Columns kept for tracing a row, used by no lookup.
    pub notes: &'static [ColumnSpec],
}

impl TableSpec {
    /// All columns but the latency, in stored order.
    pub fn columns(&self) -> impl Iterator<Item = &'static ColumnSpec> {
        self.keys.iter().chain(self.axes).chain(self.notes)
    }
}

const fn text(name: &'static str, published: &'static str) -> ColumnSpec {
    ColumnSpec { name, published, ty: ColumnType::Text }
}

const fn int(name: &'static str, published: &'static str) -> ColumnSpec {
    ColumnSpec { name, published, ty: ColumnType::Int }
}

const KERNEL: ColumnSpec = text("kernel", "kernel_source");
const FMHA: ColumnSpec = text("fmha", "attn_dtype");
const KV: ColumnSpec = text("kv", "kv_cache_dtype");
const HEADS: ColumnSpec = int("heads", "num_heads");
const KV_HEADS: ColumnSpec = int("kv_heads", "num_key_value_heads");
const HEAD_DIM: ColumnSpec = int("head_dim", "head_dim");
const WINDOW: ColumnSpec = int("window", "window_size");
const BATCH: ColumnSpec = int("batch", "batch_size");
const SEQ: ColumnSpec = int("seq", "isl");

/// Dense matrix products; `quant` is the precision of the weights.
pub const GEMM: TableSpec = TableSpec {
    name: "gemm",
    published: "gemm_perf",
    keys: &[text("quant", "gemm_dtype")],
    axes: &[int("n", "n"), int("k", "k"), int("m", "m")],
    notes: &[KERNEL],
};

/// Prefill attention of one layer. `kv_heads` is 0 when it equals `heads`.
pub const CONTEXT_ATTENTION: TableSpec = TableSpec {
    name: "context_attention",
    published: "context_attention_perf",
    keys: &[FMHA, KV, KV_HEADS, HEAD_DIM, WINDOW, KERNEL],
    axes: &[HEADS, SEQ, BATCH],
    notes: &[],
};

/// Decode attention of one layer; `seq` is the number of cached tokens (published `isl + step`).
pub const GENERATION_ATTENTION: TableSpec = TableSpec {
    name: "generation_attention",
    published: "generation_attention_perf",
    keys: &[KV, KV_HEADS, HEAD_DIM, WINDOW, KERNEL],
    axes: &[HEADS, BATCH, SEQ],
    notes: &[],
};

/// Routed experts of one layer on the busiest rank.
pub const MOE: TableSpec = TableSpec {
    name: "moe",
    published: "moe_perf",
    keys: &[
        text("quant", "moe_dtype"),
        text("distribution", "distribution"),
        int("topk", "topk"),
        int("experts", "num_experts"),
        int("hidden", "hidden_size"),
        int("inter", "inter_size"),
        int("moe_tp", "moe_tp_size"),
        int("moe_ep", "moe_ep_size"),
        KERNEL,
    ],
    axes: &[int("tokens", "num_tokens")],
    notes: &[],
};

/// The framework's own all-reduce; `elements` of 16 bits.
pub const ALL_REDUCE: TableSpec = TableSpec {
    name: "all_reduce",
    published: "custom_allreduce_perf",
    keys: &[int("ranks", "num_gpus"), KERNEL],
    axes: &[int("elements", "message_size")],
    notes: &[],
};

/// Library collectives; `dtype` is `half` or `int8`.
pub const NCCL: TableSpec = TableSpec {
    name: "nccl",
    published: "nccl_perf",
    keys: &[text("dtype", "nccl_dtype"), text("op", "op_name"), int("ranks", "num_gpus")],
    axes: &[int("elements", "message_size")],
    notes: &[KERNEL],
};

/// Finding the scale of a tensor to be quantised, `m` by `k`.
pub const COMPUTE_SCALE: TableSpec = TableSpec {
    name: "compute_scale",
    published: "computescale_perf",
    keys: &[text("quant", "quant_dtype")],
    axes: &[int("m", "m"), int("k", "k")],
    notes: &[KERNEL],
};

/// Applying a known scale to a tensor, `m` by `k`.
pub const SCALE_MATRIX: TableSpec = TableSpec {
    name: "scale_matrix",
    published: "scale_matrix_perf",
    keys: &[text("quant", "quant_dtype")],
    axes: &[int("m", "m"), int("k", "k")],
    notes: &[KERNEL],
};

/// Every table.
pub static TABLES: &[&TableSpec] = &[
    &GEMM,
    &CONTEXT_ATTENTION,
    &GENERATION_ATTENTION,
    &MOE,
    &ALL_REDUCE,
    &NCCL,
    &COMPUTE_SCALE,
    &SCALE_MATRIX,
];

/// The table of that name.
pub fn table(name: &str) -> Option<&'static TableSpec> {
    TABLES.iter().copied().find(|t| t.name == name)
}
