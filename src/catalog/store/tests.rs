//! Tables survive storing; damage never passes for data.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::format::GROUP_ROWS;
use super::*;
use crate::perf::{self, Column, RawTable, TableSpec};

fn spec(name: &str) -> &'static TableSpec {
    perf::table(name).unwrap()
}

fn table(rows: usize) -> RawTable {
    let names = ["bfloat16", "fp8"].map(String::from).to_vec();
    let int = |f: fn(usize) -> usize| Column::Int((0..rows).map(|i| f(i) as i32).collect());
    let columns = BTreeMap::from([
        (
            "quant".to_owned(),
            Column::Text {
                codes: (0..rows).map(|i| (i > rows / 2).into()).collect(),
                values: names,
            },
        ),
        ("n".to_owned(), int(|i| i / 64)),
        ("k".to_owned(), int(|_| 4096)),
        ("m".to_owned(), int(|i| i % 64)),
        (
            "kernel".to_owned(),
            Column::Text { codes: vec![0; rows], values: vec!["torch".to_owned()] },
        ),
    ]);
    let latency = (0..rows).map(|i| 0.01 + (i as f32).sin().abs()).collect();
    RawTable { rows, columns, latency, ..RawTable::default() }
}

/// Everything in a table, comparable.
fn shown(raw: &RawTable) -> String {
    format!("{:?} {:?}", raw.latency, raw.columns)
}

fn stored(raw: &RawTable) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(spec("gemm"), raw, &BTreeMap::new(), &mut bytes).unwrap();
    bytes
}

#[test]
fn a_table_comes_back_as_it_was() {
    for rows in [1, 100, GROUP_ROWS * 2 + 5] {
        let raw = table(rows);
        let again = parse(Bytes::from(stored(&raw)), spec("gemm")).unwrap();
        assert_eq!(again.latency, raw.latency);
        // One row makes every column constant, and drops the name no row uses.
        if rows > 1 {
            assert_eq!(shown(&again), shown(&raw));
        }
    }
}

#[test]
fn a_table_without_a_note_is_whole() {
    let mut raw = table(100);
    raw.columns.remove("kernel");
    let again = parse(Bytes::from(stored(&raw)), spec("gemm")).unwrap();
    assert_eq!(shown(&again), shown(&raw));
}

#[test]
fn a_table_of_another_kind_is_refused() {
    let why = parse(Bytes::from(stored(&table(10))), spec("moe")).unwrap_err();
    assert!(why.contains("column") || why.contains("digest"), "{why}");
}

#[test]
fn damaged_files_are_refused_or_unharmed() {
    let raw = table(700);
    let whole = stored(&raw);
    let mut seed = 1_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let mut unharmed = 0;
    for variant in 0..200 {
        let mut bytes = whole.clone();
        match variant % 4 {
            0 => bytes.truncate(random(bytes.len())),
            1 => bytes.drain(..random(bytes.len())).for_each(drop),
            _ => {
                for _ in 0..=variant % 3 {
                    let at = random(bytes.len());
                    bytes[at] ^= 1 << random(8);
                }
            }
        }
        if let Ok(read) = parse(Bytes::from(bytes), spec("gemm")) {
            assert_eq!(shown(&read), shown(&raw));
            unharmed += 1;
        }
    }
    assert!(unharmed < 60, "{unharmed} variants passed");
}

#[test]
fn impossible_latencies_are_refused() {
    for wrong in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        let mut raw = table(10);
        raw.latency[3] = wrong;
        assert!(parse(Bytes::from(stored(&raw)), spec("gemm")).unwrap_err().contains("row 4"));
    }
    let mut raw = table(0);
    raw.rows = 0;
    assert!(parse(Bytes::from(stored(&raw)), spec("gemm")).is_err());
}
