//! Hybrids: windows, states, towers for images, and layers that differ. Rows of the same work are
//! added up, for their graphs are cut into rows in different ways.

use super::{Difference, Golden, compare, differ};

const MIMO: &str = "XiaomiMiMo/MiMo-V2";
const LLAMA4: &str = "meta-llama/Llama-4";
const GEMMA: &str = "google/gemma-4";
const STEP: &str = "stepfun-ai/Step";
const NAS: &str = "nvidia/Llama-3_3-Nemotron-Super";
const HYBRID: &str = "nvidia/NVIDIA-Nemotron-3-Super";
const QWEN: &str = "Qwen/Qwen3.5-397B";

const REDUCED: &str = "dense layers reduce attention and network, the embedding is reduced once";
const PATTERN: &str = "1 marks windowed layers";
const FULL: &str = "every fourth layer is full attention";
const SHARED: &str = "each routed layer has a shared expert";
const LATENT: &str = "projections to the latent space are held whole by each rank";
const ONCE: &str = "the block before was reduced, one reduction adds up routed and shared experts";
const SPLIT: &str = "the heads of a state are split over ranks";
const WHOLE: &str = "all tokens of a rank are exchanged";

const DIFFERENT: &[Difference] = &[
    differ("embedding | embedding", "each rank holds its share of the vocabulary, as in other decoders"),
    differ(" | rope_kv_write", "grows with the tokens, not a constant inside attention"),
    differ(" | qk_norm", "grows with the tokens, not a constant inside attention"),
    differ(" | global_rope_kv_write", "grows with the tokens, not a constant inside attention"),
    differ(" | local_rope_kv_write", "grows with the tokens, not a constant inside attention"),
    differ(" | global_rope_kv_write local_rope_kv_write", "as above, with equal widths"),
    differ(" | global_qk_norm local_qk_norm", "as above"),
    differ("global_moe_post_dispatch global_moe_pre_dispatch swa_moe_post_dispatch swa_moe_pre_dispatch \
         | combine dispatch reduce_attention reduce_embedding reduce_ffn", REDUCED).of(MIMO).counted(94.0, 97.0),
    differ("attention | global_attention", PATTERN).of(MIMO).counted(39.0, 9.0),
    differ("attention | local_attention", PATTERN).of(MIMO).counted(9.0, 39.0),
    differ("global_qkv_gemm | global_qkv", PATTERN).of(MIMO).counted(39.0, 9.0),
    differ("swa_dense_qkv_gemm swa_qkv_gemm | local_qkv", PATTERN).of(MIMO).counted(9.0, 39.0),
    differ("global_moe_post_dispatch global_moe_pre_dispatch swa_moe_post_dispatch swa_moe_pre_dispatch \
         | combine dispatch reduce_embedding reduce_ffn", "the dense network beside the experts is reduced apart, for each is normalised").of(GEMMA).counted(60.0, 91.0),
    differ("logits_gemm | lm_head", "tied to the embedding, held once").of(GEMMA).counted(1.0, 1.0),
    differ("global_attn_norm global_ffn_norm swa_attn_norm swa_ffn_norm \
         | global_rope_kv_write norm_attention norm_ffn", "rows of rotary embedding happen to be as wide").of(GEMMA).within("C").counted(60.0, 65.0),
    differ("global_moe_post_dispatch global_moe_pre_dispatch \
         | combine dispatch reduce_attention reduce_embedding reduce_ffn", REDUCED).of(LLAMA4).counted(48.0, 97.0),
    differ("attention | global_attention", FULL).of(LLAMA4).counted(24.0, 12.0),
    differ("attention | local_attention", FULL).of(LLAMA4).counted(24.0, 36.0),
    differ(" | shared_gate_up", SHARED).of(LLAMA4).counted(0.0, 24.0),
    differ(" | shared_activation", SHARED).of(LLAMA4).counted(0.0, 24.0),
    differ(" | shared_down", SHARED).of(LLAMA4).counted(0.0, 24.0),
    differ("ar_1 ar_2 | reduce_attention reduce_embedding reduce_ffn", "the embedding is shared over ranks and reduced").of(NAS).counted(129.0, 130.0),
    differ("attn_ar mamba_ar moe_ar | reduce_attention reduce_embedding reduce_experts reduce_mamba", "the embedding is shared over ranks and reduced").of(HYBRID).counted(88.0, 89.0),
    differ("moe_post_dispatch moe_pre_dispatch | ", ONCE).of(HYBRID).counted(80.0, 0.0),
    differ(" | latent_in", LATENT).of(HYBRID).counted(0.0, 40.0),
    differ("fc1_latent_proj_gemm | ", LATENT).of(HYBRID).counted(40.0, 0.0),
    differ(" | latent_out", LATENT).of(HYBRID).counted(0.0, 40.0),
    differ("fc2_latent_proj_gemm | ", LATENT).of(HYBRID).counted(40.0, 0.0),
    differ("mamba_conv1d | mamba", SPLIT).of(HYBRID).counted(40.0, 10.0),
    differ("mamba_ssm | mamba", SPLIT).of(HYBRID).counted(40.0, 10.0),
    differ("global_moe_post_dispatch global_moe_pre_dispatch swa_moe_post_dispatch swa_moe_pre_dispatch \
         | combine dispatch reduce_attention reduce_embedding reduce_ffn", REDUCED).of(STEP).counted(84.0, 91.0),
    differ("full_moe_pre_dispatch gdn_moe_pre_dispatch | ", WHOLE).of(QWEN).within("C").counted(60.0, 0.0),
    differ(" | dispatch", WHOLE).of(QWEN).within("C").counted(0.0, 60.0),
];

#[test]
fn op_graphs_are_those_of_the_known_tool() {
    compare(&Golden {
        file: "tests/data/opgraph_golden_hybrid.tsv",
        workers: 9,
        exchange: false,
        labels: None,
        experts_everywhere: false,
        different: DIFFERENT,
    });
}
