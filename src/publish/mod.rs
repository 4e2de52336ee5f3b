//! Files and folders that aiq writes: whole or not at all, and never over what it did not write.
//!
//! What is written appears by one rename. A folder carries a [`manifest`] of what aiq put there and
//! a picture a [`stamp`], so that the next run knows its own work from a user's: its own may be
//! replaced, files that a user put beside it stay, what a user changed needs leave ([`Over`]).

mod file;
mod folder;
mod manifest;
mod over;
mod path;
mod stage;
mod stamp;
#[cfg(test)]
mod tests;

pub(crate) use file::file;
pub(crate) use folder::{Folder, Mode};
pub(crate) use manifest::Manifest;
pub(crate) use over::Over;
pub(crate) use path::component;
pub(crate) use stamp::Kind as Picture;
