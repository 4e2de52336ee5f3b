//! `show`, `let`, `attach`.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::Float64Array;
use datafusion::arrow::datatypes::{DataType, Field};

use super::include::beside;
use crate::answer::Answer;
use crate::base::error::{Code, Error, Result, bug, nearest};
use crate::base::rows::TableBuilder;
use crate::lang::ast::{AxisDef, BinaryOp, Domain, Expr, ExprKind, Name, Statement, StatementKind};
use crate::lang::quote::quoted;
use crate::lang::units::Unit;
use crate::perf::TABLES;
use crate::plan::expr::domain::domain_text;
use crate::session::state::{Named, Session};

/// What `show` knows.
pub(in crate::session) const SHOWN: &[&str] = &[
    "models",
    "systems",
    "backends",
    "versions",
    "metrics",
    "columns",
    "rules",
    "settings",
    "axes",
    "tables",
    "operations",
    "modes",
    "coverage",
    "assumed",
];

impl Session {
    pub(in crate::session) fn all_axes(&self) -> Vec<&AxisDef> {
        let scopes = self.library.modes.values().flat_map(|m| m.scopes());
        let of_modes = scopes.flat_map(|s| &s.axes);
        self.library.axes.iter().chain(of_modes).collect()
    }

    pub(in crate::session) fn show(
        &mut self,
        what: &Name,
        filter: Option<&Name>,
    ) -> Result<Answer> {
        let matches = |text: &str| {
            filter.is_none_or(|f| text.to_lowercase().contains(&f.text.to_lowercase()))
        };
        if what.text == "coverage" {
            return self.show_coverage(what, filter);
        }
        if !SHOWN.contains(&what.text.as_str()) {
            return Err(unknown_show(what));
        }
        let table = self.listed(&what.text)?;
        let rows = table.1.into_iter().filter(|row| row.iter().any(|cell| matches(cell)));
        with_numbers(&table.0, &rows.collect::<Vec<_>>())
    }

    /// What `show NAME` lists; nothing for other names.
    pub(in crate::session) fn listed(&self, what: &str) -> Result<Table> {
        Ok(match what {
            "models" => self.show_models()?,
            "systems" => self.show_systems()?,
            "backends" | "versions" => self.show_backends()?,
            "metrics" => self.show_metrics(),
            "columns" => self.show_columns(),
            "rules" => self.show_rules(),
            "settings" => self.show_settings(),
            "axes" => self.show_axes(),
            "tables" => self.show_tables(),
            "operations" => self.show_operations(),
            "modes" => self.show_modes(),
            "assumed" => self.show_assumed(),
            _ => (Vec::new(), Vec::new()),
        })
    }

    /// What the last question left to defaults, with the whole of every grid.
    fn show_assumed(&self) -> Table {
        (vec!["name", "assumed"], self.last_assumed.iter().map(|row| row.to_vec()).collect())
    }

    fn show_modes(&self) -> Table {
        let rows = self.library.modes.values().map(|m| {
            let pools: Vec<&str> = m.pools.iter().map(|p| p.name.text.as_str()).collect();
            vec![m.name.text.clone(), pools.join(", "), m.name.loc.source.name.clone()]
        });
        (vec!["mode", "pools", "defined_in"], rows.collect())
    }

    /// The coverage of models, or else systems or backends, of that name.
    fn show_coverage(&mut self, what: &Name, filter: Option<&Name>) -> Result<Answer> {
        let mut sql = "select * from coverage".to_owned();
        if let Some(filter) = filter {
            let part = filter.text.to_lowercase();
            let systems = self.engine.catalog.systems();
            let is_system = systems.iter().any(|s| s.contains(&part));
            let is_model =
                self.engine.checkpoints.names().any(|n| n.to_lowercase().contains(&part));
            let column = match (is_model, is_system) {
                (true, _) => "model",
                (false, true) => "system",
                (false, false) => "backend",
            };
            let text = quoted(&part);
            sql.push_str(&format!(" where strpos(lower({column}), {text}) > 0"));
        }
        sql.push_str(" order by model, system, backend, mode");
        self.run_sql(&sql, &what.loc)
    }

    fn show_models(&self) -> Result<Table> {
        let mut rows = Vec::new();
        for name in self.engine.checkpoints.names() {
            let config = self.engine.checkpoints.config(name)?;
            let covered = self.library.architecture(&config.architecture, name);
            let architecture = covered.map_or_else(|_| "none".to_owned(), |a| a.name.text.clone());
            rows.push(vec![name.to_owned(), config.architecture.clone(), architecture]);
        }
        Ok((vec!["model", "architecture", "modelled_by"], rows))
    }

    fn show_systems(&self) -> Result<Table> {
        let mut rows = Vec::new();
        for name in self.engine.catalog.systems() {
            let system = self.engine.catalog.system(&name)?;
            let h = &system.hardware;
            rows.push(vec![
                name.clone(),
                format!("{:.0} GiB", h.mem_capacity / 1_073_741_824.0),
                format!("{:.2} TB/s", h.mem_bw / 1e12),
                format!("{:.0} GB/s", h.intra_node_bw / 1e9),
                h.gpus_per_node.to_string(),
                self.engine.catalog.backends(&name)?.join(", "),
            ]);
        }
        Ok((vec!["system", "memory", "bandwidth", "link", "gpus_per_node", "backends"], rows))
    }

