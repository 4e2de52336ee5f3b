//! All-to-all tables of expert parallelism. Published in microseconds, held in milliseconds.

use super::{ColumnSpec, KERNEL, TableSpec, int, text};

const PHASE: ColumnSpec = text("phase", "phase");
const NODES: ColumnSpec = int("nodes", "node_num");
const HIDDEN: ColumnSpec = int("hidden", "hidden_size");
const EXPERTS: ColumnSpec = int("experts", "num_experts");

/// Token exchange of expert parallelism by library and phase (`prepare`, `dispatch`, `combine`).
pub const MOE_A2A: TableSpec = TableSpec {
    name: "moe_a2a",
    published: "moe_a2a_perf",
    keys: &[
        text("comm_backend", "comm_backend"),
        PHASE,
        text("comm_dtype", "comm_dtype"),
        int("moe_ep", "ep_size"),
        NODES,
        HIDDEN,
        int("topk", "topk"),
        EXPERTS,
    ],
    axes: &[int("sms", "sms"), int("tokens", "num_tokens")],
    notes: &[KERNEL],
};

/// DeepEP high-throughput exchange over `8 * nodes` ranks. A published row is two here, one per
/// phase, each the sum of transfer and notification.
pub const WIDEEP_DEEPEP_NORMAL: TableSpec = TableSpec {
    name: "wideep_deepep_normal",
    published: "wideep_deepep_normal_perf",
    keys: &[PHASE, NODES, HIDDEN, int("topk", "num_topk"), EXPERTS],
    axes: &[int("sms", "sms"), int("tokens", "num_token")],
    notes: &[KERNEL],
};

/// DeepEP low-latency exchange. A published row is two here, one per phase.
pub const WIDEEP_DEEPEP_LL: TableSpec = TableSpec {
    name: "wideep_deepep_ll",
    published: "wideep_deepep_ll_perf",
    keys: &[PHASE, NODES, HIDDEN, int("topk", "num_topk"), EXPERTS],
    axes: &[int("tokens", "num_token")],
    notes: &[KERNEL],
};

/// TensorRT-LLM exchange over NVLink; `phase` is `prepare`, `dispatch`, `combine` or
/// `combine_low_precision`.
pub const TRTLLM_ALLTOALL: TableSpec = TableSpec {
    name: "trtllm_alltoall",
    published: "trtllm_alltoall_perf",
    keys: &[
        PHASE,
        text("quant", "moe_dtype"),
        int("topk", "topk"),
        EXPERTS,
        HIDDEN,
        int("moe_ep", "moe_ep_size"),
        KERNEL,
    ],
    axes: &[int("tokens", "num_tokens")],
    notes: &[text("distribution", "distribution")],
};
