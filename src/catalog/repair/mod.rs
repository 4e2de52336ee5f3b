//! Which measured latencies are replaced: the rules of `repairs.yaml` over the tables of a system.
//! Entry: [`Catalog::repair`].
//!
//! A table is compared with those of the other backends on the same GPUs, at the very same keys and
//! sizes, whatever kernels they run. Of each of these the newest release counts that has the row.

mod cells;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use cells::Cells;

use crate::base::error::{Code, Error, Result};
use crate::catalog::facts::{RepairRule, version};
use crate::catalog::releases::{Catalog, TableFile};
use crate::catalog::store::{self, Repair};
use crate::publish::{Folder, Mode, Over};

/// What was replaced in one table.
#[derive(Debug)]
pub struct RepairedTable {
    /// The table.
    pub file: TableFile,
    /// Rows that it has.
    pub rows: usize,
    /// Replaced rows by rule.
    pub replaced: BTreeMap<String, usize>,
    repairs: Vec<Repair>,
}

impl Catalog {
    /// What the rules replace in all tables, in the order of these. Reads every table that a rule
    /// looks at.
    ///
    /// # Errors
    /// `AIQ0404` for a damaged table.
    pub fn repair(&self) -> Result<Vec<RepairedTable>> {
        let mut groups: BTreeMap<(String, &str), Vec<TableFile>> = BTreeMap::new();
        for file in self.table_files() {
            if self.rules_of(file.table.name).next().is_some() {
                groups.entry((file.system.clone(), file.table.name)).or_default().push(file);
            }
        }
        let mut found = Vec::new();
        for (_, files) in groups {
            found.extend(self.repair_table(files)?);
        }
        Ok(found)
    }

    /// The rules that look at a table.
    fn rules_of(&self, table: &str) -> impl Iterator<Item = &RepairRule> {
        self.inner.repairs.iter().filter(move |rule| rule.tables.iter().any(|t| t == table))
    }

    /// What the rules replace in one table of one system, measured on several releases.
    fn repair_table(&self, mut files: Vec<TableFile>) -> Result<Vec<RepairedTable>> {
        files.sort_by(|a, b| version::compare(&b.version, &a.version));
        let Some(spec) = files.first().map(|file| file.table) else { return Ok(Vec::new()) };
        let mut cells = Cells::new(spec);
        for file in &files {
            cells.add(file, &self.read(&file.path, spec)?);
        }
        let rules: Vec<_> = self.rules_of(spec.name).collect();
        let found = files.into_iter().enumerate().map(|(index, file)| {
            let repairs = rules::repairs(&rules, &cells, index);
            let mut replaced = BTreeMap::new();
            for repair in &repairs {
                *replaced.entry(repair.rule.clone()).or_default() += 1;
            }
            RepairedTable { rows: cells.rows(index), file, replaced, repairs }
        });
        Ok(found.collect())
    }

    /// Writes what the rules replace beside the tables in `directory`, which is one of those of the
    /// search path; the others are compared with. Gives what it wrote.
    ///
    /// # Errors
    /// As [`Self::repair`]; `AIQ0661` where files cannot be written.
    pub(crate) fn write_repairs(&self, directory: &Path, over: Over) -> Result<Vec<RepairedTable>> {
        let mut found = self.repair()?;
        found.retain(|one| one.file.path.starts_with(directory));
        let mut folder = Folder::adding(directory, over)?;
        let mut stale: Vec<PathBuf> = Vec::new();
        for RepairedTable { file, repairs, .. } in &found {
            let name = format!("{}.parquet", file.table.name);
            let parts =
                [&file.system, &file.backend, &file.version, store::REPAIRED, name.as_str()];
            if repairs.is_empty() {
                stale.push(directory.join(parts.iter().collect::<PathBuf>()));
            } else {
                folder.put(&parts, &store::repairs(&file.path, repairs)?, Mode::Plain)?;
            }
        }
        folder.publish()?;
        // What is not replaced any more; most of these were never there.
        for path in &stale {
            match std::fs::remove_file(path) {
                Err(cause) if cause.kind() != ErrorKind::NotFound => {
                    let message = format!("`{}` cannot be removed: {cause}", path.display());
                    return Err(Error::question(Code::ResultsNotWritten, message)
                        .help("repairs in it are of rows that are replaced no more"));
                }
                _ => {}
            }
        }
        found.retain(|one| !one.repairs.is_empty());
        Ok(found)
    }
}
