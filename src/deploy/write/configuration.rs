//! A deployment with the values of its user in place of those of the answer.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::base::error::{Code, Error, Result, nearest};
use crate::deploy::assets;
use crate::deploy::deployment::{Deployment, Sourced};
use crate::deploy::facts::{Engine, Key, Platform, find, keys};
use crate::model::value::{Value, number};

/// Who gave a value that the user gave.
pub(super) const USER: &str = "user";
/// Values that decide how many GPUs a worker has: another number is another answer.
const SIZES: &str = "worker_size.txt";
/// Keys that stand for flags.
const ENGINE: &str = "engine.*";
const RUNTIME: &str = "runtime.*";
const FRONTEND: &str = "frontend.*";

/// Flags or keys with their values, in order.
pub(super) type Flags = Vec<(String, Json)>;

/// A deployment with the values of its user.
#[derive(Debug)]
pub(super) struct Configuration {
    /// With the values of workers that the user gave.
    pub(super) deployment: Deployment,
    /// Every key that templates read, under its first part, with a default where nobody gave it.
    pub(super) settings: Map<String, Json>,
    /// What the user gave of them, by name.
    pub(super) given: BTreeMap<String, Json>,
    /// Flags of the engine, or keys of its file, by role.
    pub(super) engine: BTreeMap<String, Flags>,
    /// Flags of what starts the engine, by role.
    pub(super) runtime: BTreeMap<String, Flags>,
    /// Flags of the frontend.
    pub(super) frontend: Flags,
    /// What a person should know.
    pub(super) notes: Vec<String>,
    keys: Vec<Key>,
}

impl Configuration {
    /// Puts the values of the user in place of those of a deployment.
    ///
    /// # Errors
    /// `AIQ0711` for keys and values that do not exist.
    pub(super) fn of(deployment: &Deployment, platform: Platform) -> Result<Self> {
        let mut own = Self {
            deployment: deployment.clone(),
            settings: Map::new(),
            given: BTreeMap::new(),
            engine: BTreeMap::new(),
            runtime: BTreeMap::new(),
            frontend: Vec::new(),
            notes: Vec::new(),
            keys: keys()?,
        };
        for key in own.keys.clone() {
            match key.prefix() {
                Some(prefix) => drop(own.group(prefix.trim_end_matches('.'))?),
                None => own.insert(key.name, key.default_value())?,
            }
        }
        for given in deployment.user.iter() {
            own.give(&given.key, &given.value, platform)?;
        }
        Ok(own)
    }

    /// A setting that is a text, if there is one.
    pub(super) fn setting(&self, group: &str, name: &str) -> Option<&str> {
        self.settings.get(group)?.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    fn give(&mut self, full: &str, value: &Json, platform: Platform) -> Result<()> {
        let (role, name) = match full.split_once('.') {
            Some((role, rest)) if self.deployment.roles.iter().any(|r| r == role) => {
                (Some(role), rest)
            }
            _ => (None, full),
        };
        let roles = self.roles(role, full)?;
        if self.worker_value(name, value, &roles, full)? {
            return Ok(());
        }
        let of_a_role = |key: &Key| [ENGINE, RUNTIME].contains(&key.name);
        let key = find(&self.keys, name).filter(|key| role.is_none() || of_a_role(key));
        let Some(key) = key else { return Err(self.unknown(full, name)) };
        if !key.is_for(platform) {
            self.notes.push(format!("`{full}` says nothing to files for {}", platform.name()));
            return Ok(());
        }
        let value = key.checked(full, value)?;
        let rest = key.prefix().and_then(|p| name.strip_prefix(p)).unwrap_or_default().to_owned();
        match key.name {
            ENGINE => self.engine_flag((rest, value), &roles, full)?,
            RUNTIME => {
                for role in roles {
                    self.runtime.entry(role).or_default().push((rest.clone(), value.clone()));
                }
            }
            FRONTEND => self.frontend.push((rest, value)),
            _ => self.set(key, name, value)?,
        }
        Ok(())
    }

    /// The roles that a value is for: the one that its key names, else all of the answer.
    fn roles(&self, named: Option<&str>, full: &str) -> Result<Vec<String>> {
        let own: Vec<String> = self.deployment.pools.iter().map(|p| p.role.clone()).collect();
        match named {
            None => Ok(own),
            Some(role) if own.iter().any(|r| r == role) => Ok(vec![role.to_owned()]),
            Some(role) => {
                let text = format!("`{full}`: the answer has no {role} workers");
                Err(Error::question(Code::BadUserValue, text)
                    .help(format!("it has {} workers", own.join(" and "))))
            }
        }
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
            if is_size(name) {
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
                (Value::Text(_), Value::Number(n)) => Value::text(&number(n)),
                (old, new) => {
                    let text = format!("`{full}` is `{old}`, so it cannot be `{new}`");
                    return Err(Error::question(Code::BadUserValue, text));
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
        let engine = Engine::find(&self.deployment.backend).ok();
        let column = engine.and_then(|e| e.column_of(&flag.0));
        if column.is_some_and(is_size) {
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

    fn set(&mut self, key: Key, name: &str, value: Json) -> Result<()> {
        self.given.insert(name.to_owned(), value.clone());
        let Some(prefix) = key.prefix() else { return self.insert(name, value) };
        let inner = &name[prefix.len()..];
        let variable = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if prefix == "env." && !inner.chars().all(variable) {
            let text = format!("`{inner}` is no name of an environment variable");
            return Err(Error::question(Code::BadUserValue, text));
        }
        let map = self.group(prefix.trim_end_matches('.'))?;
        map.insert(inner.to_owned(), value);
        Ok(())
    }

    /// The map under a name of one or two parts.
    fn group(&mut self, name: &str) -> Result<&mut Map<String, Json>> {
        let mut map = &mut self.settings;
        for part in name.split('.') {
            let entry = map.entry(part.to_owned()).or_insert_with(|| Json::Object(Map::new()));
            let Json::Object(inner) = entry else {
                return Err(Error::internal(Code::ParserBug, format!("`{name}` is not a map")));
            };
            map = inner;
        }
        Ok(map)
    }

    fn insert(&mut self, name: &str, value: Json) -> Result<()> {
        let (map, last) = match name.rsplit_once('.') {
            None => (&mut self.settings, name),
            Some((group, last)) => (self.group(group)?, last),
        };
        map.insert(last.to_owned(), value);
        Ok(())
    }

    fn unknown(&self, full: &str, name: &str) -> Error {
        let own = self.deployment.pools.iter().flat_map(|p| p.values.keys());
        let names: Vec<String> =
            self.keys.iter().map(|k| k.name.to_owned()).chain(own.cloned()).collect();
        let error = Error::question(Code::BadUserValue, format!("there is no value `{full}`"));
        match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("there are {}", names.join(", "))),
        }
    }
}

/// Whether a value decides how many GPUs a worker has.
fn is_size(name: &str) -> bool {
    assets::lines(SIZES).any(|size| size == name)
}

fn fixed(full: &str) -> Error {
    let text = format!("`{full}` decides the GPUs of a worker, so it is part of the answer");
    Error::question(Code::BadUserValue, text).help("search or estimate with that size instead")
}
