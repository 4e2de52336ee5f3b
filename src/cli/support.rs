//! `aiq support`: which models the measurements answer for.

use clap::Args;

use super::ask;
use super::common::Common;
use crate::base::error::Result;
use crate::engine::Engine;
use crate::lang::quote::quoted;
use crate::shell::source::Source;

/// What to look at; all of it where nothing is given.
#[derive(Debug, Clone, Args)]
pub(super) struct Support {
    /// Only this checkpoint; the organisation may be left out.
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Only this system.
    #[arg(long, value_name = "NAME")]
    system: Option<String>,
    /// Only this backend.
    #[arg(long, value_name = "NAME")]
    backend: Option<String>,
}

impl Support {
    /// The question as SQL.
    fn sql(&self) -> String {
        let mut conditions = Vec::new();
        if let Some(model) = &self.model {
            let whole = model.contains('/');
            let column = if whole { "lower(model)" } else { "split_part(lower(model), '/', 2)" };
            conditions.push(format!("{column} = {}", quoted(&model.to_lowercase())));
        }
        for (column, value) in [("system", &self.system), ("backend", &self.backend)] {
            if let Some(value) = value {
                conditions.push(format!("{column} = {}", quoted(&value.to_lowercase())));
            }
        }
        let filter = match conditions.is_empty() {
            true => String::new(),
            false => format!(" where {}", conditions.join(" and ")),
        };
        format!("select * from coverage{filter} order by model, system, backend, mode")
    }
}

/// Runs the subcommand; the result is the exit status.
pub(super) fn run(common: &Common, support: &Support) -> Result<u8> {
    let support = known(&Engine::open(&common.systems)?, support)?;
    ask::run(common, &[Source::inline(support.sql())])
}

/// The same with the full name of the checkpoint.
///
/// # Errors
/// A checkpoint, system or backend that is not there.
fn known(engine: &Engine, support: &Support) -> Result<Support> {
    let mut known = support.clone();
    if let Some(model) = &mut known.model {
        *model = engine.checkpoints.config(model)?.name.clone();
    }
    if let Some(system) = &known.system {
        engine.catalog.backends(system)?;
    }
    let Some(backend) = &known.backend else { return Ok(known) };
    let systems = match &known.system {
        Some(system) => vec![system.clone()],
        None => engine.catalog.systems(),
    };
    // The first error if no system has it.
    let found = systems.iter().map(|s| engine.catalog.versions(s, backend).map(drop));
    found.reduce(Result::or).unwrap_or(Ok(())).map(|()| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_becomes_a_condition() {
        let all = Support { model: None, system: None, backend: None };
        assert_eq!(all.sql(), "select * from coverage order by model, system, backend, mode");
        let one = Support {
            model: Some("Qwen3-32B'".to_owned()),
            system: Some("h200_sxm".to_owned()),
            backend: None,
        };
        let sql = one.sql();
        assert!(sql.contains("split_part(lower(model), '/', 2) = 'qwen3-32b'''"), "{sql}");
        assert!(sql.contains("system = 'h200_sxm' order"), "{sql}");
    }
}
