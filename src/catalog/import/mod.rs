//! Import of published collections into the catalog's own layout. Entry: [`import`].

mod arrange;
mod cells;
mod csv;
mod facts;
mod frame;
mod jobs;
mod layout;
mod lists;
mod normalise;
mod options;
mod package;
mod parquet;
mod published;
mod report;
mod table;

use std::collections::BTreeSet;

pub use options::ImportOptions;
pub use report::{ImportReport, Oddity, Refusal};

use crate::base::error::{Code, Error, Result};
use crate::catalog::store;
use crate::publish::{Folder, Mode, Over};
use jobs::{Job, is_selected, jobs, nothing_selected};
use layout::Home;
use lists::{published_slots, write_lists};
use package::Package;
use table::read_table;

/// Imports what `options` select. `progress` is told each table before it is read.
///
/// Rows that are wrong are left out and reported. A file that cannot be read is reported too and
/// does not stop the others; if nothing at all could be imported, its error is returned.
///
/// # Errors
/// `AIQ0601` if the source holds no table of a known layout or none is selected, `AIQ0602` if
/// every row is wrong, `AIQ0603` if the target cannot be written, `AIQ0404` if the only files
/// are damaged.
pub fn import(options: &ImportOptions, progress: &mut dyn FnMut(&str)) -> Result<ImportReport> {
    let mut package = Package::open(&options.source)?;
    let mut report = ImportReport::default();
    let all = jobs(&mut package, options, &mut report)?;
    let homes: Vec<Home> = all.iter().map(|j| j.home.clone()).collect();
    let slots = published_slots(&mut package, &homes)?;
    let known_slots = slots.as_ref().map(|(_, s)| s.clone()).unwrap_or_default();
    let mut folder = Folder::adding(&options.into, Over::of(options.force))?;
    let selected: Vec<&Job> =
        all.iter().filter(|j| is_selected(options, &j.home, &known_slots)).collect();
    if selected.is_empty() {
        return Err(nothing_selected(options, &homes));
    }
    let mut written = Vec::new();
    for job in &selected {
        let Home { system, backend, version } = &job.home;
        progress(&format!("{system} {backend} {version} {}", job.kind.table.name));
        match read_table(&mut package, job, &mut report) {
            Ok(None) => {}
            Ok(Some(encoded)) => {
                let Home { system, backend, version } = &job.home;
                let file = format!("{}.parquet", job.kind.table.name);
                folder.put(&[system, backend, version, &file], &encoded, Mode::Plain)?;
                written.push(options.into.join(system).join(backend).join(version).join(&file));
                report.tables += 1;
                report.bytes_after += encoded.len() as u64;
            }
            Err(error) => report.failed.push(error),
        }
    }
    if report.tables == 0 {
        if let Some(error) = report.failed.pop() {
            return Err(error);
        }
        let all: Vec<String> = report.refused.iter().map(Refusal::to_string).collect();
        return Err(Error::data(Code::EveryRowWrong, "every row is wrong, nothing was imported")
            .help(all.first().cloned().unwrap_or_default()));
    }
    if !package.is_single() {
        let homes: BTreeSet<&Home> = selected.iter().map(|j| &j.home).collect();
        write_lists(&mut package, options, &mut folder, &homes, slots)?;
    }
    folder.publish()?;
    for table in &written {
        report.unrepaired += usize::from(store::drop_stale(table)?);
    }
    Ok(report)
}

#[cfg(test)]
mod tests;
