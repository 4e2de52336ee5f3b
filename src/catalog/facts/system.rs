//! Hardware facts of a system.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::check::wrong;
use crate::base::error::{Code, Error, Result, nearest};
use crate::base::files;
use crate::catalog::files::{damaged, yaml};
use crate::lang::ast::LimitDef;
use crate::perf::Hardware;

/// GPUs that reach each other over fast links only.
const DOMAIN: &str = "node.num_gpus_per_nvlink_domain";

/// Sizes of groups of GPUs whose buffers for collectives are known, as far as a node has so many.
const RANKS: [u32; 4] = [1, 2, 4, 8];

/// One hardware fact. Bytes, bytes per second, operations per second, seconds and watts, as the
/// names say.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// A quantity.
    Number(f64),
    /// A name or version.
    Text(String),
}

/// A GPU type with its node and network.
#[derive(Debug)]
pub struct System {
    /// Name, such as `h200_sxm`.
    pub name: String,
    /// What the cost model reads.
    pub hardware: Arc<Hardware>,
    /// Every fact of the file under its full name, such as `gpu.mem_bw` or `misc.nccl_mem.2`.
    pub facts: BTreeMap<String, Fact>,
    file: PathBuf,
}

impl System {
    pub(in crate::catalog) fn load(name: &str, path: &Path) -> Result<Self> {
        let mut facts = BTreeMap::new();
        flatten("", &yaml::load(path)?, &mut facts);
        let hardware = Arc::new(hardware(name, &facts).map_err(|why| damaged(path, why))?);
        // Every system has the fact, whether its file says so or leaves it to be known.
        let domain = Fact::Number(f64::from(hardware.gpus_per_domain()));
        facts.entry(DOMAIN.to_owned()).or_insert(domain);
        Ok(Self { name: name.to_owned(), hardware, facts, file: path.to_owned() })
    }

    /// The system with some facts changed, by their full names.
    ///
    /// # Errors
    /// `AIQ0281` for a fact that cannot be.
    pub fn with_facts(&self, changed: &BTreeMap<String, f64>) -> Result<Self> {
        let mut facts = self.facts.clone();
        // The domain of fast links follows the nodes where no file said otherwise.
        let known = facts.remove(DOMAIN);
        let usual = hardware(&self.name, &facts).map(|h| f64::from(h.gpus_per_domain()));
        if let (Some(known), Ok(usual)) = (known, usual)
            && known != Fact::Number(usual)
        {
            facts.insert(DOMAIN.to_owned(), known);
        }
        facts.extend(changed.iter().map(|(name, value)| (name.clone(), Fact::Number(*value))));
        let why =
            |why| Error::question(Code::NotSupposable, format!("no such {}: {why}", self.name));
        let hardware = Arc::new(hardware(&self.name, &facts).map_err(why)?);
        facts
            .entry(DOMAIN.to_owned())
            .or_insert_with(|| Fact::Number(f64::from(hardware.gpus_per_domain())));
        Ok(Self { name: self.name.clone(), hardware, facts, file: self.file.clone() })
    }

    /// Refuses facts that no system has: `limit system.NAME : ...` says which there are.
    ///
    /// # Errors
    /// `AIQ0409` with the line of the file.
    pub fn check(&self, limits: &BTreeMap<String, LimitDef>) -> Result<()> {
        let failed = |key: &str, why: &str| {
            let text = files::text(&self.file, files::From::File).unwrap_or_default();
            wrong(&self.file, &text, key, why)
        };
        for (name, fact) in &self.facts {
            let key = name.split_once('.').map_or(name.as_str(), |(_, key)| key);
            // `nccl_mem.2` is that of 2 GPUs.
            let base = key.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('.');
            let base = if base.len() < key.len() && key[base.len()..].starts_with('.') {
                base
            } else {
                key
            };
            let value = match (fact, limits.get(&format!("system.{base}"))) {
                (Fact::Number(value), Some(limit)) if limit.allows(*value) => continue,
                (Fact::Text(_), None) => continue,
                (Fact::Number(value), Some(limit)) => (value.to_string(), limit),
                (Fact::Text(text), Some(limit)) => (format!("`{text}`"), limit),
                (Fact::Number(_), None) => {
                    let error = failed(key, &format!("there is no fact `{key}`"));
                    let known = limits.keys().filter_map(|name| name.strip_prefix("system."));
                    let own =
                        format!("`limit system.{key} : LEAST..MOST` declares one of your own");
                    return Err(match nearest(key, known) {
                        Some(near) => error.help(format!("did you mean `{near}`?")).help(own),
                        None => error.help(own),
                    });
                }
            };
            let (value, limit) = value;
            return Err(failed(key, &format!("`{key}` cannot be {value}: it is {}", limit.said())));
        }
        let ranks = RANKS.into_iter().filter(|n| *n <= self.hardware.gpus_per_node);
        let needed = ranks.map(|n| format!("nccl_mem.{n}")).chain(["other_mem".to_owned()]);
        let lacks = |key: &String| self.number(&format!("misc.{key}")).is_none();
        let missing: Vec<String> = needed.filter(lacks).map(|key| format!("`{key}`")).collect();
        match missing.is_empty() {
            true => Ok(()),
            false => Err(failed("misc", &format!("`misc` has no {}", missing.join(", ")))),
        }
    }

