//! From published columns to those of an op table: names, values and units.

use std::collections::BTreeMap;

use super::frame::{Frame, Interner, NO_TEXT, Values};
use crate::perf::spec::{self, ColumnSpec, ColumnType, TableSpec};
use crate::perf::table::Column;

/// Which of the two spellings the file uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// Column names of the published collections.
    Published,
    /// Column names of the stored tables.
    Own,
}

/// The rows that survive, and what happened to the others.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// In the order of the file.
    pub(super) columns: BTreeMap<&'static str, Column>,
    /// Milliseconds.
    pub(super) latency: Vec<f64>,
    /// Measurements in the file; one line may hold two.
    pub(super) read: usize,
    /// Rows left out because no lookup knows their format.
    pub(super) skipped: usize,
    /// Lines that were refused, and why.
    pub(super) refused: Vec<(u32, String)>,
}

/// One measurement of a published row: most have one, the two phases of an exchange share a row.
struct View {
    phase: Option<&'static str>,
    /// Columns to add up.
    latency: &'static [&'static str],
    /// Milliseconds per unit.
    unit: f64,
    /// The column that holds the number of processors, where its name depends on the phase.
    sms: &'static str,
}

const MICROSECOND: f64 = 1e-3;

fn views(table: &TableSpec, spelling: Spelling) -> Vec<View> {
    let plain = |latency, unit| View { phase: None, latency, unit, sms: "sms" };
    if spelling == Spelling::Own {
        return vec![plain(&["latency"], 1.0)];
    }
    let two = |dispatch, combine| {
        vec![
            View {
                phase: Some("dispatch"),
                latency: dispatch,
                unit: MICROSECOND,
                sms: "dispatch_sms",
            },
            View {
                phase: Some("combine"),
                latency: combine,
                unit: MICROSECOND,
                sms: "combine_sms",
            },
        ]
    };
    match table.name {
        "moe_a2a" => vec![plain(&["latency"], MICROSECOND)],
        "wideep_context_mlp" | "wideep_generation_mlp" => vec![plain(&["avg_ms"], 1.0)],
        "wideep_deepep_normal" => two(
            &["dispatch_transmit_us", "dispatch_notify_us"],
            &["combine_transmit_us", "combine_notify_us"],
        ),
        "wideep_deepep_ll" => two(&["dispatch_avg_t_us"], &["combine_avg_t_us"]),
        _ => vec![plain(&["latency"], 1.0)],
    }
}

/// Converts a file.
///
/// # Errors
/// What is missing, if a column that decides where a row belongs is not there.
pub(super) fn normalise(
    table: &'static TableSpec,
    frame: &Frame,
    spelling: Spelling,
) -> Result<Rows, String> {
    let mut rows = Rows { refused: frame.broken.clone(), ..Rows::default() };
    rows.read = frame.broken.len();
    let mut builders: BTreeMap<&'static str, Builder> = BTreeMap::new();
    for view in views(table, spelling) {
        let mut bad: BTreeMap<usize, String> = BTreeMap::new();
        let latency = latency(frame, &view, &mut bad)?;
        let mut cells: Vec<(&ColumnSpec, Cells)> = Vec::new();
        for column in table.columns() {
            let is_note = table.notes.iter().any(|n| n.name == column.name);
            match cells_of(table, column, frame, &view, spelling) {
                Some(found) => {
                    if !is_note {
                        found.check(column, &mut bad);
                    }
                    cells.push((column, found));
                }
                None if is_note => {}
                None => return Err(format!("it has no column `{}`", column.published)),
            }
        }
        if spelling == Spelling::Published {
            check_prefix(table, frame, &mut bad);
        }
        let unsupported = unsupported(table, &cells);
        let keep: Vec<usize> = (0..frame.rows())
            .filter(|row| !bad.contains_key(row) && !unsupported.get(*row).is_some_and(|u| *u))
            .collect();
        rows.read += frame.rows();
        rows.skipped +=
            unsupported.iter().enumerate().filter(|(row, u)| **u && !bad.contains_key(row)).count();
        for (column, found) in &cells {
            let builder = builders.entry(column.name).or_insert_with(|| Builder::new(column.ty));
            builder.push(found, &keep);
        }
        rows.latency.extend(keep.iter().filter_map(|row| latency.get(*row)));
        let lines = bad.into_iter().filter_map(|(row, why)| Some((*frame.lines.get(row)?, why)));
        rows.refused.extend(lines);
    }
    rows.columns = builders.into_iter().map(|(name, b)| (name, b.finish())).collect();
    Ok(rows)
}

