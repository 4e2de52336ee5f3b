//! What is special about each family of tables.

use super::{miss, price};
use crate::perf::op::{Failure, Origin};
use crate::perf::testing::{context, pricer, table};

#[test]
fn heads_of_latent_products_take_their_part_of_the_next_measured() {
    let rows = ["bfloat16 mla_gen_pre 32 8 4", "fp8 mla_gen_pre 16 8 1"];
    let at = |quant: &str, heads: f64| {
        let tables = vec![table("mla_bmm", &rows)];
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
        let tables = vec![table("wideep_generation_mla", &rows)];
        price(tables, "wideep_generation_mla", &["fp8", attention], &[16.0, 1.0, 100.0]).latency
    };
    assert_eq!((at("b"), at("default")), (3.0, 1.0));
    let tables = vec![table("wideep_generation_mla", &rows)];
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
        let tables = vec![table("dsa_generation_module", &rows)];
        price(tables, "dsa_generation_module", &[op, "any", "fp8", "fp8"], &numbers)
    };
    assert_eq!((at("full").latency, at("skip").latency), (3.0, 2.0));
    assert!(at("skip").roofline < at("full").roofline);
}

#[test]
fn heads_of_compressed_attention_take_the_next_fewer() {
    let rows = [
        "fp8 fp8 64 8 1 4096 1",
        "fp8 fp8 64 16 1 4096 1.5",
        "fp8 fp8 128 16 1 4096 2",
        "fp8 fp8 128 32 1 4096 3",
    ];
    let widths = [4096.0, 1024.0, 1024.0, 512.0, 64.0, 8.0, 128.0];
    let at = |native: f64, heads: f64| {
        let numbers: Vec<f64> = [native, heads, 1.0, 4096.0].into_iter().chain(widths).collect();
        let context = context(vec![table("dsv4_hca_generation_module", &rows)]);
        pricer(&context, "dsv4_hca_generation_module", &["fp8", "fp8"]).price(&numbers)
    };
    assert_eq!(at(64.0, 16.0).unwrap().origin, Origin::Measured);
    let (more, fewer) = (at(64.0, 32.0).unwrap(), at(64.0, 4.0).unwrap());
    assert!(more.latency > 1.5 && more.origin == Origin::Transferred);
    assert_eq!((fewer.latency, fewer.origin), (1.0, Origin::Transferred));
    // Fewer than were measured for this model, though not for the other.
    assert_eq!(at(128.0, 8.0).unwrap().latency, 2.0);
    assert!(matches!(at(96.0, 16.0), Err(Failure::Miss(_))));
}

#[test]
fn what_carries_a_state_falls_to_its_bound_and_a_fused_kernel_to_its_parts() {
    let row = "generation 7168 4 8 128 8 128";
    let rows = [
        format!("{row} causal_conv1d_update 4 1 0.5"),
        format!("{row} fused_recurrent_kda 4 1 0.25"),
    ];
    let rows = rows.each_ref().map(String::as_str);
    let numbers = [7168.0, 4.0, 8.0, 128.0, 8.0, 128.0, 4.0, 1.0];
    let at = |phase: &str, part: &str| {
        let tables = vec![table("kda", &rows)];
        let found = price(tables, "kda", &[phase, part], &numbers);
        (found.latency, found.origin)
    };
    assert_eq!(at("generation", "conv"), (0.5, Origin::Measured));
    assert_eq!(at("generation", "scan"), (0.25, Origin::Measured));
    let (latency, origin) = at("context", "scan");
    assert!(latency > 0.0 && origin == Origin::Roofline);
    assert_eq!(at("generation", "fused"), (0.75, Origin::Measured));
    miss(vec![table("kda", &rows)], "kda", &["generation", "other"], &numbers);
}

#[test]
fn tables_of_the_libraries_stand_in_for_the_common_one() {
    let tables = || {
        vec![
            table("moe_a2a", &["lib dispatch default 8 1 64 8 256 0 16 1"]),
            table("wideep_deepep_ll", &["dispatch 2 64 8 256 16 3"]),
            table(
                "trtllm_alltoall",
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
    let tables = vec![table("wideep_context_moe", &rows)];
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
    let tables = vec![table("dsv4_megamoe_module", &rows.each_ref().map(String::as_str))];
    let numbers = [16.0, 64.0, 32.0, 8.0, 256.0, 0.0, 1.0, 8.0];
    let found = price(tables, "dsv4_megamoe_module", &["context", "fp8", "balanced"], &numbers);
    assert_eq!((found.latency, found.origin), (1.0, Origin::Measured));
}
