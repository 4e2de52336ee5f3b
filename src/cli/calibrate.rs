//! `aiq calibrate`: two numbers that bring the predictions for a model on a system to what was measured there.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::accuracy::{Measured, priced};
use super::common::Common;
use super::stdout::print;
use super::transcript::Transcript;
use crate::base::error::{Code, Error, Result};
use crate::base::rows::RowView;
use crate::lang::quote::quoted;

/// Options.
#[derive(Debug, clap::Args)]
pub(super) struct Calibrate {
    /// Measured deployments: columns as of `estimate from`, with `tpot_measured` in ms.
    #[arg(long, value_name = "FILE")]
    from: String,
    /// Who measured them, when, with which engine, release and load generator.
    #[arg(long, value_name = "TEXT")]
    by: String,
    /// Takes fewer than three rows of a model on a system.
    #[arg(long)]
    force: bool,
}

/// The fewest measurements of a platform that made predictions better in a trial over 19 platforms.
const FEWEST: usize = 3;

/// What a search begins with: steps of the scale and of the time beside, and how far they are halved.
const STEPS: [f64; 2] = [0.12, 0.5];
const HALVINGS: i32 = 5;

/// What one step away from no calibration costs, divided by the rows.
const PENALTY: f64 = 0.03;

/// A model on a system with a backend, as a file names them.
type Platform = [String; 3];

/// Its columns.
const PLATFORM: [&str; 3] = ["model", "system", "backend"];

/// What steps take: a share of the time of their ops, and ms beside.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Fit {
    scale: f64,
    extra: f64,
}

const NONE: Fit = Fit { scale: 1.0, extra: 0.0 };

/// Runs it; the result is the exit status.
pub(super) fn run(common: &Common, options: &Calibrate) -> Result<u8> {
    let mut transcript = Transcript::open(common)?;
    let measured = Measured::of(&mut transcript, &options.from)?;
    let counts = platforms(&mut transcript, &measured, &options.from)?;
    let mut fits = Vec::new();
    for (platform, rows) in counts {
        let [model, system, backend] = &platform;
        let place = format!("{model} on {system} with {backend}");
        if rows < FEWEST && !options.force {
            let message =
                format!("{place} has {rows} of the {FEWEST} rows that a calibration takes");
            return Err(Error::data(Code::NotMeasured, message)
                .help("fewer made predictions no better where that was tried; `--force` takes them all the same"));
        }
        let fit = fitted(rows, |fit| error(&mut transcript, &measured, &platform, fit))?;
        let [before, after] =
            [NONE, fit].map(|fit| error(&mut transcript, &measured, &platform, fit));
        let [before, after] = [before?, after?].map(|distance| 100.0 * (distance.exp() - 1.0));
        transcript.remark(&format!(
            "{place}: {rows} rows, time per output token off by {before:.1} % before and {after:.1} % after"
        ));
        // A short name is another name of a checkpoint.
        let [model, system, backend] = platform;
        let model = transcript.session.engine().checkpoints.config(&model)?.name.clone();
        fits.push(([model, system, backend], fit));
    }
    let text = text(&fits, &options.by, &options.from);
    print(&text, "the calibration").map(|()| 0)
}

/// The platforms of a file, with how many rows of each have a measurement.
fn platforms(
    transcript: &mut Transcript,
    measured: &Measured,
    file: &str,
) -> Result<BTreeMap<Platform, usize>> {
    let text = format!(
        "let measured = estimate from ({}); select model, system, backend, count(*) as rows from measured \
         where tpot is not null and tpot_measured is not null group by model, system, backend",
        measured.rows()
    );
    transcript.unnamed.clear();
    if let Err(error) = transcript.run_as("aiq calibrate", &text, "") {
        return Err(priced(transcript, file).err().unwrap_or(error));
    }
    let mut counts = BTreeMap::new();
    for batch in transcript.unnamed.iter().flat_map(|answer| &answer.batches) {
        for i in 0..batch.num_rows() {
            let row = RowView::new(batch, i);
            let name = |column: &str| row.text(column).unwrap_or_default();
            let rows = row.number("rows").unwrap_or_default() as usize;
            counts.insert(PLATFORM.map(name), rows);
        }
    }
    match counts.is_empty() {
        false => Ok(counts),
        true => Err(Error::data(Code::NotMeasured, format!("`{file}` has no row that is both priced and measured"))
            .help("`estimate from` says why a row has no price; the measurement is `tpot_measured`, in ms")),
    }
}

