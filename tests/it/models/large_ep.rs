//! Large expert parallelism: tokens go straight to the ranks of their experts.

use aiq::lang::ast::Phase;

use crate::support::binary::must;
use crate::support::worker::{Coordinates, GraphOp, Worker};

const AT: Coordinates =
    Coordinates { tokens: 32.0, outputs: 32.0, batch: 32.0, seq: 1500.0, prefix: 0.0 };

fn graph(system: &str, backend: &str, model: &str, wide: f64, phase: Phase) -> Vec<GraphOp> {
    let axes = [("dp", 16.0), ("moe_ep", 16.0), ("wide_ep", wide)];
    Worker::new(model, system, backend).ops(&axes, phase, &AT)
}

fn find<'o>(ops: &'o [GraphOp], label: &str) -> &'o GraphOp {
    let labels: Vec<&str> = ops.iter().map(|o| o.label.as_str()).collect();
    ops.iter().find(|o| o.label == label).unwrap_or_else(|| panic!("{label} of {labels:?}"))
}

fn number(op: &GraphOp, name: &str) -> f64 {
    op.numbers.iter().find(|n| n.0 == name).expect("a number").1
}

#[test]
fn an_exchange_replaces_the_collectives() {
    for (backend, experts) in [("sglang", "wideep_context_moe"), ("trtllm", "wideep_moe")] {
        let ops = graph("h200_sxm", backend, "deepseek-ai/DeepSeek-V3", 1.0, Phase::Context);
        assert!(ops.iter().all(|o| o.op != Some("nccl") && o.op != Some("all_reduce")));
        let experts_op = find(&ops, "experts");
        assert_eq!(experts_op.op, Some(experts));
        assert_eq!(experts_op.count, 58.0);
        assert_eq!(number(experts_op, "tokens"), 32.0 * 16.0);
        // 58 layers of 256 experts over 16 ranks.
        assert_eq!(experts_op.weight, 58.0 * 7168.0 * 2048.0 * 3.0 * 16.0);
        assert_eq!(find(&ops, "exchange_out").op, Some("moe_a2a"));
        assert_eq!(find(&ops, "exchange_back").op, Some("moe_a2a"));
        let fused = graph("h200_sxm", backend, "deepseek-ai/DeepSeek-V3", 0.0, Phase::Context);
        assert_eq!(find(&fused, "dispatch").op, Some("nccl"));
        assert_eq!(find(&fused, "experts").op, Some("moe"));
    }
}

#[test]
fn several_nodes_are_measured_or_scaled() {
    let measured = graph("h200_sxm", "sglang", "deepseek-ai/DeepSeek-V3", 1.0, Phase::Generation);
    let out = find(&measured, "exchange_out");
    assert_eq!((number(out, "nodes"), number(out, "moe_ep"), out.count), (2.0, 16.0, 58.0));
    let scaled = graph("h200_sxm", "sglang", "moonshotai/Kimi-K2-Instruct", 1.0, Phase::Generation);
    let out = find(&scaled, "exchange_out");
    assert_eq!((number(out, "nodes"), number(out, "moe_ep")), (1.0, 8.0));
    // The network is 9 times slower than the links of a node, half of the traffic crosses it.
    assert!((out.count - 60.0 * (1.0 + 0.5 * 0.30 * 9.0)).abs() < 1e-9, "{}", out.count);
}

#[test]
fn a_group_of_ranks_is_that_of_the_measurement() {
    // Nodes of 4: TensorRT-LLM and vLLM were measured on one, SGLang's DeepEP on groups of 8.
    for (backend, ranks) in [("sglang", 8.0), ("vllm", 4.0), ("trtllm", 4.0)] {
        let ops = graph("gb200", backend, "deepseek-ai/DeepSeek-V3", 1.0, Phase::Generation);
        let out = find(&ops, "exchange_out");
        assert_eq!((number(out, "nodes"), number(out, "moe_ep")), (1.0, ranks), "{backend}");
        // All links of a rack are alike.
        let groups = 16.0 / ranks;
        let scale = 1.0 + (groups - 1.0) / groups * 0.30;
        assert!((out.count - 58.0 * scale).abs() < 1e-9, "{backend}: {}", out.count);
    }
}

#[test]
fn one_kernel_exchanges_and_computes() {
    let ops = graph("gb200", "sglang", "deepseek-ai/DeepSeek-V4-Pro", 1.0, Phase::Generation);
    let fused = find(&ops, "experts");
    assert_eq!((fused.op, number(fused, "tokens")), (Some("dsv4_megamoe_module"), 32.0));
    assert_eq!(fused.weight, 61.0 * 7168.0 * 3072.0 * 3.0 * 384.0 / 16.0 / 2.0);
    assert!(ops.iter().all(|o| o.op != Some("moe_a2a") && o.op != Some("nccl")));
}

#[test]
fn a_scaled_exchange_is_no_measurement() {
    let origins = |model: &str, backend: &str| {
        let found = must(&format!(
            "explain ops estimate dp = 16, tp = 1, moe_ep = 16, moe_tp = 1, wide_ep = 1, batch = 8, \
             isl = 1000 for '{model}' on h200_sxm * 16 using {backend} as agg"
        ));
        let exchanges = found
            .iter()
            .filter(|r| r["keys"].as_str().is_some_and(|keys| keys.contains("comm_backend=")));
        exchanges.map(|r| r["origin"].as_str().expect("an origin").to_owned()).collect::<Vec<_>>()
    };
    let scaled = origins("moonshotai/Kimi-K2-Instruct", "trtllm");
    assert!(!scaled.is_empty() && scaled.iter().all(|o| o == "extrapolated"), "{scaled:?}");
    let measured = origins("deepseek-ai/DeepSeek-V3", "sglang");
    assert!(measured.iter().any(|o| o != "extrapolated"), "{measured:?}");
}
