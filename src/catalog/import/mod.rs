//! Import of published collections into the catalog's own layout.

mod arrange;
mod csv;
mod facts;
mod frame;
mod layout;
mod normalise;
mod package;
mod parquet;
mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use report::{ImportReport, Oddity, Refusal};

use crate::catalog::version::{self, SLOTS, Slots};
use crate::catalog::{LIBRARIES, store, yaml};
use crate::error::{Error, Result, nearest};
use crate::publish::{Folder, Mode, Over, component};
use layout::{Home, Kind};
use package::Package;

/// What to import, and where to.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// A wheel, an unpacked package or a directory inside it, a directory of this catalog's own
    /// layout, or one table.
    pub source: PathBuf,
    /// A data directory; created if need be.
    pub into: PathBuf,
    /// Systems to take; empty for all.
    pub systems: Vec<String>,
    /// Backends to take; empty for all. Communication libraries come along in any case, since
    /// every backend is priced with them.
    pub backends: Vec<String>,
    /// Versions or slot words to take; empty for all.
    pub versions: Vec<String>,
    /// Whether files that others put into the data directory may be written over.
    pub force: bool,
}

/// A table to import.
struct Job {
    path: String,
    home: Home,
    kind: Kind,
}

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
    for job in &selected {
        let Home { system, backend, version } = &job.home;
        progress(&format!("{system} {backend} {version} {}", job.kind.table.name));
        match read_table(&mut package, job, &mut report) {
            Ok(None) => {}
            Ok(Some(encoded)) => {
                let Home { system, backend, version } = &job.home;
                let file = format!("{}.parquet", job.kind.table.name);
                folder.put(&[system, backend, version, &file], &encoded, Mode::Plain)?;
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
        return Err(Error::data("AIQ0602", "every row is wrong, nothing was imported")
            .help(all.first().cloned().unwrap_or_default()));
    }
    if !package.is_single() {
        let homes: BTreeSet<&Home> = selected.iter().map(|j| &j.home).collect();
        write_lists(&mut package, options, &mut folder, &homes, slots)?;
    }
    folder.publish()?;
    Ok(report)
}

/// All tables of the source, and where they belong.
fn jobs(
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
        return Err(Error::internal("AIQ0601", message)
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
        _ => {
            Err(Error::question("AIQ0601", format!("which {what} is `{path}` for?")).help(format!(
                "a single table needs exactly one system, backend and version; give one {what}"
            )))
        }
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
            return Err(
                Error::question("AIQ0601", message).help("use letters, digits, `.`, `_` and `-`")
            );
        }
    }
    Ok(Some(home))
}

