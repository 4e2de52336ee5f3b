//! Precisions: how many bytes an element takes and which arithmetic it runs on.

use std::collections::BTreeMap;

use super::hardware::Hardware;
use crate::base::error::{Code, Error, Kind, nearest};

/// The first compute capability with arithmetic at 8 bits in floating point.
const FIRST_WITH_FP8: u32 = 89;

/// One precision.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantMode {
    /// Bytes per element, scales included: 9/16 for `nvfp4`.
    pub bytes: f64,
    /// Arithmetic type it computes in, a key of [`Hardware::flops`].
    pub flops: String,
}

/// All precisions by name, as the model text declares them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QuantModes(pub BTreeMap<String, QuantMode>);

impl QuantModes {
    /// The precision of that name.
    pub fn get(&self, name: &str) -> Option<&QuantMode> {
        self.0.get(name)
    }

    /// Bytes per element of a precision; an unknown name is `AIQ0406`.
    pub fn bytes(&self, name: &str) -> Result<f64, Error> {
        self.known(name).map(|mode| mode.bytes)
    }

    /// Peak flop/s of a precision on a system; `AIQ0405` if the system has none for it.
    pub fn flops(&self, name: &str, hardware: &Hardware) -> Result<f64, Error> {
        let key = &self.known(name)?.flops;
        match hardware.flops.get(key) {
            Some(&flops) if flops > 0.0 => Ok(flops),
            _ => Err(Error::new(
                Kind::Unsupported,
                Code::NoArithmetic,
                format!("{} has no {key} arithmetic, which {name} needs", hardware.name),
            )),
        }
    }

    /// Peak flop/s of attention in a decode step: at 8 bits where both the cache and the system
    /// have them, else at 16.
    pub(crate) fn decode_flops(&self, kv: &str, hardware: &Hardware) -> Result<f64, Error> {
        let is_8_bit = kv == "fp8" && hardware.sm >= FIRST_WITH_FP8;
        self.flops(if is_8_bit { "fp8" } else { "bfloat16" }, hardware)
    }

    /// Peak flop/s of scores of an index: at 8 bits where the system has them, else at 16.
    pub(crate) fn index_flops(&self, hardware: &Hardware) -> Result<f64, Error> {
        let is_8_bit = hardware.flops.contains_key("fp8");
        self.flops(if is_8_bit { "fp8" } else { "bfloat16" }, hardware)
    }

    fn known(&self, name: &str) -> Result<&QuantMode, Error> {
        self.get(name).ok_or_else(|| {
            let error =
                Error::data(Code::NoSuchPrecision, format!("no precision is called `{name}`"));
            // `fp4` is part of several names, and near to none that is meant.
            let part: Vec<&str> =
                self.0.keys().map(String::as_str).filter(|known| known.contains(name)).collect();
            let near = nearest(name, self.0.keys().map(String::as_str));
            match (part.as_slice(), near) {
                ([], Some(other)) => error.help(format!("did you mean `{other}`?")),
                ([], None) => error.help("`help precisions` lists them"),
                (several, _) => error.help(format!("did you mean one of {}?", several.join(", "))),
            }
        })
    }
}
