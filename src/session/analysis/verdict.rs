//! An answer in a sentence: what wins, and by how much.

use datafusion::arrow::array::AsArray;
use datafusion::arrow::compute::concat_batches;

use super::readable::{varies, workers_of};
use crate::answer::Answer;
use crate::base::rows::RowView;
use crate::lang::ast::{Expr, ExprKind, Objective};
use crate::model::library::Library;
use crate::model::value::number;
use crate::plan::question::Question;

/// `disagg wins: tokens_per_gpu = 381.1 tokens/s, 1.07x agg (355.0)`, or of one mode `best:
/// tokens_per_gpu = 355.0 tokens/s`, and how its GPUs are divided. Nothing where no row is the best of all.
/// `scores` are what the rows are ranked by.
pub(in crate::session) fn verdict(
    library: &Library,
    asked: &Question,
    modes: usize,
    (answer, scores): (&Answer, &[f64]),
) -> Option<String> {
    // Each value of what a question goes through has a best of its own.
    if !asked.each.is_empty() {
        return None;
    }
    let metric = objective(library, asked)?;
    let rows = concat_batches(&answer.schema, &answer.batches).ok()?;
    let best = (rows.num_rows() > 0).then(|| RowView::new(&rows, 0))?;
    let value = best.number(&metric)?;
    let field = answer.schema.field_with_name(&metric).ok()?;
    let unit = field.metadata().get("unit").map_or("", String::as_str);
    let decimals = decimals(value, field.data_type().is_floating());
    let told = format!("{metric} = {value:.decimals$} {unit}");
    let told = told.trim_end();
    let Some(mode) = best.text("mode").filter(|_| modes > 1) else {
        return Some(format!("best: {told}{}", divided(library, &best)));
    };
    let several = rows.column_by_name("system").is_some_and(varies);
    let name = |row: &RowView, mode: &str| match row.text("system") {
        Some(system) if several => format!("{mode} on {system}"),
        _ => mode.to_owned(),
    };
    let winner = name(&best, &mode);
    let of_mode = rows.column_by_name("mode").and_then(|column| column.as_string_opt::<i32>());
    let other = of_mode.and_then(|all| all.iter().position(|other| other != Some(mode.as_str())));
    let next = other.and_then(|at| {
        let row = RowView::new(&rows, at);
        let other = row.number(&metric)?;
        // Soft targets are part of a score as well.
        let by_other = library.columns.ranked_by(&metric).filter(|_| asked.preferences.is_empty());
        let ratio = match by_other {
            Some(_) => scores.first()? / scores.get(at)?,
            None => value / other,
        };
        Some((name(&row, &row.text("mode")?), other, ratio))
    });
    // The best of a mode is among the rows where each has its own, or all are there.
    let of_modes = asked.per.iter().any(|column| column.text == "mode");
    let together = asked.per.is_empty();
    let all = of_modes || (together && rows.num_rows() < asked.top);
    let text = match next.filter(|_| of_modes || together) {
        Some((next, other, ratio)) => {
            let paid = match (ratio - value / other).abs() < 0.005 {
                true => "",
                false => ", idle GPUs counted",
            };
            match (ratio - 1.0).abs() < 1e-9 {
                true => format!("{winner} and {next} tie: {told}"),
                false => {
                    format!("{winner} wins: {told}, {ratio:.2}x {next} ({other:.decimals$}){paid}")
                }
            }
        }
        None if all => format!("{winner} alone meets all conditions: {told}"),
        None => format!("{winner} wins: {told}"),
    };
    Some(text + &divided(library, &best))
}

/// One decimal, or as many as tell small values apart.
fn decimals(value: f64, is_real: bool) -> usize {
    match value.abs() {
        _ if !is_real => 0,
        small if small > 0.0 && small < 10.0 => (2.0 - small.log10().floor()).min(9.0) as usize,
        _ => 1,
    }
}

/// The name of what rows are ranked by.
fn objective(library: &Library, asked: &Question) -> Option<String> {
    match asked.objective_or(&library.columns)? {
        Objective::Maximize(Expr { kind: ExprKind::Name(name), .. })
        | Objective::Minimize(Expr { kind: ExprKind::Name(name), .. }) => {
            Some(name.replace('.', "_"))
        }
        _ => None,
    }
}

/// `; 4 replicas x 8 GPUs = 32 GPUs`, or of pools `; 1 replica x (2 prefill + 3 decode) = 32 GPUs`.
fn divided(library: &Library, row: &RowView) -> String {
    let Some((replicas, used)) = row.number("replicas").zip(row.number("gpus_used")) else {
        return String::new();
    };
    let plural = if replicas == 1.0 { "replica" } else { "replicas" };
    let pools = library.pools().into_iter();
    let workers = |pool: &str| Some(format!("{} {pool}", number(row.number(&workers_of(pool))?)));
    let pools: Vec<String> = pools.filter_map(workers).collect();
    let gpus =
        |count: f64| format!("{} {}", number(count), if count == 1.0 { "GPU" } else { "GPUs" });
    let each = match pools.is_empty() {
        true => gpus(row.number("gpus_per_replica").unwrap_or_default()),
        false => format!("({})", pools.join(" + ")),
    };
    format!("; {} {plural} x {each} = {}", number(replicas), gpus(used))
}
