//! `why not`: what keeps a candidate from being the answer, or how it lost.

mod evidence;
mod gap;
mod reasons;

use crate::plan::expr::col::Col;
use crate::plan::search::branch::{Branch, Purpose};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::logical_expr::{Expr as Df, lit};

use crate::answer::Answer;
use crate::base::error::{Code, Error, Result, bug};
use crate::lang::ast::{AxisTerm, Clauses, Domain, Name, Objective, Search, StatementKind};
use crate::plan::diagnose::{Judged, nearest};
use crate::plan::question::Question;
use crate::plan::question::what_if::is_varied;
use crate::plan::search::rank::together;
use crate::session::analysis::names::{check, dotted};
use crate::session::analysis::ops::from_answer;
use crate::session::analysis::ranking::{compare, keys_of, place};
use crate::session::analysis::refine::{modes_of, said, with_terms};
use crate::session::run::cancellable::side_by_side;
use crate::session::state::Keys;
use crate::session::state::{Named, Session};
use evidence::described;
pub(in crate::session) use gap::{Ops, between, cause};
use reasons::{Reason, answer, broken};

/// The candidate that is meant.
struct Chosen {
    /// As a question of its own.
    asked: Question,
    judged: Judged,
    /// Whether others have the values that were asked about, too.
    open: bool,
}

impl Session {
    pub(in crate::session) fn why_not(
        &mut self,
        terms: &[AxisTerm],
        name: &Name,
    ) -> Result<Answer> {
        let named = self.result(name)?.clone();
        let StatementKind::Search(search) = &named.question.kind else {
            return Err(Error::question(
                Code::NotASearch,
                "only a search has candidates that lost",
            )
            .at(name.loc.span(), "an estimate")
            .help("`estimate ...` says of its candidate whether it is valid"));
        };
        if let Some(swept) = search.clauses.hypotheses.iter().find(|h| h.each || is_varied(h)) {
            return Err(Error::question(Code::ManyWinners, "a sweep has a winner of each value")
                .at(swept.name.loc.span(), "of which value?")
                .help("name the result of a search with one of the values"));
        }
        if terms.is_empty() {
            let mut answer = self.why_no_other(&named, search)?;
            answer.notes.extend(self.stands_in(&self.question(search)?)?);
            return Ok(answer);
        }
        check(&self.library, terms.iter().map(|t| &t.name))?;
        let terms = dotted(&self.library, terms);
        let text = named.question.loc.text();
        let known = self.known_standing(text);
        let (chosen, standing) = side_by_side(
            &self.cancel,
            || known.map_or_else(|| self.stand(search), Ok),
            || self.chosen(search, &terms, name),
        )?;
        self.keep_standing(text, &standing);
        let Chosen { asked, judged, open } = chosen;
        let reasons = broken(&judged)?;
        let mut notes = Vec::new();
        if open {
            notes.push(format!(
                "of the candidates with {}, this is the best: {}",
                said(&terms),
                described(&self.library, &judged)
            ));
        }
        if reasons.is_empty() {
            return self.how_it_lost((&named, search), (&asked, &judged), &standing, notes);
        }
        let keys = keys_of(&judged.row, 0)?;
        if keys.iter().all(|k| k.is_finite()) {
            let what = if reasons.len() == 1 { "it" } else { "all of them" };
            let place = match &search.clauses.objective {
                Some(Objective::Pareto(exprs)) => {
                    match beaten_by(&standing, &keys, exprs.len()).len() {
                        0 => "be in the answer".to_owned(),
                        n => format!("be beaten by {n} of the answer"),
                    }
                }
                _ => match place(&standing, &keys) {
                    1 if standing.is_empty() => "be the answer".to_owned(),
                    1 => "win".to_owned(),
                    rank => format!("rank {rank} of {}", standing.len() + 1),
                },
            };
            notes.push(format!("without {what} this candidate would {place}"));
        }
        answer(&reasons, notes)
    }

    /// The candidate that is meant: the one, else the best of those that have these values, else
    /// the one that misses least, else the first.
    fn chosen(&self, search: &Search, terms: &[AxisTerm], name: &Name) -> Result<Chosen> {
        let narrowed = self.narrowed(search, terms, name)?;
        let mut asked = self.asking(&narrowed.axes, &narrowed.clauses)?;
        asked.top = 1;
        asked.per.clear();
        asked.distinct.clear();
        let branches = self.branches(&asked, Purpose::Rank)?;
        if branches.len() == 1 && branches[0].candidates == 1 {
            let asked = self.alone(&narrowed, None)?;
            return Ok(Chosen { judged: self.judge(&asked)?, asked, open: false });
        }
        // Most candidates that one asks about do not meet all conditions, so what misses least is
        // looked for at the same time; but for pools that takes longer than all the rest.
        let is_quick = self.modes(&asked)?.iter().all(|m| m.pools.is_empty());
        let best = || self.best(&asked, &branches);
        let (best, least) = match is_quick {
            true => side_by_side(&self.cancel, || self.least(&asked), best)?,
            false => match best()? {
                None => (None, self.least(&asked)?),
                best => (best, None),
            },
        };
        if let Some(row) = best {
            let asked = self.alone(&narrowed, Some(&row))?;
            // It meets all conditions, and its row says the rest.
            return Ok(Chosen {
                judged: Judged { row, predicates: Vec::new() },
                asked,
                open: true,
            });
        }
        let asked = self.alone(&narrowed, least.as_ref())?;
        Ok(Chosen { judged: self.judge(&asked)?, asked, open: true })
    }

