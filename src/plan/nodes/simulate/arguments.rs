//! The arguments of a simulation, row by row.

use std::collections::BTreeMap;
use std::fmt;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::logical::Profile;
use crate::simulate::{
    Arrivals, Bounds, Cache, Class, DecodeRanks, Front, Line, Outcome, Policy, Pools,
    PrefillServers, Sheet, Start, StepPrices, Transfer, Workload, simulate, simulate_pools,
};

/// Why a row cannot be simulated.
#[derive(Debug)]
pub(super) struct Unusable(String);

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<crate::simulate::Fault> for Unusable {
    fn from(fault: crate::simulate::Fault) -> Self {
        Self(fault.to_string())
    }
}

/// The arguments of some rows, by name.
pub(super) struct Arguments<'f> {
    values: BTreeMap<&'f str, ArrayRef>,
    profiles: BTreeMap<&'f str, &'f Profile>,
}

impl<'f> Arguments<'f> {
    /// The values of `names`, of so many rows. Of the profiles each is known by its argument.
    pub(super) fn new(
        names: &'f [String],
        values: &[ColumnarValue],
        profiles: &'f BTreeMap<String, Profile>,
        rows: usize,
    ) -> Result<Self> {
        let mut arrays = BTreeMap::new();
        for (name, value) in names.iter().zip(values) {
            let array = value.to_array(rows)?;
            let array = match array.data_type() {
                DataType::List(_) | DataType::Utf8 | DataType::Boolean => array,
                _ => cast(&array, &DataType::Float64)?,
            };
            arrays.insert(name.as_str(), array);
        }
        let profiles = profiles.iter().map(|(name, profile)| (name.as_str(), profile)).collect();
        Ok(Self { values: arrays, profiles })
    }

    /// One row of them.
    pub(super) fn row(&self, row: usize) -> Row<'_, 'f> {
        Row { of: self, row }
    }
}

/// The arguments of one row.
pub(super) struct Row<'a, 'f> {
    of: &'a Arguments<'f>,
    row: usize,
}

impl Row<'_, '_> {
    fn array(&self, name: &str) -> std::result::Result<&ArrayRef, Unusable> {
        let missing = || Unusable(format!("the simulation is not given `{name}`"));
        self.of.values.get(name).filter(|a| a.is_valid(self.row)).ok_or_else(missing)
    }

    fn number(&self, name: &str) -> std::result::Result<f64, Unusable> {
        let array = self.array(name)?.as_primitive_opt::<Float64Type>();
        array.map(|a| a.value(self.row)).ok_or_else(|| Unusable(format!("`{name}` is no number")))
    }

    /// A count: a whole number from 0.
    fn count(&self, name: &str) -> std::result::Result<u64, Unusable> {
        let number = self.number(name)?;
        if !(0.0..=9e15).contains(&number) {
            return Err(Unusable(format!("{name} = {number} is no count")));
        }
        Ok(number.round() as u64)
    }

    fn yes(&self, name: &str) -> std::result::Result<bool, Unusable> {
        let array = self.array(name)?.as_boolean_opt();
        array
            .map(|a| a.value(self.row))
            .ok_or_else(|| Unusable(format!("`{name}` is no yes or no")))
    }

    fn text(&self, name: &str) -> std::result::Result<&str, Unusable> {
        let array = self.array(name)?.as_string_opt::<i32>();
        array.map(|a| a.value(self.row)).ok_or_else(|| Unusable(format!("`{name}` is no text")))
    }

    /// The value of a text that can be one of a few.
    fn one_of<T: Copy>(&self, name: &str, known: &[(&str, T)]) -> std::result::Result<T, Unusable> {
        let text = self.text(name)?;
        let found = known.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        found.ok_or_else(|| {
            let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
            Unusable(format!("{name} = {text} is none of {}", words.join(", ")))
        })
    }

    /// The points of a profile of one size that have a price.
    fn line(&self, name: &str) -> std::result::Result<Line, Unusable> {
        let (profile, list) = self.profile(name)?;
        let Some(sizes) = profile.sizes.first().filter(|_| profile.sizes.len() == 1) else {
            return Err(Unusable(format!("`{name}` is a profile over one size")));
        };
        let scale = self.number("scale")?;
        let points = sizes.iter().zip(list).filter_map(|(size, ms)| Some((*size, scale * ms?)));
        let (sizes, ms): (Vec<f64>, Vec<f64>) = points.unzip();
        Ok(Line::new(sizes, ms)?)
    }

    /// A profile of two sizes; of the first, those whose points all have a price.
    fn sheet(&self, name: &str) -> std::result::Result<Sheet, Unusable> {
        let (profile, list) = self.profile(name)?;
        let [rows, columns] = profile.sizes.as_slice() else {
            return Err(Unusable(format!("`{name}` is a profile over two sizes")));
        };
        let scale = self.number("scale")?;
        let scaled: Vec<_> = list.iter().map(|ms| ms.map(|ms| scale * ms)).collect();
        let priced = rows.iter().zip(scaled.chunks(columns.len().max(1)));
        let priced = priced.filter_map(|(size, ms)| {
            Some((*size, ms.iter().copied().collect::<Option<Vec<_>>>()?))
        });
        let (sizes, ms): (Vec<f64>, Vec<Vec<f64>>) = priced.unzip();
        Ok(Sheet::new(sizes, columns.clone(), ms.concat())?)
    }

