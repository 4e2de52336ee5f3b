//! What is special about each operation, on hand-made tables.

use proptest::prelude::*;

use crate::perf::op::{Failure, MAX_NUMBERS, OPS, OpSpec, Price, op};
use crate::perf::origin::Origin;
use crate::perf::pricer::Pricer;
use crate::perf::spec::{
    self, ALL_REDUCE, COMPUTE_SCALE, CONTEXT_ATTENTION, ColumnSpec, ColumnType, GEMM,
    GENERATION_ATTENTION, MOE, NCCL,
};
use crate::perf::table::OpTable;
use crate::perf::testing::{context, pricer, table};

fn price(tables: Vec<OpTable>, name: &str, text: &[&str], numbers: &[f64]) -> Price {
    pricer(&context(tables), name, text).price(numbers).unwrap()
}

fn miss(tables: Vec<OpTable>, name: &str, text: &[&str], numbers: &[f64]) -> String {
    match pricer(&context(tables), name, text).price(numbers) {
        Err(Failure::Miss(miss)) => miss.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn gemm_misses_name_the_nearest() {
    let tables = vec![table(&GEMM, &["bfloat16 64 64 1 1", "fp8 64 64 1 1"])];
    let text = miss(tables, "gemm", &["int4_wo"], &[1.0, 64.0, 64.0]);
    assert_eq!(text, "gemm: no data for quant=int4_wo; nearest: quant=bfloat16, quant=fp8");
}

#[test]
fn gemm_is_raised_to_its_roofline() {
    let tables = vec![table(&GEMM, &["bfloat16 4096 4096 4096 0.001"])];
    let price = price(tables, "gemm", &["bfloat16"], &[4096.0; 3]);
    assert_eq!(price.latency, price.roofline);
    assert_eq!(price.origin, Origin::Measured);
}

#[test]
fn fp8_static_is_fp8_without_finding_the_scale() {
    let tables =
        || vec![table(&GEMM, &["fp8 64 64 8 0.5"]), table(&COMPUTE_SCALE, &["fp8 8 64 0.125"])];
    let found = price(tables(), "gemm", &["fp8_static"], &[8.0, 64.0, 64.0]);
    assert_eq!((found.latency, found.origin), (0.375, Origin::Interpolated));
    let costly = vec![table(&GEMM, &["fp8 64 64 8 0.5"]), table(&COMPUTE_SCALE, &["fp8 8 64 2"])];
    let floored = price(costly, "gemm", &["fp8_static"], &[8.0, 64.0, 64.0]);
    assert_eq!(floored.latency, floored.roofline);
}

#[test]
fn a_precision_without_arithmetic_is_an_error() {
    let bound = Pricer::bind(op("gemm").unwrap(), &context(Vec::new()), &["nvfp4"]);
    let Err(Failure::Error(error)) = bound else { panic!("bound") };
    assert_eq!(error.code, "AIQ0405");
    assert_eq!(error.message, "h200_sxm has no fp4 arithmetic, which nvfp4 needs");
}

#[test]
fn slices_come_whole_from_the_first_source_that_has_them() {
    let context = context(vec![
        table(&GEMM, &["fp8 64 64 8 1"]),
        table(&GEMM, &["bfloat16 64 64 8 2", "fp8 64 64 16 9"]),
    ]);
    let fp8 = pricer(&context, "gemm", &["fp8"]);
    assert_eq!(fp8.price(&[16.0, 64.0, 64.0]).unwrap().origin, Origin::Extrapolated);
    assert_eq!(fp8.trace(&[16.0, 64.0, 64.0]).source.as_deref(), Some("release 0"));
    let bfloat16 = pricer(&context, "gemm", &["bfloat16"]);
    assert_eq!(bfloat16.price(&[8.0, 64.0, 64.0]).unwrap().latency, 2.0);
    let trace = bfloat16.trace(&[8.0, 64.0, 64.0]);
    assert_eq!(trace.source.as_deref(), Some("release 1"));
    assert_eq!(trace.rows[0].coordinates, [("n", 64), ("k", 64), ("m", 8)]);
    assert_eq!(trace.bound, "memory");
}

/// fmha kv kv_heads head_dim window kernel, heads seq batch, latency.
const PREFILL: [&str; 4] = [
    "fp8 fp8 8 128 0 dense 32 1000 1 1",
    "fp8 fp8 8 128 0 dense 32 2000 1 4",
    "fp8 fp8 8 128 0 sparse 32 1000 1 7",
    "fp8 fp8 0 128 0 dense 32 1000 1 2",
];

fn prefill(lanes: &[&str], numbers: &[f64]) -> Price {
    let mut context = context(vec![table(&CONTEXT_ATTENTION, &PREFILL)]);
    context.lanes = lanes.iter().map(|&lane| lane.to_owned()).collect();
    pricer(&context, "context_attention", &["fp8", "fp8"]).price(numbers).unwrap()
}

#[test]
fn prefill_follows_the_square_of_the_length() {
    let found = prefill(&[], &[32.0, 8.0, 128.0, 0.0, 1.0, 1500.0, 0.0]);
    assert_eq!((found.latency, found.origin), (2.25, Origin::Interpolated));
}

#[test]
fn a_cached_prefix_saves_its_pairs() {
    let found = prefill(&[], &[32.0, 8.0, 128.0, 0.0, 1.0, 1000.0, 1000.0]);
    assert_eq!((found.latency, found.origin), (3.0, Origin::Interpolated));
}

#[test]
fn heads_of_their_own_are_stored_as_zero() {
    assert_eq!(prefill(&[], &[32.0, 32.0, 128.0, 0.0, 1.0, 1000.0, 0.0]).latency, 2.0);
}

#[test]
fn lanes_are_tried_in_order_and_the_densest_by_default() {
    let numbers = [32.0, 8.0, 128.0, 0.0, 1.0, 1000.0, 0.0];
    assert_eq!(prefill(&["default"], &numbers).latency, 1.0);
    assert_eq!(prefill(&["absent", "sparse"], &numbers).latency, 7.0);
}

#[test]
fn a_window_over_everything_is_none_and_others_must_be_measured() {
    assert_eq!(prefill(&[], &[32.0, 8.0, 128.0, 4096.0, 1.0, 1000.0, 0.0]).latency, 1.0);
    let tables = vec![table(&CONTEXT_ATTENTION, &PREFILL)];
    let numbers = [32.0, 8.0, 128.0, 512.0, 1.0, 1000.0, 0.0];
    let text = miss(tables, "context_attention", &["fp8", "fp8"], &numbers);
    assert!(text.contains("window=512; nearest: window=0, kv_heads=0 window=0"), "{text}");
}

#[test]
fn decode_does_not_cross_the_group_cliff() {
    let rows = ["fp8 1 128 0 k 32 1 1024 1", "fp8 1 128 0 k 64 1 1024 50"];
    let at = |heads: f64| {
        let tables = vec![table(&GENERATION_ATTENTION, &rows)];
        let numbers = [heads, 1.0, 128.0, 0.0, 1.0, 1024.0];
        price(tables, "generation_attention", &["fp8"], &numbers)
    };
    assert!(at(63.0).latency < 3.0);
    assert_eq!(at(63.0).origin, Origin::Extrapolated);
    assert!(at(96.0).latency >= 50.0);
}

/// quant distribution topk experts hidden inter moe_tp moe_ep kernel, tokens, latency.
fn experts(rows: &[(&str, &str, i32, f32)]) -> Vec<OpTable> {
    let row = |(quant, kernel, tokens, latency): &(&str, &str, i32, f32)| {
        format!("{quant} balanced 8 64 1024 512 1 1 {kernel} {tokens} {latency}")
    };
    let rows: Vec<String> = rows.iter().map(row).collect();
    vec![table(&MOE, &rows.iter().map(String::as_str).collect::<Vec<_>>())]
}

fn moe(quant: &str, rows: &[(&str, &str, i32, f32)], tokens: f64) -> f64 {
    let mut context = context(experts(rows));
    let mut hardware = crate::perf::testing::hardware();
    hardware.flops.insert("fp4".to_owned(), 4e15);
    context.hardware = hardware.into();
    let numbers = [tokens, 1024.0, 512.0, 8.0, 64.0, 1.0, 1.0];
    pricer(&context, "moe", &[quant, "balanced"]).price(&numbers).unwrap().latency
}

#[test]
fn small_batches_prefer_the_minimum_latency_kernel() {
    let rows = [
        ("nvfp4", "moe_torch_flow_cutlass", 64, 3.0),
        ("nvfp4", "moe_torch_flow_cutlass", 256, 4.0),
        ("nvfp4", "moe_torch_flow_min_latency", 64, 1.0),
        ("nvfp4", "moe_torch_flow_min_latency", 128, 2.0),
    ];
    assert_eq!(moe("nvfp4", &rows, 64.0), 1.0);
    assert_eq!(moe("nvfp4", &rows, 256.0), 4.0);
    assert_eq!(moe("nvfp4", &rows[..2], 64.0), 3.0);
}

#[test]
fn few_tokens_stand_and_many_hold_the_share() {
    let rows = [("fp8", "k", 64, 1.0), ("fp8", "k", 4096, 2.0)];
    assert_eq!(moe("fp8", &rows, 1.0), 1.0);
    assert!(moe("fp8", &rows, 8192.0) > 3.0);
}

#[test]
fn collectives_cost_by_ranks() {
    let rows = ["2 graph 1000 0.25", "4 graph 1000 0.5", "8 graph 1000 0.75", "8 x_eager 1000 9"];
    let at = |ranks: f64| {
        let found = price(vec![table(&ALL_REDUCE, &rows)], "all_reduce", &[], &[ranks, 1000.0]);
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
    let tables = vec![table(&NCCL, &rows.iter().map(String::as_str).collect::<Vec<_>>())];
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
fn what_is_for_each_other_rank_leaves_the_node_alone() {
    let rows = ["half alltoall 8 1000 0.01", "half alltoall 8 1000000 0.02"];
    let at = |ranks: f64| {
        let tables = vec![table(&NCCL, &rows)];
        price(tables, "nccl", &["alltoall", "half"], &[ranks, 1e6]).latency
    };
    // Half of the bytes at 50 GB/s, where 7 of 8 went at 450.
    let moving = 0.01 * (8.0 / 16.0 / 50.0) / (7.0 / 8.0 / 450.0);
    assert!((at(16.0) - (0.02 + moving)).abs() < 1e-6, "{}", at(16.0));
}

#[test]
fn eager_kernels_count_where_nothing_else_does() {
    let tables = vec![table(&ALL_REDUCE, &["8 x_eager 1000 9"])];
    assert_eq!(price(tables, "all_reduce", &[], &[8.0, 1000.0]).latency, 9.0);
    let rows = ["half all_gather 8 1000 1", "half all_gather 8 2000 2"];
    let found = price(vec![table(&NCCL, &rows)], "nccl", &["all_gather", "half"], &[8.0, 1500.0]);
    assert_eq!((found.latency, found.origin), (1.5, Origin::Interpolated));
}

#[test]
fn heads_of_latent_products_take_their_part_of_the_next_measured() {
    let rows = ["bfloat16 mla_gen_pre 32 8 4", "fp8 mla_gen_pre 16 8 1"];
    let at = |quant: &str, heads: f64| {
        let tables = vec![table(&spec::MLA_BMM, &rows)];
        let found = price(tables, "mla_bmm", &[quant, "mla_gen_pre"], &[heads, 8.0]);
        (found.latency, found.origin)
    };
    assert_eq!(at("bfloat16", 24.0), (3.0, Origin::Transferred));
    assert_eq!(at("fp8", 16.0), (1.0, Origin::Measured));
    // More heads than were measured at 8 bits run at 16.
    assert_eq!(at("fp8", 32.0), (4.0, Origin::Transferred));
}

#[test]
fn wide_latent_attention_runs_on_the_kernel_that_is_named() {
    let rows = ["fp8 a 16 1 100 1", "fp8 a 16 1 200 1", "fp8 b 16 1 100 3"];
    let at = |attention: &str| {
        let tables = vec![table(&spec::WIDEEP_GENERATION_MLA, &rows)];
        price(tables, "wideep_generation_mla", &["fp8", attention], &[16.0, 1.0, 100.0]).latency
    };
    assert_eq!((at("b"), at("default")), (3.0, 1.0));
    let tables = vec![table(&spec::WIDEEP_GENERATION_MLA, &rows)];
    miss(tables, "wideep_generation_mla", &["fp8", "c"], &[16.0, 1.0, 100.0]);
}

#[test]
fn layers_that_skip_the_index_have_rows_of_their_own() {
    let rows = [
        "dsa_generation_module any fp8 fp8 16 1 4096 3",
        "dsa_generation_module_skip_indexer any fp8 fp8 16 1 4096 2",
    ];
    let widths = [7168.0, 1536.0, 512.0, 128.0, 64.0, 128.0, 64.0, 128.0, 2048.0];
    let numbers: Vec<f64> = [16.0, 1.0, 4096.0].into_iter().chain(widths).collect();
    let at = |op: &str| {
        let tables = vec![table(&spec::DSA_GENERATION_MODULE, &rows)];
        price(tables, "dsa_generation_module", &[op, "any", "fp8", "fp8"], &numbers)
    };
    assert_eq!((at("full").latency, at("skip").latency), (3.0, 2.0));
    assert!(at("skip").roofline < at("full").roofline);
}

#[test]
fn heads_of_compressed_attention_take_the_next_fewer() {
    let rows = ["fp8 fp8 64 8 1 4096 1", "fp8 fp8 64 16 1 4096 1.5"];
    let widths = [4096.0, 1024.0, 1024.0, 512.0, 64.0, 8.0, 128.0];
    let at = |native: f64, heads: f64| {
        let numbers: Vec<f64> = [native, heads, 1.0, 4096.0].into_iter().chain(widths).collect();
        let context = context(vec![table(&spec::DSV4_HCA_GENERATION_MODULE, &rows)]);
        pricer(&context, "dsv4_hca_generation_module", &["fp8", "fp8"]).price(&numbers)
    };
    assert_eq!(at(64.0, 16.0).unwrap().origin, Origin::Measured);
    let (more, fewer) = (at(64.0, 32.0).unwrap(), at(64.0, 4.0).unwrap());
    assert!(more.latency > 1.5 && more.origin == Origin::Transferred);
    assert_eq!((fewer.latency, fewer.origin), (1.0, Origin::Transferred));
    assert!(matches!(at(128.0, 16.0), Err(Failure::Miss(_))));
}

#[test]
fn what_carries_a_state_falls_to_its_bound_but_a_fused_kernel_does_not() {
    let row = "generation 7168 4 8 128 8 128";
    let rows = [
        format!("{row} causal_conv1d_update 4 1 0.5"),
        format!("{row} fused_recurrent_kda 4 1 0.25"),
    ];
    let rows = rows.each_ref().map(String::as_str);
    let numbers = [7168.0, 4.0, 8.0, 128.0, 8.0, 128.0, 4.0, 1.0];
    let at = |phase: &str, part: &str| {
        let tables = vec![table(&spec::KDA, &rows)];
        let found = price(tables, "kda", &[phase, part], &numbers);
        (found.latency, found.origin)
    };
    assert_eq!(at("generation", "conv"), (0.5, Origin::Measured));
    assert_eq!(at("generation", "scan"), (0.25, Origin::Measured));
    let (latency, origin) = at("context", "scan");
    assert!(latency > 0.0 && origin == Origin::Roofline);
    miss(vec![table(&spec::KDA, &rows)], "kda", &["generation", "fused"], &numbers);
}

#[test]
fn tables_of_the_libraries_stand_in_for_the_common_one() {
    let tables = || {
        vec![
            table(&spec::MOE_A2A, &["lib dispatch default 8 1 64 8 256 0 16 1"]),
            table(&spec::WIDEEP_DEEPEP_LL, &["dispatch 2 64 8 256 16 3"]),
            table(
                &spec::TRTLLM_ALLTOALL,
                &["combine_low_precision nvfp4 8 256 64 8 NVLinkTwoSided 16 5"],
            ),
        ]
    };
    let at = |text: &[&str], ranks: f64, nodes: f64| {
        let numbers = [ranks, nodes, 64.0, 8.0, 256.0, 0.0, 16.0];
        let context = context(tables());
        pricer(&context, "moe_a2a", text).price(&numbers).map(|price| price.latency)
    };
    // A library that sends one way only answers for every precision.
    assert_eq!(at(&["lib", "dispatch", "fp8_block"], 8.0, 1.0).unwrap(), 1.0);
    assert_eq!(at(&["deepep_ll", "dispatch", "default"], 16.0, 2.0).unwrap(), 3.0);
    assert!(at(&["deepep_ll", "dispatch", "default"], 8.0, 2.0).is_err());
    assert_eq!(at(&["nvlink_two_sided", "combine", "fp4"], 8.0, 2.0).unwrap(), 5.0);
    let context = context(tables());
    let measured = |text: &[&str]| pricer(&context, "moe_a2a", text).measured().unwrap();
    assert!(measured(&["deepep_ll", "dispatch", "default"]));
    assert!(!measured(&["other", "dispatch", "default"]));
}

#[test]
fn an_unmeasured_distribution_is_taken_as_even() {
    let rows = ["fp8 uniform 8 256 64 32 1 8 16 1"];
    let tables = vec![table(&spec::WIDEEP_CONTEXT_MOE, &rows)];
    let numbers = [16.0, 64.0, 32.0, 8.0, 256.0, 1.0, 8.0];
    let found = price(tables, "wideep_context_moe", &["fp8", "power_law_1.2"], &numbers);
    assert_eq!((found.latency, found.origin), (1.0, Origin::Transferred));
}

#[test]
fn how_a_fused_kernel_was_set_up_is_left_open() {
    let row = |graph: &str, tokens: i32, latency: f32| {
        format!(
            "context fp8 fp8_fp4 balanced 8 256 0 64 32 1 8 random jit 1 true false own false \
             {graph} k {tokens} {latency}"
        )
    };
    let rows = [row("false", 16, 9.0), row("true", 16, 1.0), row("true", 32, 2.0)];
    let tables = vec![table(&spec::DSV4_MEGAMOE_MODULE, &rows.each_ref().map(String::as_str))];
    let numbers = [16.0, 64.0, 32.0, 8.0, 256.0, 0.0, 1.0, 8.0];
    let found = price(tables, "dsv4_megamoe_module", &["context", "fp8", "balanced"], &numbers);
    assert_eq!((found.latency, found.origin), (1.0, Origin::Measured));
}

#[test]
fn formulas_need_no_table() {
    let found = price(Vec::new(), "memory", &[], &[3.84e9]);
    assert!((found.latency - 1.003).abs() < 1e-9);
    assert_eq!(found.origin, Origin::Roofline);
    assert!((price(Vec::new(), "link", &[], &[5e7]).latency - 1.01).abs() < 1e-9);
}

/// A value for a text argument of an op.
fn word(op: &str, argument: &str) -> &'static str {
    match (op, argument) {
        ("nccl", "op") => "all_gather",
        ("nccl", "dtype") => "half",
        ("mla_bmm", "op") => "mla_gen_pre",
        ("mhc_module", "op") => "pre",
        (_, "op") => "full",
        (_, "phase") => "context",
        (_, "part") => "scan",
        (_, "attention") => "default",
        (_, "transport") => "two_sided",
        (_, "comm_backend") => "deepep_ht",
        (_, "comm_dtype") => "default",
        (_, "distribution") => "balanced",
        (_, "architecture" | "model" | "score_mode") => "any",
        _ => "fp8",
    }
}

/// One row in every table, so that any question reaches the arithmetic.
fn everything() -> Vec<Pricer> {
    let mut tables = Vec::new();
    let mut texts = Vec::new();
    for op in OPS {
        let text: Vec<&str> = op.text.iter().map(|argument| word(op.name, argument)).collect();
        if let Some(spec) = op.table {
            let selection = (op.select)(&text).remove(0);
            let key = |column: &ColumnSpec| {
                let argument = op.text.iter().position(|&argument| argument == column.name);
                match (argument, column.ty) {
                    (Some(at), _) => selection.text[at].clone(),
                    (None, ColumnType::Int) => "8".to_owned(),
                    (None, ColumnType::Text) => "k".to_owned(),
                }
            };
            let mut cells: Vec<String> = spec.keys.iter().map(key).collect();
            cells.extend(spec.axes.iter().map(|_| "8".to_owned()));
            cells.push("1".to_owned());
            tables.push(table(spec, &[&cells.join(" ")]));
        }
        texts.push(text);
    }
    let context = context(tables);
    let bind = |(op, text): (&'static OpSpec, &Vec<&str>)| Pricer::bind(op, &context, text);
    OPS.iter().zip(&texts).map(|pair| bind(pair).unwrap()).collect()
}

#[test]
fn junk_is_a_failure() {
    for pricer in everything() {
        let count = pricer.op().numbers.len();
        for junk in [f64::NAN, f64::INFINITY, -1.0] {
            for place in 0..count {
                let mut numbers = vec![8.0; count];
                numbers[place] = junk;
                assert!(pricer.price(&numbers).is_err());
                assert_eq!(pricer.trace(&numbers).rows, []);
            }
        }
        assert!(pricer.price(&[]).is_err());
    }
    let tables = vec![table(&ALL_REDUCE, &["8 k 1000 1"])];
    assert!(pricer(&context(tables), "all_reduce", &[]).price(&[0.0, 1000.0]).is_err());
    let tables = experts(&[("fp8", "k", 8, 1.0)]);
    let half = [8.0, 1024.0, 512.0, 2.5, 64.0, 1.0, 1.0];
    assert!(miss(tables, "moe", &["fp8", "balanced"], &half).contains("topk=2.5"));
}

#[test]
fn the_smallest_prefix_is_still_a_number() {
    let numbers = [1.0, 1.0, 128.0, 0.0, 1.0, 0.0, 1.868_721_341_858_593e-308];
    let tables = vec![table(&CONTEXT_ATTENTION, &["fp8 fp8 0 128 0 k 1 1 1 1"])];
    let latency = price(tables, "context_attention", &["fp8", "fp8"], &numbers).latency;
    assert!(latency.is_finite());
}

proptest! {
    #[test]
    fn any_number_is_priced_or_refused(
        numbers in proptest::collection::vec(
            prop_oneof![0.0..1e12f64, Just(0.0), Just(1.0), Just(8.0), Just(32.0), Just(128.0),
                Just(1024.0), any::<f64>()],
            MAX_NUMBERS,
        )
    ) {
        for pricer in everything() {
            match pricer.price(&numbers[..pricer.op().numbers.len()]) {
                Ok(price) => prop_assert!(price.latency.is_finite() && price.latency >= 0.0),
                Err(Failure::Miss(_)) => {}
                // A product of absurd sizes may overflow; it is said, not returned.
                Err(Failure::Error(error)) => prop_assert!(
                    error.code == "AIQ0407" || numbers.iter().any(|n| *n > 1e30), "{error}"
                ),
            }
        }
    }
}
