//! `aiq systems`: import of measurements, and what there is.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::ask;
use super::common::Common;
use super::stdout;
use crate::base::error::{Code, Error, Result, nearest};
use crate::catalog::import::{ImportOptions, import};
use crate::catalog::{Catalog, TableFile};
use crate::engine::Engine;
use crate::lang::quote::quoted;
use crate::model::library::Library;
use crate::perf;
use crate::publish::{Manifest, Over};
use crate::shell::source::Source;

/// Subcommands of `aiq systems`.
#[derive(Debug, Subcommand)]
pub(super) enum Systems {
    /// Reads published or collected measurements and stores them compactly.
    Import {
        /// A wheel, an unpacked directory, a Parquet file or a CSV file.
        path: PathBuf,
        /// Where to store them.
        #[arg(long, default_value = "systems")]
        into: PathBuf,
        /// Only these systems.
        #[arg(long)]
        system: Vec<String>,
        /// Only these backends.
        #[arg(long)]
        backend: Vec<String>,
        /// Only these versions; `current` is the one in force.
        #[arg(long = "version")]
        versions: Vec<String>,
    },
    /// Takes a data directory as it is: what is changed in it later is told under answers.
    Seal {
        /// The directory.
        #[arg(default_value = "systems")]
        directory: PathBuf,
    },
    /// Works out which measured latencies the rules of `repairs.yaml` replace, and writes that beside
    /// the tables.
    Repair {
        /// The directory.
        #[arg(default_value = "systems")]
        directory: PathBuf,
    },
    /// Leaves measurements of a table out and predicts them, by method: median, p90 and largest
    /// error in percent. With `--sanity` counts what looks wrong in tables.
    Check {
        /// The table, such as `gemm` [default with --sanity: all].
        #[arg(required_unless_present = "sanity")]
        table: Option<String>,
        /// Floors, rows faster than physics, outliers, falls and labels in place of errors; each row of
        /// them is in the SQL table `table_findings`.
        #[arg(long)]
        sanity: bool,
        /// The system [default: that of a question without `on`, with --sanity all].
        #[arg(long)]
        system: Option<String>,
        /// The backend [default: that of a question without `using`, with --sanity all].
        #[arg(long)]
        backend: Option<String>,
        /// The version [default: `current`, with --sanity all].
        #[arg(long = "version")]
        version: Option<String>,
    },
}

/// Runs the subcommand; the result is the exit status.
pub(super) fn run(common: &Common, command: Systems) -> Result<u8> {
    let (path, into, system, backend, versions) = match command {
        Systems::Import { path, into, system, backend, versions } => {
            (path, into, system, backend, versions)
        }
        Systems::Seal { directory } => {
            let files = Manifest::seal(&directory)?;
            return print(&format!("{files} files of {}", directory.display()));
        }
        Systems::Repair { directory } => return repair(common, &directory),
        Systems::Check { table, sanity, system, backend, version } => {
            let place = Place { table, system, backend, version };
            let sql = if sanity { place.findings()? } else { place.errors(common)? };
            return ask::run(common, &[Source::inline(sql)]);
        }
    };
    let options = ImportOptions {
        source: path,
        into,
        systems: system,
        backends: backend,
        versions,
        force: common.force,
    };
    let progress = common.ui.progress("importing");
    let report = import(&options, &mut |_| {});
    drop(progress);
    let report = report?;
    print(&report.to_string())
}

/// Tables of a directory, compared with all on the search path.
fn repair(common: &Common, directory: &Path) -> Result<u8> {
    let others = Catalog::default_search_path(&common.systems);
    let path: Vec<PathBuf> = std::iter::once(directory.to_owned()).chain(others).collect();
    let over = if common.force { Over::Anything } else { Over::Own };
    let found = Catalog::open(&path)?.write_repairs(directory, over)?;
    let lines = found.iter().map(|one| {
        let file = &one.file;
        let rules: Vec<String> =
            one.replaced.iter().map(|(rule, rows)| format!("{rule} {rows}")).collect();
        let replaced: usize = one.replaced.values().sum();
        let of = format!("{} {} {} {}", file.system, file.backend, file.version, file.table.name);
        format!("{of}: {replaced} of {} rows replaced ({})\n", one.rows, rules.join(", "))
    });
    print(&format!("{}{} tables repaired", lines.collect::<String>(), found.len()))
}

fn print(text: &str) -> Result<u8> {
    stdout::print(format!("{text}\n"), "the report").map(|()| 0)
}

/// Which measurements to look at.
struct Place {
    table: Option<String>,
    system: Option<String>,
    backend: Option<String>,
    version: Option<String>,
}

impl Place {
    /// What looks wrong, counted, as a question to the tables.
    fn findings(&self) -> Result<String> {
        if let Some(table) = &self.table {
            known(table)?;
        }
        Ok(format!(
            "select system, backend, version, \"table\", finding, action, count(*) as \"rows\", \
             round(median(latency / expected), 2) as times_expected, first_value(keys || ' ' || sizes \
             order by abs(ln(latency / expected)) desc) as worst, first_value(evidence order by \
             abs(ln(latency / expected)) desc) as evidence from table_findings{} group by system, backend, \
             version, \"table\", finding, action order by system, backend, version, \"table\", finding, action",
            self.condition()
        ))
    }

    /// How well the estimates of one table do, as a question to the tables.
    fn errors(mut self, common: &Common) -> Result<String> {
        let engine = Engine::open(&common.systems)?;
        let library = Library::shipped()?;
        let default = |name| library.default_choice(name).into_iter().next().unwrap_or_default();
        let table = self.table.clone().unwrap_or_default();
        known(&table)?;
        let system = self.system.take().unwrap_or_else(|| default("system"));
        let backend = self.backend.take().unwrap_or_else(|| default("backend"));
        let asked = self.version.take().unwrap_or_else(|| "current".to_owned());
        let version = engine.catalog.resolve_version(&system, &backend, &asked)?;
        let files = engine.catalog.table_files();
        let place = [&system, &backend, &version, &table];
        let is = |f: &TableFile| {
            [&f.system, &f.backend, &f.version, f.table.name] == place.map(String::as_str)
        };
        if !files.iter().any(is) {
            let message = format!("{system} {backend} {version} has no table `{table}`");
            return Err(Error::data(Code::TableNotInData, message));
        }
        let place = Self {
            table: Some(table),
            system: Some(system),
            backend: Some(backend),
            version: Some(version),
        };
        let condition = place.condition();
        Ok(format!(
            "select test, slice, method, points, median, p90, max from table_errors{condition}"
        ))
    }

    fn condition(&self) -> String {
        let columns = ["\"table\"", "system", "backend", "version"];
        let values = [&self.table, &self.system, &self.backend, &self.version];
        let given = columns.iter().zip(values).filter_map(|(c, v)| Some((c, v.as_ref()?)));
        let conditions: Vec<String> = given.map(|(c, v)| format!("{c} = {}", quoted(v))).collect();
        match conditions.is_empty() {
            true => String::new(),
            false => format!(" where {}", conditions.join(" and ")),
        }
    }
}

/// That there is such a table.
fn known(table: &str) -> Result<()> {
    if perf::table(table).is_some() {
        return Ok(());
    }
    let error = Error::question(Code::NoSuchOpTable, format!("there is no table `{table}`"));
    Err(match nearest(table, perf::TABLES.iter().map(|t| t.name)) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("`aiq -c 'show tables'` lists them"),
    })
}
