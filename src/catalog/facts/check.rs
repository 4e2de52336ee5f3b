//! What the lists of a data directory may say. A key that is not known is a slip that would change
//! answers unseen, so it is refused, with its line.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::version::SLOTS;
use crate::base::error::{Code, Error, Result, nearest};
use crate::base::files::{self, From};
use crate::catalog::files::{damaged, yaml};
use crate::perf::TABLES;

/// A list as it was read.
pub(in crate::catalog) struct List {
    path: PathBuf,
    text: String,
}

/// Which kernels may be shared; the last says that none may.
const TIERS: [&str; 3] = ["shared", "shared_fallback", "absence_load_bearing"];

impl List {
    /// Reads the list at `path`; `check` looks whether it says what it can.
    pub(in crate::catalog) fn load(
        path: &Path,
        check: fn(&Self, &Value) -> Result<()>,
    ) -> Result<Value> {
        let text = files::text(path, From::File).map_err(|e| damaged(path, e))?;
        let value = yaml::parse(&text, path)?;
        if !value.is_null() {
            check(&Self { path: path.to_owned(), text }, &value)?;
        }
        Ok(value)
    }

    /// `versions.yaml`: slots of backends, and of backends of a system.
    pub(in crate::catalog) fn versions(&self, value: &Value) -> Result<()> {
        let top = self.map(value, "the file")?;
        self.keys(top, &["defaults", "overrides"])?;
        let slots = |backends: &Value, of: &str| {
            self.map(backends, of)?
                .iter()
                .try_for_each(|(backend, slots)| self.keys(self.map(slots, backend)?, &SLOTS))
        };
        for (key, part) in top {
            match key.as_str() {
                "defaults" => slots(part, key)?,
                _ => self.map(part, key)?.iter().try_for_each(|(name, own)| slots(own, name))?,
            }
        }
        Ok(())
    }

    /// `reuse.yaml`: donors.
    pub(in crate::catalog) fn reuse(&self, value: &Value) -> Result<()> {
        self.entries(value, "reuse", &["table", "from_version"], &["reason"]).map(drop)
    }

    /// `kernel_reuse.yaml`: kernels and who runs them.
    pub(in crate::catalog) fn kernels(&self, value: &Value) -> Result<()> {
        let needed = ["table", "kernel", "tier", "frameworks"];
        for entry in self.entries(value, "groups", &needed, &[])? {
            let tier = entry.get("tier").and_then(yaml::text).unwrap_or_default();
            // A tier of its own says that nothing is shared; one like these is a slip.
            if nearest(&tier, TIERS).is_some() {
                self.known(&tier, &TIERS, "tier")?;
            }
        }
        Ok(())
    }

    /// `attention_lanes.yaml`: a kernel for each generation of a version of a backend.
    pub(in crate::catalog) fn lanes(&self, value: &Value) -> Result<()> {
        for (backend, versions) in self.map(value, "the file")? {
            for (version, kernels) in self.map(versions, backend)? {
                for (sm, kernel) in self.map(kernels, version)? {
                    if sm.parse::<u32>().is_err() || yaml::text(kernel).is_none() {
                        return Err(
                            self.wrong(sm, &format!("`{sm}` is no generation with a kernel"))
                        );
                    }
                }
            }
        }
        Ok(())
    }

    /// `transfers.yaml`: distances and shares by table.
    pub(in crate::catalog) fn transfers(&self, value: &Value) -> Result<()> {
        let top = self.map(value, "the file")?;
        self.keys(top, &["backend", "tables"])?;
        if let Some(distance) = top.get("backend") {
            self.positive("backend", distance)?;
        }
        let Some(tables) = top.get("tables") else { return Ok(()) };
        let names: Vec<&str> = TABLES.iter().map(|t| t.name).collect();
        for (table, rules) in self.map(tables, "tables")? {
            self.known(table, &names, "table")?;
            let rules = self.map(rules, table)?;
            self.keys(rules, &["keys", "endless", "reached"])?;
            let figures = |map: &Map<String, Value>| {
                map.iter().try_for_each(|(key, figure)| self.positive(key, figure))
            };
            if let Some(keys) = rules.get("keys") {
                figures(self.map(keys, "keys")?)?;
            }
            if let Some(reached) = rules.get("reached") {
                for (key, levels) in self.map(reached, "reached")? {
                    figures(self.map(levels, key)?)?;
                }
            }
        }
        Ok(())
    }