/// The mean distance of predictions from measurements, as a logarithm of their ratio.
fn error(
    transcript: &mut Transcript,
    measured: &Measured,
    platform: &Platform,
    fit: Fit,
) -> Result<f64> {
    // What a file does not say is the same in all its rows.
    let own = PLATFORM.iter().zip(platform).filter(|(name, _)| measured.has(name));
    let own: Vec<String> = own.map(|(name, value)| format!("{name} = {}", quoted(value))).collect();
    let only = if own.is_empty() { String::new() } else { format!(" where {}", own.join(" and ")) };
    let text = format!(
        "set step_scale = {}, step_extra = {}ms; let measured = estimate from ({}{only}); \
         select avg(abs(ln(tpot / tpot_measured))) as distance from measured \
         where tpot is not null and tpot_measured is not null",
        fit.scale,
        fit.extra,
        measured.rows()
    );
    transcript.unnamed.clear();
    transcript.run_as("aiq calibrate", &text, "")?;
    let batches = transcript.unnamed.iter().flat_map(|answer| &answer.batches);
    let batches = batches.filter(|batch| batch.num_rows() > 0);
    let mut distances = batches.filter_map(|batch| RowView::new(batch, 0).number("distance"));
    Ok(distances.next().unwrap_or(f64::INFINITY))
}

/// The least error, along one number after the other with ever smaller steps, from no calibration.
fn fitted(rows: usize, mut error: impl FnMut(Fit) -> Result<f64>) -> Result<Fit> {
    let mut cost = |fit: Fit| {
        let away = fit.scale.ln().abs() / STEPS[0] + fit.extra / STEPS[1];
        Ok::<f64, Error>(error(fit)? + PENALTY / rows as f64 * away)
    };
    let mut best = (cost(NONE)?, NONE);
    for halving in 0..HALVINGS {
        let [scale, extra] = STEPS.map(|step| step / 2f64.powi(halving));
        loop {
            let (known, at) = best;
            let near = [
                Fit { scale: at.scale * (1.0 + scale), ..at },
                Fit { scale: at.scale / (1.0 + scale), ..at },
                Fit { extra: at.extra + extra, ..at },
                Fit { extra: (at.extra - extra).max(0.0), ..at },
            ];
            for fit in near {
                let tried = cost(fit)?;
                if tried < best.0 {
                    best = (tried, fit);
                }
            }
            if best.0 >= known - 1e-4 {
                break;
            }
        }
    }
    Ok(best.1)
}

/// The text that includes a calibration.
fn text(fits: &[(Platform, Fit)], by: &str, file: &str) -> String {
    let by = by.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut text = format!(
        "-- Calibration: what steps take of the time of their ops, and beside it.\n\
         -- Measured by {by}.\n\
         -- Fitted to {file} by `aiq calibrate`; `include` this file to use it.\n\n"
    );
    let mut define = |name: &str, value: &dyn Fn(&Fit) -> String, none: &str| {
        let _ = write!(text, "let {name} =\n   ");
        for ([model, system, backend], fit) in fits {
            let [model, system, backend] = [model, system, backend].map(|name| quoted(name));
            let _ = write!(
                text,
                " if model = {model} and system = {system} and backend = {backend} then {}\n    else",
                value(fit)
            );
        }
        let _ = writeln!(text, " {none}");
    };
    define("step_scale", &|fit| format!("{:.4}", fit.scale), "1");
    define("step_extra", &|fit| format!("{:.4}ms", fit.extra), "0ms");
    define("calibration", &|_| quoted(&by), "''");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fit_finds_what_was_put_in() {
        // Steps of 10 and 40 ms of ops, and 1.5 ms beside each.
        let measured = [10.0, 40.0].map(|ops| 0.8 * ops + 1.5);
        let error = |fit: Fit| {
            let predicted = [10.0, 40.0].map(|ops| fit.scale * ops + fit.extra);
            let pairs = predicted.iter().zip(measured);
            Ok(pairs.map(|(p, m)| (p / m).ln().abs()).sum::<f64>() / 2.0)
        };
        let fit = fitted(200, error).unwrap();
        assert!((fit.scale - 0.8).abs() < 0.03 && (fit.extra - 1.5).abs() < 0.4, "{fit:?}");
        assert!(error(fit).unwrap() < 0.02);
        // What is right already stays.
        let right = |fit: Fit| Ok((fit.scale + fit.extra).ln().abs());
        assert_eq!(fitted(3, right).unwrap(), NONE);
    }
}
