//! `generate`: from a row of a named result to files.

use crate::plan::expr::col::ROW;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::show::texts;
use crate::answer::Answer;
use crate::arch::value::Value;
use crate::error::{Error, Result, bug};
use crate::generate::{
    self, DataRelease, Deployment, MIX, Platform, Pool, Requests, Sourced, UserValues,
};
use crate::lang::ast::{
    self, AxisTerm, Clauses, Destination, Domain, Estimate, EstimateInput, Expr, FileValue, Item,
    Name, Target,
};
use crate::lang::quote::quoted;
use crate::plan::deployment::deployment;
use crate::plan::expr::domain::domain_text;
use crate::plan::question::estimate::candidate;
use crate::plan::question::{NoNames, Question};
use crate::plan::scope::{Given, Scope};
use crate::session::analysis::ops::{rank_of, row_of};
use crate::session::analysis::provenance::Basis;
use crate::session::state::Session;

/// A `generate` statement.
pub(in crate::session) struct Files<'a> {
    pub(in crate::session) row: &'a Target,
    pub(in crate::session) to: &'a Destination,
    pub(in crate::session) platform: Option<&'a Name>,
    pub(in crate::session) api: Option<&'a Name>,
    pub(in crate::session) values: &'a [FileValue],
}

/// Rules whose names begin so tell what files say.
const PREFIX: &str = "deploy_";

impl Session {
    pub(in crate::session) fn generate(&mut self, statement: &Files<'_>) -> Result<Answer> {
        let Files { row, to, platform, api, values } = statement;
        let named = platform.map(Platform::of).transpose()?;
        let mut deployment = self.deployment(row)?;
        let platform = named.unwrap_or_else(|| Platform::usual(&deployment));
        for value in *values {
            let place = match value {
                FileValue::File(name) => name,
                FileValue::One(term) => &term.name,
            };
            user_value(&mut deployment.user, value)
                .map_err(|e| if e.span.is_some() { e } else { e.at(place.loc.span(), "here") })?;
        }
        if let Some(api) = api {
            deployment.user.set("k8s.api", api.text.clone().into())?;
        }
        let over = self.may_replace(to);
        let to = &to.path;
        let written = generate::write(&deployment, platform, Path::new(&to.text), over)
            .map_err(|e| e.at(to.loc.span(), "nothing was written"))?;
        let rows: Vec<Vec<String>> =
            written.files.into_iter().map(|f| vec![format!("{}/{f}", to.text)]).collect();
        let mut answer = texts(&["file"], &rows)?;
        answer.notes = written.notes;
        if named.is_none() {
            answer.notes.insert(0, format!("written for {}; `for` names another", platform.name()));
        }
        Ok(answer)
    }

