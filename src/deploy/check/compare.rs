//! Workers as the files have them beside those of the answer.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::estimate::Stated;
use super::workers::Workers;
use crate::deploy::assets;
use crate::deploy::facts::{Accepted, Engine};
use crate::deploy::json::{flattened, number};

/// Flags that say where a worker runs and how it is reached, which platforms add.
const PLACED: &str = "placed_flags.txt";
/// The word before the checkpoint, where that is no flag's value.
const SERVE: &str = "serve";

/// What the files deploy, and where that is not what was answered.
pub(super) struct Comparison<'a> {
    record: &'a Json,
    /// The deployment as a row.
    pub(super) row: Map<String, Json>,
    pub(super) differences: Vec<String>,
    /// What users gave the engine in place of what was answered.
    pub(super) replaced: Vec<String>,
    /// GPUs of all workers.
    pub(super) gpus: u64,
    /// Why nobody knows what the files deploy, if so.
    pub(super) not_priced: Option<String>,
    /// What workers accept, if that is known.
    accepted: Option<Accepted>,
}

impl<'a> Comparison<'a> {
    /// Of what is the same for all workers.
    pub(super) fn of(record: &'a Json, found: &[Workers], accepted: Option<Accepted>) -> Self {
        let gpus = found.iter().map(|w| w.gpus).fold(0, u64::saturating_add);
        let mut row = Map::new();
        row.insert("mode".to_owned(), record["mode"].clone());
        row.insert("backend".to_owned(), record["backend"].as_str().unwrap_or_default().into());
        row.insert("version".to_owned(), record["engine_version"].clone());
        row.insert("gpus_used".to_owned(), gpus.into());
        let mut differences = Vec::new();
        if Some(gpus) != record["gpus"].as_u64() {
            differences.push(format!("gpus_used is {gpus}, the answer has {}", record["gpus"]));
        }
        Self { record, row, differences, replaced: Vec::new(), gpus, not_priced: None, accepted }
    }

    /// Adds the workers of one role; `config` is the file of their engine, if there is one.
    pub(super) fn pool(
        &mut self,
        engine: Option<&Engine>,
        workers: &Workers,
        config: Option<&Json>,
    ) -> Stated {
        let role = workers.role.as_str();
        let expected = &self.record["pools"][role];
        // Workers that are alike carry the name of the mode.
        let pool = (self.record["mode"] != role).then(|| role.to_owned());
        let prefix = pool.as_ref().map_or_else(String::new, |pool| format!("{pool}_"));
        self.row.insert(format!("{prefix}workers"), workers.count.into());
        if Some(workers.count) != expected["workers"].as_u64() {
            let text = format!("{} {role} workers", workers.count);
            self.differences.push(format!("{text}, the answer has {}", expected["workers"]));
        }
        let image = &self.record["settings"]["k8s.image"]["value"];
        if image.as_str().is_some_and(|image| !workers.image.is_empty() && image != workers.image) {
            self.differs(format!("{role}: the image is `{}`, was {image}", workers.image));
        }
        if !workers.shared.is_empty() {
            let gpus = workers.shared.join(", ");
            self.differences.push(format!("{role}: GPU {gpus} belongs to two workers"));
        }
        let mut settings = pairs(&workers.argv);
        settings.extend(config.into_iter().flat_map(flattened));
        let mut stated = Stated { pool, workers: workers.count, ..Stated::default() };
        for column in engine.into_iter().flat_map(Engine::columns) {
            let Some(text) = settings.get(column.name) else { continue };
            let value = text.parse::<f64>().map_or_else(|_| text.as_str().into(), number);
            let name = column.column;
            let line = &expected["values"][name];
            let (recorded, answered) = (&line["value"], &line["answered"]);
            let answered = if answered.is_null() { recorded } else { answered };
            let is = |of: &Json| of.is_null() || same(of, &value, column.multiple_of);
            stated.columns.insert(name.to_owned(), value.clone());
            // The price is that of the files, whoever changed them.
            if !recorded.is_null() && !is(answered) {
                stated.differing.insert(name.to_owned());
            }
            if is(recorded) && !recorded.is_null() && !is(answered) {
                let flag = column.name;
                self.replaced.push(format!("`{flag}` is {value}, the answer has {answered}"));
            }
            if !is(recorded) {
                self.differences
                    .push(format!("{prefix}{name} is {value}, the answer has {recorded}"));
            }
            let shared = name == "model";
            let key = if shared { name.to_owned() } else { format!("{prefix}{name}") };
            self.row.insert(key, value);
        }
        self.left_out(engine, expected, &prefix, &mut stated);
        // What no file ever said is as it was.
        for (name, line) in expected["values"].as_object().into_iter().flatten() {
            stated.columns.entry(name.clone()).or_insert_with(|| line["value"].clone());
        }
        if let Some(config) = config {
            self.keys(engine, &flattened(config), &expected["keys"], &prefix);
        }
        let all = workers.others.iter().chain(std::iter::once(&workers.argv));
        all.for_each(|argv| self.flags(argv, &expected["argv"], role));
        stated
    }