    /// The search for candidates with these values.
    fn narrowed(&self, search: &Search, terms: &[AxisTerm], name: &Name) -> Result<Search> {
        let mut narrowed = with_terms(&self.library, search, terms);
        let fits = modes_of(&self.library, terms);
        if fits.is_empty() {
            return Ok(narrowed);
        }
        let asked: Vec<Name> = narrowed.clauses.modes.clone();
        let fits =
            fits.into_iter().filter(|m| asked.is_empty() || asked.iter().any(|a| a.text == *m));
        let modes: Vec<Name> = fits.map(|text| Name { text, loc: name.loc.clone() }).collect();
        if modes.is_empty() {
            return Err(Error::question(
                Code::NoSuchCandidate,
                "the question is not about such deployments",
            )
            .at(terms[0].name.loc.span(), "of another serving mode"));
        }
        narrowed.clauses.modes = modes;
        Ok(narrowed)
    }

    /// The row of the best candidate, with its sort keys.
    fn best(&self, asked: &Question, branches: &[Branch]) -> Result<Option<RecordBatch>> {
        let rows = branches.iter().map(|b| b.rows).fold(0, u64::saturating_add);
        let context = self.context_for(rows);
        let plan = together(asked, branches)?;
        let plan = self.optimized(&context, &plan)?;
        let batches = self.collect(&context, plan)?.batches;
        Ok(batches.iter().find(|b| b.num_rows() > 0).map(|b| b.slice(0, 1)))
    }

    /// The row of the candidate that misses least.
    fn least(&self, asked: &Question) -> Result<Option<RecordBatch>> {
        let mut least: Option<(f64, RecordBatch)> = None;
        for branch in self.branches(asked, Purpose::Diagnose)? {
            let Some(plan) = nearest(&branch.plan, &branch.predicates)? else { continue };
            let Some(row) = self.one_row(&plan)? else { continue };
            let judged = Judged { row, predicates: Vec::new() };
            let miss = judged.miss().unwrap_or(f64::INFINITY);
            if least.as_ref().is_none_or(|(least, _)| miss < *least) {
                least = Some((miss, judged.row));
            }
        }
        Ok(least.map(|(_, row)| row))
    }

    /// One candidate of a search under its conditions: that of a row, else the first.
    pub(in crate::session) fn alone(
        &self,
        search: &Search,
        row: Option<&RecordBatch>,
    ) -> Result<Question> {
        let own = &search.clauses;
        let Some(row) = row else {
            return self.sorted(&search.axes, own);
        };
        let answer = Answer::rows(row.clone());
        let loc = own.placements.first().map(|(system, _)| system.loc.clone());
        let loc = loc.or_else(|| search.axes.first().map(|t| t.name.loc.clone()));
        let loc = match (loc, self.library.axes.first()) {
            (Some(loc), _) => loc,
            (None, Some(axis)) => axis.name.loc.clone(),
            (None, None) => return Err(bug("no axes")),
        };
        let (terms, about) = from_answer(&self.library, &answer, &search.axes, own, None, 1, &loc)?;
        let clauses = Clauses {
            filter: own.filter.clone(),
            preferences: own.preferences.clone(),
            objective: own.objective.clone(),
            ..about
        };
        self.sorted(&terms, &clauses)
    }

    /// What keeps the candidate of a row of another answer from one to this search, in words; and
    /// that candidate here.
    pub(in crate::session) fn why_absent(
        &mut self,
        row: &RecordBatch,
        (search, text): (&Search, &str),
    ) -> Result<(String, Question)> {
        let own = &search.clauses;
        let loc = search.axes.first().map(|t| t.name.loc.clone());
        let loc = loc.or_else(|| self.library.axes.first().map(|a| a.name.loc.clone()));
        let loc = loc.ok_or_else(|| bug("no axes"))?;
        let answer = Answer::rows(row.clone());
        let (mut row, _) = from_answer(&self.library, &answer, &[], own, None, 1, &loc)?;
        // What the search itself fixes goes before what the row says.
        let places = ["model", "system", "backend", "version"];
        row.retain(|t| !places.iter().any(|p| t.name.text.rsplit('.').next() == Some(p)));
        let fixed = search.axes.iter().filter(|t| matches!(t.domain, Domain::Value(_)));
        let terms: Vec<AxisTerm> =
            fixed.cloned().chain(row).chain(search.axes.iter().cloned()).collect();
        let clauses = Clauses { modes: Vec::new(), ..own.clone() };
        let asked = self.sorted(&terms, &clauses)?;
        let judged = self.judge(&asked)?;
        if let Some(reason) = broken(&judged)?.into_iter().next() {
            return Ok((reason.message, asked));
        }
        let standing = self.standing(search, text)?;
        let rank = place(&standing, &keys_of(&judged.row, 0)?);
        Ok((format!("number {rank} of {}", standing.len()), asked))
    }

