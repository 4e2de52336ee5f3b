//! `search`: plan all branches, run them as one plan, say what was assumed.

use crate::base::rows::TableBuilder;
use crate::plan::expr::col::Col;
use crate::plan::search::branch::{Branch, Inputs, Purpose};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::logical_expr::lit;
use datafusion::physical_plan::execution_plan::reset_plan_states;

use crate::answer::{Answer, Footer, Timing};
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{Distinct, Expr, ModeDef, Name, Objective, Owner, Search, Top, Trait};
use crate::model::columns::Columns;
use crate::perf::DataMode;
use crate::perf::Origin;
use crate::plan::question::Question;
use crate::plan::relation::chain;
use crate::plan::scope::Given;
use crate::plan::search::answer::described;
use crate::plan::search::branch;
use crate::plan::search::rank::together;
use crate::plan::target::provenance::Data;
use crate::session::analysis::about::about;
use crate::session::analysis::assumed::Assumed;
use crate::session::analysis::confidence::without_confidence;
use crate::session::analysis::readable::readable;
use crate::session::analysis::verdict::verdict;
use crate::session::run::{feasible, numbers};
use crate::session::state::Prepared;
use crate::session::state::Session;

impl Session {
    pub(in crate::session) fn question(&self, search: &Search) -> Result<Question> {
        let mut asked = self.asking(&search.axes, &search.clauses)?;
        if asked.by_layout {
            asked.distinct = self.layout(&asked)?;
            asked.by_layout = !asked.distinct.is_empty();
        }
        Ok(asked)
    }

    /// What tells rows apart that the question does not tell apart itself: the mode, what it gives
    /// several values, and what workers are made of. Nothing where it lists what is tuned.
    fn layout(&self, asked: &Question) -> Result<Vec<Name>> {
        let columns = &self.library.columns;
        let tuned = |name: &Name| {
            columns
                .find(name.text.rsplit('.').next().unwrap_or(&name.text))
                .is_some_and(|c| c.is(Trait::Tuned))
        };
        if asked.swept().any(tuned) {
            return Ok(Vec::new());
        }
        self.layout_names(asked)
    }

    /// The same, whatever the question lists.
    pub(in crate::session) fn layout_names(&self, asked: &Question) -> Result<Vec<Name>> {
        let columns = &self.library.columns;
        let tuned = |name: &&Name| {
            let base = name.text.rsplit('.').next().unwrap_or(&name.text);
            columns.find(base).is_some_and(|c| c.is(Trait::Tuned))
        };
        let mut names: Vec<Name> = asked.swept().filter(|name| !tuned(name)).cloned().collect();
        let choices = asked.choices.iter().filter(|(_, values)| values.len() > 1);
        names.extend(choices.map(|(name, _)| Name::new(name)));
        names.push(Name::new("mode"));
        let modes = self.modes(asked)?;
        if modes.iter().any(|mode| mode.pools.is_empty()) {
            names.extend(columns.layout(Owner::Worker).map(|c| c.name.clone()));
        }
        for pool in modes.iter().flat_map(|mode| &mode.pools) {
            let own = columns.layout(Owner::Pool);
            names.extend(own.map(|c| Name::new(format!("{}.{}", pool.name.text, c.name.text))));
        }
        let mut known = BTreeSet::new();
        names.retain(|name| known.insert(name.text.clone()));
        Ok(names)
    }

    /// The modes a question is about.
    pub(in crate::session) fn modes(&self, asked: &Question) -> Result<Vec<Arc<ModeDef>>> {
        if let Some(mix) = &asked.mix {
            mix.check(&self.library)?;
        }
        let named = |name: &Name| {
            let mode = self.library.mode(&name.text).cloned();
            mode.map_err(|error| error.within(name.loc.span(), "asked for here"))
        };
        let modes: Vec<_> = match asked.choice("", "mode") {
            Some(names) => names.iter().map(named).collect::<Result<_>>()?,
            None => {
                let names = self.library.default_choice("mode").into_iter();
                names.map(|n| self.library.mode(&n).cloned()).collect::<Result<_>>()?
            }
        };
        asked.of_pools.iter().try_for_each(|name| of_some_pool(name, &modes))?;
        Ok(modes)
    }

