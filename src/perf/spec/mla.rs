//! Multi-head latent attention: the bare kernels, whole modules with their projections, and the
//! variants of the large expert-parallel deployments.

use super::{BATCH, ColumnSpec, HEADS, KERNEL, KV, SEQ, TableSpec, int, text};

pub(super) const MLA_FMHA: ColumnSpec = text("fmha", "mla_dtype");
pub(super) const GEMM_TYPE: ColumnSpec = text("gemm", "gemm_type");
pub(super) const MODEL: ColumnSpec = text("model", "model");
pub(super) const ARCHITECTURE: ColumnSpec = text("architecture", "architecture");

/// Prefill of the latent attention kernel alone.
pub const CONTEXT_MLA: TableSpec = TableSpec {
    name: "context_mla",
    published: "context_mla_perf",
    keys: &[MLA_FMHA, KV],
    axes: &[HEADS, SEQ, BATCH],
    notes: &[KERNEL],
};

/// Decode of the latent attention kernel alone; `seq` is the number of cached tokens.
pub const GENERATION_MLA: TableSpec = TableSpec {
    name: "generation_mla",
    published: "generation_mla_perf",
    keys: &[KV],
    axes: &[HEADS, BATCH, SEQ],
    notes: &[MLA_FMHA, KERNEL],
};

/// Prefill of a whole latent attention module, projections included. The model decides the native
/// number of heads.
pub const MLA_CONTEXT_MODULE: TableSpec = TableSpec {
    name: "mla_context_module",
    published: "mla_context_module_perf",
    keys: &[MLA_FMHA, KV, GEMM_TYPE, MODEL],
    axes: &[HEADS, SEQ, BATCH],
    notes: &[KERNEL, ARCHITECTURE],
};

/// Decode of a whole latent attention module, projections included.
pub const MLA_GENERATION_MODULE: TableSpec = TableSpec {
    name: "mla_generation_module",
    published: "mla_generation_module_perf",
    keys: &[KV, GEMM_TYPE, MODEL],
    axes: &[HEADS, BATCH, SEQ],
    notes: &[MLA_FMHA, KERNEL, ARCHITECTURE],
};

/// Prefill of latent attention in a large expert-parallel deployment.
pub const WIDEEP_CONTEXT_MLA: TableSpec = TableSpec {
    name: "wideep_context_mla",
    published: "wideep_context_mla_perf",
    keys: &[MLA_FMHA, KV, KERNEL],
    axes: &[HEADS, SEQ, BATCH],
    notes: &[MODEL, ARCHITECTURE, GEMM_TYPE],
};

/// Decode of latent attention in a large expert-parallel deployment.
pub const WIDEEP_GENERATION_MLA: TableSpec = TableSpec {
    name: "wideep_generation_mla",
    published: "wideep_generation_mla_perf",
    keys: &[KV, KERNEL],
    axes: &[HEADS, BATCH, SEQ],
    notes: &[MLA_FMHA, MODEL, ARCHITECTURE, GEMM_TYPE],
};

/// Batched products around decode attention; `op` is `mla_gen_pre` or `mla_gen_post`.
pub const MLA_BMM: TableSpec = TableSpec {
    name: "mla_bmm",
    published: "mla_bmm_perf",
    keys: &[text("quant", "bmm_dtype"), text("op", "op_name"), HEADS],
    axes: &[int("tokens", "num_tokens")],
    notes: &[KERNEL],
};