    /// A feasible candidate beside the winner.
    fn how_it_lost(
        &mut self,
        (named, search): (&Named, &Search),
        (asked, judged): (&Question, &Judged),
        standing: &[Keys],
        mut notes: Vec<String>,
    ) -> Result<Answer> {
        let keys = keys_of(&judged.row, 0)?;
        let objectives = match &search.clauses.objective {
            Some(Objective::Pareto(exprs)) => Some(exprs.len()),
            _ => None,
        };
        let ahead = objectives.map(|n| beaten_by(standing, &keys, n));
        // Members of a frontier are shown in the order in which they stand.
        let row = ahead.as_ref().and_then(|a| a.first()).copied().unwrap_or(0);
        let Some(winner) = named.answer.batches.iter().find(|b| b.num_rows() > row) else {
            let message = "the candidate meets all conditions, and was not simulated";
            return Err(Error::question(Code::NoWinner, message)
                .at(named.question.loc.span(), "simulates the candidates that formulas rank best")
                .help("ask for it alone, with its axes in the question"));
        };
        let winner = Judged { row: winner.slice(row, 1), predicates: Vec::new() };
        let best = self.alone(search, Some(&winner.row))?;
        let rank = place(standing, &keys);
        let mut reasons = vec![match &ahead {
            Some(ahead) => Reason::frontier(ahead.len(), &described(&self.library, &winner)),
            None => Reason::rank(rank, standing.len(), &described(&self.library, &winner)),
        }];
        let is_answer = match &ahead {
            Some(ahead) => ahead.is_empty(),
            None => standing.first().is_some_and(|best| compare(&keys, best).is_eq()),
        };
        if is_answer {
            notes.push("this candidate is in the answer".to_owned());
            return answer(&reasons, notes);
        }
        let ops = self.ops_between(asked, &best)?;
        reasons.extend(gap::gaps(self, search, (judged, &winner), &ops)?);
        answer(&reasons, notes)
    }

    /// What each condition keeps from winning, or from being an answer at all.
    fn why_no_other(&mut self, named: &Named, search: &Search) -> Result<Answer> {
        let text = named.question.loc.text();
        if let Some(known) = self.standings.1.get(text) {
            return Ok(known.clone());
        }
        let standing = self.standing(search, text)?;
        let asked = self.question(search)?;
        let mut reasons = Vec::new();
        for branch in self.branches(&asked, Purpose::Diagnose)? {
            let ahead = match (&asked.objective, standing.first()) {
                (_, None) => None,
                (Some(Objective::Pareto(exprs)), _) => {
                    let beside = standing.iter().take(MEMBERS);
                    let beside = beside.map(|member| better_somewhere(member, exprs.len()));
                    let unbeaten = beside.fold(lit(true), Df::and);
                    Some((unbeaten, "another candidate would be in the answer"))
                }
                (_, Some(best)) => {
                    Some((ahead_of(best, branch.sort_keys), "another candidate would win"))
                }
            };
            reasons.extend(self.conditions(&branch, ahead)?);
        }
        let answer = answer(&reasons, Vec::new())?;
        self.standings.1.insert(text.to_owned(), answer.clone());
        Ok(answer)
    }
}

/// Which of a frontier are at least as good in each of the first `objectives` keys and better in
/// one.
fn beaten_by(standing: &[Keys], keys: &Keys, objectives: usize) -> Vec<usize> {
    let beats = |other: &Keys| {
        let pairs = || other.iter().zip(keys).take(objectives);
        let noise = |a: &f64, b: &f64| 1e-12 * a.abs().max(b.abs());
        pairs().all(|(a, b)| *a <= *b + noise(a, b)) && pairs().any(|(a, b)| *a < *b - noise(a, b))
    };
    standing.iter().enumerate().filter(|(_, other)| beats(other)).map(|(i, _)| i).collect()
}

/// Members of a frontier that are looked at to say what else would be on it.
const MEMBERS: usize = 200;

/// Whether a row is better than a member of a frontier in some objective.
fn better_somewhere(member: &Keys, objectives: usize) -> Df {
    let keys = member.iter().take(objectives).enumerate();
    keys.fold(lit(false), |any, (i, best)| any.or(Col::Sort(i).expr().lt(lit(*best))))
}

/// Whether a row would come before these sort keys.
fn ahead_of(best: &Keys, keys: usize) -> Df {
    let mut ahead = lit(false);
    let mut equal = lit(true);
    for (i, best) in best.iter().take(keys).enumerate() {
        let key = || Col::Sort(i).expr();
        ahead = ahead.or(equal.clone().and(key().lt(lit(*best))));
        equal = equal.and(key().eq(lit(*best)));
    }
    ahead
}

/// All rows of some batches as one.
fn whole(batches: &[RecordBatch]) -> Result<RecordBatch> {
    let schema = batches.first().map(RecordBatch::schema).ok_or_else(|| bug("no rows"))?;
    concat_batches(&schema, batches).map_err(bug)
}