    fn show_backends(&self) -> Result<Table> {
        let mut tables: BTreeMap<[String; 3], usize> = BTreeMap::new();
        for file in self.engine.catalog.table_files() {
            *tables.entry([file.system, file.backend, file.version]).or_default() += 1;
        }
        let mut rows = Vec::new();
        for system in self.engine.catalog.systems() {
            for backend in self.engine.catalog.backends(&system)? {
                let current = self.engine.catalog.resolve_version(&system, &backend, "current");
                let versions = self.engine.catalog.versions(&system, &backend)?;
                // A release with few tables answers for few models, or none.
                let counted = versions.into_iter().map(|version| {
                    let key = [system.clone(), backend.clone(), version];
                    let count = tables.get(&key).copied().unwrap_or_default();
                    format!("{} ({count})", key[2])
                });
                let versions = counted.collect::<Vec<_>>().join(", ");
                rows.push(vec![system.clone(), backend, current.unwrap_or_default(), versions]);
            }
        }
        Ok((vec!["system", "backend", "current", "versions"], rows))
    }

    fn show_metrics(&self) -> Table {
        let shared = self.library.metrics.iter().map(|m| ("every mode".to_owned(), m));
        let modes = self.library.modes.values().flat_map(|mode| {
            let own = mode.scope.metrics.iter().map(|m| (mode.name.text.clone(), m));
            let pools = mode.pools.iter().flat_map(|p| {
                let name = format!("{}.{}", mode.name.text, p.name.text);
                p.scope.metrics.iter().map(move |m| (name.clone(), m))
            });
            own.chain(pools)
        });
        let rows = shared.chain(modes).map(|(place, m)| {
            let unit = if m.unit == Unit::None { "" } else { m.unit.label() };
            let meaning = self.library.columns.meaning(&m.name.text);
            let [unit, meaning] = [unit, meaning].map(str::to_owned);
            vec![m.name.text.clone(), unit, place, meaning, one_line(&m.value)]
        });
        (vec!["metric", "unit", "of", "meaning", "definition"], rows.collect())
    }

    /// The columns of answers.
    fn show_columns(&self) -> Table {
        let rows = self.library.columns.iter().map(|c| {
            let owners: Vec<&str> = c.owners.iter().map(|owner| owner.word()).collect();
            let unit = match self.library.unit_of(&c.name.text) {
                Unit::None => String::new(),
                unit => unit.label().to_owned(),
            };
            let said = [c.holds.word(), c.weight.word()].map(str::to_owned);
            let [holds, weight] = said;
            vec![c.name.text.clone(), holds, unit, owners.join(", "), weight, c.meaning.clone()]
        });
        (vec!["column", "holds", "unit", "of", "weight", "meaning"], rows.collect())
    }

    fn show_rules(&self) -> Table {
        let shared = self.library.rules.all();
        let architectures = self.library.architectures.values().flat_map(|a| &a.rules);
        let modes = self.library.modes.values().flat_map(|m| &m.scope.rules);
        let others = architectures.chain(modes).map(|r| (None, r));
        let rows = shared.chain(others).map(|(engine, r)| {
            vec![
                r.name.text.clone(),
                when_text(engine, r.when.as_ref()),
                one_line(&r.require),
                r.message.text.clone(),
            ]
        });
        (vec!["rule", "when", "require", "message"], rows.collect())
    }

    fn show_axes(&self) -> Table {
        let rows = self.all_axes().into_iter().map(|a| {
            let when = when_text(a.engine.as_ref().map(|e| e.text.as_str()), a.when.as_ref());
            let kind = format!("{:?}", a.kind).to_lowercase();
            let meaning = self.library.columns.meaning(&a.name.text).to_owned();
            vec![a.name.text.clone(), kind, meaning, domain_text(&a.domain), when]
        });
        (vec!["axis", "kind", "meaning", "default", "when"], rows.collect())
    }

    fn show_tables(&self) -> Table {
        let measured = TABLES.iter().map(|t| {
            let columns: Vec<&str> = t.columns().map(|c| c.name).collect();
            vec![t.name.to_owned(), "measurements".to_owned(), columns.join(", ")]
        });
        let results = self.results.iter().map(|(name, named)| {
            let fields = named.answer.schema.fields();
            let columns: Vec<&str> = fields.iter().map(|f| f.name().as_str()).collect();
            vec![name.clone(), "result".to_owned(), columns.join(", ")]
        });
        let more = ["systems", "models", "coverage"]
            .map(|n| vec![n.to_owned(), "catalog".to_owned(), String::new()]);
        (vec!["table", "kind", "columns"], measured.chain(more).chain(results).collect())
    }

