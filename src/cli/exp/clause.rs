//! The clause of one key of an experiment.

use serde_json::Value;

use super::document::{Experiment, plain};
use super::keys::{Key, Use};
use super::values::{count, flag, number, numbers};
use crate::base::error::Result;
use crate::cli::statement::{at_most, count as whole};
use crate::lang::ast::{AxisTerm, BinaryOp, Expr, Item, Search};

/// Decode batches where more than the shipped ones are wanted: ranges and their steps, up to the
/// usual largest one.
const DECODE_BATCHES: [(u32, u32, u32); 4] = [(1, 15, 1), (16, 30, 2), (32, 124, 4), (128, 504, 8)];
/// The largest batch and number of workers that are tried by default.
const USUAL_BATCH: u64 = 512;
const USUAL_WORKERS: u64 = 32;

/// A key of an experiment and its value.
pub(super) struct Clause<'a> {
    pub(super) experiment: &'a Experiment<'a>,
    /// Its whole name.
    pub(super) name: &'a str,
    pub(super) key: &'a Key,
    pub(super) value: &'a Value,
}

impl Clause<'_> {
    /// Adds what the key stands for to a question.
    pub(super) fn add_to(&self, search: &mut Search) -> Result<()> {
        let axes = &mut search.axes;
        let filter = &mut search.clauses.filter;
        match self.key.what {
            Use::Whole => {}
            Use::Number(settings) => {
                let n = self.number()?;
                axes.extend(settings.iter().map(|setting| AxisTerm::number(*setting, n)));
            }
            Use::List(axis) => axes.push(AxisTerm::several(self.of_pool(axis), self.list()?)),
            Use::UpTo(axis) => {
                let values = [Item::range(1.0, self.count()? as f64)];
                axes.push(AxisTerm::several(axis, values));
            }
            Use::Flag(axis) => {
                axes.push(whole(&self.of_pool(axis), u64::from(self.flag()?)));
            }
            Use::Choice(choice) => {
                axes.push(AxisTerm::one(self.of_pool(choice), Expr::word(&plain(self.value))));
            }
            Use::OneOf(choice, values) => axes.push(self.one_of(choice, values)?),
            Use::Version => {
                let version = plain(self.value);
                let version = if version == "latest" { "current" } else { version.as_str() };
                axes.push(AxisTerm::one(self.of_pool("version"), Expr::text(version)));
            }
            Use::ChunkedPrefill => self.chunked_prefill(search)?,
            Use::WorkerGpus => {
                let sizes = ["tp", "pp", "dp", "cp"].map(|size| Expr::name(self.of_pool(size)));
                let gpus = sizes.into_iter().reduce(|a, b| a.then(BinaryOp::Mul, b));
                let list = self.list()?;
                filter.extend(gpus.map(|gpus| gpus.among(list)));
            }
            Use::In(column) => filter.push(Expr::name(column).among(self.list()?)),
            Use::AtMost(column) => filter.push(at_most(column, self.number()?)),
            Use::MostWorkers(axis) => {
                let most = self.count()?;
                bounded(search, axis, most, USUAL_WORKERS, Vec::new());
            }
            Use::MostBatch(axis) => {
                let most = self.count()?;
                bounded(search, axis, most, USUAL_BATCH, decode_batches());
            }
            Use::Only(allowed, why) => self.only(allowed, why)?,
            Use::Refused(why) => return Err(self.experiment.refused(self.name, why)),
        }
        Ok(())
    }

    /// An axis or choice of the pool that the key is about.
    fn of_pool(&self, axis: &str) -> String {
        match self.key.pool {
            "" => axis.to_owned(),
            pool => format!("{pool}.{axis}"),
        }
    }

    fn number(&self) -> Result<f64> {
        number(self.experiment, self.name, self.value)
    }

    fn count(&self) -> Result<u64> {
        count(self.experiment, self.name, self.value)
    }

    fn list(&self) -> Result<Vec<Item>> {
        numbers(self.experiment, self.name, self.value)
    }

    fn flag(&self) -> Result<bool> {
        flag(self.experiment, self.name, self.value)
    }

    /// A choice whose values have other names here.
    fn one_of(&self, choice: &str, values: &[(&str, &str)]) -> Result<AxisTerm> {
        let given = plain(self.value).to_ascii_uppercase();
        match values.iter().find(|(name, _)| *name == given) {
            Some((_, value)) => Ok(AxisTerm::one(choice, Expr::name(*value))),
            None => {
                let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
                let wanted = match names.as_slice() {
                    [first @ .., last] if !first.is_empty() => {
                        format!("{} or {last}", first.join(", "))
                    }
                    all => all.concat(),
                };
                Err(self.experiment.value(self.name, &wanted))
            }
        }
    }

    fn chunked_prefill(&self, search: &mut Search) -> Result<()> {
        if !self.flag()? {
            return Ok(());
        }
        if search.clauses.modes.iter().any(|mode| mode.text != "agg") {
            let why = "prefill workers read whole prompts";
            return Err(self.experiment.refused(self.name, why));
        }
        let tokens = [Item::stepped(512.0, 8192.0, 512.0)];
        search.axes.push(AxisTerm::several("max_step_tokens", tokens));
        Ok(())
    }

    /// Refuses other values than those that change nothing.
    fn only(&self, allowed: &[&str], why: &str) -> Result<()> {
        let given = plain(self.value);
        if allowed.iter().any(|a| a.eq_ignore_ascii_case(&given)) {
            return Ok(());
        }
        Err(self.experiment.value(self.name, &allowed.join(" or ")).help(why))
    }
}

/// Fewer values of an axis than usual are a condition. More are the axis itself: the usual ones and
/// the largest, or all up to it.
fn bounded(search: &mut Search, axis: &str, most: u64, usual: u64, mut values: Vec<Item>) {
    if most < usual {
        search.clauses.filter.push(at_most(axis, most as f64));
    } else if most > usual {
        values.push(match values.is_empty() {
            true => Item::range(1.0, most as f64),
            false => Item::number(most as f64),
        });
        search.axes.push(AxisTerm::several(axis, values));
    }
}

fn decode_batches() -> Vec<Item> {
    let range = |(low, high, step): (u32, u32, u32)| match step {
        1 => Item::range(low.into(), high.into()),
        _ => Item::stepped(low.into(), high.into(), step.into()),
    };
    let largest = Item::number(USUAL_BATCH as f64);
    DECODE_BATCHES.into_iter().map(range).chain([largest]).collect()
}
