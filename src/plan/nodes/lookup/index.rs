//! Rows of a side by their keys.

use std::hash::{BuildHasher, Hasher};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{DataFusionError, Result};
use hashbrown::{DefaultHashBuilder, HashTable};

/// Key columns as numbers; null keys are equal to each other, as not a number is.
struct Keys(Vec<Float64Array>);

impl Keys {
    fn new<'a>(columns: impl Iterator<Item = &'a ArrayRef>) -> Result<Self> {
        let number = |array: &ArrayRef| -> Result<Float64Array> {
            Ok(cast(array, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
        };
        columns.map(number).collect::<Result<_>>().map(Self)
    }

    /// Zero has two signs and is one key.
    fn bits(&self, column: usize, row: usize) -> u64 {
        let array = &self.0[column];
        if array.is_null(row) { u64::MAX } else { (array.value(row) + 0.0).to_bits() }
    }

    fn hash(&self, hasher: &DefaultHashBuilder, row: usize) -> u64 {
        let mut state = hasher.build_hasher();
        for column in 0..self.0.len() {
            state.write_u64(self.bits(column, row));
        }
        state.finish()
    }

    fn same(&self, row: usize, other: &Self, other_row: usize) -> bool {
        (0..self.0.len()).all(|c| self.bits(c, row) == other.bits(c, other_row))
    }
}

/// A side, ready to be looked up in.
pub(super) struct Index {
    keys: Keys,
    rows: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// The columns that are looked up.
    pub(super) values: Vec<ArrayRef>,
}

impl Index {
    /// Indexes all rows of a side.
    pub(super) fn new(side: &RecordBatch, keys: &[usize], values: &[usize]) -> Result<Self> {
        let keys = Keys::new(keys.iter().map(|i| side.column(*i)))?;
        let hasher = DefaultHashBuilder::default();
        let mut rows = HashTable::with_capacity(side.num_rows());
        for row in 0..side.num_rows() {
            let hash = keys.hash(&hasher, row);
            if rows.find(hash, |other: &u32| keys.same(row, &keys, *other as usize)).is_some() {
                return Err(DataFusionError::Internal("two prices for one key".to_owned()));
            }
            let number = u32::try_from(row)
                .map_err(|_| DataFusionError::ResourcesExhausted("too many prices".to_owned()))?;
            rows.insert_unique(hash, number, |other| keys.hash(&hasher, *other as usize));
        }
        let values = values.iter().map(|i| ArrayRef::clone(side.column(*i))).collect();
        Ok(Self { keys, rows, hasher, values })
    }

    /// The row of this side for each row of a batch.
    pub(super) fn find(&self, batch: &RecordBatch, keys: &[usize]) -> Result<Vec<Option<u32>>> {
        let wanted = Keys::new(keys.iter().map(|i| batch.column(*i)))?;
        let find = |row: usize| {
            let hash = wanted.hash(&self.hasher, row);
            self.rows.find(hash, |own| wanted.same(row, &self.keys, *own as usize)).copied()
        };
        Ok((0..batch.num_rows()).map(find).collect())
    }
}