    /// A number among the facts.
    pub fn number(&self, fact: &str) -> Option<f64> {
        number(&self.facts, fact)
    }

    /// Where its facts come from, as the first line of the file says.
    pub fn source(&self) -> Option<String> {
        let text = files::text(&self.file, files::From::File).ok()?;
        text.lines().next()?.strip_prefix('#').map(|line| line.trim().to_owned())
    }

    /// A name or version among the facts.
    pub fn text(&self, fact: &str) -> Option<&str> {
        match self.facts.get(fact) {
            Some(Fact::Text(text)) => Some(text),
            _ => None,
        }
    }
}

/// Collects the scalars below `value` under dotted names.
pub(in crate::catalog) fn flatten(prefix: &str, value: &Value, into: &mut BTreeMap<String, Fact>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flatten(&name, inner, into);
            }
        }
        Value::Number(n) => {
            if let Some(x) = n.as_f64() {
                into.insert(prefix.to_owned(), Fact::Number(x));
            }
        }
        Value::String(s) => {
            into.insert(prefix.to_owned(), Fact::Text(s.clone()));
        }
        Value::Bool(_) | Value::Null | Value::Array(_) => {}
    }
}

fn number(facts: &BTreeMap<String, Fact>, fact: &str) -> Option<f64> {
    match facts.get(fact) {
        Some(Fact::Number(x)) if x.is_finite() => Some(*x),
        _ => None,
    }
}

/// What a system file cannot do without.
const NEEDED: [&str; 5] = [
    "gpu.mem_bw",
    "gpu.mem_capacity",
    "node.num_gpus_per_node",
    "node.intra_node_bw",
    "node.inter_node_bw",
];

fn hardware(name: &str, facts: &BTreeMap<String, Fact>) -> Result<Hardware, String> {
    let optional = |fact: &str| number(facts, fact);
    let required = |fact: &str| match (facts.get(fact), optional(fact)) {
        (_, Some(x)) if x > 0.0 => Ok(x),
        (_, Some(x)) => Err(format!("`{fact}` is {x}, it must be positive")),
        (Some(Fact::Text(text)), None) => {
            Err(format!("`{fact}` is `{text}`, it must be a plain number"))
        }
        (_, None) => Err(format!("`{fact}` is missing")),
    };
    // All that is wrong at once, so that a file is not mended key by key.
    let wrong: Vec<String> = NEEDED.into_iter().filter_map(|fact| required(fact).err()).collect();
    if !wrong.is_empty() {
        return Err(wrong.join(", "));
    }
    let count = |x: f64| x.clamp(0.0, f64::from(u32::MAX)) as u32;
    let mut flops = BTreeMap::new();
    for fact in facts.keys() {
        let precision = fact.strip_prefix("gpu.").and_then(|f| f.strip_suffix("_tc_flops"));
        if let Some(precision) = precision {
            // Early files call the 16-bit peak by the other 16-bit type.
            let precision = if precision == "float16" { "bfloat16" } else { precision };
            flops.insert(precision.to_owned(), required(fact)?);
        }
    }
    Ok(Hardware {
        name: name.to_owned(),
        mem_bw: required("gpu.mem_bw")?,
        mem_efficiency: optional("gpu.mem_bw_empirical_scaling_factor").unwrap_or(0.8),
        mem_latency: optional("gpu.mem_empirical_constant_latency").unwrap_or(3e-6),
        flops,
        sm: count(optional("gpu.sm_version").unwrap_or(0.0)),
        mem_capacity: required("gpu.mem_capacity")?,
        gpus_per_node: count(required("node.num_gpus_per_node")?).max(1),
        gpus_per_rack: optional("node.num_gpus_per_rack").map(count),
        gpus_per_nvlink_domain: optional(DOMAIN).map(count),
        intra_node_bw: required("node.intra_node_bw")?,
        inter_node_bw: required("node.inter_node_bw")?,
        inter_rack_bw: optional("node.inter_rack_bw"),
        p2p_latency: optional("node.p2p_latency").unwrap_or(0.0),
        inter_rack_latency: optional("node.inter_rack_latency"),
    })
}
