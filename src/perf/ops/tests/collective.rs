//! Collectives, measured and beyond.

use super::price;
use crate::perf::machine::Hardware;
use crate::perf::op::{Origin, Price};
use crate::perf::testing::{context, hardware, pricer, table};

#[test]
fn collectives_cost_by_ranks() {
    let rows = ["2 graph 1000 0.25", "4 graph 1000 0.5", "8 graph 1000 0.75", "8 x_eager 1000 9"];
    let at = |ranks: f64| {
        let found = price(vec![table("all_reduce", &rows)], "all_reduce", &[], &[ranks, 1000.0]);
        (found.latency, found.origin)
    };
    assert_eq!(at(1.0), (0.0, Origin::Measured));
    assert_eq!(at(4.0), (0.5, Origin::Measured));
    assert_eq!(at(3.0), (0.375, Origin::Transferred));
}

/// Rows of an H200 at 256 and 16 Mi elements: `op`, then ms by ranks 2, 4 and 8.
const MEASURED: [(&str, [f64; 3], [f64; 3]); 2] = [
    ("all_gather", [0.00517, 0.00697, 0.01034], [0.09001, 0.10507, 0.12231]),
    ("all_reduce", [0.00606, 0.00934, 0.01604], [0.13562, 0.17134, 0.19781]),
];

fn library(op: &str, measured: usize, ranks: f64, elements: f64) -> Price {
    let (_, small, large) = MEASURED.iter().find(|(name, ..)| *name == op).unwrap();
    let mut rows = Vec::new();
    for (i, count) in [2, 4, 8].into_iter().enumerate().take(measured) {
        rows.push(format!("half {op} {count} 256 {}", small[i]));
        rows.push(format!("half {op} {count} 16777216 {}", large[i]));
    }
    let tables = vec![table("nccl", &rows.iter().map(String::as_str).collect::<Vec<_>>())];
    price(tables, "nccl", &[op, "half"], &[ranks, elements])
}

#[test]
fn eight_ranks_follow_from_two_and_four() {
    for (op, small, large) in MEASURED {
        for (elements, measured) in [(256.0, small[2]), (16_777_216.0, large[2])] {
            let found = library(op, 2, 8.0, elements);
            assert_eq!(found.origin, Origin::Transferred);
            let off = (found.latency / measured - 1.0).abs();
            assert!(off < 0.06, "{op} of {elements}: {} for {measured}", found.latency);
        }
    }
}

#[test]
fn across_nodes_a_hop_and_the_slower_of_both_links_are_paid() {
    // One hop of 10 µs; the ranks of a node send out an eighth each, which the links inside hide.
    let small = library("all_gather", 3, 16.0, 256.0);
    assert!((small.latency - 0.02034).abs() < 1e-6, "{small:?}");
    assert_eq!(small.origin, Origin::Extrapolated);
    let large = library("all_gather", 3, 16.0, 16_777_216.0);
    let moving = (0.12231 - 0.01034) * (15.0 / 16.0) / (7.0 / 8.0);
    assert!((large.latency - (0.02034 + moving)).abs() < 1e-4, "{large:?}");
    // Both ways.
    let reduced = library("all_reduce", 3, 16.0, 256.0);
    assert!((reduced.latency - 0.03604).abs() < 1e-6, "{reduced:?}");
    let mut last = 0.0;
    for ranks in [2.0, 3.0, 4.0, 6.0, 8.0, 9.0, 16.0, 24.0, 64.0, 72.0, 1024.0] {
        let latency = library("all_reduce", 3, ranks, 16_777_216.0).latency;
        assert!(latency > last * 0.8, "{ranks}: {latency} after {last}");
        last = latency;
    }
}

#[test]
fn the_library_runs_where_the_kernels_of_a_framework_do_not_reach() {
    let at = |kernel: &str, ranks: f64| {
        let own = ["2 k 256 0.003", "4 k 256 0.004"].map(|row| row.replace('k', kernel));
        let library = ["half all_reduce 2 256 0.0093", "half all_reduce 4 256 0.0152"];
        let mut context = context(vec![
            table("all_reduce", &own.each_ref().map(String::as_str)),
            table("nccl", &library),
        ]);
        let rack = Hardware { gpus_per_node: 4, gpus_per_rack: Some(72), ..hardware() };
        context.hardware = Hardware { inter_node_bw: rack.intra_node_bw, ..rack }.into();
        let found = pricer(&context, "all_reduce", &[]).price(&[ranks, 256.0]).unwrap();
        (1e4 * found.latency).round() / 1e4
    };
    assert_eq!(at("vLLM_custom_graph", 4.0), 0.004);
    // Measured on such a system: 0.0269 and 0.0478.
    assert_eq!(at("SGLang_CustomAllReduce_graph", 8.0), 0.027);
    assert_eq!(at("SGLang_CustomAllReduce_graph", 16.0), 0.0506);
    // Twice as many are one doubling, and no longer a ring.
    assert_eq!(at("SGLang_CustomAllReduce_graph", 64.0), 0.145);
    assert_eq!(at("TRTLLM", 8.0), 0.006);
    assert_eq!(at("TRTLLM", 144.0), at("vLLM_custom_graph", 144.0));
}

#[test]
fn what_is_for_each_other_rank_leaves_the_node_alone() {
    let rows = ["half alltoall 8 1000 0.01", "half alltoall 8 1000000 0.02"];
    let at = |ranks: f64| {
        let tables = vec![table("nccl", &rows)];
        price(tables, "nccl", &["alltoall", "half"], &[ranks, 1e6]).latency
    };
    // Half of the bytes at 50 GB/s, where 7 of 8 went at 450.
    let moving = 0.01 * (8.0 / 16.0 / 50.0) / (7.0 / 8.0 / 450.0);
    assert!((at(16.0) - (0.02 + moving)).abs() < 1e-6, "{}", at(16.0));
}

#[test]
fn eager_kernels_count_where_nothing_else_does() {
    let tables = vec![table("all_reduce", &["8 x_eager 1000 9"])];
    assert_eq!(price(tables, "all_reduce", &[], &[8.0, 1000.0]).latency, 9.0);
    let rows = ["half all_gather 8 1000 1", "half all_gather 8 2000 2"];
    let found = price(vec![table("nccl", &rows)], "nccl", &["all_gather", "half"], &[8.0, 1500.0]);
    assert_eq!((found.latency, found.origin), (1.5, Origin::Interpolated));
}
