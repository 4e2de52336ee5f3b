//! The hardware facts as an SQL table: a row for each system, a column for each fact.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::datasource::MemTable;

use crate::base::error::{Code, Error, Result};
use crate::base::rows;
use crate::catalog::facts::Fact;
use crate::catalog::releases::Catalog;

/// The table. `gpu.mem_bw` is the column `gpu_mem_bw`, so that it needs no quotes.
pub(super) fn systems(catalog: &Catalog) -> Result<MemTable> {
    let systems: Vec<_> =
        catalog.systems().iter().map(|name| catalog.system(name)).collect::<Result<_>>()?;
    let mut types: BTreeMap<&str, DataType> = BTreeMap::new();
    for (name, fact) in systems.iter().flat_map(|s| &s.facts) {
        let ty = types.entry(name).or_insert(DataType::Float64);
        if matches!(fact, Fact::Text(_)) {
            *ty = DataType::Utf8;
        }
    }
    let names = systems.iter().map(|s| s.name.as_str());
    let mut fields = vec![Field::new("system", DataType::Utf8, true)];
    let mut columns: Vec<ArrayRef> = vec![Arc::new(StringArray::from_iter_values(names))];
    for (name, ty) in types {
        let column: ArrayRef = if ty == DataType::Utf8 {
            let texts = systems.iter().map(|s| match s.facts.get(name)? {
                Fact::Text(text) => Some(text.clone()),
                Fact::Number(number) => Some(number.to_string()),
            });
            Arc::new(texts.collect::<StringArray>())
        } else {
            Arc::new(systems.iter().map(|s| s.number(name)).collect::<Float64Array>())
        };
        fields.push(Field::new(name.replace('.', "_"), ty, true));
        columns.push(column);
    }
    let failed = |why: String| Error::internal(Code::EngineBug, why);
    let schema = Arc::new(Schema::new(fields));
    let batch = rows::batch(Arc::clone(&schema), columns)?;
    MemTable::try_new(schema, vec![vec![batch]]).map_err(|why| failed(why.strip_backtrace()))
}
