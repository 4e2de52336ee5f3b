//! Checkpoints of hybrid architectures: precisions, weights and caches against those of a known
//! tool, and weights against published parameter counts.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use aiq::arch::library::Library;
use aiq::plan::graph::{fixed, value};
use aiq::plan::target::Target;

const GIB: f64 = 1_073_741_824.0;

fn number(library: &Library, target: &Target, more: &[(&str, f64)], name: &str) -> f64 {
    let alone = ["tp", "pp", "dp", "moe_tp", "moe_ep", "cp"].map(|axis| (axis, 1.0));
    let value = value(library, target, &fixed(&[&alone[..], more].concat()), name);
    value.expect("a value").as_number().unwrap_or_else(|| panic!("`{name}` is no number"))
}

#[test]
fn print_them() {
    let (engine, library) = support::shipped();
    for row in support::table(include_str!("data/checkpoints_hybrid.tsv")) {
        let model = row["hf_id"];
        let target = support::target(&engine, &library, model, "b200_sxm", "trtllm");
        let chosen: Vec<String> = ["gemm", "moe", "kv", "fmha"]
            .iter()
            .map(|c| {
                let ours = target.choices.get(*c).and_then(|v| v.as_text()).unwrap_or("none");
                format!("{ours}/{}", row[format!("inferred_{c}").as_str()])
            })
            .collect();
        let theirs: f64 = row["weights_gib_1gpu"].parse().expect("GiB");
        let encoder: f64 = row["encoder_gib"].parse().expect("GiB");
        let ours = number(&library, &target, &[], "weights") / GIB;
        let kv: Vec<String> = [1.0, 4096.0]
            .iter()
            .map(|t| {
                let ours = number(&library, &target, &[("kv_tokens", *t)], "kv_cache");
                format!("{ours}/{}", row[format!("kv_bytes_{t}tok_tp1").as_str()])
            })
            .collect();
        println!(
            "{model}: {} weights {ours:.3}/{:.3} kv {}",
            chosen.join(" "),
            theirs + encoder,
            kv.join(" ")
        );
    }
}
