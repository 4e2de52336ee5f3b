//! Expert and feed-forward blocks beside the routed experts every model needs.

use super::{ColumnSpec, KERNEL, TableSpec, int, text};

const QUANT: ColumnSpec = text("quant", "moe_dtype");
const DISTRIBUTION: ColumnSpec = text("distribution", "distribution");
const TOPK: ColumnSpec = int("topk", "topk");
const EXPERTS: ColumnSpec = int("experts", "num_experts");
const HIDDEN: ColumnSpec = int("hidden", "hidden_size");
const INTER: ColumnSpec = int("inter", "inter_size");
const MOE_TP: ColumnSpec = int("moe_tp", "moe_tp_size");
const MOE_EP: ColumnSpec = int("moe_ep", "moe_ep_size");
const TOKENS: ColumnSpec = int("tokens", "num_tokens");
/// The keys of the two tables measured with the low-latency dispatch kernels.
const WIDEEP: &[ColumnSpec] = &[QUANT, DISTRIBUTION, TOPK, EXPERTS, HIDDEN, INTER, MOE_TP, MOE_EP];
/// The keys of a plain feed-forward block.
const MLP: &[ColumnSpec] =
    &[text("quant", "quant_type"), HIDDEN, int("inter", "intermediate_size")];

/// Experts of one layer behind DeepEP dispatch, prefill.
pub const WIDEEP_CONTEXT_MOE: TableSpec = TableSpec {
    name: "wideep_context_moe",
    published: "wideep_context_moe_perf",
    keys: WIDEEP,
    axes: &[TOKENS],
    notes: &[KERNEL],
};

/// Experts of one layer behind DeepEP dispatch, decode.
pub const WIDEEP_GENERATION_MOE: TableSpec = TableSpec {
    name: "wideep_generation_moe",
    published: "wideep_generation_moe_perf",
    keys: WIDEEP,
    axes: &[TOKENS],
    notes: &[KERNEL],
};

/// Experts of one layer with redundant expert slots, either phase.
pub const WIDEEP_MOE: TableSpec = TableSpec {
    name: "wideep_moe",
    published: "wideep_moe_perf",
    keys: &[
        QUANT,
        DISTRIBUTION,
        TOPK,
        EXPERTS,
        int("slots", "num_slots"),
        HIDDEN,
        INTER,
        MOE_TP,
        MOE_EP,
        KERNEL,
    ],
    axes: &[TOKENS],
    notes: &[text("moe_kernel", "moe_kernel")],
};

/// Dispatch, experts and combine of DeepSeek-V4 fused into one kernel.
pub const DSV4_MEGAMOE_MODULE: TableSpec = TableSpec {
    name: "dsv4_megamoe_module",
    published: "dsv4_megamoe_module_perf",
    keys: &[
        text("phase", "phase"),
        QUANT,
        text("kernel_dtype", "kernel_dtype"),
        DISTRIBUTION,
        TOPK,
        EXPERTS,
        int("shared_experts", "num_fused_shared_experts"),
        HIDDEN,
        INTER,
        MOE_TP,
        MOE_EP,
        text("source_policy", "source_policy"),
        text("pre_dispatch", "pre_dispatch"),
        text("routed_scaling", "routed_scaling_factor"),
        text("includes_routed_scale", "includes_routed_scale"),
        text("includes_gate_topk", "includes_gate_topk"),
        text("buffer_policy", "buffer_policy"),
        text("includes_buffer_init", "includes_buffer_init"),
        text("used_cuda_graph", "used_cuda_graph"),
        KERNEL,
    ],
    axes: &[TOKENS],
    notes: &[
        int("global_tokens", "global_num_tokens"),
        int("max_tokens_per_rank", "num_max_tokens_per_rank"),
        int("effective_max_tokens_per_rank", "effective_num_max_tokens_per_rank"),
    ],
};

/// A dense feed-forward block in a large expert-parallel deployment, prefill.
pub const WIDEEP_CONTEXT_MLP: TableSpec = TableSpec {
    name: "wideep_context_mlp",
    published: "wideep_context_mlp_perf",
    keys: MLP,
    axes: &[int("tokens", "num_token")],
    notes: &[KERNEL],
};

/// A dense feed-forward block in a large expert-parallel deployment, decode.
pub const WIDEEP_GENERATION_MLP: TableSpec = TableSpec {
    name: "wideep_generation_mlp",
    published: "wideep_generation_mlp_perf",
    keys: MLP,
    axes: &[int("tokens", "num_token")],
    notes: &[KERNEL],
};

/// Hyper-connection mixing around a layer; `op` is `pre` or `post`.
pub const MHC_MODULE: TableSpec = TableSpec {
    name: "mhc_module",
    published: "mhc_module_perf",
    keys: &[text("op", "op_name"), int("hc_mult", "hc_mult"), HIDDEN],
    axes: &[TOKENS],
    notes: &[KERNEL, text("architecture", "architecture")],
};