    /// All branches of a question.
    pub(in crate::session) fn branches(
        &self,
        asked: &Question,
        purpose: Purpose,
    ) -> Result<Vec<Branch>> {
        let given = Given::default();
        let asked = &*self.by_formulas(asked)?;
        let mut branches = Vec::new();
        for mode in self.modes(asked)? {
            let inputs = Inputs {
                library: &self.library,
                asked,
                mode: &mode,
                given: &given,
                rows: None,
                purpose,
            };
            for targets in self.engine.deployments(&self.library, asked, &mode)? {
                branches.push(branch(inputs, &targets)?);
            }
        }
        if branches.is_empty() {
            return Err(Error::question(
                Code::NothingToSearch,
                "nothing to search: no target is left",
            ));
        }
        Ok(branches)
    }

    /// Answers a search typed as `text`: typed again, it is not planned again.
    pub(in crate::session) fn search_typed(
        &mut self,
        search: &Search,
        text: &str,
    ) -> Result<Answer> {
        let known = self.prepared.get(text);
        let (prepared, planning) = match known {
            Some(prepared) => (prepared, Duration::ZERO),
            None => {
                let (prepared, planning) = self.prepare(search)?;
                let prepared = Arc::new(prepared);
                self.prepared.keep(text, &prepared);
                (prepared, planning)
            }
        };
        self.run_prepared(&prepared, planning)
    }

    /// Answers a search.
    pub(in crate::session) fn run_search(&mut self, search: &Search) -> Result<Answer> {
        let without = match without_confidence(search, &self.settings) {
            Some(other) => self.run_search(&other)?.headline,
            None => None,
        };
        let mut answer = self.run_question(self.question(search)?)?;
        answer.notes.extend(without.map(|said| format!("without confidence, {said}")));
        Ok(answer)
    }

    /// Answers a search with a frontier of each value of a column.
    pub(in crate::session) fn run_each(
        &mut self,
        search: &Search,
        column: &Name,
    ) -> Result<Answer> {
        let mut asked = self.question(search)?;
        asked.each.push(column.clone());
        self.run_question(asked)
    }

    /// Answers a question whose clauses are sorted.
    pub(in crate::session) fn run_question(&mut self, asked: Question) -> Result<Answer> {
        let (prepared, planning) = self.prepare_question(asked)?;
        self.run_prepared(&prepared, planning)
    }

    /// The row that a search ranks first, with further metrics; without an objective of its own, or with
    /// several, that of the model decides.
    pub(in crate::session) fn run_first(
        &mut self,
        search: &Search,
        shows: Vec<String>,
    ) -> Result<Answer> {
        let mut search = search.clone();
        search.clauses.objective.take_if(|o| matches!(o, Objective::Pareto(_)));
        search.clauses.top =
            Some(Top { count: Expr::number(1.0), per: Vec::new(), distinct: Distinct::Candidates });
        let asked = Question { shows, ..self.question(&search)? };
        self.run_question(asked)
    }

    /// Plans a search, and says how long that took without reading.
    pub(in crate::session) fn prepare(&self, search: &Search) -> Result<(Prepared, Duration)> {
        self.prepare_question(self.question(search)?)
    }

