//! `aiq support`: which models the measurements answer for.

use clap::Args;

use super::{Common, ask};
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
pub(super) fn run(common: &Common, support: &Support) -> u8 {
    ask::checked(common, |engine| {
        let mut support = support.clone();
        if let Some(model) = &mut support.model {
            *model = engine.checkpoints.config(model)?.name.clone();
        }
        if let Some(system) = &support.system {
            engine.catalog.backends(system)?;
        }
        let source = Source::inline(support.sql());
        let Some(backend) = &support.backend else { return Ok(source) };
        let systems = match &support.system {
            Some(system) => vec![system.clone()],
            None => engine.catalog.systems(),
        };
        // The first error if no system has it.
        let found = systems.iter().map(|s| engine.catalog.versions(s, backend).map(drop));
        found.reduce(Result::or).unwrap_or(Ok(())).map(|()| source)
    })
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
