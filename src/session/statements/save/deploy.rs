//! `MODE/topK/`: the files that deploy each saved row.

use std::collections::BTreeMap;

use super::folder::Folder;
use super::split;
use crate::base::error::{Kind, Result};
use crate::deploy::{self, Platform};
use crate::lang::ast::{Expr, ExprKind, Name, Target};
use crate::lang::units::Unit;
use crate::session::state::{Named, Session};

impl Session {
    /// Adds the files of every row of some results; notes say what a person should know of them.
    pub(super) fn deployments<'n>(
        &self,
        folder: &mut Folder<'_>,
        results: impl Iterator<Item = (&'n Name, &'n Named)>,
        platform: Option<Platform>,
    ) -> Result<Vec<String>> {
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        let mut notes = Notes::default();
        for (name, result) in results {
            for batch in &result.answer.batches {
                for (mode, part) in split(batch)? {
                    for rank in 1..=part.num_rows() {
                        let place = count.entry(mode.clone()).or_default();
                        *place += 1;
                        let top = format!("top{place}");
                        match self.files(name, &mode, rank, platform) {
                            Ok((files, said)) => {
                                for file in files {
                                    folder.put(
                                        &[&mode, &top, &file.name],
                                        file.text.as_bytes(),
                                        file.mode,
                                    )?;
                                }
                                notes.add(said, &format!("{mode}/{top}"));
                            }
                            // What a target cannot do says nothing against the answer.
                            Err(error) if error.kind == Kind::Undeployable => {
                                let name = platform.map_or("it", Platform::name);
                                let text = format!("no files for {name}: {error}");
                                notes.add(vec![text], &format!("{mode}/{top}"));
                            }
                            Err(error) => {
                                return Err(error.help(format!(
                                    "row {rank} of {mode} cannot be deployed so; nothing was written"
                                )));
                            }
                        }
                    }
                }
            }
        }
        Ok(notes.texts(count.values().sum()))
    }

    fn files(
        &self,
        name: &Name,
        mode: &str,
        rank: usize,
        platform: Option<Platform>,
    ) -> Result<(Vec<deploy::File>, Vec<String>)> {
        let rank = Expr { kind: ExprKind::Number(rank as f64, Unit::None), loc: name.loc.clone() };
        let target =
            Target::Row { name: name.clone(), mode: Some(mode.to_owned()), rank: Some(rank) };
        let deployment = self.deployment(&target)?;
        let platform = platform.map_or_else(|| deploy::default_platform(&deployment), Ok)?;
        deploy::files(&deployment, platform)
    }
}

/// Notes, each once with the folders that it is about.
#[derive(Default)]
struct Notes(Vec<(String, Vec<String>)>);

impl Notes {
    fn add(&mut self, texts: Vec<String>, place: &str) {
        for text in texts {
            match self.0.iter_mut().find(|(known, _)| *known == text) {
                Some((_, places)) => places.push(place.to_owned()),
                None => self.0.push((text, vec![place.to_owned()])),
            }
        }
    }

    /// What is not said of all rows says of which it is.
    fn texts(self, rows: usize) -> Vec<String> {
        let one = |(text, places): (String, Vec<String>)| match places.len() {
            n if n == rows => text,
            n if n > 4 => format!("{text} ({}, ... {n} rows)", places[..3].join(", ")),
            _ => format!("{text} ({})", places.join(", ")),
        };
        self.0.into_iter().map(one).collect()
    }
}