    fn show_operations(&self) -> Table {
        let rows = self.library.operations.all().map(|(engine, o)| {
            let parameters: Vec<&str> = o.parameters.iter().map(|p| p.0.text.as_str()).collect();
            let prices: Vec<&str> = o.prices.iter().map(|p| p.op.text.as_str()).collect();
            let weight = o.weight.as_ref().map(one_line).unwrap_or_default();
            let of = engine.unwrap_or_default().to_owned();
            vec![o.name.text.clone(), parameters.join(", "), prices.join(", "), weight, of]
        });
        (vec!["operation", "parameters", "priced_as", "weight", "of"], rows.collect())
    }

    pub(in crate::session) fn name_result(
        &mut self,
        name: &Name,
        question: &Statement,
    ) -> Result<Answer> {
        let answer = match &question.kind {
            StatementKind::Search(search) => self.run_search(search)?,
            StatementKind::Estimate(estimate) => self.whole_estimate(estimate, &question.loc)?,
            _ => return Err(bug("a result is a question")),
        };
        let named = Named { answer: answer.clone(), question: question.clone() };
        self.results.insert(name.text.clone(), named);
        Ok(answer)
    }

    pub(in crate::session) fn attach(&mut self, directory: &Name) -> Result<Answer> {
        self.engine = self.engine_over(directory)?;
        self.sql = None;
        Ok(Answer::message(Vec::new()))
    }

    /// An engine over a data directory laid over those of the session.
    pub(in crate::session) fn engine_over(
        &self,
        directory: &Name,
    ) -> Result<crate::engine::Engine> {
        let path = beside(&directory.loc.source.name, &directory.text);
        if !path.is_dir() {
            return Err(Error::question(
                Code::NoSuchDirectory,
                format!("`{}` is not a directory", path.display()),
            )
            .at(directory.loc.span(), "not a directory"));
        }
        let mut path = vec![path];
        path.extend(self.engine.catalog.search_path().iter().cloned());
        let mut engine = crate::engine::Engine::open(&path)?;
        engine.read_paths(self.permissions.files);
        Ok(engine)
    }
}

/// Headers and rows.
pub(in crate::session) type Table = (Vec<&'static str>, Vec<Vec<String>>);

fn unknown_show(what: &Name) -> Error {
    let error = Error::question(Code::NotShown, format!("`{}` cannot be shown", what.text))
        .at(what.loc.span(), "unknown");
    let error = match nearest(&what.text, SHOWN.iter().copied()) {
        Some(near) => error.help(format!("did you mean `show {near}`?")),
        None => error,
    };
    error.help(format!("show {}", SHOWN.join(", ")))
}

pub(in crate::session) fn one_line(e: &Expr) -> String {
    domain_text(&Domain::Value(e.clone()))
}

/// When a definition for one engine or under a condition applies; empty if always.
pub(in crate::session) fn when_text(engine: Option<&str>, when: Option<&Expr>) -> String {
    let either = matches!(when.map(|e| &e.kind), Some(ExprKind::Binary(BinaryOp::Or, ..)));
    let when = when.map(one_line);
    match (engine, when) {
        (None, when) => when.unwrap_or_default(),
        (Some(engine), None) => format!("backend = '{engine}'"),
        (Some(engine), Some(when)) if either => format!("backend = '{engine}' and ({when})"),
        (Some(engine), Some(when)) => format!("backend = '{engine}' and {when}"),
    }
}

/// Columns of lists that hold a number, with its unit: `141 GiB`.
const NUMBERS: [(&str, &str); 4] =
    [("memory", "GiB"), ("bandwidth", "TB/s"), ("link", "GB/s"), ("gpus_per_node", "")];

/// A list as an answer, with its numbers as numbers.
fn with_numbers(headers: &[&str], rows: &[Vec<String>]) -> Result<Answer> {
    let table = headers.iter().enumerate().fold(TableBuilder::default(), |table, (i, header)| {
        let cells = rows.iter().map(|row| row.get(i).filter(|cell| !cell.is_empty()));
        let Some((name, unit)) = NUMBERS.iter().find(|(name, _)| name == header) else {
            return table.texts_or_null(header, cells);
        };
        let number = |cell: Option<&String>| cell?.split(' ').next()?.parse().ok();
        let field = Field::new(*name, DataType::Float64, true);
        let field = match *unit {
            "" => field,
            unit => field.with_metadata([("unit".to_owned(), unit.to_owned())].into()),
        };
        let numbers: Float64Array = cells.map(number).collect();
        table.column(field, Arc::new(numbers))
    });
    Ok(Answer::rows(table.build()?))
}

/// A table of texts as an answer.
pub(in crate::session) fn texts(headers: &[&str], rows: &[Vec<String>]) -> Result<Answer> {
    let table = headers.iter().enumerate().fold(TableBuilder::default(), |table, (i, header)| {
        let cells = rows.iter().map(|row| row.get(i).filter(|cell| !cell.is_empty()));
        table.texts_or_null(header, cells)
    });
    Ok(Answer::rows(table.build()?))
}
