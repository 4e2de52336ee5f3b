//! What the workers of a candidate are made of, in short.

use std::iter::once;

use crate::base::rows::RowView;
use crate::lang::ast::{ColumnDef, Holds};
use crate::model::library::Library;
use crate::model::value::number;

/// `tp=4 batch=64`, or `prefill_workers=1 prefill_tp=2 ...`. Sizes of 1 and what is 0 go without
/// saying, but for the first size where there is no other.
pub(in crate::session) fn shape(library: &Library, row: &RowView) -> Vec<String> {
    let pools = library.pools().into_iter().map(|pool| format!("{pool}_"));
    let mut words = Vec::new();
    for prefix in once(String::new()).chain(pools) {
        let known =
            |c: &ColumnDef| Some((c.holds, row.number(&format!("{prefix}{}", c.name.text))?));
        let mut sizes = library.columns.of_workers().filter_map(known);
        let alone = sizes.all(|(holds, value)| holds != Holds::Size || value == 1.0);
        let mut first = alone;
        for column in library.columns.of_workers() {
            let Some((holds, value)) = known(column) else { continue };
            let is_size = holds == Holds::Size;
            let usual = if is_size { 1.0 } else { 0.0 };
            if value != usual || (is_size && first) {
                words.push(format!("{prefix}{}={}", column.name.text, number(value)));
            }
            first &= !is_size;
        }
    }
    words
}