    /// What a row of a named result deploys.
    ///
    /// # Errors
    /// Unknown results and rows; values that the files need and that are not known.
    pub fn deployment(&self, target: &Target) -> Result<Deployment> {
        let Target::Row { name, mode, rank } = target else {
            return Err(bug("files are generated from a named result"));
        };
        let (terms, clauses) = self.row_terms(name, mode.as_deref(), rank.as_ref())?;
        let answer = &self.result(name)?.answer;
        let (batch, at) = row_of(answer, mode.as_deref(), rank_of(rank.as_ref())?, &name.loc)?;
        let row = crate::generate::row_json(&batch.slice(at, 1))?;
        let asked = Question::new(&terms, &clauses, &self.settings, &NoNames)?;
        let mode = self.modes(&asked)?.into_iter().next().ok_or_else(|| bug("no mode"))?;
        let whole = |column: &str| {
            row.get(column).and_then(serde_json::Value::as_f64).map(|n| n as u64).ok_or_else(|| {
                Error::data("AIQ0703", format!("the row has no `{column}`"))
                    .at(name.loc.span(), "not a deployment")
            })
        };
        let given = Given { columns: [ROW.to_owned()].into(), ..Given::default() };
        let deployments = self.engine.deployments(&self.library, &asked, &mode)?;
        let targets = deployments.first().ok_or_else(|| bug("no target"))?;
        let scope = deployment(&self.library, &asked, &mode, targets, &given)?;
        let (mut pools, mut data) = (Vec::new(), Vec::<DataRelease>::new());
        let mut first: Option<(crate::plan::target::Target, Vec<Requests>)> = None;
        for scope in scope.workers() {
            let (pool, place) = (scope.pool.as_str(), scope.target);
            if let Some((other, ..)) = &first {
                one_engine(other, place, &name.loc)?;
            }
            let role = if pool.is_empty() { mode.name.text.as_str() } else { pool };
            let workers = match pool {
                "" => whole("gpus_per_replica")? / whole("gpus_per_worker")?.max(1),
                pool => whole(&format!("{pool}_workers"))?,
            };
            pools.push(Pool {
                role: role.to_owned(),
                system: place.system.name.clone(),
                workers,
                values: self.deploy_values(scope, role, &name.loc)?,
            });
            let release = self.release(place)?;
            if !data.contains(&release) {
                data.push(release);
            }
            if first.is_none() {
                let requests = requests(scope, &name.loc)?;
                first = Some((place.clone(), requests));
            }
        }
        let (place, requests) = first.ok_or_else(|| bug("no requests"))?;
        Ok(Deployment {
            model: place.config.name.clone(),
            mode: mode.name.text.clone(),
            backend: place.backend.clone(),
            version: place.version.clone(),
            replicas: whole("replicas")?,
            gpus: whole("gpus_used")?,
            concurrency: row.get("concurrency").and_then(serde_json::Value::as_f64).unwrap_or(1.0),
            requests,
            pools,
            question: question(&asked, whole("gpus_used")?),
            row,
            data,
            user: UserValues::default(),
        })
    }

    /// The question that prices a row which was printed as JSON, on its own GPUs. What a row does
    /// not say, such as the requests, is for the caller to add.
    pub fn estimate_of(&self, row: &serde_json::Map<String, serde_json::Value>) -> Estimate {
        let mut terms = Vec::new();
        for (column, value) in row {
            let Some(candidate) = candidate(&self.library, column) else { continue };
            let value = match value {
                // Pools of two kinds have no value in common.
                serde_json::Value::String(t) if candidate.is_choice && !t.contains(" + ") => {
                    Expr::text(t)
                }
                serde_json::Value::Number(n) if !candidate.is_choice => {
                    Expr::number(n.as_f64().unwrap_or(f64::NAN))
                }
                _ => continue,
            };
            terms.push(AxisTerm::one(candidate.path, value));
        }
        if let Some(gpus) = row.get("gpus_used").and_then(serde_json::Value::as_f64) {
            terms.push(AxisTerm::number("gpus", gpus));
        }
        Estimate { input: EstimateInput::One(terms), clauses: Clauses::default() }
    }

    /// The release of measurements that a target is priced on.
    fn release(&self, place: &crate::plan::target::Target) -> Result<DataRelease> {
        let (system, backend) = (place.system.name.clone(), place.backend.clone());
        let version = place.version.clone();
        let digest = self.engine.catalog.digest(&system, &backend, &version)?;
        Ok(DataRelease { system, backend, version, digest })
    }

    /// Every rule about files that holds for a role. What a rule says of one role only ends in
    /// the name of the role.
    fn deploy_values(
        &self,
        scope: &Scope<'_>,
        role: &str,
        loc: &ast::Loc,
    ) -> Result<BTreeMap<String, Sourced>> {
        let names: BTreeSet<&str> =
            (self.library.lets.iter()).filter_map(|l| l.name.text.strip_prefix(PREFIX)).collect();
        let mut values = BTreeMap::new();
        for name in names {
            let (short, of) = match name.rsplit_once('_') {
                Some((short, of @ ("agg" | "prefill" | "decode"))) => (short, of),
                _ => (name, role),
            };
            if of != role {
                continue;
            }
            let full = format!("{PREFIX}{name}");
            if let Some(value) = scope.named(&full, loc)?.value().filter(|v| **v != Value::Null) {
                let value = value.clone();
                let set = self.settings.iter().any(|s| s.name.text == full);
                let (origin, rule) = match set {
                    true => ("user".to_owned(), String::new()),
                    false => (Basis::of(&full, &self.library, scope.own), rule_of(scope, &full)?),
                };
                values.insert(short.to_owned(), Sourced { value, origin, rule, answered: None });
            }
        }
        Ok(values)
    }
}

