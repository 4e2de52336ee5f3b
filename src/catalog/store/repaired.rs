//! Replaced latencies as a file beside the table that they belong to. It knows the digest of that
//! table, since it names rows by their number.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::read::{digest, metadata_of, read};
use super::write::write;
use crate::base::error::{Error, Result};
use crate::base::shipped;
use crate::catalog::files::damaged;
use crate::perf::{
    Column, ColumnSpec, ColumnType, RawTable, RepairReason, Repaired, Repairs, Replaced, TableSpec,
};

/// The folder of such files, beside the tables.
pub(in crate::catalog) const FOLDER: &str = "repaired";
/// Metadata key of the digest of the table.
const OF: &str = "aiq.of";

const fn column(name: &'static str, ty: ColumnType, meaning: &'static str) -> ColumnSpec {
    ColumnSpec { name, published: name, ty, meaning }
}

/// The latency of the table is what is taken in place of the measured one.
static SPEC: TableSpec = TableSpec {
    name: FOLDER,
    keys: &[
        column("rule", ColumnType::Text, "rule of `repairs.yaml`"),
        column("reason", ColumnType::Text, "what was found"),
    ],
    axes: &[column("row", ColumnType::Int, "row of the table, from 0")],
    methods: &[],
    notes: &[],
    is_library: false,
    meaning: "Latencies that take the place of measured ones.",
};

/// A latency that takes the place of a measured one.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::catalog) struct Repair {
    /// Row of the table, from 0.
    pub(in crate::catalog) row: usize,
    /// What is taken, ms.
    pub(in crate::catalog) latency: f32,
    /// The rule that says so.
    pub(in crate::catalog) rule: String,
    /// What it found.
    pub(in crate::catalog) reason: String,
}

/// The file of the table at `path`.
fn file(path: &Path) -> Option<PathBuf> {
    let file = path.parent()?.join(FOLDER).join(path.file_name()?);
    (shipped::bytes(&file).is_some() || file.is_file()).then_some(file)
}

/// Replaces latencies of the table that was read from `path`.
pub(in crate::catalog) fn repair(raw: &mut RawTable, path: &Path, wanted: &Repairs) -> Result<()> {
    let Some(file) = file(path) else { return Ok(()) };
    if metadata_of(&file, OF)? != digest(path)? {
        let why = "it belongs to other rows than the table beside it has";
        let help = vec!["`aiq systems repair` works it out anew".to_owned()];
        return Err(Error { help, ..damaged(&file, why) });
    }
    let found = read(&file, &SPEC)?;
    let column = |name: &str| match found.columns.get(name) {
        Some(Column::Text { codes, values }) => Ok((codes, values)),
        _ => Err(damaged(&file, format!("it has no column `{name}`"))),
    };
    let ((rule, rules), (reason, reasons)) = (column("rule")?, column("reason")?);
    let Some(Column::Int(rows)) = found.columns.get("row") else {
        return Err(damaged(&file, "it has no column `row`"));
    };
    let is_wanted: Vec<bool> = rules.iter().map(|rule| wanted.has(rule)).collect();
    let (mut next, mut known) = (0, HashMap::new());
    let mut repaired = Repaired::default();
    for (((&row, &rule), &reason), &latency) in
        rows.iter().zip(rule).zip(reason).zip(&found.latency)
    {
        if !is_wanted.get(rule as usize).is_some_and(|wanted| *wanted) {
            continue;
        }
        let row = usize::try_from(row).unwrap_or(usize::MAX);
        let is_next = next <= row;
        let Some(at) = raw.latency.get_mut(row).filter(|_| is_next) else {
            return Err(damaged(&file, format!("row {row} is out of order")));
        };
        next = row + 1;
        let measured = std::mem::replace(at, latency);
        let text =
            |values: &[String], code: u32| values.get(code as usize).cloned().unwrap_or_default();
        let why = || RepairReason { rule: text(rules, rule), found: text(reasons, reason) };
        let reason = *known.entry((rule, reason)).or_insert_with(|| {
            repaired.reasons.push(why());
            repaired.reasons.len() as u32 - 1
        });
        repaired.insert(row, Replaced { measured, reason });
    }
    raw.repaired = repaired;
    Ok(())
}

/// Removes the repairs of the table at `path` if they belong to other rows than it has now; says whether.
pub(in crate::catalog) fn drop_stale(path: &Path) -> Result<bool> {
    let Some(file) = file(path) else { return Ok(false) };
    let is_stale = metadata_of(&file, OF)? != digest(path)?;
    Ok(is_stale && std::fs::remove_file(&file).is_ok())
}

/// The file of repairs of the table at `path`.
pub(in crate::catalog) fn bytes(path: &Path, repairs: &[Repair]) -> Result<Vec<u8>> {
    let texts = |text: fn(&Repair) -> &str| {
        let mut values: Vec<String> = repairs.iter().map(|r| text(r).to_owned()).collect();
        values.sort();
        values.dedup();
        let code = |r: &Repair| values.partition_point(|v| v.as_str() < text(r)) as u32;
        Column::Text { codes: repairs.iter().map(code).collect(), values }
    };
    let columns = [
        ("rule", texts(|r| &r.rule)),
        ("reason", texts(|r| &r.reason)),
        ("row", Column::Int(repairs.iter().map(|r| r.row as i32).collect())),
    ];
    let raw = RawTable {
        rows: repairs.len(),
        columns: columns.map(|(name, column)| (name.to_owned(), column)).into(),
        latency: repairs.iter().map(|r| r.latency).collect(),
        ..RawTable::default()
    };
    let mut bytes = Vec::new();
    let of = BTreeMap::from([(OF.to_owned(), digest(path)?)]);
    write(&SPEC, &raw, &of, &mut bytes).map_err(|why| damaged(path, why))?;
    Ok(bytes)
}
