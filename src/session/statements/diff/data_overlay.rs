//! Another data directory laid over the data of the session, for one side of a comparison.

use std::mem::swap;

use crate::base::error::Result;
use crate::engine::Engine;
use crate::lang::ast::Name;
use crate::session::state::Session;
use crate::session::state::Standings;
use crate::session::statements::include::beside;

/// An engine over such data, with what was found out about searches over it.
pub(crate) struct Laid {
    pub(crate) engine: Engine,
    standings: Standings,
}

/// Whether a name is that of a data directory.
pub(crate) fn is_directory(name: &Name) -> bool {
    name.text.contains('/') || beside(&name.loc.source.name, &name.text).is_dir()
}

impl Session {
    /// A directory laid over the data of the session.
    pub(crate) fn laid(&self, directory: &Name) -> Result<Laid> {
        self.check_file(directory)?;
        let engine = self.engine_over(directory).map_err(|e| {
            if e.span.is_some() { e } else { e.at(directory.loc.span(), "this data") }
        })?;
        Ok(Laid { engine, standings: Standings::default() })
    }

    /// Calls `then` with the session over other data, or over its own.
    pub(crate) fn over<R>(
        &mut self,
        laid: &mut Option<Laid>,
        then: impl FnOnce(&mut Self) -> R,
    ) -> R {
        let Some(laid) = laid else { return then(self) };
        let mut turn = |session: &mut Self| {
            swap(&mut session.engine, &mut laid.engine);
            swap(&mut session.standings, &mut laid.standings);
        };
        turn(self);
        let result = then(self);
        turn(self);
        result
    }
}
