//! The stored form of an op table: one Parquet file, sorted, with constant columns kept in the
//! key-value metadata beside a digest of the rest. Entry: [`read`] and [`write`].

mod columns;
mod format;
mod read;
mod repaired;
mod write;

pub(super) use columns::sorted;
pub(super) use format::digest_of;
pub(super) use read::{digest, parse, read, with_dictionaries};
pub(super) use repaired::{FOLDER as REPAIRED, Repair, bytes as repairs, drop_stale, repair};
pub(super) use write::write;

#[cfg(test)]
mod tests;
