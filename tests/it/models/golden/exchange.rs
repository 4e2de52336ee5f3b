//! Plans that send tokens straight to the ranks of their experts: DeepSeek-V3 on SGLang and
//! DeepSeek-V3.1 in NVFP4 on TensorRT-LLM, of 16 ranks on two nodes.

use super::{Difference, Golden, compare, differ};

const MISSING: &str = "has no row there";
const DENSE: &str = "the first layers are dense";
const FUSED: &str = "not a kernel of its own in the model without an exchange";
const NVLINK: &str = "two-sided NVLink was not measured; DeepEP was, and its combine in 16 bits";

const TENSOR: &str = "tensor parallel attention is not offered beside an exchange";
const BESIDE: &str = "shared experts run beside the exchange";

const DIFFERENT: &[Difference] = &[
    differ("down_proj_again | ", "the projection stands twice there").on("sglang"),
    differ("tp_all_gather | ", TENSOR).on("sglang"),
    differ("tp_reduce_scatter | ", TENSOR).on("sglang"),
    differ("attention | attention", TENSOR).on("sglang"),
    differ("shared_gate_up | shared_gate_up", TENSOR).on("sglang").within("C"),
    differ("shared_activation | shared_activation", TENSOR).on("sglang").within("C"),
    differ("shared_down | shared_down", TENSOR).on("sglang").within("C"),
    differ("shared_gate_up | shared_gate_up", BESIDE).on("sglang").within("G"),
    differ("shared_activation | shared_activation", BESIDE).on("sglang").within("G"),
    differ("shared_down | shared_down", BESIDE).on("sglang").within("G"),
    differ("exchange_out | exchange_out", BESIDE).on("sglang").within("G"),
    differ("experts | experts", BESIDE).on("sglang").within("G"),
    differ("exchange_back | exchange_back", BESIDE).on("sglang").within("G"),
    differ(" | norm_ffn", MISSING).on("sglang"),
    differ(" | router", MISSING).on("sglang"),
    differ(" | lm_head", MISSING).on("sglang"),
    differ(" | dense_gate_up", DENSE),
    differ(" | dense_activation", DENSE),
    differ(" | dense_down", DENSE),
    differ("q_norm | ", FUSED).on("trtllm"),
    differ("rope_kv_write | ", FUSED).on("trtllm"),
    differ("absorb_q | absorb_q", "nothing runs beside it").on("trtllm").within("G"),
    differ("add_shared | ", FUSED).on("trtllm"),
    differ("exchange_prepare | ", NVLINK).on("trtllm"),
    differ("exchange_out | exchange_out", NVLINK).on("trtllm"),
    differ("exchange_back | exchange_back", NVLINK).on("trtllm"),
];

const LABELS: &[(&str, &str)] = &[
    ("gate_ffn1_gemm", "shared_gate_up"),
    ("act_gate", "shared_activation"),
    ("ffn2_gemm", "shared_down"),
];

#[test]
fn op_graphs_are_those_of_the_known_tool() {
    compare(&Golden {
        file: "tests/data/opgraph_latent.tsv",
        workers: 2,
        exchange: true,
        labels: Some(LABELS),
        experts_everywhere: true,
        different: DIFFERENT,
    });
}
