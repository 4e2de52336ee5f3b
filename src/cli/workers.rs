//! Workers in a few words, so that a row of a list fits a terminal: `2 x tp4 batch 1`.

use datafusion::arrow::array::RecordBatch;

use super::cells::number;

/// Sizes of a worker in GPUs; 1 goes without saying.
const SIZES: [&str; 6] = ["tp", "pp", "dp", "cp", "moe_tp", "moe_ep"];

/// Columns of the words and their cells: `workers`, or `prefill` and `decode`.
pub(super) fn columns(batch: &RecordBatch) -> Vec<(&'static str, Vec<String>)> {
    let of = |pool: &str| -> Vec<String> {
        (0..batch.num_rows()).map(|row| words(batch, pool, row)).collect()
    };
    let pools = number(batch, "prefill_workers", 0).is_some();
    match pools {
        true => vec![("prefill", of("prefill_")), ("decode", of("decode_"))],
        false => vec![("workers", of(""))],
    }
}

fn words(batch: &RecordBatch, pool: &str, row: usize) -> String {
    let value = |name: &str| number(batch, &format!("{pool}{name}"), row);
    let sizes = SIZES.iter().filter_map(|n| value(n).filter(|v| *v != 1.0).map(|v| (n, v)));
    let mut words: Vec<String> = sizes.map(|(name, size)| format!("{name}{size}")).collect();
    if words.is_empty() {
        words.push("tp1".to_owned());
    }
    words.extend(value("batch").map(|batch| format!("batch {batch}")));
    match value("workers") {
        Some(count) => format!("{count} x {}", words.join(" ")),
        None => words.join(" "),
    }
}
