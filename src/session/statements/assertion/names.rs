//! What names mean in a claim: columns of the best row of an answer.

use crate::base::rows::{self, TableBuilder};
use crate::plan::expr::lowered::Lowered;
use crate::plan::expr::names::Names;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, RecordBatch};
use datafusion::arrow::compute::{cast, concat_batches, filter_record_batch};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Schema};
use datafusion::datasource::MemTable;

use crate::answer::Answer;
use crate::base::error::{Code, Error, Kind, Result, bug, nearest};
use crate::lang::ast::{Expr, ExprKind, Loc};
use crate::lang::units::Unit;
use crate::model::value::Value;
use crate::perf::Origin;
use crate::session::state::Session;

/// The column that holds the rank of a row.
pub(super) const RANK: &str = "#rank";

/// Columns of best rows, as far as a claim names them.
pub(super) struct RowNames<'s> {
    session: &'s Session,
    used: RefCell<BTreeMap<String, ArrayRef>>,
    reasons: RefCell<Vec<String>>,
}

/// A cell of a best row.
struct Cell {
    column: ArrayRef,
    unit: Unit,
    reason: Option<String>,
}

impl Cell {
    fn text(&self) -> Option<String> {
        text_at(&self.column, 0)
    }

    fn is_text(&self) -> bool {
        is_text(self.column.data_type())
    }
}

fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn text_at(column: &ArrayRef, row: usize) -> Option<String> {
    let texts = cast(column, &DataType::Utf8).ok()?;
    let texts = texts.as_string_opt::<i32>()?;
    texts.is_valid(row).then(|| texts.value(row).to_owned())
}

fn numbers(column: &ArrayRef) -> Result<ArrayRef> {
    match column.data_type() {
        DataType::Boolean => Ok(Arc::clone(column)),
        _ => cast(column, &DataType::Float64).map_err(bug),
    }
}

fn unit_of(field: &Field) -> Unit {
    match field.metadata().get("unit").map(String::as_str) {
        Some("GiB") => Unit::Gib,
        Some(label) => Unit::parse(label).map(|(unit, _)| unit).unwrap_or_default(),
        None => Unit::None,
    }
}

/// A number as the base unit has it: answers show sizes in GiB.
fn column_in_base(name: &str, unit: Unit) -> Lowered {
    let column = Lowered::column(name);
    let column =
        if unit == Unit::Gib { column.times(Lowered::number(1_073_741_824.0)) } else { column };
    column.with_unit(unit)
}

/// An origin as its order, any other text as itself.
fn text_value(name: &str, text: Option<String>) -> Lowered {
    let Some(text) = text else { return Lowered::known(Value::Null) };
    let origin = Origin::ALL.into_iter().find(|o| o.name() == text);
    match origin.filter(|_| name.rsplit('.').next() == Some("origin")) {
        Some(origin) => Lowered::number(f64::from(origin as u8)),
        None => Lowered::known(Value::text(&text)),
    }
}

/// All rows of an answer as one batch.
fn whole(answer: &Answer) -> Result<RecordBatch> {
    concat_batches(&answer.schema, &answer.batches)
        .or_else(|_| match answer.batches.first() {
            Some(first) => concat_batches(&first.schema(), &answer.batches),
            None => Ok(RecordBatch::new_empty(Arc::clone(&answer.schema))),
        })
        .map_err(bug)
}

impl Session {
    /// The last answer, `best`, or a named one.
    pub(super) fn answer_named(&self, name: &str, loc: &Loc) -> Result<&Answer> {
        if let Some(named) = self.results.get(name) {
            return Ok(&named.answer);
        }
        if name == "best" {
            return self.last.as_ref().ok_or_else(|| {
                Error::question(Code::NothingToAssert, "nothing to check yet")
                    .at(loc.span(), "of which answer?")
                    .help("ask a question first; its assertions stand behind it")
            });
        }
        let known = self.results.keys().map(String::as_str).chain(["best"]);
        let error = Error::question(Code::NoSuchResult, format!("there is no result `{name}`"))
            .at(loc.span(), "unknown result");
        let column = self.last.as_ref().is_some_and(|a| a.schema.field_with_name(name).is_ok());
        Err(if column {
            error.help(format!("for the best row of the last answer, write `best.{name}`"))
        } else if let Some(near) = nearest(name, known) {
            error.help(format!("did you mean `{near}`?"))
        } else {
            error.help("`best` is the last answer; `let a = search ...` names one")
        })
    }

    /// Whether a path leads to a text.
    pub(super) fn is_text(&self, path: &str) -> bool {
        let Some((name, rest)) = path.split_once('.') else { return false };
        let answer = self.results.get(name).map(|n| &n.answer).or(self.last.as_ref());
        let column = |c: &str| {
            answer?
                .schema
                .field_with_name(&c.replace('.', "_"))
                .ok()
                .map(|f| is_text(f.data_type()))
        };
        let inner = rest.split_once('.').and_then(|(_, rest)| column(rest));
        column(rest).or(inner).unwrap_or(false)
    }

