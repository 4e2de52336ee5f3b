//! Values of the user laid over those of the answer.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::deployment::{Deployment, Sourced};
use super::keys::{Key, find, keys};
use super::{Platform, read};
use crate::arch::value::Value;
use crate::error::{Error, Result, nearest};

/// Who gave a value that the user gave.
pub(super) const USER: &str = "user";
const ROLES: [&str; 3] = ["agg", "prefill", "decode"];
/// Values that decide how many GPUs a worker has: another number is another answer.
const SIZES: [&str; 15] = [
    "model",
    "tp",
    "pp",
    "dp",
    "cp",
    "moe_tp",
    "moe_ep",
    "gpus",
    "nodes",
    "pod_gpus",
    "node_gpus",
    "dp_local",
    "split",
    "experts",
    "wide_ep",
];

/// Flags or keys with their values, in order.
pub(super) type Flags = Vec<(String, Json)>;

/// A deployment with the values of its user.
#[derive(Debug)]
pub(super) struct Applied {
    /// With the values of workers that the user gave.
    pub(super) deployment: Deployment,
    /// Every key that templates read, under its first part, with a default where nobody gave it.
    pub(super) settings: Map<String, Json>,
    /// What the user gave of them, by name.
    pub(super) given: BTreeMap<String, Json>,
    /// Flags of the engine, or keys of its file, by role.
    pub(super) engine: BTreeMap<String, Flags>,
    /// Flags of the worker around the engine, by role.
    pub(super) runtime: BTreeMap<String, Flags>,
    /// Flags of the frontend.
    pub(super) frontend: Flags,
    /// What a person should know.
    pub(super) notes: Vec<String>,
}

/// Lays the values of the user over a deployment.
///
/// # Errors
/// `AIQ0711` for keys and values that do not exist.
pub(super) fn apply(d: &Deployment, platform: Platform) -> Result<Applied> {
    let mut a = Applied {
        deployment: d.clone(),
        settings: Map::new(),
        given: BTreeMap::new(),
        engine: BTreeMap::new(),
        runtime: BTreeMap::new(),
        frontend: Vec::new(),
        notes: Vec::new(),
    };
    for key in keys() {
        let name = key.prefix().map_or(key.name, |p| p.trim_end_matches('.'));
        a.insert(name, key.unsaid())?;
    }
    for given in d.user.iter() {
        a.one(&given.key, &given.value, platform)?;
    }
    Ok(a)
}

impl Applied {
    fn one(&mut self, full: &str, value: &Json, platform: Platform) -> Result<()> {
        let (role, name) = match full.split_once('.') {
            Some((role, rest)) if ROLES.contains(&role) => (Some(role), rest),
            _ => (None, full),
        };
        let roles: Vec<String> = self.deployment.pools.iter().map(|p| p.role.clone()).collect();
        if let Some(role) = role.filter(|r| !roles.iter().any(|own| own == r)) {
            let text = format!("`{full}`: the answer has no {role} workers");
            return Err(Error::question("AIQ0711", text)
                .help(format!("it has {} workers", roles.join(" and "))));
        }
        let roles: Vec<String> = role.map_or_else(|| roles.clone(), |role| vec![role.to_owned()]);
        if self.worker_value(name, value, &roles, full)? {
            return Ok(());
        }
        let Some(key) = find(name).filter(|k| role.is_none() || k.name.ends_with("e.*")) else {
            return Err(self.unknown(full, name));
        };
        if !key.is_for(platform) {
            self.notes.push(format!("`{full}` says nothing to files for {}", platform.name()));
            return Ok(());
        }
        let value = key.checked(full, value)?;
        let flag = |prefix: &str| (name[prefix.len()..].to_owned(), value.clone());
        match key.name {
            "engine.*" => self.engine_flag(flag("engine."), &roles, full)?,
            "runtime.*" => {
                for role in roles {
                    self.runtime.entry(role).or_default().push(flag("runtime."));
                }
            }
            "frontend.*" => self.frontend.push(flag("frontend.")),
            _ => self.setting(key, name, value)?,
        }
        Ok(())
    }

