//! What a `for` runs over: lists written out in the text, or taken from a `config.json`, where
//! they are JSON texts.

use crate::plan::expr::lowered::Lowered;
use crate::plan::expr::names::{Mixed, Names};
use serde_json::Value as Json;

use super::domain::{Values, expand};
use super::lower::known;
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{Domain, Each, Item, ListExpr, Loc};
use crate::model::value::Value;

/// An element of a list, bound to the variable of a `for`. Equal elements are one, with a count.
#[derive(Debug, Clone)]
pub(in crate::plan) struct Element {
    /// The variable.
    name: String,
    value: Json,
    /// How often it occurs.
    pub(in crate::plan) count: f64,
}

impl Element {
    /// The meaning of a name: the element, `NAME.count`, or a field of it.
    pub(in crate::plan) fn get(&self, name: &str) -> Option<Lowered> {
        let rest = name.strip_prefix(self.name.as_str())?;
        if rest.is_empty() {
            return Some(Lowered::known(Value::from_json(Some(&self.value))));
        }
        let path = rest.strip_prefix('.')?;
        if path == "count" {
            return Some(Lowered::number(self.count));
        }
        let found = path.split('.').try_fold(&self.value, |at, part| at.get(part));
        Some(Lowered::known(Value::from_json(found)))
    }
}

/// The elements a `for` runs over, equal ones merged, in the order of their first occurrence.
///
/// # Errors
/// `AIQ0212` for what is no list, `AIQ0205` for what depends on the candidate.
pub(in crate::plan) fn elements(each: &Each, names: &dyn Names) -> Result<Vec<Element>> {
    let mut elements: Vec<Element> = Vec::new();
    for value in values(&each.list, names, &each.name.loc)? {
        match elements.iter_mut().find(|e| e.value == value) {
            Some(known) => known.count += 1.0,
            None => elements.push(Element { name: each.name.text.clone(), value, count: 1.0 }),
        }
    }
    Ok(elements)
}

fn values(list: &ListExpr, names: &dyn Names, loc: &Loc) -> Result<Vec<Json>> {
    let items = match list {
        ListExpr::Items(items) => items,
        ListExpr::Expr(expr) => {
            return match known(expr, names)? {
                Value::Null => Ok(Vec::new()),
                value => parse(&value).ok_or_else(|| {
                    Error::question(Code::NotACount, format!("`{value}` is no list"))
                        .at(expr.loc.span(), "a list, such as one of config.json")
                }),
            };
        }
    };
    let mut values = Vec::new();
    for item in items {
        match item {
            Item::One(expr) => values.push(known(expr, names)?.to_json()),
            Item::Range { .. } => match expand(&Domain::Items(vec![item.clone()]), names, None)? {
                Values::Numbers(numbers) => {
                    values.extend(numbers.into_iter().map(|n| Value::Number(n).to_json()));
                }
                Values::One(one) => values.extend(one.value().map(Value::to_json)),
                Values::Texts(_) => {
                    return Err(Error::question(Code::NotACount, "a range needs numbers")
                        .at(loc.span(), "in this list"));
                }
            },
        }
    }
    Ok(values)
}

/// The elements of a list given as its JSON text.
fn parse(value: &Value) -> Option<Vec<Json>> {
    match serde_json::from_str(value.as_text()?).ok()? {
        Json::Array(elements) => Some(elements),
        _ => None,
    }
}

/// Names in which the variable of a `for` is bound.
pub(in crate::plan) struct Within<'n> {
    pub(in crate::plan) names: &'n dyn Names,
    pub(in crate::plan) element: &'n Element,
}

impl Names for Within<'_> {
    fn name(&self, name: &str, loc: &Loc) -> Result<Lowered> {
        match self.element.get(name) {
            Some(value) => Ok(value),
            None => self.names.name(name, loc),
        }
    }

    fn knows(&self, name: &str, loc: &Loc) -> bool {
        self.element.get(name).is_some() || self.names.knows(name, loc)
    }

    fn fact(&self, function: &str, arguments: &[&str], loc: &Loc) -> Result<Option<Value>> {
        self.names.fact(function, arguments, loc)
    }

    fn mixed(&self) -> Option<&dyn Mixed> {
        self.names.mixed()
    }
}
