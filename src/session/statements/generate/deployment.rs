//! What a row of a named result deploys.

use std::collections::{BTreeMap, BTreeSet};

use super::question::question_of;
use crate::base::error::{Code, Error, Result, bug};
use crate::deploy::{DataRelease, Deployment, Pool, Requests, Sourced, UserValues, row_json};
use crate::lang::ast::{self, Loc};
use crate::model::value::Value;
use crate::plan::deployment::deployment;
use crate::plan::expr::col::ROW;
use crate::plan::question::Question;
use crate::plan::scope::{Given, Scope};
use crate::plan::target::Target;
use crate::session::analysis::ops::{rank_of, row_of};
use crate::session::analysis::provenance::Basis;
use crate::session::state::Session;

/// Rules whose names begin so give values of files.
const PREFIX: &str = "deploy_";

/// The row of an answer.
struct Row<'a> {
    columns: serde_json::Map<String, serde_json::Value>,
    loc: &'a Loc,
}

/// The workers of a row, with what they serve.
struct Workers {
    /// That of the first pool.
    target: Target,
    requests: Vec<Requests>,
    pools: Vec<Pool>,
    data: Vec<DataRelease>,
}

impl Row<'_> {
    /// A whole number.
    fn whole(&self, column: &str) -> Result<u64> {
        self.number(column).map(|n| n as u64).ok_or_else(|| {
            Error::data(Code::MissingDeployValue, format!("the row has no `{column}`"))
                .at(self.loc.span(), "not a deployment")
        })
    }

    fn number(&self, column: &str) -> Option<f64> {
        self.columns.get(column).and_then(serde_json::Value::as_f64)
    }
}

impl Session {
    /// What a row of a named result deploys.
    ///
    /// # Errors
    /// Unknown results and rows; values that the files need and that are not known.
    pub fn deployment(&self, target: &ast::Target) -> Result<Deployment> {
        let ast::Target::Row { name, mode, rank } = target else {
            return Err(bug("files are generated from a named result"));
        };
        let (terms, clauses) = self.row_terms(name, mode.as_deref(), rank.as_ref())?;
        let answer = &self.result(name)?.answer;
        let (batch, at) = row_of(answer, mode.as_deref(), rank_of(rank.as_ref())?, &name.loc)?;
        let row = Row { columns: row_json(&batch.slice(at, 1))?, loc: &name.loc };
        let question = self.sorted(&terms, &clauses)?;
        let mode = self.modes(&question)?.into_iter().next().ok_or_else(|| bug("no mode"))?;
        let Workers { target, requests, pools, data } = self.workers(&question, &mode, &row)?;
        let gpus = row.whole("gpus_used")?;
        Ok(Deployment {
            model: target.config.name.clone(),
            mode: mode.name.text.clone(),
            backend: target.backend.clone(),
            version: target.version.clone(),
            replicas: row.whole("replicas")?,
            gpus,
            concurrency: row.number("concurrency").unwrap_or(1.0),
            requests,
            pools,
            roles: self.roles().into_iter().map(str::to_owned).collect(),
            question: question_of(&question, PREFIX, gpus),
            row: row.columns,
            data,
            user: UserValues::default(),
        })
    }

    /// The workers of each pool.
    fn workers(&self, question: &Question, mode: &ast::ModeDef, row: &Row<'_>) -> Result<Workers> {
        let given = Given { columns: [ROW.to_owned()].into(), ..Given::default() };
        let deployments = self.engine.deployments(&self.library, question, mode)?;
        let targets = deployments.first().ok_or_else(|| bug("no target"))?;
        let whole = deployment(&self.library, question, mode, targets, &given)?;
        let (mut pools, mut data) = (Vec::new(), Vec::<DataRelease>::new());
        let mut first: Option<(Target, Vec<Requests>)> = None;
        for scope in whole.workers() {
            let (pool, target) = (scope.pool.as_str(), scope.target);
            if let Some((other, ..)) = &first {
                one_engine(other, target, row.loc)?;
            }
            let role = if pool.is_empty() { mode.name.text.as_str() } else { pool };
            pools.push(Pool {
                role: role.to_owned(),
                system: target.system.name.clone(),
                workers: workers(row, pool)?,
                values: self.deploy_values(scope, role, row.loc)?,
            });
            let release = self.release(target)?;
            if !data.contains(&release) {
                data.push(release);
            }
            if first.is_none() {
                first = Some((target.clone(), requests(scope, row.loc)?));
            }
        }
        let (target, requests) = first.ok_or_else(|| bug("no requests"))?;
        Ok(Workers { target, requests, pools, data })
    }

    /// The release of measurements that a target is priced on.
    fn release(&self, target: &Target) -> Result<DataRelease> {
        let (system, backend) = (target.system.name.clone(), target.backend.clone());
        let version = target.version.clone();
        let digest = self.engine.catalog.digest(&system, &backend, &version)?;
        Ok(DataRelease { system, backend, version, digest })
    }

    /// The roles that workers have in some mode.
    fn roles(&self) -> BTreeSet<&str> {
        fn names(mode: &ast::ModeDef) -> Vec<&str> {
            match mode.pools.is_empty() {
                true => vec![&mode.name.text],
                false => mode.pools.iter().map(|pool| pool.name.text.as_str()).collect(),
            }
        }
        self.library.modes.values().flat_map(|mode| names(mode)).collect()
    }

    /// Every rule about files that holds for a role. What a rule says of one role only ends in
    /// the name of the role.
    fn deploy_values(
        &self,
        scope: &Scope<'_>,
        role: &str,
        loc: &Loc,
    ) -> Result<BTreeMap<String, Sourced>> {
        let names: BTreeSet<&str> =
            (self.library.lets.iter()).filter_map(|l| l.name.text.strip_prefix(PREFIX)).collect();
        let roles = self.roles();
        let mut values = BTreeMap::new();
        for name in names {
            let (short, of) = match name.rsplit_once('_') {
                Some((short, of)) if roles.contains(of) => (short, of),
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

/// Workers of a pool in one replica.
fn workers(row: &Row<'_>, pool: &str) -> Result<u64> {
    match pool {
        "" => Ok(row.whole("gpus_per_replica")? / row.whole("gpus_per_worker")?.max(1)),
        pool => row.whole(&format!("{pool}_workers")),
    }
}

/// The requests of each class.
fn requests(scope: &Scope<'_>, loc: &Loc) -> Result<Vec<Requests>> {
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

/// Workers of different engines cannot hand over KV caches.
fn one_engine(a: &Target, b: &Target, loc: &Loc) -> Result<()> {
    if a.backend == b.backend && a.version == b.version {
        return Ok(());
    }
    let text = format!("{} {} cannot serve with {} {}", a.backend, a.version, b.backend, b.version);
    Err(Error::undeployable(text).at(loc.span(), "pools of different engines"))
}
