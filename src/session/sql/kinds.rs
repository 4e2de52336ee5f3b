//! Values of the wrong kind in SQL, in our words: which column is a number, and which a text.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{ExprSchema, ScalarValue};
use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan};

use crate::base::error::{Code, Error};
use crate::lang::ast::Loc;

/// What a type of the engine below is called here.
fn kind(data_type: &DataType) -> &'static str {
    match data_type {
        _ if data_type.is_numeric() => "a number",
        DataType::Boolean => "true or false",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text",
        _ if data_type.is_temporal() => "a time",
        _ if data_type.is_nested() => "a list",
        _ => "another kind of value",
    }
}

/// The comparison of a plan between a column and a constant of another kind, as the error that it is.
pub(super) fn mismatch(plan: &LogicalPlan, loc: &Loc) -> Option<Error> {
    let mut found = None;
    let _ = plan.apply_with_subqueries(|node| {
        // A filter that was pushed into its table stands above columns that the node itself has.
        let inputs = node.inputs();
        let schemas: Vec<_> = match inputs.as_slice() {
            [] => vec![node.schema()],
            inputs => inputs.iter().map(|input| input.schema()).collect(),
        };
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                if let Expr::BinaryExpr(BinaryExpr { left, op, right }) = expr
                    && op.supports_propagation()
                    && let Some((column, value)) = sides(left, right)
                    && let Some(own) = schemas.iter().find_map(|s| s.data_type(column).ok())
                    && let Some(help) = slip(own, value)
                {
                    let name = &column.name;
                    found = Some(
                        Error::question(Code::SqlFailed, format!("`{name}` is {}", kind(own)))
                            .at(place(loc, value), format!("this is {}", kind(&value.data_type())))
                            .help(help),
                    );
                    return Ok(TreeNodeRecursion::Stop);
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    });
    found
}

/// A column and a constant, in either order.
fn sides<'e>(
    left: &'e Expr,
    right: &'e Expr,
) -> Option<(&'e datafusion::common::Column, &'e ScalarValue)> {
    match (left, right) {
        (Expr::Column(column), Expr::Literal(value, _))
        | (Expr::Literal(value, _), Expr::Column(column)) => Some((column, value)),
        _ => None,
    }
}

/// What to write instead of a constant that a column of this type cannot be compared with.
fn slip(column: &DataType, value: &ScalarValue) -> Option<String> {
    let text = value.try_as_str().flatten();
    match text {
        Some(text) if column.is_numeric() && text.trim().parse::<f64>().is_err() => {
            Some("compare it with a number, without quotes".to_owned())
        }
        None if kind(column) == "text" && value.data_type().is_numeric() => {
            Some(format!("a text stands in quotes: '{value}'"))
        }
        _ => None,
    }
}

/// Where a constant stands; the whole statement if that is not plain.
fn place(loc: &Loc, value: &ScalarValue) -> crate::base::error::Span {
    let mut span = loc.span();
    let written = match value.try_as_str().flatten() {
        Some(text) => format!("'{text}'"),
        None => value.to_string(),
    };
    let text = loc.text();
    let mut places = text.match_indices(&written).filter(|(at, _)| {
        let before = text[..*at].chars().next_back();
        let after = text[at + written.len()..].chars().next();
        let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.');
        written.starts_with('\'') || (!part(before) && !part(after))
    });
    if let (Some((at, _)), None) = (places.next(), places.next()) {
        span.range = loc.range.start + at..loc.range.start + at + written.len();
    }
    span
}

/// A message of the engine below with its types in our words.
pub(super) fn in_words(message: &str) -> Option<String> {
    const ARITHMETIC: &str = "annot coerce arithmetic expression ";
    const COMPARISON: &str = "annot infer common argument type for comparison operation ";
    let (said, rest) = [("compute", ARITHMETIC), ("compare", COMPARISON)]
        .into_iter()
        .find_map(|(said, begin)| Some((said, message.split_once(begin)?.1)))?;
    let (left, rest) = rest.split_once(' ')?;
    let (op, rest) = rest.split_once(' ')?;
    let right = rest.split_once(' ').map_or(rest, |(right, _)| right);
    let kind_of = |name: &str| name.parse::<DataType>().map_or("a value", |t| kind(&t));
    Some(format!("cannot {said} {} {op} {}", kind_of(left), kind_of(right)))
}