    fn cell(&self, path: &str, loc: &Loc) -> Result<Cell> {
        let (name, rest) = path.split_once('.').unwrap_or((path, ""));
        let answer = self.answer_named(name, loc)?;
        let rows = whole(answer)?;
        let wrong = |error: Error| error.at(loc.span(), "names no column of a row");
        if rest.is_empty() {
            return Err(wrong(Error::question(
                Code::NoSuchName,
                format!("`{name}` is a whole answer"),
            ))
            .help(format!("name a column, as in `{name}.ttft`, or write `{name}.feasible`")));
        }
        let modes = rows.column_by_name("mode").cloned();
        let of_mode = |mode: &str| {
            let modes = modes.as_ref()?;
            (0..rows.num_rows()).find(|row| text_at(modes, *row).as_deref() == Some(mode))
        };
        let (first, last) = rest.split_once('.').unwrap_or(("", rest));
        let is_mode = !first.is_empty() && self.library.modes.contains_key(first);
        let (row, column) = match is_mode {
            true => (of_mode(first), last.replace('.', "_")),
            false => ((rows.num_rows() > 0).then_some(0), rest.replace('.', "_")),
        };
        let schema = rows.schema();
        let Ok(at) = schema.index_of(&column) else {
            let error =
                wrong(Error::question(Code::NoSuchName, format!("no row has a column `{column}`")));
            let names = schema.fields().iter().map(|f| f.name().as_str());
            return Err(match nearest(&column, names) {
                Some(near) => error.help(format!("did you mean `{name}.{near}`?")),
                None => error,
            });
        };
        let Some(row) = row else {
            let failed = |what: String| Error::new(Kind::Infeasible, Code::AssertionFailed, what);
            if rows.num_rows() > 0 {
                return Err(failed(format!("`{name}` has no row of {first}"))
                    .at(loc.span(), "no such row")
                    .help("`top 1 per mode` keeps the best row of each mode"));
            }
            let error = failed(format!("`{name}` has no row"))
                .at(loc.span(), "nothing meets all conditions");
            return Err(answer.notes.iter().take(3).fold(error, |e, note| e.help(note.clone())));
        };
        let reason = rows.column_by_name("reason").and_then(|c| text_at(c, row));
        let pools = || {
            let of = |pool: &str| schema.index_of(&format!("{pool}_{column}")).is_ok();
            (of("prefill") && of("decode")).then(|| {
                format!("it is of pools: `{name}.prefill.{column}`, `{name}.decode.{column}`")
            })
        };
        let reason = reason.or_else(pools);
        let column = rows.column(at).slice(row, 1);
        Ok(Cell { column, unit: unit_of(schema.field(at)), reason })
    }
}

impl<'s> RowNames<'s> {
    pub(super) fn new(session: &'s Session) -> Self {
        Self { session, used: RefCell::default(), reasons: RefCell::default() }
    }

    /// The one row that the names used so far make up.
    pub(super) fn table(&self) -> Result<MemTable> {
        let used = self.used.borrow();
        let mut fields = vec![Field::new("#", DataType::Float64, true)];
        let mut columns: Vec<ArrayRef> = vec![Arc::new(Float64Array::from(vec![0.0]))];
        for (name, column) in used.iter() {
            fields.push(Field::new(name, column.data_type().clone(), true));
            columns.push(Arc::clone(column));
        }
        let schema = Arc::new(Schema::new(fields));
        let batch = rows::batch(Arc::clone(&schema), columns)?;
        MemTable::try_new(schema, vec![vec![batch]]).map_err(bug)
    }

    /// The text that an expression names.
    pub(super) fn text_of(&self, expr: &Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Name(name) => {
                self.session.cell(name, &expr.loc).ok().filter(Cell::is_text)?.text()
            }
            ExprKind::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// Names without a value.
    pub(super) fn missing(&self) -> Vec<String> {
        let used = self.used.borrow();
        used.iter().filter(|(_, c)| c.null_count() > 0).map(|(name, _)| name.clone()).collect()
    }

    /// Why they have none, where the rows say so.
    pub(super) fn reasons(&self) -> Vec<String> {
        self.reasons.borrow().clone()
    }
}

impl Names for RowNames<'_> {
    fn name(&self, name: &str, loc: &Loc) -> Result<Lowered> {
        let of = name.strip_suffix(".feasible").or((name == "feasible").then_some("best"));
        if let Some(of) = of {
            let feasible = self.session.answer_named(of, loc)?.feasible;
            return Ok(Lowered::known(Value::Bool(feasible)));
        }
        let cell = self.session.cell(name, loc)?;
        if cell.column.null_count() > 0 {
            self.used.borrow_mut().insert(name.to_owned(), Arc::clone(&cell.column));
            let mut reasons = self.reasons.borrow_mut();
            if let Some(reason) = cell.reason.clone().filter(|r| !reasons.contains(r)) {
                reasons.push(reason);
            }
        }
        if cell.is_text() {
            return Ok(text_value(name, cell.text()));
        }
        self.used.borrow_mut().insert(name.to_owned(), numbers(&cell.column)?);
        let condition = cell.column.data_type() == &DataType::Boolean;
        Ok(column_in_base(name, cell.unit).with_condition(condition))
    }

