//! The ops of a candidate as a table and as bars.

use crate::base::rows::TableBuilder;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Float64Array, Float64Builder, ListBuilder, RecordBatch, StringArray, StringBuilder,
    StructBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Fields};

use super::METRICS;
use super::lines::{Line, longest_lanes};
use super::parts::Share;
use crate::answer::Answer;
use crate::base::error::Result;
use crate::chart::{Bar, Drawing};
use crate::model::value::number;
use crate::perf::Neighbour;

/// One row of the answer.
struct Row<'l> {
    phase: &'static str,
    metric: &'static str,
    /// `None` where it is no op: the time of the host, which is in no pass.
    line: Option<&'l Line>,
    label: &'l str,
    /// How much of the metric a millisecond of its pass is.
    weight: Option<f64>,
    /// Milliseconds of the metric.
    ms: f64,
    /// The physical bound of that.
    roofline: Option<f64>,
    share: f64,
}

/// The answer to `explain ops`.
pub(super) fn answer(lines: &[Line], shares: &[Share]) -> Result<Answer> {
    let longest = longest_lanes(lines);
    let mut rows = Vec::new();
    let mut beside: Vec<&str> = Vec::new();
    for ((phase, metric), share) in METRICS.into_iter().zip(shares) {
        let share = share.clone().checked(metric)?;
        let percent = |ms: f64| if share.total > 0.0 { 100.0 * ms / share.total } else { 0.0 };
        for line in lines {
            let factor = share.factors.get(&line.pass).copied().unwrap_or(0.0);
            if factor == 0.0 {
                continue;
            }
            let hidden = line.lane.is_some_and(|lane| {
                longest.get(&(line.pass.as_str(), lane.block)).is_some_and(|l| l.0 != lane.lane)
            });
            if hidden && !beside.contains(&line.op.as_str()) {
                beside.push(&line.op);
            }
            let ms = if hidden { 0.0 } else { factor * line.latency };
            rows.push(Row {
                phase,
                metric,
                line: Some(line),
                label: &line.op,
                weight: Some(factor),
                ms,
                roofline: Some(factor * line.roofline),
                share: percent(ms),
            });
        }
        if share.host != 0.0 {
            rows.push(Row {
                phase,
                metric,
                line: None,
                label: "host",
                weight: None,
                ms: share.host,
                roofline: None,
                share: percent(share.host),
            });
        }
    }
    let mut answer = Answer::rows(batch(&rows)?);
    for (_, metric) in METRICS {
        let own = rows.iter().filter(|row| row.metric == metric);
        if let Some(slowest) = own.max_by(|a, b| a.ms.total_cmp(&b.ms)) {
            let (op, share) = (slowest.label, number(slowest.share.round()));
            answer.notes.push(format!("most of {metric}: {op}, {share} %"));
        }
    }
    answer.drawing = Some(Drawing::Shares(bars(&rows, shares)));
    if !beside.is_empty() {
        answer.notes.push(format!("{} run beside longer ops and add no time", beside.join(", ")));
    }
    Ok(answer)
}

