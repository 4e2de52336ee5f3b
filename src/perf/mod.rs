//! What one operation costs: measured tables, the rooflines that bound them, and the
//! interpolation between measurements. Knows nothing of plans, queries or files.

pub mod hardware;
pub mod origin;
pub mod source;
pub mod spec;
pub mod table;