fn is_selected(options: &ImportOptions, home: &Home, slots: &Slots) -> bool {
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

fn nothing_selected(options: &ImportOptions, homes: &[Home]) -> Error {
    let mut error = Error::question("AIQ0601", "nothing in the source matches what was asked for");
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

/// The table of a job as it is stored; none if every row is wrong.
fn read_table(
    package: &mut Package,
    job: &Job,
    report: &mut ImportReport,
) -> Result<Option<Vec<u8>>> {
    let table = job.kind.table;
    let bytes = package.read(&job.path)?;
    let size = bytes.len() as u64;
    let unusable =
        |why: String| {
            Error::unreadable("AIQ0404", format!("cannot import `{}`: {why}", job.path))
                .help(format!("a {} table has the columns {}", table.name, expected(job.kind)))
        };
    let frame = if job.kind.is_csv {
        csv::parse(&String::from_utf8_lossy(&bytes)).map_err(unusable)?
    } else if job.kind.spelling == normalise::Spelling::Own {
        own(bytes, table).map_err(unusable)?
    } else {
        parquet::parse(bytes).map_err(unusable)?
    };
    let rows = normalise::normalise(table, &frame, job.kind.spelling).map_err(unusable)?;
    let arranged = arrange::arrange(table, &rows);
    report.bytes_before += size;
    report.read += rows.read;
    report.skipped += rows.skipped;
    report.duplicates += arranged.duplicates;
    report.kept += arranged.raw.rows;
    let mut by_reason: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (line, reason) in rows.refused {
        by_reason.entry(reason).or_default().push(line);
    }
    report.refused.extend(by_reason.into_iter().map(|(reason, lines)| Refusal {
        file: job.path.clone(),
        reason,
        lines,
    }));
    if arranged.isolated + arranged.falling > 0 {
        report.odd.push(Oddity {
            file: job.path.clone(),
            isolated: arranged.isolated,
            falling: arranged.falling,
        });
    }
    if arranged.raw.rows == 0 {
        return Ok(None);
    }
    let metadata = BTreeMap::from([("aiq.source".to_owned(), package.label.clone())]);
    let mut encoded = Vec::new();
    store::write(table, &arranged.raw, &metadata, &mut encoded)
        .map_err(|why| Error::internal("AIQ0603", format!("`{}`: {why}", job.path)))?;
    Ok(Some(encoded))
}

/// A stored table, as a frame with its own column names.
fn own(
    bytes: bytes::Bytes,
    table: &'static crate::perf::spec::TableSpec,
) -> Result<frame::Frame, String> {
    use crate::perf::table::Column;
    let raw = store::parse(bytes, table)?;
    let rows = u32::try_from(raw.rows).map_err(|e| e.to_string())?;
    let mut frame = frame::Frame { lines: (1..=rows).collect(), ..Default::default() };
    for (name, column) in raw.columns {
        let values = match column {
            Column::Int(values) => {
                frame::Values::Int(values.into_iter().map(|v| Some(i64::from(v))).collect())
            }
            Column::Text { codes, values } => frame::Values::Text { codes, values },
        };
        frame.columns.insert(name, values);
    }
    let latency = raw.latency.into_iter().map(f64::from).collect();
    frame.columns.insert("latency".to_owned(), frame::Values::Float(latency));
    Ok(frame)
}

fn expected(kind: Kind) -> String {
    let is_own = kind.spelling == normalise::Spelling::Own;
    let columns = kind.table.keys.iter().chain(kind.table.axes);
    let names: Vec<&str> = columns.map(|c| if is_own { c.name } else { c.published }).collect();
    names.join(", ")
}

/// The slots of the source with the text they come from.
fn published_slots(package: &mut Package, homes: &[Home]) -> Result<Option<(String, Slots)>> {
    let Some(path) = list(package, &["query_versions.yaml", "versions.yaml"]) else {
        return Ok(None);
    };
    let text = package.read_text(&path)?;
    let slots = facts::slots(&text, Path::new(&path), homes)?;
    Ok(Some((text, slots)))
}

/// The path of a file of one of these names, the shallowest first.
fn list(package: &Package, names: &[&str]) -> Option<String> {
    let is_one = |p: &String| p.rsplit('/').next().is_some_and(|n| names.contains(&n));
    package.paths().into_iter().filter(is_one).min_by_key(|p| p.matches('/').count())
}

fn write_lists(
    package: &mut Package,
    options: &ImportOptions,
    folder: &mut Folder,
    homes: &BTreeSet<&Home>,
    slots: Option<(String, Slots)>,
) -> Result<()> {
    let label = package.label.clone();
    for path in package.paths() {
        let mut parts = path.rsplit('/');
        let Some(stem) = parts.next().and_then(|n| n.strip_suffix(".yaml")) else {
            continue;
        };
        let name = if stem == "system" { parts.next().unwrap_or(stem) } else { stem };
        let is_named = options.systems.is_empty() || options.systems.iter().any(|s| s == name);
        if !is_named || layout::home(&path).is_some() {
            continue;
        }
        let text = package.read_text(&path)?;
        // Packages hold YAML of many kinds; only a system's has these sections.
        if yaml::parse(&text, Path::new(&path)).is_ok_and(|v| facts::is_system(&v)) {
            let out = facts::system(&label, &text, Path::new(&path))?;
            folder.put(&[name, "system.yaml"], out.as_bytes(), Mode::Plain)?;
        }
    }
    let mut donors: BTreeMap<Home, Vec<(String, String)>> = BTreeMap::new();
    for path in package.paths().into_iter().filter(|p| p.ends_with("/reuse.yaml")) {
        let Some(home) = layout::home(&path) else {
            continue;
        };
        let known = slots.as_ref().map(|(_, s)| s.clone()).unwrap_or_default();
        if homes.contains(&home) || is_selected(options, &home, &known) {
            let text = package.read_text(&path)?;
            donors.entry(home).or_default().push((path, text));
        }
    }
    for (Home { system, backend, version }, texts) in donors {
        if let Some(out) = facts::reuse(&label, &texts)? {
            let path = [&system, &backend, &version, "reuse.yaml"];
            folder.put(&path, out.as_bytes(), Mode::Plain)?;
        }
    }
    if let Some((text, slots)) = &slots {
        let out = facts::versions(&label, text, slots);
        folder.put(&["versions.yaml"], out.as_bytes(), Mode::Plain)?;
    }
    if let Some(path) = list(package, &["attention_lane_defaults.yaml", "attention_lanes.yaml"]) {
        let text = package.read_text(&path)?;
        let out = facts::lanes(&label, &text, Path::new(&path))?;
        folder.put(&["attention_lanes.yaml"], out.as_bytes(), Mode::Plain)?;
    }
    if let Some(path) = list(package, &["perf_data_reuse_manifest.yaml", "kernel_reuse.yaml"]) {
        let text = package.read_text(&path)?;
        let out = facts::kernels(&label, &text, Path::new(&path))?;
        folder.put(&["kernel_reuse.yaml"], out.as_bytes(), Mode::Plain)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
