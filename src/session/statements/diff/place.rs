//! Which measurements a side of a comparison of tables means.

use super::data_overlay::Laid;
use super::question::Kind;
use crate::base::error::{Code, Error, Result, nearest};
use crate::catalog::version::newest_first;
use crate::catalog::{Catalog, TableFile};
use crate::lang::ast::{Clauses, Domain, ExprKind, Name, Side};
use crate::perf::TableSpec;
use crate::plan::question::{NoNames, Question};
use crate::session::state::Session;

/// The measurements of a side: all of the data whose place is as far given as this.
pub(super) struct Place {
    pub(super) catalog: Catalog,
    directory: Option<Name>,
    pub(super) system: Option<Name>,
    pub(super) backend: Option<Name>,
    pub(super) version: Option<Name>,
}

impl Place {
    /// What it is called: `h200_sxm trtllm 1.3.0rc20`.
    pub(super) fn said(&self) -> String {
        let parts = [&self.directory, &self.system, &self.backend, &self.version];
        parts
            .iter()
            .filter_map(|p| p.as_ref().map(|n| n.text.as_str()))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Its files of a table, or of all.
    pub(super) fn files(&self, table: Option<&'static TableSpec>) -> Vec<TableFile> {
        let fits = |wanted: &Option<Name>, own: &str| wanted.as_ref().is_none_or(|w| w.text == own);
        let mut files = self.catalog.table_files();
        files.retain(|f| {
            table.is_none_or(|t| std::ptr::eq(t, f.table))
                && fits(&self.system, &f.system)
                && fits(&self.backend, &f.backend)
                && fits(&self.version, &f.version)
        });
        files
    }

    /// The kernels that lookups here take before others.
    pub(super) fn declared_kernels(&self) -> Vec<String> {
        let (Some(system), Some(backend), Some(version)) =
            (&self.system, &self.backend, &self.version)
        else {
            return Vec::new();
        };
        let sm = self.catalog.system(&system.text).map_or(0, |s| s.hardware.sm);
        self.catalog.lanes(&backend.text, &version.text, sm)
    }

    /// The version in full, on a system.
    fn resolved(&self, system: &str) -> Result<Option<String>> {
        let (Some(backend), Some(version)) = (&self.backend, &self.version) else {
            return Ok(None);
        };
        let found = self.catalog.resolve_version(system, &backend.text, &version.text);
        let measured = self.catalog.versions(system, &backend.text).is_ok();
        let at = if measured { version } else { backend };
        found.map(Some).map_err(|error| error.at(at.loc.span(), "not in this data"))
    }

    /// Settles the version, `current` and its like included.
    fn settle(&mut self) -> Result<()> {
        let Some(system) = &self.system else { return Ok(()) };
        self.catalog.system(&system.text).map_err(|e| e.at(system.loc.span(), "unknown system"))?;
        if let (Some(full), Some(version)) = (self.resolved(&system.text)?, &mut self.version) {
            version.text = full;
        }
        Ok(())
    }
}

impl Session {
    /// The two sides of a comparison of a table, or of all: what a side does not say is said by the
    /// other, by `on` and `using`, by the settings, or is the default.
    pub(super) fn places(
        &self,
        sides: &[Side; 2],
        clauses: &Clauses,
        table: Option<&'static TableSpec>,
    ) -> Result<[Place; 2]> {
        let (mut a, mut b) = (self.place(&sides[0])?, self.place(&sides[1])?);
        let laid = a.directory.is_some() || b.directory.is_some();
        share(&mut a.backend, &mut b.backend);
        if laid {
            share(&mut a.system, &mut b.system);
            share(&mut a.version, &mut b.version);
        }
        let (system, _) = clauses.placements.first().cloned().unzip();
        let (backend, version) = clauses.frameworks.first().cloned().unzip();
        let set = Question::new(&[], &Clauses::default(), &self.settings, &NoNames)?;
        let set = |name: &str| set.choice("", name).and_then(<[Name]>::first).cloned();
        let place = side_name(&sides[0]);
        let named = |text: String| place.map(|p| Name { text, loc: p.loc.clone() });
        let usual =
            |name: &str| self.library.default_choice(name).into_iter().next().and_then(named);
        // Collectives are those of a library, whatever backend runs on it.
        let library = table.filter(|t| t.is_library);
        let backend_else = library.map_or_else(|| usual("backend"), |t| named(t.name.to_owned()));
        for side in [&mut a, &mut b] {
            side.system = side.system.take().or_else(|| system.clone()).or_else(|| set("system"));
            side.backend = side.backend.take().or_else(|| backend.clone());
            if !laid {
                let set = if library.is_some() { None } else { set("backend") };
                side.backend = side.backend.take().or(set).or_else(|| backend_else.clone());
            }
            let text = |name: &Option<Name>| name.as_ref().map(|n| n.text.clone());
            if side.version.is_none() && text(&side.backend) == text(&backend) {
                side.version = version.clone().flatten();
            }
            if !laid {
                let newest = || named("current".to_owned());
                side.version = side.version.take().or_else(|| set("version")).or_else(newest);
            }
        }
        if !laid && a.system.is_none() && b.system.is_none() {
            let system = self.on_both([&a, &b], table)?;
            a.system = named(system);
            b.system.clone_from(&a.system);
        }
        share(&mut a.system, &mut b.system);
        a.settle()?;
        b.settle()?;
        Ok([a, b])
    }