    fn knows(&self, name: &str, loc: &Loc) -> bool {
        // What is no answer at all has an error of its own.
        let head = name.split_once('.').map_or(name, |(head, _)| head);
        self.session.cell(name, loc).is_ok() || self.session.answer_named(head, loc).is_err()
    }

    fn fact(&self, _: &str, _: &[&str], _: &Loc) -> Result<Option<Value>> {
        Ok(None)
    }
}

/// The rows of an answer, for `rank`.
pub(super) struct AnswerRows<'a> {
    answer: &'a Answer,
    rows: RecordBatch,
}

/// Rows that agree in every text.
pub(super) struct Group {
    texts: BTreeMap<String, Option<String>>,
    units: BTreeMap<String, Unit>,
    numbers: RecordBatch,
}

impl<'a> AnswerRows<'a> {
    pub(super) fn new(answer: &'a Answer) -> Result<Self> {
        Ok(Self { answer, rows: whole(answer)? })
    }

    /// Whether a column holds texts.
    pub(super) fn is_text(&self, name: &str) -> bool {
        let field = self.answer.schema.field_with_name(&name.replace('.', "_"));
        field.is_ok_and(|f| is_text(f.data_type()))
    }

    /// The rows by their texts.
    pub(super) fn groups(&self) -> Result<Vec<Group>> {
        let schema = self.rows.schema();
        let text = |row: usize| -> BTreeMap<String, Option<String>> {
            let columns = schema.fields().iter().zip(self.rows.columns());
            let texts = columns.filter(|(f, _)| is_text(f.data_type()));
            texts.map(|(f, c)| (f.name().clone(), text_at(c, row))).collect()
        };
        let mut rows_of: BTreeMap<BTreeMap<String, Option<String>>, Vec<bool>> = BTreeMap::new();
        let count = self.rows.num_rows();
        for row in 0..count {
            rows_of.entry(text(row)).or_insert_with(|| vec![false; count])[row] = true;
        }
        let mut fields = vec![Field::new(RANK, DataType::Float64, false)];
        let ranks = (1..=count).map(|n| n as f64);
        let mut columns: Vec<ArrayRef> = vec![Arc::new(Float64Array::from_iter_values(ranks))];
        let mut units = BTreeMap::new();
        for (field, column) in schema.fields().iter().zip(self.rows.columns()) {
            if field.data_type().is_numeric() || field.data_type() == &DataType::Boolean {
                let column = numbers(column)?;
                fields.push(Field::new(field.name(), column.data_type().clone(), true));
                columns.push(column);
                units.insert(field.name().clone(), unit_of(field));
            }
        }
        let all = TableBuilder::of(fields, columns).build()?;
        let group = |(texts, own): (BTreeMap<_, _>, Vec<bool>)| {
            let numbers = filter_record_batch(&all, &BooleanArray::from(own)).map_err(bug)?;
            Ok(Group { texts, units: units.clone(), numbers })
        };
        rows_of.into_iter().map(group).collect()
    }
}

impl Group {
    pub(super) fn table(&self) -> Result<MemTable> {
        MemTable::try_new(self.numbers.schema(), vec![vec![self.numbers.clone()]]).map_err(bug)
    }
}

impl Names for Group {
    fn name(&self, name: &str, loc: &Loc) -> Result<Lowered> {
        let column = name.replace('.', "_");
        if let Some(text) = self.texts.get(&column) {
            return Ok(text_value(name, text.clone()));
        }
        if let Some(unit) = self.units.get(&column) {
            let own = self.numbers.schema();
            let condition =
                own.field_with_name(&column).is_ok_and(|f| f.data_type() == &DataType::Boolean);
            return Ok(column_in_base(&column, *unit).with_condition(condition));
        }
        let error = Error::question(Code::NoSuchName, format!("no row has a column `{column}`"))
            .at(loc.span(), "unknown column");
        let names = self.texts.keys().chain(self.units.keys()).map(String::as_str);
        Err(match nearest(&column, names) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        })
    }

    fn knows(&self, name: &str, _: &Loc) -> bool {
        let column = name.replace('.', "_");
        self.texts.contains_key(&column) || self.units.contains_key(&column)
    }

    fn fact(&self, _: &str, _: &[&str], _: &Loc) -> Result<Option<Value>> {
        Ok(None)
    }
}

/// The least number of the first column.
pub(super) fn least(batch: &RecordBatch) -> Option<f64> {
    batch.column(0).as_primitive_opt::<Float64Type>()?.iter().flatten().reduce(f64::min)
}
