//! The DeepSeek kind: latent attention, an index of keys, states, drafts, lanes that overlap.

use super::{Difference, Golden, compare, differ};

const V3: &str = "deepseek-ai/DeepSeek-V3";
const V32: &str = "deepseek-ai/DeepSeek-V3.2";
const K2: &str = "moonshotai/Kimi-K2.5";
const K3: &str = "moonshotai/Kimi-K3";
const GLM: &str = "zai-org/GLM-5.2-FP8";
const M3: &str = "MiniMaxAI/MiniMax-M3";

const DENSE: &str = "the first layers are dense, with reductions of their own";
const SHARDS: &str = "shared experts are sharded with attention, as in V3";
const INDEX: &str = "the key projection of the index has weights";
const NORMS: &str = "norms left out of quantisation say nothing of the projections";
const SPLIT: &str = "every product of a prompt shared by ranks sees its share of the tokens";
const FULL: &str = "the first layers attend to everything; projections and index have weights";

const DIFFERENT: &[Difference] = &[
    differ(" | dense_gate_up", DENSE),
    differ(" | dense_activation", DENSE),
    differ(" | dense_down", DENSE),
    differ(" | reduce_dense", DENSE),
    differ(" | reduce_dense_attention", DENSE),
    differ("reduce_layers | ", "dispatch and combine reduce").of(V3).on("vllm"),
    differ("attention | ", "64 heads, not 128").of(K2),
    differ(" | attention", "64 heads, not 128").of(K2),
    differ("shared_gate_up | ", SHARDS).of(V32),
    differ(" | shared_gate_up", SHARDS).of(V32),
    differ("shared_activation | ", SHARDS).of(V32),
    differ(" | shared_activation", SHARDS).of(V32),
    differ("shared_down | ", SHARDS).of(V32),
    differ(" | shared_down", SHARDS).of(V32),
    differ("attention | ", INDEX).of(V32),
    differ(" | attention", INDEX).of(V32),
    differ("attention | ", NORMS).of(GLM),
    differ(" | attention", NORMS).of(GLM),
    differ("shared_gate_up | ", SPLIT).of(GLM),
    differ(" | shared_gate_up", SPLIT).of(GLM),
    differ("shared_activation | ", SPLIT).of(GLM),
    differ(" | shared_activation", SPLIT).of(GLM),
    differ("shared_down | ", SPLIT).of(GLM),
    differ(" | shared_down", SPLIT).of(GLM),
    differ("router | ", SPLIT).of(GLM),
    differ(" | router", SPLIT).of(GLM),
    differ("embedding | ", SPLIT).of(GLM),
    differ(" | embedding", SPLIT).of(GLM),
    differ("attention | ", FULL).of(M3),
    differ(" | attention", FULL).of(M3),
    differ(" | full_attention", FULL).of(M3),
    differ(" | qkv", FULL).of(M3),
    differ(" | out_proj", FULL).of(M3),
    differ(" | qk_norm", FULL).of(M3),
    differ(" | rope_kv_write", FULL).of(M3),
    differ("dispatch | ", "attention has its own reduction").of(K3),
];

#[test]
fn op_graphs_are_those_of_the_known_tool() {
    compare(&Golden {
        file: "tests/data/opgraph_latent.tsv",
        workers: 8,
        exchange: false,
        labels: Some(&[]),
        experts_everywhere: true,
        different: DIFFERENT,
    });
}