/// File and line of a rule.
fn rule_of(scope: &Scope<'_>, name: &str) -> Result<String> {
    Ok(scope.let_in_force(name)?.map_or_else(String::new, |l| {
        let loc = &l.name.loc;
        let before = loc.source.text.get(..loc.range.start).unwrap_or("");
        format!("{}:{}", loc.source.name, before.matches('\n').count() + 1)
    }))
}

/// The requests of each class.
fn requests(scope: &Scope<'_>, loc: &ast::Loc) -> Result<Vec<Requests>> {
    let one = |name: String, share: f64, values: Vec<f64>| {
        let whole: Vec<u64> = values.iter().map(|v| v.round().max(0.0) as u64).collect();
        let [isl, osl, prefix, images, image_width, image_height] = whole[..] else {
            return Err(bug("a request has six sizes"));
        };
        Ok(Requests { name, share, isl, osl, prefix, images, image_width, image_height })
    };
    let sizes = ["isl", "osl", "prefix", "images", "image_width", "image_height"];
    let classes = scope.of_each_class(&sizes, loc)?;
    classes.into_iter().map(|(name, share, values)| one(name, share, values)).collect()
}

/// Adds what a statement says of the files.
fn user_value(user: &mut UserValues, value: &FileValue) -> Result<()> {
    let term = match value {
        FileValue::File(name) => return user.file(Path::new(&name.text)),
        FileValue::One(term) => term,
    };
    let json = match &term.domain {
        Domain::Value(expr) => literal(expr)?,
        Domain::Items(items) => {
            let one = |item: &Item| match item {
                Item::One(expr) => literal(expr),
                Item::Range { low, .. } => Err(Error::question("AIQ0711", "a range is no value")
                    .at(low.loc.span(), "write out the list")),
            };
            items.iter().map(one).collect::<Result<Vec<_>>>()?.into()
        }
    };
    user.set(&term.name.text, json)
}

/// A value as written; a bare word is a text.
fn literal(expr: &ast::Expr) -> Result<serde_json::Value> {
    if let ast::ExprKind::Name(word) = &expr.kind {
        return Ok(word.as_str().into());
    }
    Ok(match crate::plan::expr::lower::known(expr, &NoNames)? {
        Value::Number(n) => crate::generate::number(n),
        other => other.to_json(),
    })
}

/// Axes and choices of a row as the language writes them, so that `estimate` prices it again.
fn question(asked: &Question, gpus: u64) -> Vec<(String, String)> {
    let mut terms: Vec<(String, String)> = (asked.choices.iter())
        .filter_map(|(name, values)| Some((name.clone(), quoted(&values.first()?.text))))
        .collect();
    terms.push(("gpus".to_owned(), gpus.to_string()));
    terms.extend(asked.mix.as_ref().map(|mix| (MIX.to_owned(), mix.loc.text().trim().to_owned())));
    for term in &asked.overrides {
        let name = &term.name.text;
        let aside = name.starts_with(PREFIX) || name.starts_with("price.");
        if aside || terms.iter().any(|(known, _)| known == name) {
            continue;
        }
        let value = match &term.domain {
            Domain::Value(expr) => match &expr.kind {
                ast::ExprKind::Number(n, _) => crate::generate::number(*n).to_string(),
                ast::ExprKind::Text(text) => quoted(text),
                _ => domain_text(&term.domain),
            },
            Domain::Items(_) => domain_text(&term.domain),
        };
        terms.push((name.clone(), value));
    }
    terms
}

/// Workers of different engines cannot hand over KV caches.
fn one_engine(
    a: &crate::plan::target::Target,
    b: &crate::plan::target::Target,
    loc: &ast::Loc,
) -> Result<()> {
    if a.backend == b.backend && a.version == b.version {
        return Ok(());
    }
    let text = format!("{} {} cannot serve with {} {}", a.backend, a.version, b.backend, b.version);
    Err(Error::question("AIQ0708", text).at(loc.span(), "pools of different engines"))
}
