//! One table from a source, in the form in which it is stored.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::frame::{Frame, Values};
use super::jobs::Job;
use super::layout::{Kind, Spelling};
use super::package::Package;
use super::published::source;
use super::report::{ImportReport, Oddity, Refusal};
use super::{arrange, csv, normalise, parquet};
use crate::base::error::{Code, Error, Result};
use crate::catalog::store;
use crate::perf::{Column, TableSpec};

/// The table of a job as it is stored; none if every row is wrong.
pub(super) fn read_table(
    package: &mut Package,
    job: &Job,
    report: &mut ImportReport,
) -> Result<Option<Vec<u8>>> {
    let table = job.kind.table;
    let bytes = package.read(&job.path)?;
    let size = bytes.len() as u64;
    let unusable = |why: String| {
        Error::unreadable(Code::UnreadableData, format!("cannot import `{}`: {why}", job.path))
            .help(format!("a {} table has the columns {}", table.name, expected(job.kind)))
    };
    let frame = if job.kind.is_csv {
        csv::parse(&String::from_utf8_lossy(&bytes)).map_err(unusable)?
    } else if job.kind.spelling == Spelling::Own {
        own(bytes, table).map_err(unusable)?
    } else {
        parquet::parse(bytes).map_err(unusable)?
    };
    let rows = normalise::normalise(table, &frame, job.kind.spelling).map_err(unusable)?;
    let arranged = arrange::arrange(table, &rows);
    report.bytes_before += size;
    report.read += rows.read;
    report.skipped += rows.skipped;
    report.duplicates += arranged.duplicates;
    report.kept += arranged.raw.rows;
    let mut by_reason: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (line, reason) in rows.refused {
        by_reason.entry(reason).or_default().push(line);
    }
    report.refused.extend(by_reason.into_iter().map(|(reason, lines)| Refusal {
        file: job.path.clone(),
        reason,
        lines,
    }));
    if arranged.isolated + arranged.falling > 0 {
        report.odd.push(Oddity {
            file: job.path.clone(),
            isolated: arranged.isolated,
            falling: arranged.falling,
        });
    }
    if arranged.raw.rows == 0 {
        return Ok(None);
    }
    let metadata = BTreeMap::from([("aiq.source".to_owned(), package.label.clone())]);
    let mut encoded = Vec::new();
    store::write(table, &arranged.raw, &metadata, &mut encoded)
        .map_err(|why| Error::internal(Code::ImportNotWritten, format!("`{}`: {why}", job.path)))?;
    Ok(Some(encoded))
}

/// A stored table, as a frame with its own column names.
fn own(bytes: Bytes, table: &'static TableSpec) -> Result<Frame, String> {
    let raw = store::parse(bytes, table)?;
    let rows = u32::try_from(raw.rows).map_err(|e| e.to_string())?;
    let mut frame = Frame { lines: (1..=rows).collect(), ..Default::default() };
    for (name, column) in raw.columns {
        let values = match column {
            Column::Int(values) => {
                Values::Int(values.into_iter().map(|v| Some(i64::from(v))).collect())
            }
            Column::Text { codes, values } => Values::Text { codes, values },
        };
        frame.columns.insert(name, values);
    }
    let latency = raw.latency.into_iter().map(f64::from).collect();
    frame.columns.insert("latency".to_owned(), Values::Float(latency));
    Ok(frame)
}

fn expected(kind: Kind) -> String {
    let is_own = kind.spelling == Spelling::Own;
    let columns = kind.table.keys.iter().chain(kind.table.axes);
    let names: Vec<&str> = columns.map(|c| if is_own { c.name } else { source(c).0 }).collect();
    names.join(", ")
}