    /// `repairs.yaml`: rules that replace latencies.
    pub(in crate::catalog) fn repairs(&self, value: &Value) -> Result<()> {
        let tables: Vec<&str> = TABLES.iter().map(|t| t.name).collect();
        let needed = ["name", "tables", "over", "why"];
        for rule in
            self.entries(value, "rules", &needed, &["quantile", "sizes", "axes", "up_to"])?
        {
            for table in rule.get("tables").and_then(Value::as_array).into_iter().flatten() {
                self.known(table.as_str().unwrap_or_default(), &tables, "table")?;
            }
            for name in ["over", "quantile", "up_to"] {
                rule.get(name).map_or(Ok(()), |figure| self.positive(name, figure))?;
            }
        }
        Ok(())
    }

    /// The entries of the one list that a file has.
    fn entries<'v>(
        &self,
        value: &'v Value,
        list: &str,
        needed: &[&str],
        more: &[&str],
    ) -> Result<Vec<&'v Map<String, Value>>> {
        let top = self.map(value, "the file")?;
        self.keys(top, &[list])?;
        let all = match top.get(list) {
            None => return Ok(Vec::new()),
            Some(all) => all.as_array().ok_or_else(|| self.wrong(list, "a list is needed"))?,
        };
        let known = [needed, more].concat();
        let mut entries = Vec::new();
        for entry in all {
            let entry = self.map(entry, list)?;
            self.keys(entry, &known)?;
            if let Some(absent) = needed.iter().find(|key| !entry.contains_key(**key)) {
                return Err(self.wrong(list, &format!("an entry of `{list}` has no `{absent}`")));
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    fn map<'v>(&self, value: &'v Value, of: &str) -> Result<&'v Map<String, Value>> {
        value.as_object().ok_or_else(|| self.wrong(of, &format!("`{of}` needs keys with values")))
    }

    fn keys(&self, map: &Map<String, Value>, known: &[&str]) -> Result<()> {
        map.keys().try_for_each(|key| self.known(key, known, "key"))
    }

    fn known(&self, name: &str, known: &[&str], what: &str) -> Result<()> {
        if known.contains(&name) {
            return Ok(());
        }
        let error = self.wrong(name, &format!("there is no {what} `{name}`"));
        Err(match nearest(name, known.iter().copied()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None if known.len() > 8 => error,
            None => error.help(format!("known: {}", known.join(", "))),
        })
    }

    fn positive(&self, key: &str, figure: &Value) -> Result<()> {
        match figure.as_f64() {
            Some(figure) if figure.is_finite() && figure >= 0.0 => Ok(()),
            _ => Err(self.wrong(key, &format!("`{key}` is no number from 0"))),
        }
    }

    fn wrong(&self, key: &str, why: &str) -> Error {
        wrong(&self.path, &self.text, key, why)
    }
}

/// What is wrong with a file at the first line that has a key.
pub(super) fn wrong(path: &Path, text: &str, key: &str, why: &str) -> Error {
    let has = |line: &str| {
        line.match_indices(key).any(|(at, _)| {
            let inside = |c: char| c.is_alphanumeric() || c == '_';
            !line[..at].ends_with(inside) && !line[at + key.len()..].starts_with(inside)
        })
    };
    let line = text.lines().position(|l| !l.trim_start().starts_with('#') && has(l));
    let line = line.map(|at| format!(":{}", at + 1)).unwrap_or_default();
    Error::data(Code::ImpossibleData, format!("`{}{line}`: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Check = fn(&List, &Value) -> Result<()>;

    fn refused(text: &str, check: Check) -> String {
        let path = Path::new("data/list.yaml");
        let value = yaml::parse(text, path).unwrap();
        match check(&List { path: path.to_owned(), text: text.to_owned() }, &value) {
            Ok(()) => "fine".to_owned(),
            Err(error) => [vec![error.message], error.help].concat().join("; "),
        }
    }

    #[test]
    fn slips_are_named_with_their_line() {
        let cases: [(&str, Check); 10] = [
            ("defaults:\n  trtllm: {cusrent: '1'}", List::versions),
            ("# current\noverides:\n  a: {}", List::versions),
            ("defaults: {trtllm: {current: '1', previous: null}}", List::versions),
            ("reuse:\n- table: gemm\n  from: '1'", List::reuse),
            ("reuse:\n- table: gemm", List::reuse),
            ("groups:\n- {table: a, kernel: b, tier: shred, frameworks: []}", List::kernels),
            ("trtllm:\n  '1':\n    9x: fa3", List::lanes),
            ("tables:\n  gem: {}", List::transfers),
            ("tables:\n  gemm: {keys: {quant: -1}}", List::transfers),
            ("backend: 2\ntable: {}", List::transfers),
        ];
        let all: Vec<String> =
            cases.into_iter().map(|(text, check)| refused(text, check)).collect();
        insta::assert_snapshot!(all.join("\n"));
    }
}
