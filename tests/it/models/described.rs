//! `describe` of a checkpoint and of a system: what is known, as numbers.

use serde_json::Value;

use crate::support::session::{must_rows, session};

/// The number of a property with its unit.
fn number<'r>(rows: &'r [Value], property: &str) -> (f64, Option<&'r str>) {
    let row = rows.iter().find(|row| row["property"] == property);
    let row = row.unwrap_or_else(|| panic!("no {property}: {rows:?}"));
    (row["number"].as_f64().expect("a number"), row["unit"].as_str())
}

#[test]
fn a_checkpoint_has_dimensions_and_weights() {
    let mut session = session();
    let rows = must_rows(&mut session, "describe 'Qwen/Qwen3-32B'");
    assert_eq!(number(&rows, "num_hidden_layers"), (64.0, None));
    assert_eq!(number(&rows, "hidden_size"), (5120.0, None));
    assert_eq!(number(&rows, "max_position_embeddings"), (40960.0, Some("tokens")));
    // As published: 32.8 billion.
    let (parameters, _) = number(&rows, "parameters");
    assert!((32.7e9..32.9e9).contains(&parameters), "{parameters}");
    let (weights, unit) = number(&rows, "weights_bfloat16");
    assert_eq!((weights, unit), (2.0 * parameters, Some("B")));
    // The embeddings stay in 16 bits.
    let (small, _) = number(&rows, "weights_fp8");
    assert!(small > weights / 2.0 && small < 0.6 * weights, "{small}");
    let short = must_rows(&mut session, "describe QWEN3_32B");
    assert_eq!(short, rows);

    let experts = must_rows(&mut session, "describe 'deepseek-ai/DeepSeek-V3'");
    assert_eq!(number(&experts, "n_routed_experts").0, 256.0);
    // As published: 671 billion, of which FP8 takes a byte each.
    let (parameters, _) = number(&experts, "parameters");
    assert!((670e9..672e9).contains(&parameters), "{parameters}");
    let (weights, _) = number(&experts, "weights");
    assert!((parameters..1.01 * parameters).contains(&weights), "{weights}");
    let moe = experts.iter().find(|row| row["property"] == "moe").expect("a precision");
    assert_eq!(moe["value"], "fp8_block");
}

#[test]
fn a_system_has_every_fact_of_its_file() {
    let mut session = session();
    let ask = "set price h200_sxm = $3/gpu_hour; describe h200_sxm";
    let rows = must_rows(&mut session, ask);
    assert_eq!(number(&rows, "bfloat16_tc_flops"), (989e12, Some("flop/s")));
    assert_eq!(number(&rows, "mem_bw"), (4.8e12, Some("B/s")));
    assert_eq!(number(&rows, "mem_capacity"), (151_397_597_184.0, Some("B")));
    assert_eq!(number(&rows, "power"), (700.0, Some("W")));
    assert_eq!(number(&rows, "nccl_mem.4"), (411_041_792.0, Some("B")));
    assert!(number(&rows, "tables").0 > 50.0);
    let text = |property: &str| {
        let row = rows.iter().find(|row| row["property"] == property);
        row.and_then(|row| row["value"].as_str()).unwrap_or_default().to_owned()
    };
    assert_eq!(text("mem_bw"), "4.8 TB/s");
    assert_eq!(text("price"), "$3/gpu_hour");
    assert!(text("source").starts_with("From aiconfigurator-core"), "{}", text("source"));
    // What a number is stands beside it, of all that ship.
    for system in ["a100_sxm", "gb200"] {
        for row in must_rows(&mut session, &format!("describe {system}")) {
            let is_fact = row["number"].is_number();
            assert!(!is_fact || row["meaning"].is_string(), "{row}");
        }
    }
}
