//! What the statements of a session may do.

use crate::base::error::Result;
use crate::base::permissions::{Permissions, no_files};
use crate::lang::ast::{Destination, FileValue, Name, StatementKind};
use crate::publish::Over;
use crate::session::state::{Layer, Session};

impl Session {
    /// Says what the statements that follow may do.
    pub fn permit(&mut self, permissions: Permissions) {
        self.permissions = permissions;
        self.engine.read_paths(permissions.files);
        // Whether a path is a table depends on it.
        self.sql = None;
    }

    /// What statements may do.
    pub fn permissions(&self) -> Permissions {
        self.permissions
    }

    /// What a statement may write over.
    pub(super) fn may_replace(&self, to: &Destination) -> Over {
        Over::of(to.force || self.permissions.force)
    }

    /// Refuses a statement that names a file or folder to read where none may be read. What a
    /// profile or an aiqrc includes and attaches is the user's own choice, as they are.
    pub(super) fn check_files(&self, statement: &StatementKind) -> Result<()> {
        let own = matches!(self.layer, Some(Layer::Profile | Layer::Rc));
        match statement {
            StatementKind::Include(name) | StatementKind::Attach(name) if !own => {
                self.check_file(name)
            }
            StatementKind::Generate { values, .. } => values.iter().try_for_each(|v| match v {
                FileValue::File(name) => self.check_file(name),
                FileValue::One(_) => Ok(()),
            }),
            _ => Ok(()),
        }
    }

    /// Refuses a path where none may be read.
    pub(super) fn check_file(&self, named: &Name) -> Result<()> {
        if self.permissions.files {
            return Ok(());
        }
        Err(no_files(&named.text).at(named.loc.span(), "a path"))
    }
}
