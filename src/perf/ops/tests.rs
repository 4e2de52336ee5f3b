//! What is special about each operation, on hand-made tables.

mod collective;
mod families;

use proptest::prelude::*;

use super::{OPS, op};
use crate::perf::op::{Failure, MAX_NUMBERS, OpSpec, Origin, Price};
use crate::perf::price::Pricer;
use crate::perf::tables::{ColumnSpec, ColumnType, OpTable};
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
    let tables = vec![table("gemm", &["bfloat16 64 64 1 1", "fp8 64 64 1 1"])];
    let text = miss(tables, "gemm", &["int4_wo"], &[1.0, 64.0, 64.0]);
    assert_eq!(text, "gemm: no data for quant=int4_wo; nearest: quant=bfloat16, quant=fp8");
}

#[test]
fn gemm_is_raised_to_its_roofline() {
    let tables = vec![table("gemm", &["bfloat16 4096 4096 4096 0.001"])];
    let price = price(tables, "gemm", &["bfloat16"], &[4096.0; 3]);
    assert_eq!(price.latency, price.roofline);
    assert_eq!(price.origin, Origin::Repaired);
}

#[test]
fn fp8_static_is_fp8_without_finding_the_scale() {
    let tables =
        || vec![table("gemm", &["fp8 64 64 8 0.5"]), table("compute_scale", &["fp8 8 64 0.125"])];
    let found = price(tables(), "gemm", &["fp8_static"], &[8.0, 64.0, 64.0]);
    assert_eq!((found.latency, found.origin), (0.375, Origin::Interpolated));
    let costly = vec![table("gemm", &["fp8 64 64 8 0.5"]), table("compute_scale", &["fp8 8 64 2"])];
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
        table("gemm", &["fp8 64 64 8 1"]),
        table("gemm", &["bfloat16 64 64 8 2", "fp8 64 64 16 9"]),
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
    let mut context = context(vec![table("context_attention", &PREFILL)]);
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
    let tables = vec![table("context_attention", &PREFILL)];
    let numbers = [32.0, 8.0, 128.0, 512.0, 1.0, 1000.0, 0.0];
    let text = miss(tables, "context_attention", &["fp8", "fp8"], &numbers);
    assert!(text.contains("window=512; nearest: window=0, kv_heads=0 window=0"), "{text}");
}

#[test]
fn decode_does_not_cross_the_group_cliff() {
    let rows = ["fp8 1 128 0 k 32 1 1024 1", "fp8 1 128 0 k 64 1 1024 50"];
    let at = |heads: f64| {
        let tables = vec![table("generation_attention", &rows)];
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
    vec![table("moe", &rows.iter().map(String::as_str).collect::<Vec<_>>())]
}

fn moe(quant: &str, rows: &[(&str, &str, i32, f32)], tokens: f64) -> f64 {
    let mut context = context(experts(rows));
    let mut hardware = crate::perf::testing::hardware();
    hardware.flops.insert("fp4".to_owned(), 4e15);
    context.hardware = hardware.into();
    let numbers = [tokens, 1024.0, 512.0, 8.0, 64.0, 1.0, 1.0, 3.0];
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
fn few_tokens_follow_the_line_and_many_hold_the_share() {
    let rows = [("fp8", "k", 64, 1.0), ("fp8", "k", 4096, 2.0)];
    // What is left is launch.
    assert_eq!(moe("fp8", &rows, 1.0), 0.9);
    assert!(moe("fp8", &rows, 8192.0) > 3.0);
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
    for op in OPS.iter() {
        let text: Vec<&str> = op.text.iter().map(|argument| word(op.name, argument)).collect();
        if let Some(spec) = op.table {
            let selection = op.select(&text).remove(0);
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
            tables.push(table(spec.name, &[&cells.join(" ")]));
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
    let tables = vec![table("all_reduce", &["8 k 1000 1"])];
    assert!(pricer(&context(tables), "all_reduce", &[]).price(&[0.0, 1000.0]).is_err());
    let tables = experts(&[("fp8", "k", 8, 1.0)]);
    let half = [8.0, 1024.0, 512.0, 2.5, 64.0, 1.0, 1.0, 3.0];
    assert!(miss(tables, "moe", &["fp8", "balanced"], &half).contains("topk=2.5"));
}

#[test]
fn the_smallest_prefix_is_still_a_number() {
    let numbers = [1.0, 1.0, 128.0, 0.0, 1.0, 0.0, 1.868_721_341_858_593e-308];
    let tables = vec![table("context_attention", &["fp8 fp8 0 128 0 k 1 1 1 1"])];
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
