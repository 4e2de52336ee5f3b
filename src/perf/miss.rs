//! A measurement that does not exist, and the nearest that do.

use std::fmt;
use std::ops::Range;

use super::origin::Origin;
use super::table::OpTable;

/// Most neighbours that a miss names.
const NEAREST: usize = 3;

/// No measurement for an operation's exact keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The operation.
    pub op: &'static str,
    /// The keys asked for: `kv=fp8, head_dim=96`.
    pub keys: String,
    /// What the estimate would be where one is refused for being too far from a measurement.
    pub refused: Option<Origin>,
    /// The nearest measured keys, nearest first, each saying only what differs.
    pub nearest: Vec<String>,
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = self.refused {
            return write!(f, "{}: {} is {origin}, not measured", self.op, self.keys);
        }
        write!(f, "{}: no data for {}", self.op, self.keys)?;
        if !self.nearest.is_empty() {
            write!(f, "; nearest: {}", self.nearest.join(", "))?;
        }
        Ok(())
    }
}

/// A key that was asked for; the kernel is not, as the lanes choose it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Wanted {
    Text(String),
    Number(f64),
    Any,
}

impl Miss {
    /// The miss of `wanted` (one for each key of the table), seen against a table that lacks it.
    pub(crate) fn new(op: &'static str, keys: &[&'static str], wanted: &[Wanted]) -> Self {
        let keys = keys.iter().zip(wanted).filter_map(|(name, wanted)| match wanted {
            Wanted::Text(text) => Some(format!("{name}={text}")),
            Wanted::Number(number) => Some(format!("{name}={number}")),
            Wanted::Any => None,
        });
        let keys = keys.collect::<Vec<_>>().join(", ");
        Self { op, keys, refused: None, nearest: Vec::new() }
    }

    /// An estimate at these numeric arguments that is too far from a measurement.
    pub(crate) fn refused(
        op: &'static str,
        names: &[&'static str],
        numbers: &[f64],
        origin: Origin,
    ) -> Self {
        let keys = names.iter().zip(numbers).map(|(name, number)| format!("{name}={number}"));
        let keys = keys.collect::<Vec<_>>().join(", ");
        Self { op, keys, refused: Some(origin), nearest: Vec::new() }
    }

    /// Adds the nearest slices of a table: fewest names that differ first, then the least distance
    /// in the logarithms of the numbers.
    pub(crate) fn with_nearest(mut self, table: &OpTable, wanted: &[Wanted]) -> Self {
        let mut near: Vec<(usize, f64, String)> = table
            .slices()
            .map(|(key, _): (&[i32], Range<usize>)| {
                let mut names = 0;
                let mut distance = 0.0;
                let mut differing = Vec::new();
                for (i, (&code, wanted)) in key.iter().zip(wanted).enumerate() {
                    let text = table.key_text(i, code);
                    let equal = match wanted {
                        Wanted::Any => true,
                        Wanted::Text(name) => {
                            names += usize::from(*name != text);
                            *name == text
                        }
                        Wanted::Number(number) => {
                            // Sizes may be 0, so distances are between size + 1.
                            distance += ((number + 1.0) / (f64::from(code) + 1.0)).ln().abs();
                            *number == f64::from(code)
                        }
                    };
                    if !equal {
                        differing.push(format!("{}={text}", table.spec.keys[i].name));
                    }
                }
                (names, distance, differing.join(" "))
            })
            .filter(|(_, _, text)| !text.is_empty())
            .collect();
        near.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
        near.dedup_by(|a, b| a.2 == b.2);
        self.nearest = near.into_iter().take(NEAREST).map(|(_, _, text)| text).collect();
        self
    }
}
