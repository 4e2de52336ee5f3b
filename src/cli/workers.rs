//! Workers in a few words, so that a row of a list fits a terminal: `2 x tp4 batch 1`.

use datafusion::arrow::array::RecordBatch;

use super::cells::number;
use crate::lang::ast::Owner;
use crate::model::library::Library;

/// Columns of the words and their cells: `workers`, or one of each pool.
pub(super) fn columns(library: &Library, batch: &RecordBatch) -> Vec<(String, Vec<String>)> {
    let sizes: Vec<&str> =
        library.columns.sizes(Owner::Worker).map(|c| c.name.text.as_str()).collect();
    let of = |pool: &str| -> Vec<String> {
        (0..batch.num_rows()).map(|row| words(&sizes, batch, pool, row)).collect()
    };
    let mut pools = library.pools();
    pools.retain(|pool| number(batch, &format!("{pool}_workers"), 0).is_some());
    if pools.is_empty() {
        return vec![("workers".to_owned(), of(""))];
    }
    pools.into_iter().map(|pool| (pool.to_owned(), of(&format!("{pool}_")))).collect()
}

fn words(sizes: &[&str], batch: &RecordBatch, pool: &str, row: usize) -> String {
    let value = |name: &str| number(batch, &format!("{pool}{name}"), row);
    let told = sizes.iter().filter_map(|n| value(n).filter(|v| *v != 1.0).map(|v| (n, v)));
    let mut words: Vec<String> = told.map(|(name, size)| format!("{name}{size}")).collect();
    if let (true, Some(first)) = (words.is_empty(), sizes.first()) {
        words.push(format!("{first}1"));
    }
    words.extend(value("batch").map(|batch| format!("batch {batch}")));
    match value("workers") {
        Some(count) => format!("{count} x {}", words.join(" ")),
        None => words.join(" "),
    }
}
