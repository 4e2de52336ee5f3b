//! SQL functions that price one op: `gemm_latency`, `gemm_origin`, `gemm_reason`, ...

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{DataFusionError, Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::arch::library::Library;
use crate::engine::Engine;
use crate::perf::op::{Failure, OPS, OpSpec, Price};
use crate::perf::pricer::Pricer;

/// What a function returns of a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    Latency,
    Origin,
    Reason,
}

/// All functions of an engine.
pub(super) fn functions(engine: &Engine, library: &Library) -> Vec<ScalarUDF> {
    let mut functions = Vec::new();
    for op in OPS.iter().filter(|o| o.table.is_some()) {
        let parts =
            [(Part::Latency, "latency"), (Part::Origin, "origin"), (Part::Reason, "reason")];
        for (part, suffix) in parts {
            functions.push(ScalarUDF::new_from_impl(OpFunction {
                name: format!("{}_{suffix}", op.name),
                op,
                part,
                engine: engine.clone(),
                library: library.clone(),
                bound: Mutex::default(),
                signature: Signature::any(
                    place(op) + op.text.len() + op.numbers.len(),
                    Volatility::Stable,
                ),
            }));
        }
    }
    functions
}

/// How many arguments say where: NCCL belongs to the system alone.
fn place(op: &OpSpec) -> usize {
    if op.name == "nccl" { 1 } else { 3 }
}

/// An op bound to its table, or why it cannot be.
type BoundOp = std::result::Result<Arc<Pricer>, String>;

/// One function.
struct OpFunction {
    name: String,
    op: &'static OpSpec,
    part: Part,
    engine: Engine,
    library: Library,
    bound: Mutex<HashMap<Vec<String>, BoundOp>>,
    signature: Signature,
}

impl fmt::Debug for OpFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpFunction").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for OpFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for OpFunction {}

impl Hash for OpFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl OpFunction {
    fn bind(&self, texts: &[String]) -> Result<BoundOp> {
        let mut bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = bound.get(texts) {
            return Ok(known.clone());
        }
        let external = |e: crate::Error| DataFusionError::External(Box::new(e));
        let (place, own) = texts.split_at(place(self.op));
        let context = match place {
            [system, backend, version] => {
                self.engine.priced_on(&self.library, system, backend, version)
            }
            [system, ..] => self.engine.catalog.backends(system).and_then(|backends| {
                let first = backends.first().map_or("trtllm", String::as_str).to_owned();
                self.engine.priced_on(&self.library, system, &first, "current")
            }),
            [] => return exec_err!("{} needs a system", self.name),
        };
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        let result = match Pricer::bind(self.op, &context.map_err(external)?, &own) {
            Ok(pricer) => Ok(Arc::new(pricer)),
            Err(Failure::Miss(miss)) => Err(miss.to_string()),
            Err(Failure::Error(error)) => return Err(external(error)),
        };
        bound.insert(texts.to_vec(), result.clone());
        Ok(result)
    }

    fn price(
        &self,
        texts: &[String],
        numbers: &[f64],
    ) -> Result<std::result::Result<Price, String>> {
        Ok(match self.bind(texts)? {
            Err(reason) => Err(reason),
            Ok(pricer) => match pricer.price(numbers) {
                Ok(price) => Ok(price),
                Err(Failure::Miss(miss)) => Err(miss.to_string()),
                Err(Failure::Error(error)) => Err(error.message),
            },
        })
    }
}

impl ScalarUDFImpl for OpFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(if self.part == Part::Latency { DataType::Float64 } else { DataType::Utf8 })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let texts = place(self.op) + self.op.text.len();
        let as_text = |a: &ArrayRef| cast(a, &DataType::Utf8);
        let as_number = |a: &ArrayRef| cast(a, &DataType::Float64);
        let text_columns = arrays[..texts].iter().map(as_text).collect::<Result<Vec<_>, _>>()?;
        let number_columns =
            arrays[texts..].iter().map(as_number).collect::<Result<Vec<_>, _>>()?;
        let rows = arrays.first().map_or(args.number_rows, Array::len);
        let mut prices = Vec::with_capacity(rows);
        for row in 0..rows {
            let null = text_columns.iter().chain(&number_columns).any(|c| c.is_null(row));
            prices.push(if null {
                Err("an argument is null".to_owned())
            } else {
                let words: Vec<String> = text_columns
                    .iter()
                    .map(|c| c.as_string::<i32>().value(row).to_owned())
                    .collect();
                let numbers: Vec<f64> = number_columns
                    .iter()
                    .map(|c| c.as_primitive::<Float64Type>().value(row))
                    .collect();
                self.price(&words, &numbers)?
            });
        }
        let array: ArrayRef = match self.part {
            Part::Latency => Arc::new(
                prices.iter().map(|p| p.as_ref().ok().map(|p| p.latency)).collect::<Float64Array>(),
            ),
            Part::Origin => Arc::new(
                prices
                    .iter()
                    .map(|p| p.as_ref().ok().map(|p| p.origin.name()))
                    .collect::<StringArray>(),
            ),
            Part::Reason => {
                Arc::new(prices.iter().map(|p| p.as_ref().err()).collect::<StringArray>())
            }
        };
        Ok(ColumnarValue::Array(array))
    }
}
