//! Which tables of a source are imported, and where each belongs.

use std::collections::BTreeSet;

use super::layout::{self, Home, Kind};
use super::options::ImportOptions;
use super::package::Package;
use super::report::ImportReport;
use crate::base::error::{Code, Error, Result, nearest};
use crate::catalog::facts::version::{self, SLOTS, Slots};
use crate::catalog::files::LIBRARIES;
use crate::publish::component;

/// A table to import.
pub(super) struct Job {
    pub(super) path: String,
    pub(super) home: Home,
    pub(super) kind: Kind,
}

/// All tables of the source, and where they belong.
pub(super) fn jobs(
    package: &mut Package,
    options: &ImportOptions,
    report: &mut ImportReport,
) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    for path in package.paths() {
        let home =
            if package.is_single() { single_home(options, &path)? } else { layout::home(&path) };
        match (layout::kind(&path), home) {
            (Some(kind), Some(home)) => jobs.push(Job { path, home, kind }),
            (None, Some(_)) if path.ends_with("_perf.txt") || path.ends_with(".parquet") => {
                report.ignored.push(path);
            }
            _ => {}
        }
    }
    if jobs.is_empty() {
        let message = format!("`{}` is not a published layout", options.source.display());
        return Err(Error::internal(Code::NothingToImport, message)
            .help("tables are expected under <system>/<family>/<backend>/<version>/<table>_perf.parquet")
            .help("or, in older packages, under <system>/<backend>/<version>/<table>_perf.txt"));
    }
    // In both layouts at once, the newer spelling of a table is the later one.
    jobs.sort_by(|a, b| {
        (&a.home, a.kind.table.name, &a.path).cmp(&(&b.home, b.kind.table.name, &b.path))
    });
    Ok(jobs)
}

/// Where a single file belongs: by the options if they say it, else by its path.
fn single_home(options: &ImportOptions, path: &str) -> Result<Option<Home>> {
    let by_path = layout::home(path);
    let pick = |given: &[String], found: Option<&String>, what: &str| match (given, found) {
        ([one], _) => Ok(one.clone()),
        ([], Some(found)) => Ok(found.clone()),
        _ => Err(Error::question(Code::NothingToImport, format!("which {what} is `{path}` for?"))
            .help(format!(
                "a single table needs exactly one system, backend and version; give one {what}"
            ))),
    };
    if layout::kind(path).is_none() {
        return Ok(None);
    }
    let home = Home {
        system: pick(&options.systems, by_path.as_ref().map(|h| &h.system), "system")?,
        backend: pick(&options.backends, by_path.as_ref().map(|h| &h.backend), "backend")?,
        version: pick(&options.versions, by_path.as_ref().map(|h| &h.version), "version")?,
    };
    for (what, name) in
        [("system", &home.system), ("backend", &home.backend), ("version", &home.version)]
    {
        if name.starts_with('.') || component(name).is_err() {
            let message = format!("`{name}` cannot be the name of a {what}");
            return Err(Error::question(Code::NothingToImport, message)
                .help("use letters, digits, `.`, `_` and `-`"));
        }
    }
    Ok(Some(home))
}

/// Whether the tables of a version are asked for.
pub(super) fn is_selected(options: &ImportOptions, home: &Home, slots: &Slots) -> bool {
    let named = |list: &[String], name: &String| list.is_empty() || list.contains(name);
    if !named(&options.systems, &home.system) {
        return false;
    }
    if LIBRARIES.contains(&home.backend.as_str()) {
        return true;
    }
    let slot = slots.of(&home.system, &home.backend);
    let is_version = |wanted: &String| {
        let behind = SLOTS.contains(&wanted.as_str()).then(|| slot.and_then(|s| s.get(wanted)));
        match behind {
            Some(version) => version == Some(home.version.as_str()),
            None => version::compare(wanted, &home.version).is_eq(),
        }
    };
    named(&options.backends, &home.backend)
        && (options.versions.is_empty() || options.versions.iter().any(is_version))
}

/// Nothing that is asked for is there.
pub(super) fn nothing_selected(options: &ImportOptions, homes: &[Home]) -> Error {
    let mut error =
        Error::question(Code::NothingToImport, "nothing in the source matches what was asked for");
    let all = |f: fn(&Home) -> &String| -> Vec<&str> {
        homes.iter().map(|h| f(h).as_str()).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let lists = [
        ("systems", &options.systems, all(|h| &h.system)),
        ("backends", &options.backends, all(|h| &h.backend)),
        ("versions", &options.versions, all(|h| &h.version)),
    ];
    for (what, asked, there) in lists {
        let missing =
            asked.iter().find(|a| !there.contains(&a.as_str()) && !SLOTS.contains(&a.as_str()));
        if let Some(missing) = missing {
            if let Some(near) = nearest(missing, there.iter().copied()) {
                error = error.help(format!("there is no `{missing}`; did you mean `{near}`?"));
            }
            error = error.help(format!("{what} in the source: {}", there.join(", ")));
        }
    }
    if error.help.is_empty() {
        error = error.help("the source has each of these, but not together");
    }
    error
}
