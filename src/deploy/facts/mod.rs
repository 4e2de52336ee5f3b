//! What is known of engines, their releases and the platforms they are deployed on: the folders and
//! tables below `models/deploy`.

mod accepted;
mod engine;
mod keys;
mod manifest;
mod platform;
mod release;
mod value_kind;

pub(super) use accepted::Accepted;
pub(super) use engine::Engine;
pub(super) use keys::{Key, find, keys};
pub(super) use manifest::{Each, FileRule, Site};
pub use platform::Platform;
pub(super) use release::Release;