    fn prepare_question(&self, asked: Question) -> Result<(Prepared, Duration)> {
        let begin = Instant::now();
        let read_before = self.engine.catalog.time_reading();
        self.engine.forget_used();
        let branches = self.branches(&asked, Purpose::Rank)?;
        let total =
            |count: fn(&Branch) -> u64| branches.iter().map(count).fold(0, u64::saturating_add);
        // Formulas say which candidates there are; what is shown of a simulation is simulated.
        let followed = if self.is_simulated(&asked)? {
            Some(self.followed(&asked, Purpose::Rank)?)
        } else {
            None
        };
        let context = self.context_for(total(|b| b.rows));
        let logical = match &followed {
            None => together(&asked, &branches)?,
            Some(followed) if !followed.branches.is_empty() => {
                together(&asked, &followed.branches)?
            }
            // Formulas alone are no answer.
            Some(_) => chain::filter(together(&asked, &branches)?, lit(false))?,
        };
        let logical = self.optimized(&context, &logical)?;
        // What is simulated assumes more.
        let shown = followed.as_ref().map(|followed| &followed.branches).filter(|b| !b.is_empty());
        let shown = shown.unwrap_or(&branches);
        let assumed = Assumed::new(&self.library, shown.iter().map(|b| (&asked, b)));
        let prepared = Prepared {
            plan: self.physical(&context, &logical)?,
            context,
            logical,
            candidates: total(|b| b.candidates),
            assumptions: assumed.told,
            assumed: assumed.all,
            modes: branches.iter().map(|b| b.mode.as_str()).collect::<BTreeSet<_>>().len(),
            vanished: self.vanished(&asked, &branches)?,
            about: about(&self.library, &asked, &branches),
            data: distinct(&branches).map(Data::after_planning).collect(),
            followed: followed.map(|followed| followed.trials),
            asked,
            read: self.engine.catalog.time_reading() - read_before,
        };
        let planning = begin.elapsed().saturating_sub(prepared.read);
        Ok((prepared, planning))
    }

    fn run_prepared(&mut self, prepared: &Prepared, planning: Duration) -> Result<Answer> {
        let read_before = self.engine.catalog.time_reading();
        self.engine.forget_used();
        let plan = reset_plan_states(Arc::clone(&prepared.plan))
            .map_err(crate::plan::nodes::failure::failure)?;
        let ran = self.execute(&prepared.context, plan)?;
        let read_running = self.engine.catalog.time_reading() - read_before;
        self.last_plan = Some(prepared.logical.display_indent().to_string());
        let rows = ranked(&self.library.columns, &ran.plan.schema(), &ran.batches)?;
        let schema = described(&rows.schema(), &prepared.asked, &self.library);
        let mut answer = Answer::rows(
            rows.with_schema(schema).map_err(|e| crate::plan::nodes::failure::failure(e.into()))?,
        );
        answer.assumptions.clone_from(&prepared.assumptions);
        self.last_assumed.clone_from(&prepared.assumed);
        answer.feasible = answer.row_count() > 0;
        if answer.feasible {
            let scores = scores(&ran.batches)?;
            let rows = (&answer, scores.as_slice());
            answer.headline = verdict(&self.library, &prepared.asked, prepared.modes, rows);
            answer.readable = readable(&self.library, &answer, &prepared.asked)?;
        }
        let read = if planning.is_zero() { read_running } else { prepared.read + read_running };
        answer.footer = Some(Footer {
            candidates: prepared.candidates,
            feasible: feasible(&ran.plan),
            about: prepared.about.clone(),
            data: prepared.data.iter().map(Data::with_donors).collect(),
            worst_origin: worst_origin(&answer),
            timing: Timing {
                plan: planning,
                read,
                price: ran.execution.saturating_sub(read_running),
            },
        });
        answer.notes.extend(prepared.followed.map(|count| count.to_string()));
        if answer.feasible {
            answer.notes.extend(prepared.vanished.iter().cloned());
            answer.notes.extend(self.fixed_objective(&prepared.asked));
            let absent = self.without_rows(&prepared.asked, &answer)?;
            answer
                .notes
                .extend(absent.into_iter().filter(|note| !prepared.vanished.contains(note)));
            answer.notes.extend(prepared.data.iter().filter_map(left_out));
        } else {
            let asked = &prepared.asked;
            let (notes, infeasible) = match prepared.followed {
                Some(trials) if trials.in_full > 0 => {
                    let followed = self.followed(asked, Purpose::Diagnose)?;
                    let (mut notes, why) = self.why_none_of(asked, &followed.branches)?;
                    if trials.in_full + trials.tried < trials.ranked {
                        notes.push(NOT_ALL.to_owned());
                    }
                    (notes, why)
                }
                _ => self.why_none(asked)?,
            };
            let because = infeasible.because.as_ref();
            answer.headline = because.map(|why| format!("There are no candidates: {why}."));
            answer.notes.extend(notes);
            answer.infeasible = Some(infeasible);
        }
        Ok(answer)
    }
}

