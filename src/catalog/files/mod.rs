//! Files of data directories: which of several directories a file is in, YAML, and what cannot be
//! used. Entry: [`Overlay`].

mod damage;
mod overlay;
pub(in crate::catalog) mod yaml;

pub(super) use damage::damaged;
pub(crate) use overlay::LIBRARIES;
pub(super) use overlay::{Overlay, default_search_path};
