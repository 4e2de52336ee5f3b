//! What columns without a name are called: `m + 1`, not `m + Int64(1)`.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::ScalarValue;

use crate::answer::Answer;
use crate::base::rows::counted;

/// Types whose constants are written with their type around them.
const TYPES: [&str; 12] = [
    "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float32", "Float64",
    "Boolean", "Utf8",
];

/// A name with its constants as they are written in SQL.
fn plain(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(letter) = rest.chars().next() {
        let begins = !out.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '"');
        match begins.then(|| constant(rest)).flatten() {
            Some((text, after)) => {
                out.push_str(&text);
                rest = after;
            }
            None => {
                out.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    out
}

/// A constant at the beginning of a text, and what follows it.
fn constant(text: &str) -> Option<(String, &str)> {
    let (of, inner) =
        TYPES.iter().find_map(|t| Some((*t, text.strip_prefix(t)?.strip_prefix('(')?)))?;
    if of == "Utf8" {
        let (value, rest) = inner.strip_prefix('"')?.split_once("\")")?;
        return Some((format!("'{value}'"), rest));
    }
    let (value, rest) = inner.split_once(')')?;
    ScalarValue::try_from_string(value.to_owned(), &of.parse().ok()?).ok()?;
    Some((value.to_owned(), rest))
}

/// The answer under such names, unless two columns would have the same.
pub(super) fn named(answer: Answer) -> Answer {
    let fields = answer.schema.fields().iter().map(|field| {
        let name = plain(field.name());
        if name == *field.name() {
            Arc::clone(field)
        } else {
            Arc::new(field.as_ref().clone().with_name(name))
        }
    });
    let fields: Vec<_> = fields.collect();
    let twice =
        fields.iter().enumerate().any(|(i, f)| fields[..i].iter().any(|g| g.name() == f.name()));
    if twice {
        return answer;
    }
    let schema: SchemaRef =
        Arc::new(Schema::new_with_metadata(fields, answer.schema.metadata().clone()));
    let renamed = |batch: &RecordBatch| {
        counted(Arc::clone(&schema), batch.columns().to_vec(), batch.num_rows()).ok()
    };
    match answer.batches.iter().map(renamed).collect::<Option<Vec<_>>>() {
        Some(batches) => Answer { batches, schema, ..answer },
        None => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn constants_are_as_they_were_written() {
        for (name, shown) in [
            ("Int64(1)", "1"),
            ("gemm.m + Int64(1)", "gemm.m + 1"),
            ("Utf8(\"a)b\")", "'a)b'"),
            ("Boolean(true)", "true"),
            ("sum(Float64(1.5) * t.m)", "sum(1.5 * t.m)"),
            ("myInt64(1)", "myInt64(1)"),
            ("Int64(x", "Int64(x"),
            ("é", "é"),
        ] {
            assert_eq!(plain(name), shown);
        }
    }
}
