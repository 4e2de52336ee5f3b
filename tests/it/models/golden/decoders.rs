//! Dense decoders and decoders with experts.

use super::{Difference, Golden, compare, differ};

const CONSTANT: &str = "grows with the tokens, not a constant inside attention";
const FIRST: &str = "prefill makes the first token with the output matrix";
const LAST: &str = "the last tokens of all prompts are not spread over context ranks";

const LLAMA: &str = "meta-llama/Meta-Llama-3.1-70B";

const DIFFERENT: &[Difference] = &[
    differ(" | rope_kv_write", CONSTANT).within("C"),
    differ(" | qk_norm", CONSTANT).of("Qwen/").within("C"),
    differ(" | lm_head", FIRST).of("Qwen/Qwen3-235B").within("C"),
    differ(" | lm_head", FIRST).of("openai/gpt-oss").within("C"),
    differ(" | lm_head", LAST).of(LLAMA).on("sglang").within("C"),
    differ("lm_head | ", LAST).of(LLAMA).on("sglang").within("C"),
];

const LABELS: &[(&str, &str)] =
    &[("gate_ffn1_gemm", "gate_up"), ("act_gate", "activation"), ("ffn2_gemm", "down")];

#[test]
fn op_graphs_are_those_of_the_known_tool() {
    compare(&Golden {
        file: "tests/data/opgraph_golden.tsv",
        workers: 6,
        exchange: false,
        labels: Some(LABELS),
        experts_everywhere: false,
        different: DIFFERENT,
    });
}
