//! Prices and power that the user gives, in the metrics made of them.

use crate::support::binary::{aiq, ask, rows, run, stderr};
use crate::support::number;

const FOR: &str = "for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 8";

#[test]
fn costs_follow_from_prices_and_rates() {
    let text = format!(
        "set price h200_sxm = $3.20/gpu_hour; \
         search {FOR} where tpot < 20ms and cost_per_hour < $26/hour minimize cost_per_mtok top 3"
    );
    let rows = ask(&text);
    assert_eq!(rows.len(), 3);
    let mut last = 0.0;
    for row in &rows {
        let hourly = number(row, "gpus_used") * 3.2;
        assert!((number(row, "cost_per_hour") / hourly - 1.0).abs() < 1e-12, "{row}");
        let tokens = number(row, "tokens_per_second") * 3600.0 / 1e6;
        let cost = number(row, "cost_per_mtok");
        assert!((cost * tokens / hourly - 1.0).abs() < 1e-12, "{row}");
        assert!(cost >= last, "{rows:?}");
        last = cost;
    }
}

#[test]
fn pools_have_prices_of_their_own() {
    let text = "set price h100_sxm = $2/gpu_hour, price h200_sxm = $3/gpu_hour; \
         search prefill.system = h100_sxm, decode.system = h200_sxm for 'Qwen/Qwen3-32B-FP8' \
         on h200_sxm * 8 as disagg where cost_per_hour < $30/hour minimize cost_per_mtok top 1";
    let row = ask(text).remove(0);
    let gpus =
        |pool: &str| number(&row, &format!("{pool}_workers")) * number(&row, &format!("{pool}_tp"));
    let hourly = number(&row, "replicas") * (2.0 * gpus("prefill") + 3.0 * gpus("decode"));
    assert!((number(&row, "cost_per_hour") / hourly - 1.0).abs() < 1e-12, "{row}");
}

#[test]
fn energy_is_of_the_board_or_of_what_is_given() {
    let text = format!(
        "set gpu_draw = 350W; search {FOR} where tokens_per_watt > 0.1 maximize tokens_per_joule top 1"
    );
    let row = ask(&text).remove(0);
    // The limit of the board is 700 W.
    let ratio = number(&row, "tokens_per_joule") / number(&row, "tokens_per_watt");
    assert!((ratio - 2.0).abs() < 1e-12, "{row}");
    let watts = number(&row, "gpus_used") * 700.0;
    let yielded = number(&row, "tokens_per_second") / watts;
    assert!((number(&row, "tokens_per_watt") / yielded - 1.0).abs() < 1e-12, "{row}");
}

/// What an estimate only shows may be unknown; what a search goes by may not.
#[test]
fn an_unknown_figure_is_a_null_with_a_reason() {
    let estimate = format!("estimate tp = 4, batch = 8 {FOR} as agg maximize tokens_per_joule");
    let output = run(&estimate);
    let row = rows(&output).remove(0);
    assert!(row["tokens_per_joule"].is_null() && number(&row, "tpot") > 0.0, "{row}");
    let told = stderr(&output);
    assert!(told.contains("`tokens_per_joule` has no value: what a GPU draws"), "{told}");
    let known = format!("set gpu_draw = 350W; {estimate}");
    assert!(number(&ask(&known)[0], "tokens_per_joule") > 0.0);
    for needs in ["where tokens_per_joule > 1", "maximize tokens_per_joule"] {
        let refused = aiq(&["-c", &format!("search {FOR} {needs}")]);
        let told = stderr(&refused);
        assert!(refused.status.code() == Some(2) && told.contains("AIQ0241"), "{told}");
    }
}
