//! Large expert parallelism: tokens go straight to the ranks of their experts.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use aiq::lang::ast::Phase;
use aiq::plan::graph::{Coordinates, GraphOp, fixed, op_graph};

const AT: Coordinates =
    Coordinates { tokens: 32.0, outputs: 32.0, batch: 32.0, seq: 1500.0, prefix: 0.0 };

fn graph(system: &str, backend: &str, model: &str, wide: f64, phase: Phase) -> Vec<GraphOp> {
    let (engine, library) = support::shipped();
    let target = support::target(&engine, &library, model, system, backend);
    let axes = fixed(&[
        ("tp", 1.0),
        ("pp", 1.0),
        ("dp", 16.0),
        ("moe_tp", 1.0),
        ("moe_ep", 16.0),
        ("cp", 1.0),
        ("wide_ep", wide),
    ]);
    op_graph(&library, &target, &axes, phase, &AT).expect("a graph")
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
