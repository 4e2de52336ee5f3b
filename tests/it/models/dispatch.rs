//! How each backend brings tokens to their experts and back: one line for each rule.

use aiq::lang::ast::Phase::{self, Context, Generation};

use crate::support::worker::{Coordinates, GraphOp, Worker};

const FP8: &str = "Qwen/Qwen3-235B-A22B-FP8";
const NVFP4: &str = "nvidia/Qwen3-235B-A22B-NVFP4";
const HIDDEN: f64 = 4096.0;
const TOKENS: f64 = 32.0;

/// Model, system, backend; tp, dp, cp; phase; collectives before and after the experts, each as
/// its kind, its ranks, and its size in activations of the tokens of one rank.
type Case = (&'static str, &'static str, &'static str, [f64; 3], Phase, &'static str, &'static str);

const CASES: &[Case] = &[
    (FP8, "h200_sxm", "vllm", [1.0, 1.0, 1.0], Context, "", ""),
    (FP8, "h200_sxm", "vllm", [8.0, 1.0, 1.0], Context, "AR(8, 1)", "AR(8, 1)"),
    (FP8, "h200_sxm", "vllm", [1.0, 8.0, 1.0], Context, "AG(8, 8)", "RS(8, 8)"),
    (FP8, "h200_sxm", "vllm", [4.0, 2.0, 1.0], Context, "AR(8, 1) AG(8, 2)", "AR(8, 1) RS(8, 2)"),
    (FP8, "h200_sxm", "sglang", [4.0, 2.0, 1.0], Context, "AG(8, 2) RS(4, 1)", "RS(8, 2) AG(4, 1)"),
    (FP8, "h200_sxm", "sglang", [8.0, 1.0, 1.0], Generation, "AR(8, 1)", "AR(8, 1)"),
    (FP8, "h200_sxm", "sglang", [1.0, 8.0, 1.0], Context, "AG(8, 8)", "RS(8, 8)"),
    // Tokens of one rank are an eighth of the sequence in prefill, all of it in decode.
    (FP8, "h200_sxm", "sglang", [1.0, 1.0, 8.0], Context, "AG(8, 8)", "RS(8, 8)"),
    (FP8, "h200_sxm", "sglang", [1.0, 1.0, 8.0], Generation, "", "AR(8, 1)"),
    (FP8, "h200_sxm", "trtllm", [8.0, 1.0, 1.0], Context, "AR(8, 1)", "AR(8, 1)"),
    (FP8, "h200_sxm", "trtllm", [1.0, 8.0, 1.0], Context, "AG(8, 8)", "RS(8, 8)"),
    (FP8, "b200_sxm", "trtllm", [8.0, 1.0, 1.0], Context, "AR(8, 1)", "AR(8, 1)"),
    (FP8, "b200_sxm", "trtllm", [1.0, 8.0, 1.0], Context, "AG(8, 4)", "RS(8, 8)"),
    (NVFP4, "b200_sxm", "trtllm", [1.0, 8.0, 1.0], Generation, "AG(8, 2.25)", "RS(8, 8)"),
    (NVFP4, "b200_sxm", "vllm", [1.0, 8.0, 1.0], Generation, "AG(8, 8)", "RS(8, 8)"),
    (NVFP4, "gb200", "trtllm", [1.0, 4.0, 1.0], Generation, "AG(4, 1.125)", "RS(4, 4)"),
];

fn short(op: &GraphOp) -> String {
    let number = |name: &str| op.numbers.iter().find(|n| n.0 == name).expect("an argument").1;
    let kind = match op.text.first() {
        None => "AR",
        Some((_, text)) if text == "all_gather" => "AG",
        Some(_) => "RS",
    };
    format!("{kind}({}, {})", number("ranks"), number("elements") / (HIDDEN * TOKENS))
}

#[test]
fn each_backend_moves_tokens_its_own_way() {
    let at = Coordinates { tokens: TOKENS, outputs: 1.0, batch: 1.0, seq: TOKENS, prefix: 0.0 };
    for (model, system, backend, [tp, dp, cp], phase, before, after) in CASES {
        let axes = [("tp", *tp), ("dp", *dp), ("moe_ep", tp * dp * cp), ("cp", *cp)];
        let ops = Worker::new(model, system, backend).ops(&axes, *phase, &at);
        let of = |label: &str| {
            let ops: Vec<String> = ops.iter().filter(|o| o.label == label).map(short).collect();
            ops.join(" ")
        };
        let case = format!("{model} {system} {backend} tp={tp} dp={dp} cp={cp} {phase:?}");
        assert_eq!(of("dispatch"), *before, "{case}: before the experts");
        assert_eq!(of("combine"), *after, "{case}: after the experts");
    }
}
