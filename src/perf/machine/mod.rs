//! What a machine can do at peak rate, and the bound that follows for any work.
//! Entry: [`Hardware`], and [`Roofline`] for what bounds an operation on it.

mod hardware;
mod quant;
mod roofline;

pub use hardware::Hardware;
pub use quant::{QuantMode, QuantModes};
pub use roofline::Roofline;
pub(crate) use roofline::{MAX_ASSUMED, Rates};
