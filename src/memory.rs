//! How much memory a statement may take: plans reserve what they hold from one pool, and sorts,
//! joins and aggregations that reach its end go on in files or end with an error.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};

use crate::base::error::{Code, Error, Result};
use crate::lang::units::Unit;

/// The share of the memory there is that statements may take.
const SHARE: usize = 2;
/// Where the machine does not say how much there is.
const UNKNOWN: usize = 8 << 30;
/// Too little to plan the smallest question.
const LEAST: usize = 64 << 20;
/// How many times as much may lie in temporary files.
const SPILLED: u64 = 2;

/// The most memory that a statement may take, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryLimit(usize);

impl MemoryLimit {
    /// In bytes.
    pub fn bytes(self) -> usize {
        self.0
    }

    /// What plans run in.
    ///
    /// # Errors
    /// Only if there is no folder for temporary files.
    pub(crate) fn runtime(self) -> Result<Arc<RuntimeEnv>> {
        let builder = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(self.0)))
            .with_max_temp_directory_size(SPILLED.saturating_mul(self.0 as u64));
        builder.build_arc().map_err(|e| {
            Error::internal(
                Code::MemoryExhausted,
                format!("no temporary files: {}", e.strip_backtrace()),
            )
        })
    }
}

impl Default for MemoryLimit {
    /// A share of what this process may have.
    fn default() -> Self {
        Self((there_is().unwrap_or(UNKNOWN) / SHARE).max(LEAST))
    }
}

impl fmt::Display for MemoryLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = self.0 as f64 / f64::from(1 << 20);
        if mib < 1024.0 { write!(f, "{mib:.0} MiB") } else { write!(f, "{:.1} GiB", mib / 1024.0) }
    }
}

impl FromStr for MemoryLimit {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        let unit = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
        let (number, unit) = text.split_at(unit);
        let bytes = match (number.parse::<f64>(), Unit::parse(unit.trim())) {
            (Ok(number), Some((Unit::Bytes, factor))) => number * factor,
            _ => {
                return Err(Error::question(
                    Code::BadMemorySize,
                    format!("`{text}` is no size of memory"),
                )
                .help("write a number and a unit, as in `4GiB` or `512MiB`"));
            }
        };
        if bytes < LEAST as f64 {
            return Err(Error::question(
                Code::BadMemorySize,
                format!("`{text}` is too little memory"),
            )
            .help(format!("at least {} are needed", Self(LEAST))));
        }
        Ok(Self(bytes.min(usize::MAX as f64) as usize))
    }
}

/// Memory this process may have: that of the machine, of its group of processes, or its address
/// space, whichever is least.
fn there_is() -> Option<usize> {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let machine = read("/proc/meminfo").and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        Some(line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()? * 1024)
    });
    let group = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
    let group = group.iter().filter_map(|path| read(path)?.trim().parse::<usize>().ok());
    let space = read("/proc/self/limits").and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("Max address space"))?;
        line.split_whitespace().next()?.parse::<usize>().ok()
    });
    machine.into_iter().chain(group).chain(space).min()
}

/// Memory that this process has now, where the machine says so.
pub(crate) fn held() -> Option<usize> {
    // In pages; a page is 4 KiB at least, and a larger one only makes this a lower bound.
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(text.split_whitespace().nth(1)?.parse::<usize>().ok()? * 4096)
}

/// That what holds a part of the answer takes more than there is for it.
pub(crate) fn exhausted(operator: &str, limit: Option<MemoryLimit>) -> Error {
    let limit = limit.map(|l| format!(" of {l}")).unwrap_or_default();
    let message = format!("{operator} needs more memory than the limit{limit}");
    Error::internal(Code::MemoryExhausted, message)
        .help("fewer rows need less: a condition, a `limit`, columns by name in place of `*`")
        .help("`--memory-limit 16GiB` moves the limit")
}

/// The same, of an error of the engine below.
pub(crate) fn exhausted_below(error: &DataFusionError) -> Option<Error> {
    let DataFusionError::ResourcesExhausted(text) = error.find_root() else { return None };
    let Some((_, rest)) = text.split_once(" for ") else {
        return Some(exhausted("what was put into temporary files", None));
    };
    let consumer = rest.split([' ', '[']).next().unwrap_or_default();
    let known = OPERATORS.iter().find(|(prefix, _)| consumer.starts_with(prefix));
    Some(match known {
        Some((_, said)) => exhausted(said, None),
        None => exhausted(&format!("`{consumer}`"), None),
    })
}

/// What operators of the engine below are called.
const OPERATORS: &[(&str, &str)] = &[
    (ANSWER, "the answer"),
    ("ExternalSorter", "a sort"),
    ("SortPreservingMerge", "a sort"),
    ("TopK", "a sort"),
    ("CrossJoin", "a cross join"),
    ("HashJoin", "a join"),
    ("NestedLoopJoin", "a join"),
    ("SMJ", "a join"),
    ("RecursiveQuery", "a recursive query"),
    ("GroupedHashAggregate", "a grouping"),
    ("SingleHashAggregate", "a grouping"),
];

/// Who reserves memory for the rows of an answer.
pub(crate) const ANSWER: &str = "Answer";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!("4GiB".parse::<MemoryLimit>().unwrap().bytes(), 4 << 30);
        assert_eq!(" 1.5 GiB ".parse::<MemoryLimit>().unwrap().to_string(), "1.5 GiB");
        for wrong in ["4", "GiB", "4GiBs", "-1GiB", "1KiB", "5ms", ""] {
            assert_eq!(wrong.parse::<MemoryLimit>().unwrap_err().code, "AIQ0632", "{wrong}");
        }
        assert!(MemoryLimit::default().bytes() >= LEAST);
    }
}