    /// A value that `models/deploy.aiq` derives otherwise. False if there is none of that name.
    fn worker_value(
        &mut self,
        name: &str,
        value: &Json,
        roles: &[String],
        full: &str,
    ) -> Result<bool> {
        let mut known = false;
        for pool in &mut self.deployment.pools {
            let Some(present) = pool.values.get_mut(name) else { continue };
            if SIZES.contains(&name) {
                return Err(fixed(full));
            }
            known = true;
            if !roles.contains(&pool.role) {
                continue;
            }
            let value = match (&present.value, Value::from_json(Some(value))) {
                (Value::Number(_), v @ Value::Number(_)) | (Value::Text(_), v @ Value::Text(_)) => {
                    v
                }
                (Value::Text(_), Value::Number(n)) => Value::text(&crate::arch::value::number(n)),
                (old, new) => {
                    let text = format!("`{full}` is `{old}`, so it cannot be `{new}`");
                    return Err(Error::question("AIQ0711", text));
                }
            };
            let answered = present.answered.take().unwrap_or_else(|| present.value.clone());
            *present = Sourced {
                value,
                origin: USER.to_owned(),
                rule: String::new(),
                answered: Some(answered),
            };
        }
        Ok(known)
    }

    /// A flag that states a value of the answer changes that value, so that every file agrees.
    fn engine_flag(&mut self, flag: (String, Json), roles: &[String], full: &str) -> Result<()> {
        let backend = self.deployment.backend.clone();
        let column = read::column_of(&backend, &flag.0);
        if column.is_some_and(|c| SIZES.contains(&c)) {
            return Err(fixed(full));
        }
        if let Some(column) = column
            && self.worker_value(column, &flag.1, roles, full)?
        {
            return Ok(());
        }
        for role in roles {
            self.engine.entry(role.clone()).or_default().push(flag.clone());
        }
        Ok(())
    }

    fn setting(&mut self, key: Key, name: &str, value: Json) -> Result<()> {
        self.given.insert(name.to_owned(), value.clone());
        let Some(prefix) = key.prefix() else { return self.insert(name, value) };
        let inner = &name[prefix.len()..];
        let variable = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if prefix == "env." && !inner.chars().all(variable) {
            let text = format!("`{inner}` is no name of an environment variable");
            return Err(Error::question("AIQ0711", text));
        }
        let map = self.at(prefix.trim_end_matches('.'))?;
        map.insert(inner.to_owned(), value);
        Ok(())
    }

    /// The map under a name of one or two parts.
    fn at(&mut self, name: &str) -> Result<&mut Map<String, Json>> {
        let mut map = &mut self.settings;
        for part in name.split('.') {
            let entry = map.entry(part.to_owned()).or_insert_with(|| Json::Object(Map::new()));
            let Json::Object(inner) = entry else {
                return Err(Error::internal("AIQ0901", format!("`{name}` is not a map")));
            };
            map = inner;
        }
        Ok(map)
    }

    fn insert(&mut self, name: &str, value: Json) -> Result<()> {
        match name.rsplit_once('.') {
            None => {
                self.settings.entry(name.to_owned()).or_insert(value);
            }
            Some((group, last)) => {
                self.at(group)?.insert(last.to_owned(), value);
            }
        }
        Ok(())
    }

    fn unknown(&self, full: &str, name: &str) -> Error {
        let own = self.deployment.pools.iter().flat_map(|p| p.values.keys());
        let names: Vec<String> = keys().map(|k| k.name.to_owned()).chain(own.cloned()).collect();
        let error = Error::question("AIQ0711", format!("there is no value `{full}`"));
        match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("there are {}", names.join(", "))),
        }
    }
}

fn fixed(full: &str) -> Error {
    let text = format!("`{full}` decides the GPUs of a worker, so it is part of the answer");
    Error::question("AIQ0711", text).help("search or estimate with that size instead")
}
