//! What a stored table has beside its columns: constants, and a digest of everything.

use crate::base::digest::Digest;
use crate::perf::{Column, RawTable, TableSpec};

/// Metadata key of the columns that have one value throughout, as a JSON object.
pub(super) const CONSTANTS: &str = "aiq.constants";
/// Metadata key of the digest, sixteen hexadecimal digits.
pub(super) const DIGEST: &str = "aiq.digest";
/// Rows per row group: small enough to prune, large enough to compress.
pub(super) const GROUP_ROWS: usize = 32 * 1024;

/// A digest of a table's contents. Parquet as written here has no checksums of its own, and a
/// flipped bit in a latency still decodes.
pub(super) fn digest_of_table(
    spec: &TableSpec,
    constants: &str,
    raw: &RawTable,
    is_stored: impl Fn(&str) -> bool,
) -> String {
    let mut digest = Digest::new();
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
    digest.text()
}

/// A digest of texts in their order.
pub(in crate::catalog) fn digest_of(texts: &[String]) -> String {
    let mut digest = Digest::new();
    texts.iter().for_each(|t| digest.bytes(t.as_bytes()));
    digest.text()
}
