//! `gemm_latency(...)`, `gemm_roofline(...)`, `gemm_origin(...)`, `gemm_reason(...)` and the like for every op.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use datafusion::prelude::SessionContext;

use super::prices::{Priced, Prices, price, roofline};
use crate::base::error::{Code, Error};
use crate::catalog::deferred::external;
use crate::engine::Engine;
use crate::model::library::Library;
use crate::perf::{Evidence, OPS};
use crate::plan::nodes::opjoin::Bound;

/// Registers the functions of every op.
pub(super) fn register(
    context: &SessionContext,
    engine: &Engine,
    library: &Library,
    evidence: &Evidence,
) {
    let library = Arc::new(library.clone());
    for op in OPS.iter() {
        let prices = Arc::new(Prices::new(op, engine, &library, evidence));
        for gives in [Gives::Latency, Gives::Roofline, Gives::Origin, Gives::Reason] {
            let function = OpFunction::new(Arc::clone(&prices), gives);
            context.register_udf(ScalarUDF::new_from_impl(function));
        }
    }
}

/// Which part of a price a function gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Gives {
    /// Milliseconds.
    Latency,
    /// The physical bound in milliseconds, whether there is a price or not.
    Roofline,
    /// How far it is from a measurement.
    Origin,
    /// Why there is no price.
    Reason,
}

/// One part of the price of an op.
#[derive(Debug)]
struct OpFunction {
    name: String,
    gives: Gives,
    prices: Arc<Prices>,
    signature: Signature,
}

impl OpFunction {
    fn new(prices: Arc<Prices>, gives: Gives) -> Self {
        let part = match gives {
            Gives::Latency => "latency",
            Gives::Roofline => "roofline",
            Gives::Origin => "origin",
            Gives::Reason => "reason",
        };
        let name = format!("{}_{part}", prices.op.name);
        Self { name, gives, prices, signature: Signature::user_defined(Volatility::Stable) }
    }

    fn output(&self) -> DataType {
        match self.gives {
            Gives::Latency | Gives::Roofline => DataType::Float64,
            Gives::Origin | Gives::Reason => DataType::Utf8,
        }
    }

    /// One price a row.
    fn prices(&self, arguments: &[ColumnarValue], rows: usize) -> crate::Result<Vec<Priced>> {
        let failed = |error: datafusion::common::DataFusionError| {
            Error::question(Code::SqlFailed, format!("{}: {}", self.name, error.strip_backtrace()))
        };
        let (texts, numbers) = arguments.split_at(self.prices.texts());
        let texts = texts.iter().map(Texts::new).collect::<Result<Vec<_>>>().map_err(failed)?;
        let numbers =
            numbers.iter().map(Numbers::new).collect::<Result<Vec<_>>>().map_err(failed)?;
        let null = || Err(format!("{}: an argument is null", self.prices.op.name));
        let mut priced = Vec::with_capacity(rows);
        let mut last: Option<(Vec<&str>, Bound)> = None;
        let mut own = Vec::with_capacity(numbers.len());
        for row in 0..rows {
            own.clear();
            own.extend(numbers.iter().map_while(|n| n.at(row)));
            if own.len() < numbers.len() || texts.iter().any(|t| t.at(row).is_none()) {
                priced.push(null());
                continue;
            }
            let names = || texts.iter().filter_map(|t| t.at(row));
            // Neighbouring rows mostly ask the same tables.
            let bound = match last.take() {
                Some((known, bound)) if names().eq(known.iter().copied()) => {
                    last.insert((known, bound))
                }
                _ => {
                    let names: Vec<&str> = names().collect();
                    let bound = self.prices.bind(&names)?;
                    last.insert((names, bound))
                }
            };
            priced.push(match self.gives {
                Gives::Roofline => roofline(&bound.1, &own)?,
                _ => price(&bound.1, &own)?,
            });
        }
        Ok(priced)
    }
}

// A function is its op's, of one registration: the pricers it holds are not compared.
impl PartialEq for OpFunction {
    fn eq(&self, other: &Self) -> bool {
        self.gives == other.gives && Arc::ptr_eq(&self.prices, &other.prices)
    }
}