fn latency(
    frame: &Frame,
    view: &View,
    bad: &mut BTreeMap<usize, String>,
) -> Result<Vec<f64>, String> {
    let mut total = vec![0.0; frame.rows()];
    for name in view.latency {
        let column =
            frame.columns.get(*name).ok_or_else(|| format!("it has no column `{name}`"))?;
        for (sum, value) in total.iter_mut().zip(column.numbers()) {
            *sum += value * view.unit;
        }
    }
    for (row, value) in total.iter().enumerate() {
        // What is stored has single precision, and must be positive there too.
        let stored = *value as f32;
        if !(stored.is_finite() && stored > 0.0) {
            bad.insert(row, format!("the latency is {value}"));
        }
    }
    Ok(total)
}

/// A table without a prefix axis cannot hold a row that was measured behind a prefix.
fn check_prefix(table: &TableSpec, frame: &Frame, bad: &mut BTreeMap<usize, String>) {
    let has_prefix = table.columns().any(|c| c.published == "step");
    if has_prefix || is_decode(table) {
        return;
    }
    let Some(steps) = frame.columns.get("step") else {
        return;
    };
    for (row, step) in steps.counts().into_iter().enumerate() {
        if step != Some(0) {
            bad.entry(row).or_insert_with(|| "`step` is not 0".to_owned());
        }
    }
}

fn is_decode(table: &TableSpec) -> bool {
    table.name.contains("generation") && table.axes.iter().any(|a| a.name == "seq")
}

/// Weight-only formats that the collections contain and no lookup reads.
fn unsupported(table: &TableSpec, cells: &[(&ColumnSpec, Cells)]) -> Vec<bool> {
    if table.name != spec::GEMM.name {
        return Vec::new();
    }
    let quant = cells.iter().find(|(column, _)| column.name == "quant");
    let Some((_, Cells::Text { codes, values })) = quant else {
        return Vec::new();
    };
    let is_one: Vec<bool> = values.iter().map(|v| v == "awq" || v == "gptq").collect();
    codes.iter().map(|c| is_one.get(*c as usize).copied().unwrap_or(false)).collect()
}

/// The rows of one column, not yet filtered.
enum Cells {
    Int(Vec<Option<i32>>),
    Text { codes: Vec<u32>, values: Vec<String> },
}

impl Cells {
    fn check(&self, column: &ColumnSpec, bad: &mut BTreeMap<usize, String>) {
        match self {
            Self::Int(values) => {
                for (row, _) in values.iter().enumerate().filter(|(_, v)| v.is_none()) {
                    let why = || format!("`{}` is not a count", column.published);
                    bad.entry(row).or_insert_with(why);
                }
            }
            Self::Text { codes, .. } => {
                for (row, _) in codes.iter().enumerate().filter(|(_, c)| **c == NO_TEXT) {
                    bad.entry(row).or_insert_with(|| format!("`{}` is empty", column.published));
                }
            }
        }
    }
}

fn same(value: &str, rows: usize) -> Cells {
    Cells::Text { codes: vec![0; rows], values: vec![value.to_owned()] }
}

