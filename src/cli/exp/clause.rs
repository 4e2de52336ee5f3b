//! The clause of one key of an experiment.

use serde_json::Value;

use super::super::statement::{Statement, name, quoted};
use super::document::{Experiment, plain};
use super::keys::{Key, Use};
use super::values::{count, flag, number, numbers};
use crate::error::Result;

/// Decode batches where more than the shipped ones are wanted.
const DECODE_BATCHES: &str = "1..15, 16..30 step 2, 32..124 step 4, 128..504 step 8, 512";
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
    pub(super) fn add_to(&self, statement: &mut Statement) -> Result<()> {
        let axes = &mut statement.axes;
        match self.key.what {
            Use::Whole => {}
            Use::Number(settings) => {
                let n = self.number()?;
                axes.extend(settings.iter().map(|setting| format!("{setting} = {n}")));
            }
            Use::List(axis) => axes.push(format!("{} in [{}]", self.of_pool(axis), self.list()?)),
            Use::UpTo(axis) => axes.push(format!("{axis} in 1..{}", self.count()?)),
            Use::Flag(axis) => {
                axes.push(format!("{} = {}", self.of_pool(axis), u8::from(self.flag()?)));
            }
            Use::Choice(choice) => {
                axes.push(format!("{} = {}", self.of_pool(choice), name(&plain(self.value))));
            }
            Use::OneOf(choice, values) => axes.push(self.one_of(choice, values)?),
            Use::Version => {
                let version = plain(self.value);
                let version = if version == "latest" { "current" } else { version.as_str() };
                axes.push(format!("{} = {}", self.of_pool("version"), quoted(version)));
            }
            Use::ChunkedPrefill => self.chunked_prefill(statement)?,
            Use::WorkerGpus => {
                let gpus = ["tp", "pp", "dp", "cp"].map(|size| self.of_pool(size)).join(" * ");
                statement.conditions.push(format!("({gpus}) in [{}]", self.list()?));
            }
            Use::In(column) => statement.conditions.push(format!("{column} in [{}]", self.list()?)),
            Use::AtMost(column) => {
                statement.conditions.push(format!("{column} <= {}", self.number()?));
            }
            Use::MostWorkers(axis) => {
                let most = self.count()?;
                at_most(statement, axis, most, USUAL_WORKERS, &format!("1..{most}"));
            }
            Use::MostBatch(axis) => {
                let most = self.count()?;
                let more = format!("[{DECODE_BATCHES}, {most}]");
                at_most(statement, axis, most, USUAL_BATCH, &more);
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

    fn list(&self) -> Result<String> {
        numbers(self.experiment, self.name, self.value)
    }

    fn flag(&self) -> Result<bool> {
        flag(self.experiment, self.name, self.value)
    }

    /// A choice whose values have other names here.
    fn one_of(&self, choice: &str, values: &[(&str, &str)]) -> Result<String> {
        let given = plain(self.value).to_ascii_uppercase();
        match values.iter().find(|(name, _)| *name == given) {
            Some((_, value)) => Ok(format!("{choice} = {value}")),
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

    fn chunked_prefill(&self, statement: &mut Statement) -> Result<()> {
        if !self.flag()? {
            return Ok(());
        }
        if statement.modes.iter().any(|mode| mode != "agg") {
            let why = "prefill workers read whole prompts";
            return Err(self.experiment.refused(self.name, why));
        }
        statement.axes.push("ctx_tokens in 512..8192 step 512".to_owned());
        statement.axes.push("ctx_prompts = 1".to_owned());
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

/// Fewer values of an axis than usual are a condition, `more` are the axis itself.
fn at_most(statement: &mut Statement, axis: &str, most: u64, usual: u64, more: &str) {
    if most < usual {
        statement.conditions.push(format!("{axis} <= {most}"));
    } else if most > usual {
        statement.axes.push(format!("{axis} in {more}"));
    }
}
