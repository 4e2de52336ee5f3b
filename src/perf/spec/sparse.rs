//! Sparse attention modules (DSA, MSA, DeepSeek-V4) and their parts.

use super::mla::{ARCHITECTURE, GEMM_TYPE, MLA_FMHA, MODEL};
use super::{BATCH, ColumnSpec, HEADS, KERNEL, KV, SEQ, TableSpec, int, text};

/// Cached tokens before the chunk.
const PREFIX: ColumnSpec = int("prefix", "step");
const OP: ColumnSpec = text("op", "op_name");
/// Heads of the whole model, all tensor-parallel ranks together.
const NATIVE_HEADS: ColumnSpec = int("native_heads", "num_heads");
const COMPRESS: ColumnSpec = int("compress_ratio", "compress_ratio");
const LOCAL_HEADS: ColumnSpec = int("local_heads", "local_num_heads");
const SCORE_MODE: ColumnSpec = text("score_mode", "score_mode");
/// The keys of the parts of a sparse module that are timed on their own.
const PART: &[ColumnSpec] = &[MLA_FMHA, KV, GEMM_TYPE, HEADS];
/// The same for the top-k selection, which depends on the shape of the scores.
const TOPK: &[ColumnSpec] = &[MLA_FMHA, KV, GEMM_TYPE, HEADS, SCORE_MODE, KERNEL];
const CHUNK: &[ColumnSpec] = &[PREFIX, SEQ, BATCH];
const PART_NOTES: &[ColumnSpec] = &[KERNEL, MODEL, ARCHITECTURE, COMPRESS, LOCAL_HEADS];
const TOPK_NOTES: &[ColumnSpec] = &[MODEL, ARCHITECTURE, COMPRESS];

/// Prefill of a DeepSeek sparse attention module; `op` ends in `_skip_indexer` for layers that reuse
/// the selection of an earlier one. Kernels do not compete here: dense ones ran the short prompts,
/// sparse ones the rest, and no two of a release ran the same point.
pub const DSA_CONTEXT_MODULE: TableSpec = TableSpec {
    name: "dsa_context_module",
    published: "dsa_context_module_perf",
    keys: &[OP, ARCHITECTURE, MLA_FMHA, KV, GEMM_TYPE],
    axes: &[HEADS, PREFIX, SEQ, BATCH],
    notes: &[KERNEL, MODEL],
};

/// Decode of a DeepSeek sparse attention module; `op` as in prefill.
pub const DSA_GENERATION_MODULE: TableSpec = TableSpec {
    name: "dsa_generation_module",
    published: "dsa_generation_module_perf",
    keys: &[OP, ARCHITECTURE, KV, GEMM_TYPE],
    axes: &[HEADS, BATCH, SEQ],
    notes: &[MLA_FMHA, KERNEL, MODEL],
};

/// Prefill of a MiniMax sparse attention module.
pub const MSA_CONTEXT_MODULE: TableSpec = TableSpec {
    name: "msa_context_module",
    published: "msa_context_module_perf",
    keys: &[ARCHITECTURE, MLA_FMHA, KV, GEMM_TYPE],
    axes: &[HEADS, PREFIX, SEQ, BATCH],
    notes: &[KERNEL, MODEL],
};

/// Decode of a MiniMax sparse attention module.
pub const MSA_GENERATION_MODULE: TableSpec = TableSpec {
    name: "msa_generation_module",
    published: "msa_generation_module_perf",
    keys: &[ARCHITECTURE, KV, GEMM_TYPE],
    axes: &[HEADS, BATCH, SEQ],
    notes: &[MLA_FMHA, KERNEL, MODEL],
};

/// Prefill of a DeepSeek-V4 compressed sparse attention module.
pub const DSV4_CSA_CONTEXT_MODULE: TableSpec = TableSpec {
    name: "dsv4_csa_context_module",
    published: "dsv4_csa_context_module_perf",
    keys: &[MLA_FMHA, KV, GEMM_TYPE, NATIVE_HEADS, HEADS],
    axes: CHUNK,
    notes: &[KERNEL, MODEL, ARCHITECTURE, COMPRESS],
};

/// Decode of a DeepSeek-V4 compressed sparse attention module.
pub const DSV4_CSA_GENERATION_MODULE: TableSpec = TableSpec {
    name: "dsv4_csa_generation_module",
    published: "dsv4_csa_generation_module_perf",
    keys: &[KV, GEMM_TYPE, NATIVE_HEADS, HEADS],
    axes: &[BATCH, SEQ],
    notes: &[MLA_FMHA, KERNEL, MODEL, ARCHITECTURE, COMPRESS],
};

/// Prefill of a DeepSeek-V4 heavily compressed attention module.
pub const DSV4_HCA_CONTEXT_MODULE: TableSpec = TableSpec {
    name: "dsv4_hca_context_module",
    published: "dsv4_hca_context_module_perf",
    keys: &[MLA_FMHA, KV, GEMM_TYPE, NATIVE_HEADS, HEADS],
    axes: CHUNK,
    notes: &[KERNEL, MODEL, ARCHITECTURE, COMPRESS],
};

/// Decode of a DeepSeek-V4 heavily compressed attention module.
pub const DSV4_HCA_GENERATION_MODULE: TableSpec = TableSpec {
    name: "dsv4_hca_generation_module",
    published: "dsv4_hca_generation_module_perf",
    keys: &[KV, GEMM_TYPE, NATIVE_HEADS, HEADS],
    axes: &[BATCH, SEQ],
    notes: &[MLA_FMHA, KERNEL, MODEL, ARCHITECTURE, COMPRESS],
};

/// Top-k selection of DeepSeek-V4 on flat and on real scores; their difference corrects the module.
pub const DSV4_CSA_TOPK_CALIB: TableSpec = TableSpec {
    name: "dsv4_csa_topk_calib",
    published: "dsv4_csa_topk_calib_perf",
    keys: TOPK,
    axes: CHUNK,
    notes: TOPK_NOTES,
};

/// The attention kernel of a DeepSeek-V4 heavily compressed module.
pub const DSV4_HCA_ATTN_MODULE: TableSpec = TableSpec {
    name: "dsv4_hca_attn_module",
    published: "dsv4_hca_attn_module_perf",
    keys: PART,
    axes: CHUNK,
    notes: PART_NOTES,
};

/// The index scores of a DeepSeek-V4 module.
pub const DSV4_PAGED_MQA_LOGITS_MODULE: TableSpec = TableSpec {
    name: "dsv4_paged_mqa_logits_module",
    published: "dsv4_paged_mqa_logits_module_perf",
    keys: PART,
    axes: CHUNK,
    notes: PART_NOTES,
};

/// The attention kernel of a GLM-5 sparse module.
pub const GLM5_DSA_ATTN_MODULE: TableSpec = TableSpec {
    name: "glm5_dsa_attn_module",
    published: "glm5_dsa_attn_module_perf",
    keys: PART,
    axes: CHUNK,
    notes: PART_NOTES,
};

/// The index scores of a GLM-5 sparse module.
pub const GLM5_MQA_LOGITS_MODULE: TableSpec = TableSpec {
    name: "glm5_mqa_logits_module",
    published: "glm5_mqa_logits_module_perf",
    keys: PART,
    axes: CHUNK,
    notes: PART_NOTES,
};

/// Top-k selection of a GLM-5 sparse module.
pub const GLM5_TOPK_MODULE: TableSpec = TableSpec {
    name: "glm5_topk_module",
    published: "glm5_topk_module_perf",
    keys: TOPK,
    axes: CHUNK,
    notes: TOPK_NOTES,
};
