//! Functions of the language, folded where their arguments are known.

use crate::plan::expr::lowered::Lowered;
use datafusion::arrow::datatypes::DataType;
use datafusion::functions::core::expr_fn::{greatest, least};
use datafusion::functions::math::expr_fn::{
    abs, ceil, exp, floor, gcd, ln, log2, power, round, sqrt,
};
use datafusion::logical_expr::{Expr as Df, Operator, binary_expr, cast, lit};

use super::lists;
use crate::base::error::{Code, Error, Result, nearest};
use crate::lang::ast::Loc;
use crate::lang::units::Unit;
use crate::model::value::Value;

/// Names and shapes of all functions, for completion and messages.
///
/// Those of [`OF_MODELS`] are of use in the text of a model alone.
pub const FUNCTIONS: &[(&str, &str)] = &[
    ("min", "least of its arguments"),
    ("max", "greatest of its arguments"),
    ("mean", "mean over the requests of a mix, if given weighted by a second argument"),
    ("largest", "largest value of any class of a mix"),
    ("smallest", "smallest value of any class of a mix"),
    ("floor", "largest whole number not above"),
    ("ceil", "smallest whole number not below"),
    ("round", "nearest whole number"),
    ("abs", "without its sign"),
    ("sqrt", "square root"),
    ("log2", "logarithm to base 2"),
    ("ln", "natural logarithm"),
    ("exp", "e to the power of"),
    ("pow", "a to the power of b"),
    ("mod", "remainder of a over b"),
    ("gcd", "greatest common divisor of two whole numbers"),
    ("coalesce", "first argument that is not null"),
    ("gib", "bytes as GiB"),
    ("lower", "text in lower case"),
    ("contains", "whether a text contains another"),
    ("size", "number of elements of a list"),
    ("count", "how often a list has an element"),
    ("first", "the first elements of a list"),
    ("letters", "the letters of a text as a list"),
    ("split", "the parts of a text between separators, as a list"),
    ("running", "products of the first one, two, ... numbers of a list"),
    ("pick", "member of the first entry of an object whose name matches"),
    ("config", "a key of the model's config.json"),
    ("needed", "a key that the model's config.json must have"),
    ("fact", "a key of the system file"),
    ("bytes", "bytes per element of a precision"),
    ("covered", "whether an op was measured with these texts"),
    ("priced", "whether an op with these texts was measured or may be transferred"),
    ("asked", "whether the question or a setting gives a value of this name"),
    ("swept", "whether the question or a setting gives several values of this name"),
    ("asks", "whether the objective or a condition has one of these names"),
    ("maximizes", "whether what is maximized has one of these names"),
    ("minimizes", "whether what is minimized has one of these names"),
    ("asks_frontier", "whether the question asks for the trade-offs of several objectives"),
    ("at_least", "the least value that the conditions let a name have, 0 without a bound"),
    ("at_most", "the greatest value that the conditions let a name have, infinite without a bound"),
    ("price", "what a GPU of a system costs an hour, as set"),
    ("unknown", "stops where it is needed, and says what is not known"),
    ("zip", "lists side by side, as fields of one"),
    ("sum", "sum(a for x in list)"),
];

/// Functions that read configurations, lists and the question itself: no question needs them.
pub const OF_MODELS: &[&str] = &[
    "gcd",
    "size",
    "count",
    "first",
    "letters",
    "split",
    "running",
    "pick",
    "config",
    "needed",
    "fact",
    "bytes",
    "covered",
    "priced",
    "asked",
    "swept",
    "asks",
    "maximizes",
    "minimizes",
    "asks_frontier",
    "at_least",
    "at_most",
    "price",
    "unknown",
    "zip",
    "sum",
];

/// Whether a function takes numbers only.
pub(in crate::plan) fn is_arithmetic(name: &str) -> bool {
    const ARITHMETIC: [&str; 14] = [
        "min", "max", "floor", "ceil", "round", "abs", "sqrt", "log2", "ln", "exp", "pow", "mod",
        "gcd", "gib",
    ];
    ARITHMETIC.contains(&name)
}

/// Applies a function.
///
/// # Errors
/// `AIQ0207` for an unknown function or a wrong number of arguments; `AIQ0208` for percentiles, which
/// are metrics.
pub fn call(name: &str, arguments: &[Lowered], loc: &Loc) -> Result<Lowered> {
    let unit = arguments.iter().map(|a| a.unit).find(|u| *u != Unit::None).unwrap_or_default();
    let result = match (name, arguments) {
        ("min", [_, ..]) => fold(arguments, f64::min, least),
        ("max", [_, ..]) => fold(arguments, f64::max, greatest),
        ("coalesce", [_, ..]) => first_known(arguments),
        ("floor", [a]) => one(a, f64::floor, floor),
        ("ceil", [a]) => one(a, f64::ceil, ceil),
        ("round", [a]) => one(a, f64::round, |e| round(vec![e])),
        ("abs", [a]) => one(a, f64::abs, abs),
        ("sqrt", [a]) => one(a, f64::sqrt, sqrt),
        ("log2", [a]) => one(a, f64::log2, log2),
        ("ln", [a]) => one(a, f64::ln, ln),
        ("exp", [a]) => one(a, f64::exp, exp),
        ("gib", [a]) => {
            let gib = 1_073_741_824.0;
            return Ok(one(a, |n| n / gib, |e| binary_expr(e, Operator::Divide, lit(gib))));
        }
        ("pow", [a, b]) => two(a, b, f64::powf, power),
        ("mod", [a, b]) => two(a, b, |a, b| a % b, |a, b| binary_expr(a, Operator::Modulo, b)),
        ("gcd", [a, b]) => two(a, b, common_divisor, |a, b| {
            let whole = |e: Df| cast(e, DataType::Int64);
            cast(gcd(whole(a), whole(b)), DataType::Float64)
        }),
        ("lower", [a]) => text(a, str::to_lowercase),
        ("contains", [a, b]) => match (a.value(), b.value()) {
            (Some(Value::Text(a)), Some(Value::Text(b))) => {
                Lowered::known(Value::Bool(a.contains(&**b)))
            }
            _ => Lowered::known(Value::Null),
        },
        ("size" | "count" | "first" | "letters" | "split" | "running" | "zip" | "pick", _) => {
            let values: Option<Vec<&Value>> = arguments.iter().map(Lowered::value).collect();
            let Some(value) = values.and_then(|values| over_list(name, &values)) else {
                return Err(unknown(name, loc));
            };
            Lowered::known(value)
        }
        _ => return Err(unknown(name, loc)),
    };
    Ok(result.with_unit(unit))
}