impl Eq for OpFunction {}

impl Hash for OpFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for OpFunction {
    fn name(&self) -> &str {
        &self.name
    }

    /// As it was typed, more or less: this heads a column that has no other name.
    fn schema_name(&self, arguments: &[Expr]) -> Result<String> {
        let shown = arguments.iter().map(|argument| match argument {
            Expr::Literal(ScalarValue::Utf8(Some(text)), _) => Ok(format!("'{text}'")),
            Expr::Literal(value, _) => Ok(value.to_string()),
            other => Ok(other.schema_name().to_string()),
        });
        Ok(format!("{}({})", self.name, shown.collect::<Result<Vec<_>>>()?.join(", ")))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(self.output())
    }

    fn return_field_from_args(&self, given: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let (takes, given) = (self.prices.arguments(), given.arg_fields.len());
        if given != takes {
            let message = format!("{} takes {takes} arguments, got {given}", self.name);
            let usage = format!("{}({})", self.name, self.prices.usage());
            return Err(external(Error::question(Code::WrongArguments, message).help(usage)));
        }
        let field = Field::new(&self.name, self.output(), true);
        Ok(Arc::new(match self.gives {
            Gives::Latency | Gives::Roofline => {
                field.with_metadata([("unit".to_owned(), "ms".to_owned())].into())
            }
            Gives::Origin | Gives::Reason => field,
        }))
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let (takes, texts) = (self.prices.arguments(), self.prices.texts());
        if given.len() != takes {
            // An error from here would reach the user as text inside another.
            return Ok(given.to_vec());
        }
        Ok((0..takes).map(|i| if i < texts { DataType::Utf8 } else { DataType::Float64 }).collect())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_one = args.args.iter().all(|a| matches!(a, ColumnarValue::Scalar(_)));
        let rows = if is_one { 1 } else { args.number_rows };
        let prices = self.prices(&args.args, rows).map_err(external)?;
        let array: ArrayRef = match self.gives {
            Gives::Latency | Gives::Roofline => {
                let latencies = prices.iter().map(|p| p.as_ref().ok().map(|p| p.latency));
                Arc::new(latencies.collect::<Float64Array>())
            }
            Gives::Origin => {
                let origins = prices.iter().map(|p| p.as_ref().ok().map(|p| p.origin.name()));
                Arc::new(origins.collect::<StringArray>())
            }
            Gives::Reason => {
                let reasons = prices.iter().map(|p| p.as_ref().err());
                Arc::new(reasons.collect::<StringArray>())
            }
        };
        if is_one {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?));
        }
        Ok(ColumnarValue::Array(array))
    }
}

/// A text argument: one for all rows, or one each.
struct Texts {
    array: StringArray,
    is_one: bool,
}

impl Texts {
    fn new(value: &ColumnarValue) -> Result<Self> {
        let (array, is_one) = as_type(value, &DataType::Utf8)?;
        Ok(Self { array: array.as_string::<i32>().clone(), is_one })
    }

    fn at(&self, row: usize) -> Option<&str> {
        let row = if self.is_one { 0 } else { row };
        (!self.array.is_null(row)).then(|| self.array.value(row))
    }
}

/// A numeric argument: one for all rows, or one each.
struct Numbers {
    array: Float64Array,
    is_one: bool,
}

impl Numbers {
    fn new(value: &ColumnarValue) -> Result<Self> {
        let (array, is_one) = as_type(value, &DataType::Float64)?;
        Ok(Self { array: array.as_primitive::<Float64Type>().clone(), is_one })
    }

    fn at(&self, row: usize) -> Option<f64> {
        let row = if self.is_one { 0 } else { row };
        (!self.array.is_null(row)).then(|| self.array.value(row))
    }
}

fn as_type(value: &ColumnarValue, ty: &DataType) -> Result<(ArrayRef, bool)> {
    Ok(match value {
        ColumnarValue::Scalar(scalar) => (cast(&scalar.to_array()?, ty)?, true),
        ColumnarValue::Array(array) => (cast(array, ty)?, false),
    })
}