    /// What a side says by itself.
    fn place(&self, side: &Side) -> Result<Place> {
        let catalog = self.engine.catalog.clone();
        let mut place =
            Place { catalog, directory: None, system: None, backend: None, version: None };
        match side {
            Side::Named(name, Some(version)) => {
                place.backend = Some(name.clone());
                place.version = Some(version.clone());
            }
            Side::Named(name, None) => match self.kind_of(name)? {
                Kind::System => place.system = Some(name.clone()),
                Kind::Backend => place.backend = Some(name.clone()),
                Kind::Version => place.version = Some(name.clone()),
                Kind::Directory => {
                    let Laid { engine, .. } = self.laid(name)?;
                    place.catalog = engine.catalog;
                    place.directory = Some(name.clone());
                }
                Kind::Model | Kind::Mode => return Err(no_place(name)),
            },
            Side::Terms(terms) => {
                for term in terms {
                    let Domain::Value(value) = &term.domain else {
                        return Err(no_place(&term.name));
                    };
                    let (ExprKind::Text(text) | ExprKind::Name(text)) = &value.kind else {
                        return Err(no_place(&term.name));
                    };
                    let value = Some(Name { text: text.clone(), loc: value.loc.clone() });
                    match term.name.text.as_str() {
                        "system" => place.system = value,
                        "backend" => place.backend = value,
                        "version" => place.version = value,
                        _ => return Err(no_place(&term.name)),
                    }
                }
            }
        }
        Ok(place)
    }

    /// The one system that has both.
    fn on_both(&self, places: [&Place; 2], table: Option<&'static TableSpec>) -> Result<String> {
        let all = self.engine.catalog.systems();
        let has = |place: &Place, system: &str| {
            let Ok(version) = place.resolved(system) else { return false };
            let files = place.catalog.table_files();
            files.iter().any(|f| {
                f.system == system
                    && place.backend.as_ref().is_none_or(|b| b.text == f.backend)
                    && version.as_ref().is_none_or(|v| *v == f.version)
                    && table.is_none_or(|t| std::ptr::eq(t, f.table))
            })
        };
        let on = |place: &Place| -> Vec<&String> { all.iter().filter(|s| has(place, s)).collect() };
        let [first, second] = places.map(on);
        let both: Vec<&str> =
            first.iter().filter(|s| second.contains(s)).map(|s| s.as_str()).collect();
        let told = places.map(Place::said);
        match both.as_slice() {
            [one] => return Ok((*one).to_owned()),
            [] => {}
            several => {
                let place = places[0].backend.as_ref().or(places[0].version.as_ref());
                let error = Error::question(Code::WhichSystem, "which system?");
                let error = match place {
                    Some(place) => error.at(place.loc.span(), "was measured on several systems"),
                    None => error,
                };
                return Err(error.help(format!("add `on {}`", several.join("`, or `on "))));
            }
        }
        for place in places {
            if let Some(error) = self.nowhere(place, &all) {
                return Err(error);
            }
        }
        let what = table.map_or_else(|| "both".to_owned(), |t| format!("`{}` of both", t.name));
        let error = Error::data(Code::TableNotInData, format!("no system has {what}"));
        Err(told.iter().zip([first, second]).fold(error, |error, (told, on)| {
            let on: Vec<&str> = on.iter().map(|s| s.as_str()).collect();
            let on = if on.is_empty() { "no system".to_owned() } else { on.join(", ") };
            error.help(format!("{told} is on {on}"))
        }))
    }

    /// That no system has a side: a slip, of which what is near is told.
    fn nowhere(&self, place: &Place, systems: &[String]) -> Option<Error> {
        let errors: Vec<Error> =
            systems.iter().map(|s| place.resolved(s).err()).collect::<Option<_>>()?;
        let (Some(version), Some(backend)) = (&place.version, &place.backend) else {
            return errors.into_iter().next();
        };
        let mut known: Vec<String> = (systems.iter())
            .flat_map(|s| place.catalog.versions(s, &backend.text).unwrap_or_default())
            .collect();
        newest_first(&mut known);
        if known.is_empty() {
            return errors.into_iter().next();
        }
        let message = format!("there is no version `{}` of {}", version.text, backend.text);
        let error =
            Error::data(Code::NoSuchVersion, message).at(version.loc.span(), "not in this data");
        let error = match nearest(&version.text, known.iter().map(String::as_str)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        };
        Some(error.help(format!("versions: {}", known.join(", "))))
    }
}

/// What one side says is also meant on the other.
fn share(a: &mut Option<Name>, b: &mut Option<Name>) {
    if a.is_none() {
        a.clone_from(b);
    } else if b.is_none() {
        b.clone_from(a);
    }
}

fn side_name(side: &Side) -> Option<&Name> {
    match side {
        Side::Named(name, _) => Some(name),
        Side::Terms(terms) => terms.first().map(|t| &t.name),
    }
}

fn no_place(name: &Name) -> Error {
    Error::question(Code::NoSuchSide, format!("`{}` has no tables of measurements", name.text))
        .at(name.loc.span(), "not where measurements are from")
        .help("tables are compared between systems, backends, versions and data directories")
}