/// Functions over lists, whose arguments must be known; `None` for a wrong number of them.
fn over_list(name: &str, arguments: &[&Value]) -> Option<Value> {
    match (name, arguments) {
        ("count", [list, value]) => Some(lists::count(list, value)),
        ("size", [list]) => Some(lists::size(list)),
        ("split", [text, separator]) => Some(lists::split(text, separator)),
        ("running", [list]) => Some(lists::running(list)),
        ("letters", [text]) => Some(lists::letters(text)),
        ("first", [list, most]) => Some(lists::first(list, most)),
        ("zip", [_, _, ..]) => lists::zip(arguments),
        ("pick", [object, pattern, member]) => Some(lists::pick(object, pattern, member)),
        _ => None,
    }
}

fn unknown(name: &str, loc: &Loc) -> Error {
    if name.starts_with('p') && name.len() > 1 && name[1..].chars().all(|c| c.is_ascii_digit()) {
        return Error::question(
            Code::NeedsSimulation,
            format!("`{name}` is no function"),
        )
        .at(loc.span(), "a percentile is a metric")
        .help("write `p50_ttft`, `p90_ttft`, `p95_ttft` or `p99_ttft`; so for `tpot`, `itl` and `latency` (`help requests`)");
    }
    let names = FUNCTIONS.iter().map(|f| f.0);
    let error = match FUNCTIONS.iter().find(|f| f.0 == name) {
        Some(_) => Error::question(Code::WrongArguments, format!("`{name}` has other arguments")),
        None => Error::question(Code::WrongArguments, format!("there is no function `{name}`")),
    };
    let error = error.at(loc.span(), "cannot be called like this");
    if name == "range" {
        return error.help("a range is written 1..8, or 1..8 step 2");
    }
    match nearest(name, names).filter(|n| *n != name) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    }
}

fn one(a: &Lowered, known: impl Fn(f64) -> f64, row: impl Fn(Df) -> Df) -> Lowered {
    match a.value() {
        Some(Value::Number(n)) => Lowered::number(known(*n)),
        Some(_) => Lowered::known(Value::Null),
        None => Lowered::row(row(a.expr())),
    }
}

fn two(
    a: &Lowered,
    b: &Lowered,
    known: impl Fn(f64, f64) -> f64,
    row: impl Fn(Df, Df) -> Df,
) -> Lowered {
    match (a.value(), b.value()) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => Lowered::number(known(*a, *b)),
        (Some(Value::Null), _) | (_, Some(Value::Null)) => Lowered::known(Value::Null),
        _ => Lowered::row(row(a.expr(), b.expr())),
    }
}

/// The greatest common divisor of the whole parts of two numbers.
fn common_divisor(a: f64, b: f64) -> f64 {
    let (mut a, mut b) = (a.trunc().abs(), b.trunc().abs());
    while b > 0.0 {
        (a, b) = (b, a % b);
    }
    a
}

fn text(a: &Lowered, known: impl Fn(&str) -> String) -> Lowered {
    match a.value() {
        Some(Value::Text(t)) => Lowered::known(Value::text(&known(t))),
        _ => Lowered::known(Value::Null),
    }
}

/// All known numbers fold into one; the rest stays.
fn fold(
    arguments: &[Lowered],
    known: impl Fn(f64, f64) -> f64,
    row: impl Fn(Vec<Df>) -> Df,
) -> Lowered {
    let constant = arguments.iter().filter_map(|a| a.value()?.as_number()).reduce(known);
    let mut rows: Vec<Df> =
        arguments.iter().filter(|a| a.value().is_none()).map(Lowered::expr).collect();
    match constant {
        Some(n) if rows.is_empty() => Lowered::number(n),
        Some(n) => {
            rows.push(lit(n));
            Lowered::row(row(rows))
        }
        None if rows.is_empty() => Lowered::known(Value::Null),
        None => Lowered::row(row(rows)),
    }
}

fn first_known(arguments: &[Lowered]) -> Lowered {
    let mut rest: Vec<&Lowered> = Vec::new();
    for argument in arguments {
        match argument.value() {
            Some(Value::Null) => {}
            Some(_) if rest.is_empty() => return argument.clone(),
            _ => rest.push(argument),
        }
    }
    match rest.as_slice() {
        [] => Lowered::known(Value::Null),
        [one] => (*one).clone(),
        [one, ..] => {
            let condition = one.is_condition();
            let first = super::null::first_of(rest.into_iter().map(Lowered::expr).collect());
            Lowered::row(first).with_condition(condition)
        }
    }
}
