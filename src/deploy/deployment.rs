//! What is deployed: one row of an answer with everything the files need to know of it.

use std::collections::BTreeMap;

use super::user_values::UserValues;
use crate::base::error::{Code, Error, Result};
use crate::model::value::Value;

/// A value with the place that gave it.
#[derive(Debug, Clone)]
pub struct Sourced {
    /// The value.
    pub value: Value,
    /// What it stands on: `searched row`, `request`, `hardware`, `engine version`, `model`,
    /// `default`, several of them, or `user`.
    pub origin: String,
    /// File and line of its rule; empty if there is none.
    pub rule: String,
    /// What the answer has, if the user gave another value.
    pub answered: Option<Value>,
}

/// Workers of one role.
#[derive(Debug, Clone)]
pub struct Pool {
    /// The name of the pool, or of the mode where all workers are alike.
    pub role: String,
    /// GPU type.
    pub system: String,
    /// Workers in one replica.
    pub workers: u64,
    /// What the rules of `models/deploy.aiq` say, without `deploy_`.
    pub values: BTreeMap<String, Sourced>,
}

impl Pool {
    /// A whole number among the values.
    ///
    /// # Errors
    /// `AIQ0703` if it is absent or not whole.
    pub fn whole(&self, name: &str) -> Result<u64> {
        let value = self.values.get(name).and_then(|s| s.value.as_number());
        match value {
            Some(n) if n >= 0.0 && n.fract() == 0.0 => Ok(n as u64),
            Some(n) => Err(Error::question(
                Code::NotWhole,
                format!("`{name}` of the {} workers is {n}, which is no whole number", self.role),
            )),
            None => Err(missing(name, &self.role)),
        }
    }
}

/// A value that the files need and that is not known.
pub(super) fn missing(name: &str, role: &str) -> Error {
    Error::data(Code::MissingDeployValue, format!("`{name}` of the {role} workers is not known"))
        .help(format!("say it with `set deploy_{name} = ...`"))
}

/// What the classes of requests are called among the axes of [`Deployment::question`].
pub(crate) const MIX: &str = "mix";

/// A row of an answer, ready to be written as files.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// Checkpoint.
    pub model: String,
    /// `agg` or `disagg`.
    pub mode: String,
    /// Serving framework.
    pub backend: String,
    /// Version of the measurements behind the prediction.
    pub version: String,
    /// Replicas.
    pub replicas: u64,
    /// GPUs of all replicas, as the answer says.
    pub gpus: u64,
    /// Requests in flight that the answer predicts.
    pub concurrency: f64,
    /// The requests it is to serve, by class; one where all are alike.
    pub requests: Vec<Requests>,
    /// Its pools, one for aggregated serving.
    pub pools: Vec<Pool>,
    /// The roles that workers of any deployment can have.
    pub roles: Vec<String>,
    /// The row as it stands in the answer.
    pub row: serde_json::Map<String, serde_json::Value>,
    /// Axes and choices that give the row again, with their values as the language writes them.
    pub question: Vec<(String, String)>,
    /// The measurements behind the prediction.
    pub data: Vec<DataRelease>,
    /// What the user says of the files.
    pub user: UserValues,
}

/// Requests of one class.
#[derive(Debug, Clone, PartialEq)]
pub struct Requests {
    /// What the class is called; empty if there is only one.
    pub name: String,
    /// Its share of all requests.
    pub share: f64,
    /// Tokens of a prompt, without images.
    pub isl: u64,
    /// Tokens of an output.
    pub osl: u64,
    /// Tokens of a prompt that are cached.
    pub prefix: u64,
    /// Images of a request.
    pub images: u64,
    /// Their width in pixels.
    pub image_width: u64,
    /// Their height in pixels.
    pub image_height: u64,
}

/// A release of measurements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataRelease {
    /// GPU type.
    pub system: String,
    /// Serving framework.
    pub backend: String,
    /// Its version.
    pub version: String,
    /// Digest of its tables, sixteen hexadecimal digits.
    pub digest: String,
}

impl Deployment {
    /// GPUs of what is written, from the workers up.
    ///
    /// # Errors
    /// As [`Pool::whole`].
    pub fn gpu_sum(&self) -> Result<u64> {
        let mut sum = 0;
        for pool in &self.pools {
            sum += self.replicas * pool.workers * pool.whole("nodes")? * pool.whole("pod_gpus")?;
        }
        Ok(sum)
    }

    /// `4 prefill x 2 + 1 decode x 8`.
    ///
    /// # Errors
    /// As [`Pool::whole`].
    pub fn arithmetic(&self) -> Result<String> {
        let mut parts = Vec::new();
        for pool in &self.pools {
            parts.push(format!("{} {} x {} GPUs", pool.workers, pool.role, pool.whole("gpus")?));
        }
        Ok(parts.join(" + "))
    }
}
