//! Small hand-made systems and tables for the tests of this module.

use std::sync::Arc;

use super::machine::{Hardware, QuantMode, QuantModes};
use super::ops::op;
use super::price::{Context, Evidence, Pricer, WhatIf};
use super::tables::{self, Column, ColumnType, OpTable, RawTable, Source, Sources, TableSpec};

/// The figures of an H200.
pub(crate) fn hardware() -> Hardware {
    Hardware {
        name: "h200_sxm".to_owned(),
        mem_bw: 4.8e12,
        mem_efficiency: 0.8,
        mem_latency: 3e-6,
        flops: [("bfloat16", 989e12), ("int8", 1978e12), ("fp8", 1978e12)]
            .map(|(name, flops)| (name.to_owned(), flops))
            .into(),
        sm: 90,
        mem_capacity: 151_397_597_184.0,
        gpus_per_node: 8,
        gpus_per_rack: None,
        gpus_per_nvlink_domain: None,
        intra_node_bw: 450e9,
        inter_node_bw: 50e9,
        inter_rack_bw: None,
        p2p_latency: 1e-5,
        inter_rack_latency: None,
    }
}

pub(crate) fn quants() -> QuantModes {
    let mode = |(name, bytes, flops): (&str, f64, &str)| {
        (name.to_owned(), QuantMode { bytes, flops: flops.to_owned() })
    };
    QuantModes(
        [
            ("bfloat16", 2.0, "bfloat16"),
            ("int4_wo", 0.5, "bfloat16"),
            ("fp8", 1.0, "fp8"),
            ("fp8_block", 1.0, "fp8"),
            ("nvfp4", 0.5625, "fp4"),
            ("int8", 1.0, "int8"),
        ]
        .map(mode)
        .into(),
    )
}

/// A table of rows such as `"fp8 64 128 1 0.25"`: keys, axes, latency. Sorts them.
pub(crate) fn table(name: &str, rows: &[&str]) -> OpTable {
    OpTable::build(tables::table(name).unwrap(), raw(name, rows)).unwrap()
}

pub(crate) fn raw(name: &str, rows: &[&str]) -> RawTable {
    let spec = tables::table(name).unwrap();
    let columns: Vec<_> = spec.keys.iter().chain(spec.axes).collect();
    let mut cells: Vec<Vec<&str>> = rows.iter().map(|r| r.split_whitespace().collect()).collect();
    cells.sort_by(|a, b| {
        let order = |i: usize| match columns[i].ty {
            ColumnType::Text => a[i].cmp(b[i]),
            ColumnType::Int => a[i].parse::<i32>().unwrap().cmp(&b[i].parse().unwrap()),
        };
        (0..columns.len()).map(order).find(|o| o.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    });
    let mut raw = RawTable { rows: rows.len(), ..RawTable::default() };
    for (i, column) in columns.iter().enumerate() {
        let values = cells.iter().map(|row| row[i]);
        let stored = match column.ty {
            ColumnType::Int => Column::Int(values.map(|v| v.parse().unwrap()).collect()),
            ColumnType::Text => {
                let mut names: Vec<String> = values.clone().map(str::to_owned).collect();
                names.sort();
                names.dedup();
                let code = |v: &str| names.iter().position(|n| n == v).unwrap() as u32;
                Column::Text { codes: values.map(code).collect(), values: names.clone() }
            }
        };
        raw.columns.insert(column.name.to_owned(), stored);
    }
    raw.latency = cells.iter().map(|row| row[columns.len()].parse().unwrap()).collect();
    raw
}

/// Sources in the order given; a table answers under its own specification only.
pub(crate) struct Fixed(pub(crate) Vec<Source>);

impl Sources for Fixed {
    fn source(
        &self,
        table: &'static TableSpec,
        index: usize,
    ) -> Result<Option<Source>, crate::Error> {
        Ok(self.0.iter().filter(|s| s.table.spec.name == table.name).nth(index).cloned())
    }
}

/// A context over tables, labelled `release 0`, `release 1` and so on.
pub(crate) fn context(tables: Vec<OpTable>) -> Context {
    let source = |(i, table)| Source { label: format!("release {i}"), table: Arc::new(table) };
    Context {
        hardware: Arc::new(hardware()),
        quants: Arc::new(quants()),
        sources: Arc::new(Fixed(tables.into_iter().enumerate().map(source).collect())),
        lanes: Vec::new(),
        transfers: Arc::default(),
        evidence: Evidence::default(),
        what_if: WhatIf::default(),
    }
}

pub(crate) fn pricer(context: &Context, name: &str, text: &[&str]) -> Pricer {
    Pricer::bind(op(name).unwrap(), context, text).unwrap()
}