fn batch(rows: &[Row<'_>]) -> Result<RecordBatch> {
    let text = |f: &dyn Fn(&Row<'_>) -> Option<String>| -> ArrayRef {
        Arc::new(rows.iter().map(f).collect::<StringArray>())
    };
    let of = |f: &dyn Fn(&Line) -> Option<String>| text(&|r| r.line.and_then(f));
    let real = |f: &dyn Fn(&Row<'_>) -> Option<f64>| -> ArrayRef {
        Arc::new(rows.iter().map(f).collect::<Float64Array>())
    };
    let name = |n: &str| Field::new(n, DataType::Utf8, true);
    let number = |n: &str, unit: &str| {
        let field = Field::new(n, DataType::Float64, true);
        if unit.is_empty() {
            return field;
        }
        field.with_metadata([("unit".to_owned(), unit.to_owned())].into())
    };
    let sources = sources(rows);
    let list = Field::new("sources", sources.data_type().clone(), true)
        .with_metadata([("each".to_owned(), EACH.to_owned())].into());
    let columns: Vec<(Field, ArrayRef)> = vec![
        (name("phase"), text(&|r| Some(r.phase.to_owned()))),
        (name("step"), of(&|l| Some(l.step.clone()))),
        (name("op"), text(&|r| Some(r.label.to_owned()))),
        (name("table"), of(&|l| l.table.map(str::to_owned))),
        (name("version"), of(&|l| l.release.as_deref().map(|r| version(r, &l.backend)))),
        (name("keys"), of(&|l| Some(l.keys.clone()))),
        // ms = run_ms * count * weight
        (number("run_ms", "ms"), real(&|r| r.line.map(|l| l.latency / l.count))),
        (number("count", ""), real(&|r| r.line.map(|l| l.count))),
        (number("weight", ""), real(&|r| r.weight)),
        (number("ms", "ms"), real(&|r| Some(r.ms))),
        (number("share", "%"), real(&|r| Some(r.share))),
        (number("roofline_ms", "ms"), real(&|r| r.roofline)),
        (name("bound"), of(&|l| Some(l.bound.to_owned()))),
        (name("origin"), of(&|l| Some(l.origin.name().to_owned()))),
        (list, sources),
    ];
    let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    TableBuilder::of(fields.into_iter().map(placed).collect(), columns).build()
}

/// A field with how soon it matters where room is short: what the statement is about comes first.
fn placed(field: Field) -> Field {
    let place = match field.name().as_str() {
        "phase" | "op" | "ms" | "share" | "origin" => "0",
        "bound" | "roofline_ms" => "1",
        "version" | "keys" | "sources" => "3",
        _ => "2",
    };
    let mut metadata = field.metadata().clone();
    metadata.insert("place".to_owned(), place.to_owned());
    field.with_metadata(metadata)
}

/// How a source reads in a table.
const EACH: &str = "{keys}: {told}";

/// The version of a release; with its name where that is not the candidate's own backend.
fn version(release: &str, backend: &str) -> String {
    match release.split_once(' ') {
        Some((name, version)) if name == backend || name == "nccl" => version.to_owned(),
        _ => release.to_owned(),
    }
}

/// The measured rows behind each op.
fn sources(rows: &[Row<'_>]) -> ArrayRef {
    let text = |n: &str| Field::new(n, DataType::Utf8, true);
    let real = |n: &str| Field::new(n, DataType::Float64, true);
    let fields: Fields = vec![
        text("table"),
        text("system"),
        text("backend"),
        text("version"),
        text("keys"),
        real("latency"),
        real("distance"),
        text("differs"),
        text("repaired"),
        text("told"),
    ]
    .into();
    let mut list = ListBuilder::new(StructBuilder::from_fields(fields, 0));
    for row in rows {
        let Some(line) = row.line else {
            list.append(true);
            continue;
        };
        for source in &line.sources {
            append(list.values(), source, line);
        }
        list.append(true);
    }
    Arc::new(list.finish())
}

fn append(to: &mut StructBuilder, row: &Neighbour, line: &Line) {
    let (backend, version) = row.release.split_once(' ').unwrap_or((row.release.as_str(), ""));
    let keys = row.keys.iter().map(|(n, v)| format!("{n}={v}"));
    let axes = row.coordinates.iter().map(|(n, v)| format!("{n}={v}"));
    let keys: String = keys.chain(axes).collect::<Vec<_>>().join(" ");
    let texts = [
        Some(row.table),
        Some(line.system.as_str()),
        Some(backend),
        Some(version),
        Some(keys.as_str()),
    ];
    for (i, text) in texts.into_iter().enumerate() {
        if let Some(builder) = to.field_builder::<StringBuilder>(i) {
            builder.append_option(text);
        }
    }
    for (i, number) in [(5, row.latency), (6, row.distance)] {
        if let Some(builder) = to.field_builder::<Float64Builder>(i) {
            builder.append_value(number);
        }
    }
    // Where the row is that very size, it is no distance away.
    let taken = row.repaired.as_deref().map(|why| format!(", taken as {why}"));
    let told = format!("{} ms{}", short(row.latency), taken.unwrap_or_default());
    for (i, text) in [(7, &row.differs), (8, &row.repaired), (9, &Some(told))] {
        if let Some(builder) = to.field_builder::<StringBuilder>(i) {
            builder.append_option(text.as_deref());
        }
    }
    to.append(true);
}

/// Four significant digits.
fn short(ms: f64) -> String {
    let decimals = (3.0 - ms.abs().max(1e-9).log10().floor()).clamp(0.0, 9.0) as usize;
    format!("{ms:.decimals$}")
}

/// Bars of metrics, of their passes, and of the ops of these.
fn bars(rows: &[Row<'_>], shares: &[Share]) -> Vec<Bar> {
    let mut bars = Vec::new();
    for ((phase, metric), share) in METRICS.into_iter().zip(shares) {
        let label = format!("{metric} {} ms", number(round(share.total)));
        bars.push(Bar { depth: 0, label, share: 100.0 });
        let own: Vec<&Row<'_>> =
            rows.iter().filter(|r| r.phase == phase && r.metric == metric).collect();
        let mut steps: Vec<&str> = Vec::new();
        for row in &own {
            let step = row.line.map_or(row.label, |l| &l.step);
            if !steps.contains(&step) {
                steps.push(step);
            }
        }
        for step in steps {
            let of = own.iter().filter(|r| r.line.map_or(r.label, |l| &l.step) == step);
            let mut ops: Vec<(&str, f64)> = of.map(|r| (r.label, r.share)).collect();
            let sum = ops.iter().map(|o| o.1).sum();
            bars.push(Bar { depth: 1, label: step.to_owned(), share: sum });
            ops.sort_by(|a, b| b.1.total_cmp(&a.1));
            let few = ops.iter().take_while(|o| o.1 >= SMALL).count();
            for (op, share) in &ops[..few] {
                if *op != step {
                    bars.push(Bar { depth: 2, label: (*op).to_owned(), share: *share });
                }
            }
            let rest: f64 = ops[few..].iter().map(|o| o.1).sum();
            if rest > 0.0 && few > 0 {
                let label = format!("{} more", ops.len() - few);
                bars.push(Bar { depth: 2, label, share: rest });
            }
        }
    }
    bars
}

/// Ops of less than this share, in percent, are drawn together.
const SMALL: f64 = 1.0;

fn round(ms: f64) -> f64 {
    (ms * 1000.0).round() / 1000.0
}