    /// Values whose flags and keys were in the files and are gone: the engine takes what it takes without
    /// them, which is not what was answered.
    fn left_out(
        &mut self,
        engine: Option<&Engine>,
        expected: &Json,
        prefix: &str,
        stated: &mut Stated,
    ) {
        let flags = expected["argv"].as_array().into_iter().flatten().filter_map(Json::as_str);
        let keys = expected["keys"].as_object().into_iter().flatten().map(|(key, _)| key.as_str());
        let written: Vec<&str> = flags.chain(keys).collect();
        for column in engine.into_iter().flat_map(Engine::columns) {
            let name = column.column;
            if stated.columns.contains_key(name) || !written.contains(&column.name) {
                continue;
            }
            if !column.name.starts_with("--") {
                self.differs(format!("{prefix}`{}` is gone", column.name));
            }
            let Some(default) = column.default else {
                let why = format!("`{}` is gone, and the engine chooses itself", column.name);
                self.not_priced.get_or_insert(why);
                continue;
            };
            let value = number(default);
            let line = &expected["values"][name];
            let (recorded, answered) = (&line["value"], &line["answered"]);
            if !same(if answered.is_null() { recorded } else { answered }, &value, None) {
                stated.differing.insert(name.to_owned());
            }
            self.row.insert(format!("{prefix}{name}"), value.clone());
            stated.columns.insert(name.to_owned(), value);
        }
    }

    /// Keys of the file of an engine that are gone, have other values, or were not there. Those with a
    /// column are told by that.
    fn keys(
        &mut self,
        engine: Option<&Engine>,
        is: &BTreeMap<String, String>,
        expected: &Json,
        prefix: &str,
    ) {
        let Some(was) = expected.as_object() else { return };
        let told = |key: &str| {
            engine.into_iter().flat_map(Engine::columns).any(|column| column.name == key)
        };
        for (key, value) in is.iter().filter(|(key, _)| !told(key)) {
            match was.get(key).and_then(Json::as_str) {
                None => self.differs(format!("{prefix}`{key}` is `{value}`, the answer has none")),
                Some(before) if before != value => {
                    self.differs(format!("{prefix}`{key}` is `{value}`, was `{before}`"));
                }
                Some(_) => {}
            }
        }
        for key in was.keys().filter(|key| !told(key) && !is.contains_key(*key)) {
            self.differs(format!("{prefix}`{key}` is gone"));
        }
    }

    /// Flags that are gone, have other values, or are there and not known to the engine.
    fn flags(&mut self, argv: &[String], expected: &Json, role: &str) {
        let expected = expected.as_array().into_iter().flatten();
        let expected: Vec<String> = expected.filter_map(Json::as_str).map(str::to_owned).collect();
        let (was, is) = (pairs(&expected), pairs(argv));
        for (flag, value) in &was {
            match is.get(flag) {
                None => self.differs(format!("{role}: `{flag}` is gone")),
                Some(now) if now != value => {
                    self.differs(format!("{role}: `{flag}` is `{now}`, was `{value}`"));
                }
                Some(_) => {}
            }
        }
        // What stands before the first of them is of what starts the engine, such as mpirun.
        let begin = argv.iter().position(|word| was.contains_key(word)).unwrap_or(argv.len());
        let flags = argv.iter().skip(begin).filter(|word| word.starts_with("--"));
        let added = flags.filter(|flag| !was.contains_key(*flag));
        let placed = |flag: &str| assets::lines(PLACED).any(|placed| placed == flag);
        let told = added.filter_map(|flag| match self.accepted.as_ref()?.check(flag, None) {
            Err(unknown) => Some(format!("{role}: {}", unknown.message)),
            Ok(_) if placed(flag) => None,
            Ok(_) => Some(format!("{role}: `{flag}` was added")),
        });
        let told: Vec<String> = told.collect();
        told.into_iter().for_each(|text| self.differs(text));
        if let Some([serve, model]) = argv[..begin].last_chunk::<2>()
            && serve == SERVE
        {
            self.served(model);
        }
    }

    /// Notes a checkpoint other than that of the answer, or the place that was given for it.
    fn served(&mut self, model: &str) {
        let own = &self.record["settings"]["checkpoint"]["value"];
        let expected = own.as_str().or_else(|| self.record["model"].as_str());
        // A folder is served by its whole path.
        let last = |path: &str| path.rsplit('/').next().map(str::to_owned);
        if let Some(expected) = expected.filter(|expected| last(expected) != last(model)) {
            self.differs(format!("`{model}` is served, the answer has `{expected}`"));
        }
    }

    /// Notes a difference, which several workers may share, once.
    pub(super) fn differs(&mut self, text: String) {
        if !self.differences.contains(&text) {
            self.differences.push(text);
        }
    }
}

/// Whether a file states a value: as it is, or rounded up to a multiple.
fn same(value: &Json, stated: &Json, multiple_of: Option<f64>) -> bool {
    match (value.as_f64(), stated.as_f64(), multiple_of) {
        (Some(a), Some(b), Some(multiple)) => b >= a && b - a < multiple,
        (Some(a), Some(b), None) => (a - b).abs() < 1e-9,
        _ => value == stated,
    }
}

/// Flags with what follows them.
fn pairs(argv: &[String]) -> BTreeMap<String, String> {
    let mut pairs = BTreeMap::new();
    let mut flag: Option<String> = None;
    for word in argv {
        if word.starts_with("--") {
            pairs.insert(word.clone(), String::new());
            flag = Some(word.clone());
        } else if let Some(values) = flag.as_ref().and_then(|f| pairs.get_mut(f)) {
            if !values.is_empty() {
                values.push(' ');
            }
            values.push_str(word);
        }
    }
    pairs
}
