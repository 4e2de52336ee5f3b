//! The tables that there are, read from `models/measurements`.

use std::sync::LazyLock;

use super::spec::{Axis, ColumnSpec, ColumnType, TableSpec};
use crate::base::tsv;

const TABLES_TSV: &str = include_str!("../../../models/measurements/tables.tsv");
const COLUMNS_TSV: &str = include_str!("../../../models/measurements/columns.tsv");

/// Every table.
pub static TABLES: LazyLock<Vec<TableSpec>> = LazyLock::new(|| {
    tsv::rows(TABLES_TSV)
        .map(|row| {
            let axes = row.get("axes");
            TableSpec {
                name: row.get("table"),
                keys: columns(row.get("keys")),
                axes: columns(axes),
                methods: words(axes).map(|(_, method, _)| method).collect::<Vec<_>>().leak(),
                notes: columns(row.get("notes")),
                is_library: row.get("measured_by") == "library",
                meaning: row.get("meaning"),
            }
        })
        .collect()
});

/// The table of that name.
pub fn table(name: &str) -> Option<&'static TableSpec> {
    TABLES.iter().find(|t| t.name == name)
}

/// What holds in a published file that lacks a column; `None` where it needs it.
pub(crate) fn absent(column: &ColumnSpec) -> Option<&'static str> {
    let row = tsv::rows(COLUMNS_TSV).find(|row| row.get("column") == column.name)?;
    Some(row.get("absent")).filter(|value| !value.is_empty())
}

/// The columns that a cell names. They live as long as the program does, as the text does.
fn columns(cell: &'static str) -> &'static [ColumnSpec] {
    let column = |(name, _, published)| {
        let row = tsv::rows(COLUMNS_TSV).find(|row| row.get("column") == name);
        debug_assert!(row.is_some(), "no column `{name}`");
        let get = |column| row.map_or("", |row| row.get(column));
        ColumnSpec {
            name,
            published: Option::unwrap_or_else(published, || get("published")),
            ty: if get("type") == "text" { ColumnType::Text } else { ColumnType::Int },
            meaning: get("meaning"),
        }
    };
    words(cell).map(column).collect::<Vec<_>>().leak()
}

/// The words of a cell, `name[:method][=published]`.
fn words(cell: &'static str) -> impl Iterator<Item = (&'static str, Axis, Option<&'static str>)> {
    cell.split_whitespace().map(|word| {
        let (name, published) = match word.split_once('=') {
            Some((name, published)) => (name, Some(published)),
            None => (word, None),
        };
        let (name, words) = name.split_once(':').unwrap_or((name, ""));
        let method = Axis::of(words);
        debug_assert!(method.is_some(), "no such method: `{word}`");
        (name, method.unwrap_or(Axis::LINEAR), published)
    })
}

#[cfg(test)]
mod tests {
    use super::super::grid::MAX_AXES;
    use super::*;

    #[test]
    fn the_shipped_tables_are_whole() {
        for table in TABLES.iter() {
            assert!((1..=MAX_AXES).contains(&table.axes.len()), "{}", table.name);
            assert_eq!(table.axes.len(), table.methods.len());
            assert!(table.meaning.ends_with('.'), "{}", table.name);
            let mut names: Vec<&str> = table.columns().map(|c| c.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), table.columns().count(), "{}: a column twice", table.name);
            for column in table.columns() {
                assert!(!column.published.is_empty() && column.meaning.ends_with('.'));
            }
        }
        assert_eq!(table("wideep_moe").unwrap().methods, [Axis::of("hold").unwrap()]);
        assert_eq!(table("moe").unwrap().methods[0].below, Axis::LINEAR.below);
        let attention = table("context_attention").unwrap();
        assert_eq!(attention.methods, [Axis::LINEAR, Axis::of("sqrt").unwrap(), Axis::LINEAR]);
        let names: Vec<&str> = attention.keys.iter().map(|c| c.published).collect();
        assert_eq!(
            names,
            [
                "attn_dtype",
                "kv_cache_dtype",
                "num_key_value_heads",
                "head_dim",
                "window_size",
                "kernel_source"
            ]
        );
    }
}
