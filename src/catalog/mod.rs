//! The data directories: which systems, backends and versions there are, and their tables.
//! Entry: [`Catalog::open`], on a search path.
//!
//! A search path is an overlay. For each (system, backend, version, table) the first directory
//! that has it wins, so a user adds measurements without touching the shipped ones. Opening a
//! catalog reads three small files; directories are listed and tables read when asked for.
//!
//! Each folder uses those above it only.
//!
//! | folder | what it holds |
//! |---|---|
//! | `files` | directories laid over each other, YAML, and what is damaged |
//! | `store` | one table as a file |
//! | `facts` | what lies beside the tables: systems, versions, what may stand in for what |
//! | `releases` | the catalog, and the tables that answer for a version of a backend |
//! | `repair` | measured latencies that are replaced: which, by what rule |
//! | `sql` | measurements as SQL tables |
//! | `import` | published collections into a data directory |

mod facts;
mod files;
pub mod import;
mod releases;
mod repair;
mod sql;
mod store;

pub use facts::{Fact, System, version};
pub(crate) use files::LIBRARIES;
pub use releases::{Catalog, TableFile, TableSet};
pub use repair::RepairedTable;
pub(crate) use sql::deferred;
pub use sql::provider;
