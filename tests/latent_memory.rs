//! Weights and KV caches of the DeepSeek kind against published parameter counts and layouts.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use aiq::lang::ast::StatementKind;
use aiq::lang::parse::parse;
use aiq::plan::listing::{fixed, value};
use aiq::plan::question::{NoNames, Question};

const ALONE: [(&str, f64); 7] = [
    ("tp", 1.0),
    ("pp", 1.0),
    ("dp", 1.0),
    ("moe_tp", 1.0),
    ("moe_ep", 1.0),
    ("cp", 1.0),
    ("wide_ep", 0.0),
];

/// A value of a model on one GPU; `how` chooses precisions.
fn number(model: &str, how: &str, more: &[(&str, f64)], name: &str) -> f64 {
    let (engine, library) = support::shipped();
    let text = format!("search {how} for '{model}' on h200_sxm * 8 using sglang;");
    let statements = parse("<test>", &text).expect("a question");
    let StatementKind::Search(search) = &statements[0].kind else { panic!("{text}") };
    let asked = Question::new(&search.axes, &search.clauses, &[], &NoNames).expect("a question");
    let target = engine.targets(&library, &asked, "").expect("a target").remove(0);
    let axes = fixed(&[&ALONE[..], more].concat());
    let value = value(&library, &target, &axes, name).expect("a value");
    value.as_number().unwrap_or_else(|| panic!("`{name}` is no number"))
}

/// Published parameter counts without prediction layers, in billions.
const PUBLISHED: &[(&str, f64)] = &[
    ("deepseek-ai/DeepSeek-V3", 671.03),
    ("deepseek-ai/DeepSeek-R1", 671.03),
    ("moonshotai/Kimi-K2-Instruct", 1026.4),
    ("moonshotai/Kimi-K2.5", 1026.4),
    ("deepseek-ai/DeepSeek-V3.2", 671.9),
    ("zai-org/GLM-5", 744.0),
    ("deepseek-ai/DeepSeek-V4-Flash", 284.0),
    // Without the image encoder, of about 2.
    ("MiniMaxAI/MiniMax-M3", 426.0),
];

#[test]
fn weights_are_the_published_parameters() {
    for (model, billions) in PUBLISHED {
        let ours = number(model, "gemm = 'bfloat16', moe = 'bfloat16'", &[], "weights") / 2e9;
        assert!((ours / billions - 1.0).abs() < 0.01, "{model}: {ours} G, published {billions} G");
    }
}

#[test]
fn weights_of_the_largest() {
    let size = |model| number(model, "gemm = 'bfloat16', moe = 'bfloat16'", &[], "weights") / 2e12;
    // Published with one decimal: 1.6 T.
    let pro = size("deepseek-ai/DeepSeek-V4-Pro");
    assert!((1.55..1.65).contains(&pro), "{pro} T");
    // No count is published. Routed experts by hand: 92 layers of 896 experts, three matrices of a
    // latent width of 3584; all else is attention, shared experts and the vocabulary.
    let experts = 92.0 * 896.0 * 3.0 * 3584.0 * 3072.0 / 1e12;
    let k3 = size("moonshotai/Kimi-K3");
    assert!((1.0..1.04).contains(&(k3 / experts)), "{k3} T, experts {experts} T");
}

#[test]
fn caches_of_one_sequence() {
    let tokens = [("kv_tokens", 4096.0)];
    // A latent vector a layer.
    assert_eq!(number("deepseek-ai/DeepSeek-V3", "", &tokens, "kv_cache"), 143_917_056.0);
    // With the keys of an index and their scales.
    assert_eq!(number("deepseek-ai/DeepSeek-V3.2", "", &tokens, "kv_cache"), 192_888_832.0);
    assert_eq!(number("zai-org/GLM-5", "", &tokens, "kv_cache"), 410_222_592.0);
    // A window, compressed tokens, what is being compressed.
    assert_eq!(number("sgl-project/DeepSeek-V4-Pro-FP8", "", &tokens, "kv_cache"), 39_682_048.0);
    assert_eq!(number("sgl-project/DeepSeek-V4-Flash-FP8", "", &tokens, "kv_cache"), 26_877_952.0);
    // Few latent layers, states of the others.
    assert_eq!(number("moonshotai/Kimi-K3", "", &tokens, "kv_cache"), 2_360_107_008.0);
    // Keys and values, and the keys of an index in 57 of 60 layers.
    let plain = 503_316_480.0;
    let index = 4096.0 * 57.0 * 128.0 * 2.0;
    assert_eq!(number("MiniMaxAI/MiniMax-M3", "", &tokens, "kv_cache"), plain + index);
}

#[test]
fn activations_follow_the_width_of_the_model() {
    // Two checkpoints of one network whose files differ in a head size without meaning.
    let tokens = [("activation_tokens", 8192.0)];
    let size = |model| number(model, "", &tokens, "activations");
    assert_eq!(size("zai-org/GLM-5"), size("zai-org/GLM-5.2"));
}
