//! The function that prices the ops of one group, row by row.

use crate::base::error::Kind;
use std::any::type_name;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Float64Builder, StringBuilder, StructArray,
    UInt8Builder,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Fields, Float64Type};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use crate::perf::{Context, Failure, Misses, OpSpec, Origin, Pricer};

/// Fields of a price: latency in ms, index of the worst origin, why there is no price.
pub const PRICE_FIELDS: [&str; 3] = ["latency", "origin", "reason"];

/// Type of a price.
pub(super) fn price_type() -> DataType {
    DataType::Struct(Fields::from(vec![
        Field::new(PRICE_FIELDS[0], DataType::Float64, true),
        Field::new(PRICE_FIELDS[1], DataType::UInt8, true),
        Field::new(PRICE_FIELDS[2], DataType::Utf8, true),
    ]))
}

/// An op bound to its table, or why it cannot be.
#[derive(Clone)]
pub(crate) enum Bound {
    /// Ready.
    Ready(Arc<Pricer>),
    /// No such slice in any source.
    Missing(String),
}

impl Bound {
    /// Binds an op; a system without the arithmetic that it needs is a miss.
    pub(crate) fn new(
        op: &'static OpSpec,
        context: &Context,
        text: &[&str],
    ) -> crate::base::error::Result<Self> {
        match Pricer::bind(op, context, text) {
            Ok(pricer) => Ok(Self::Ready(Arc::new(pricer))),
            Err(Failure::Miss(miss)) => Ok(Self::Missing(miss.to_string())),
            Err(Failure::Error(error)) if error.kind == Kind::Unsupported => {
                Ok(Self::Missing(error.message))
            }
            Err(Failure::Error(error)) => Err(error),
        }
    }
}

/// Prices the ops of one group, each with the best origin it may claim. Arguments: for each op its
/// count, then its numbers.
pub struct PriceFunction {
    terms: Vec<(&'static OpSpec, Bound, Origin)>,
    misses: Misses,
    signature: Signature,
    id: u64,
}

static NEXT_ID: AtomicU64 = AtomicU64::new(0);

impl PriceFunction {
    pub(crate) fn new(terms: Vec<(&'static OpSpec, Bound, Origin)>, misses: Misses) -> Self {
        let arguments = terms.iter().map(|(op, ..)| 1 + op.numbers.len()).sum();
        Self {
            terms,
            misses,
            signature: Signature::any(arguments, Volatility::Immutable),
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
        }
    }
}

impl fmt::Debug for PriceFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ops: Vec<&str> = self.terms.iter().map(|(op, ..)| op.name).collect();
        f.debug_struct(type_name::<Self>()).field("ops", &ops).field("id", &self.id).finish()
    }
}

// Each function holds its own bound tables, so identity is that of the instance.
impl PartialEq for PriceFunction {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for PriceFunction {}

impl Hash for PriceFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

/// A numeric argument: one value for all rows, or one each.
enum Numbers {
    All(f64),
    Each(Float64Array),
}

impl Numbers {
    fn at(&self, row: usize) -> Option<f64> {
        match self {
            Self::All(n) => Some(*n),
            Self::Each(a) => (!a.is_null(row)).then(|| a.value(row)),
        }
    }
}

fn numbers(value: &ColumnarValue) -> Result<Numbers> {
    Ok(match value {
        ColumnarValue::Scalar(ScalarValue::Float64(n)) => Numbers::All(n.unwrap_or(f64::NAN)),
        ColumnarValue::Scalar(scalar) => {
            let array = cast(&scalar.to_array()?, &DataType::Float64)?;
            let array = array.as_primitive::<Float64Type>();
            Numbers::All(if array.is_null(0) { f64::NAN } else { array.value(0) })
        }
        ColumnarValue::Array(array) => {
            Numbers::Each(cast(array, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
        }
    })
}

/// Sum of the priced ops of one row.
#[derive(Default)]
struct Sum {
    latency: f64,
    origin: u8,
    reason: Option<String>,
}

impl Sum {
    fn add(
        &mut self,
        (op, bound, claims): &(&'static OpSpec, Bound, Origin),
        count: f64,
        numbers: &[f64],
        misses: &Misses,
    ) -> Result<()> {
        let price = match bound {
            Bound::Missing(reason) => {
                self.reason.get_or_insert_with(|| reason.clone());
                return Ok(());
            }
            Bound::Ready(pricer) => pricer.price(numbers),
        };
        match price {
            Ok(price) => {
                self.latency += count * price.latency;
                self.origin = self.origin.max(*claims as u8);
                // What is analytic by nature says nothing about the measurements.
                if op.table.is_some() {
                    self.origin = self.origin.max(price.origin as u8);
                }
            }
            Err(Failure::Miss(miss)) => {
                misses.add(&miss);
                self.reason.get_or_insert_with(|| miss.to_string());
            }
            Err(Failure::Error(error)) => {
                return Err(DataFusionError::External(Box::new(error)));
            }
        }
        Ok(())
    }
}

impl ScalarUDFImpl for PriceFunction {
    fn name(&self) -> &'static str {
        "price"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(price_type())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arguments = args.args.iter().map(numbers).collect::<Result<Vec<_>>>()?;
        let rows = args.number_rows;
        let mut latency = Float64Builder::with_capacity(rows);
        let mut origin = UInt8Builder::with_capacity(rows);
        let mut reason = StringBuilder::new();
        let mut row_numbers: Vec<f64> = Vec::with_capacity(16);
        for row in 0..rows {
            let mut sum = Sum::default();
            let mut at = 0;
            for term in &self.terms {
                let op = term.0;
                let own = &arguments[at..=at + op.numbers.len()];
                at += own.len();
                let count = own[0].at(row).unwrap_or(f64::NAN);
                if count == 0.0 {
                    continue;
                }
                row_numbers.clear();
                row_numbers.extend(own[1..].iter().map(|n| n.at(row).unwrap_or(f64::NAN)));
                if row_numbers.iter().any(|n| n.is_nan()) || count.is_nan() {
                    sum.reason.get_or_insert_with(|| format!("{}: an argument is null", op.name));
                    continue;
                }
                sum.add(term, count, &row_numbers, &self.misses)?;
            }
            match sum.reason {
                None => {
                    latency.append_value(sum.latency);
                    origin.append_value(sum.origin);
                    reason.append_null();
                }
                Some(why) => {
                    latency.append_null();
                    origin.append_null();
                    reason.append_value(why);
                }
            }
        }
        let DataType::Struct(fields) = price_type() else {
            return Err(DataFusionError::Internal("a price is a struct".to_owned()));
        };
        let columns: Vec<ArrayRef> =
            vec![Arc::new(latency.finish()), Arc::new(origin.finish()), Arc::new(reason.finish())];
        Ok(ColumnarValue::Array(Arc::new(StructArray::try_new(fields, columns, None)?)))
    }
}

/// Name of an origin by its index, for rendering.
pub fn origin_name(index: u8) -> &'static str {
    Origin::from_index(index).map_or("unknown", Origin::name)
}