/// What is said where nothing was found among the candidates that were simulated.
const NOT_ALL: &str = "  these were simulated: another candidate that formulas leave may keep what they miss by little";

/// Refuses what is said of a pool that none of the modes has.
fn of_some_pool(name: &Name, modes: &[Arc<ModeDef>]) -> Result<()> {
    let Some((pool, base)) = name.text.split_once('.') else { return Ok(()) };
    let mut pools = modes.iter().flat_map(|mode| &mode.pools);
    if pools.any(|known| known.name.text == pool) {
        return Ok(());
    }
    let names: Vec<&str> = modes.iter().map(|mode| mode.name.text.as_str()).collect();
    let message = format!("`as {}` has no pool `{pool}`", names.join(", "));
    Err(Error::question(Code::NoSuchCandidate, message)
        .at(name.loc.span(), "would change nothing")
        .help(format!("`{base}` is that of all workers; `as disagg` has pools")))
}

/// A remark on measurements that some candidates lacked, which are therefore not in the answer.
fn left_out(data: &Data) -> Option<String> {
    // Others stand in for what is missing.
    if data.evidence.mode == DataMode::Hybrid {
        return None;
    }
    let missing = data.missing();
    let first = missing.first()?;
    Some(match missing.len() {
        1 => format!("candidates that need a measurement not in {data} are left out: {first}"),
        n => format!(
            "candidates that need any of {n} measurements not in {data} are left out, such as {first}"
        ),
    })
}

/// Data of all branches, each once.
pub(in crate::session) fn distinct<'b>(
    branches: impl IntoIterator<Item = &'b Branch>,
) -> impl Iterator<Item = &'b Data> {
    let data = branches.into_iter().flat_map(|b| &b.data).map(|d| (d.to_string(), d));
    data.collect::<BTreeMap<_, _>>().into_values()
}

/// What each row is ranked by.
fn scores(batches: &[RecordBatch]) -> Result<Vec<f64>> {
    let key = Col::Sort(0).to_string();
    let mut scores = Vec::new();
    for batch in batches {
        let column = numbers(batch, &key)?;
        scores.extend(column.iter().flatten().map(|score| score.unwrap_or(f64::NAN)));
    }
    Ok(scores)
}

/// The answer with ranks and without sort keys.
fn ranked(known: &Columns, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<RecordBatch> {
    let bug =
        |e| Error::internal(Code::PlannerBug, format!("the answer could not be put together: {e}"));
    let schema = batches.first().map_or_else(|| Arc::clone(schema), RecordBatch::schema);
    let all = concat_batches(&schema, batches).map_err(bug)?;
    let ranks = Int64Array::from_iter_values(1..=all.num_rows() as i64);
    let mut fields = vec![Field::new("rank", DataType::Int64, false)];
    let mut columns: Vec<ArrayRef> = vec![Arc::new(ranks)];
    for (field, column) in all.schema().fields().iter().zip(all.columns()) {
        let hidden = Col::is_hidden(field.name())
            || (known.is_optional(field.name()) && column.null_count() == column.len());
        if !hidden {
            fields.push(field.as_ref().clone());
            columns.push(Arc::clone(column));
        }
    }
    TableBuilder::of(fields, columns).build()
}

/// The worst origin among the rows of an answer.
pub(in crate::session) fn worst_origin(answer: &Answer) -> String {
    let mut worst: Option<Origin> = None;
    for batch in &answer.batches {
        let Some(column) = batch.column_by_name("origin").and_then(|c| c.as_string_opt::<i32>())
        else {
            continue;
        };
        for name in column.iter().flatten() {
            let origin = Origin::ALL.into_iter().find(|o| o.name() == name);
            worst = worst.max(origin);
        }
    }
    worst.map_or_else(|| "none".to_owned(), |o| o.name().to_owned())
}