    fn profile(&self, name: &str) -> std::result::Result<(&Profile, Vec<Option<f64>>), Unusable> {
        let no_profile = || Unusable(format!("`{name}` is no profile"));
        let profile = self.of.profiles.get(name).ok_or_else(no_profile)?;
        let list = self.array(name)?.as_list_opt::<i32>().ok_or_else(no_profile)?;
        let latencies = list.value(self.row);
        let latencies = latencies.as_primitive_opt::<Float64Type>().ok_or_else(no_profile)?;
        Ok((profile, latencies.iter().collect()))
    }

    /// What steps cost.
    fn prices(&self) -> std::result::Result<StepPrices, Unusable> {
        Ok(StepPrices {
            context_ops: self.line("context_steps")?,
            decode_ops: self.line("decode_steps")?,
            context_attention: self.line("prompts")?,
            decode_attention: self.sheet("cache")?,
            host: self.number("host")?,
            host_per_sequence: self.number("host_sequence")?,
        })
    }

    /// The outcome: of pools, where there are servers that compute prompts alone.
    pub(super) fn simulated(&self) -> std::result::Result<Outcome, Unusable> {
        let (prices, workload) = (self.prices()?, self.workload()?);
        if !self.of.values.contains_key("prefill_servers") {
            return Ok(simulate(&prices, &self.policy()?, &workload)?);
        }
        let before = StepPrices { host: self.number("prefill_host")?, ..prices.clone() };
        let pools = Pools {
            prefill: PrefillServers {
                count: self.count("prefill_servers")? as usize,
                prices: &before,
                max_step_tokens: self.count("step_tokens")?,
            },
            decode: DecodeRanks {
                count: self.count("decode_ranks")? as usize,
                prices: &prices,
                max_sequences: self.count("sequences")?,
                cache: self.cache()?,
                capacity: self.number("capacity")?.max(0.0),
            },
            transfer: Transfer { ms: 0.0, ms_per_token: self.number("transfer")? },
        };
        Ok(simulate_pools(&pools, &workload)?)
    }

    /// When there is room in the cache for a request.
    fn cache(&self) -> std::result::Result<Cache, Unusable> {
        let reserved = Cache::Estimate { share: self.number("reserved")? };
        let cache = [("grow", Cache::Grow), ("reserve", Cache::Reserve), ("estimate", reserved)];
        self.one_of("policy", &cache)
    }

    /// How steps are made up.
    fn policy(&self) -> std::result::Result<Policy, Unusable> {
        Ok(Policy {
            mixed: self.yes("mixed")?,
            chunked: self.yes("cut")?,
            max_step_tokens: self.count("step_tokens")?,
            max_sequences: self.count("sequences")?,
            cache: self.cache()?,
            capacity: self.number("capacity")?.max(0.0),
            recv_interval: self.count("recv_interval")?,
            batch_wait_iters: self.count("wait_iters")?,
            batch_wait_ratio: self.number("wait_ratio")?,
        })
    }

    /// What comes in.
    fn workload(&self) -> std::result::Result<Workload, Unusable> {
        let prompt = self.count("prompt")?;
        let class = Class {
            weight: 1.0,
            prompt,
            output: self.count("output")?,
            spread: self.number("spread")?,
            prefix: self.count("prefix")?.min(prompt.saturating_sub(1)),
        };
        let arrivals = match self.text("arrivals")? {
            "closed" => Arrivals::Closed {
                clients: self.count("clients")? as usize,
                think_ms: self.number("think")?,
                start: self
                    .one_of("start", &[("spread", Start::Spread), ("burst", Start::Burst)])?,
            },
            "open" => Arrivals::Open { per_second: self.number("rate")? },
            other => {
                return Err(Unusable(format!("arrivals = {other} is none of closed, open")));
            }
        };
        Ok(Workload {
            arrivals,
            classes: vec![class],
            requests: self.count("requests")? as usize,
            warmup: self.count("warmup")? as usize,
            seed: self.count("seed")?,
        })
    }

    /// Bounds on the metrics of a request; none if there are none.
    pub(super) fn bounds(&self) -> std::result::Result<Option<Bounds>, Unusable> {
        let bound =
            |name: &str| Ok::<_, Unusable>(Some(self.number(name)?).filter(|ms| ms.is_finite()));
        let bounds = Bounds {
            ttft: bound("ttft_bound")?,
            tpot: bound("tpot_bound")?,
            latency: bound("latency_bound")?,
        };
        Ok((bounds != Bounds::default()).then_some(bounds))
    }

    /// What lies between the engine and who waits.
    pub(super) fn front(&self) -> std::result::Result<Front, Unusable> {
        Ok(Front { ms: self.number("front")?, tokens: self.number("front_steps")? })
    }
}
