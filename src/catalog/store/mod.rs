//! The stored form of an op table: one Parquet file, sorted, with constant columns kept in the
//! key-value metadata beside a digest of the rest.

mod read;
mod write;

pub(super) use read::{digest, parse, read, sorted};
pub(super) use write::write;

use crate::perf::spec::TableSpec;
use crate::perf::table::{Column, RawTable};

/// Metadata key of the columns that have one value throughout, as a JSON object.
const CONSTANTS: &str = "aiq.constants";
/// Metadata key of the digest, sixteen hexadecimal digits.
const DIGEST: &str = "aiq.digest";
/// Rows per row group: small enough to prune, large enough to compress.
const GROUP_ROWS: usize = 32 * 1024;

/// A digest of a table's contents. Parquet as written here has no checksums of its own, and a
/// flipped bit in a latency still decodes.
struct Digest(u64);

impl Digest {
    fn of(
        spec: &TableSpec,
        constants: &str,
        raw: &RawTable,
        is_stored: impl Fn(&str) -> bool,
    ) -> String {
        let mut digest = Self(0x9e37_79b9_7f4a_7c15);
        digest.bytes(constants.as_bytes());
        for column in spec.columns().filter(|c| is_stored(c.name)) {
            // A column the file lacks leaves no trace, so that a table may gain notes later.
            let Some(values) = raw.columns.get(column.name) else { continue };
            digest.bytes(column.name.as_bytes());
            match values {
                Column::Text { codes, values } => {
                    values.iter().for_each(|v| digest.bytes(v.as_bytes()));
                    digest.words(codes.iter().copied());
                }
                Column::Int(values) => {
                    digest.words(values.iter().map(|v| v.cast_unsigned()));
                }
            }
        }
        digest.words(raw.latency.iter().map(|v| v.to_bits()));
        format!("{:016x}", digest.0)
    }

    fn mix(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd);
        self.0 ^= self.0 >> 32;
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.mix(bytes.len() as u64);
        bytes.iter().for_each(|b| self.mix(u64::from(*b)));
    }

    fn words(&mut self, words: impl Iterator<Item = u32>) {
        words.for_each(|w| self.mix(u64::from(w)));
    }
}

/// A digest of texts in their order.
pub(super) fn digest_of(texts: &[String]) -> String {
    let mut digest = Digest(0x9e37_79b9_7f4a_7c15);
    texts.iter().for_each(|t| digest.bytes(t.as_bytes()));
    format!("{:016x}", digest.0)
}

#[cfg(test)]
mod tests;