fn cells_of(
    table: &TableSpec,
    column: &ColumnSpec,
    frame: &Frame,
    view: &View,
    spelling: Spelling,
) -> Option<Cells> {
    let rows = frame.rows();
    let raw = |name: &str| frame.columns.get(name);
    let counts = |name: &str| raw(name).map(Values::counts);
    let both = |a: &str, b: &str, f: fn(i32, i32) -> Option<i32>| {
        let pairs = counts(a)?.into_iter().zip(counts(b)?);
        Some(Cells::Int(pairs.map(|(a, b)| f(a?, b?)).collect()))
    };
    if spelling == Spelling::Own {
        let found = raw(column.name)?;
        return Some(match column.ty {
            ColumnType::Int => Cells::Int(found.counts()),
            ColumnType::Text => text(column, found),
        });
    }
    match (column.name, column.ty) {
        ("seq", _) if is_decode(table) && raw("step").is_some() => {
            both("isl", "step", i32::checked_add)
        }
        ("native_heads", _) => both("num_heads", "tp_size", i32::checked_mul),
        ("kv_heads", _) => both("num_key_value_heads", "num_heads", |kv, heads| {
            Some(if kv == heads { 0 } else { kv })
        }),
        ("window", _) => Some(Cells::Int(counts("window_size").unwrap_or(vec![Some(0); rows]))),
        // Early latent attention files give only the parallelism of a model with 128 heads.
        ("heads", _) if raw("num_heads").is_none() && table.name.contains("mla") => {
            let heads = |tp: Option<i32>| tp.filter(|tp| *tp > 0).map(|tp| 128 / tp);
            Some(Cells::Int(counts("tp_size")?.into_iter().map(heads).collect()))
        }
        ("sms", _) => counts(view.sms).map(Cells::Int),
        ("phase", _) if view.phase.is_some() => view.phase.map(|phase| same(phase, rows)),
        ("phase", _) if table.name == "trtllm_alltoall" => {
            let (codes, values) = raw("op_name")?.names();
            let strip = |v: &String| v.strip_prefix("alltoall_").unwrap_or(v).to_owned();
            Some(Cells::Text { codes: codes.to_vec(), values: values.iter().map(strip).collect() })
        }
        ("kernel", _) if raw("kernel_source").is_none() => Some(same("default", rows)),
        (_, ColumnType::Int) => counts(column.published).map(Cells::Int),
        (_, ColumnType::Text) => raw(column.published).map(|found| text(column, found)),
    }
}

/// Names, with the older spellings of precisions replaced.
fn text(column: &ColumnSpec, found: &Values) -> Cells {
    let (codes, values) = found.names();
    let is_precision = matches!(column.name, "quant" | "fmha" | "kv" | "gemm");
    let rename = |v: &String| match v.as_str() {
        "float16" if is_precision => "bfloat16".to_owned(),
        "fp8_e4m3" if is_precision => "fp8".to_owned(),
        _ => v.clone(),
    };
    Cells::Text { codes: codes.to_vec(), values: values.iter().map(rename).collect() }
}

/// A column of the rows that are kept.
enum Builder {
    Int(Vec<i32>),
    Text(Vec<u32>, Interner),
}

impl Builder {
    fn new(ty: ColumnType) -> Self {
        match ty {
            ColumnType::Int => Self::Int(Vec::new()),
            ColumnType::Text => Self::Text(Vec::new(), Interner::default()),
        }
    }

    /// Appends the kept rows. A missing note becomes 0 or the empty name.
    fn push(&mut self, cells: &Cells, keep: &[usize]) {
        match (self, cells) {
            (Self::Int(all), Cells::Int(values)) => {
                all.extend(keep.iter().map(|r| values.get(*r).copied().flatten().unwrap_or(0)));
            }
            (Self::Text(all, interner), Cells::Text { codes, values }) => {
                let mut map: Vec<Option<u32>> = vec![None; values.len()];
                for row in keep {
                    let code = codes.get(*row).map_or(usize::MAX, |c| *c as usize);
                    let code = match map.get_mut(code).zip(values.get(code)) {
                        Some((known, name)) => *known.get_or_insert_with(|| interner.code(name)),
                        None => interner.code(""),
                    };
                    all.push(code);
                }
            }
            _ => {}
        }
    }

    fn finish(self) -> Column {
        match self {
            Self::Int(values) => Column::Int(values),
            Self::Text(codes, interner) => crate::catalog::store::sorted(codes, interner.values),
        }
    }
}
