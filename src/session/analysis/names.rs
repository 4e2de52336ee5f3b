//! Names that a question may give values: axes, choices and settings.

use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{AxisTerm, Clauses, Name, is_hypothetical};
use crate::model::library::Library;
use crate::plan::question::estimate::candidate;
use crate::plan::question::{CHOICES, NoNames, Question};
use crate::session::analysis::confidence::confident;
use crate::session::analysis::fail_ratio::percentiles;
use crate::session::analysis::formula::refuse_formula;
use crate::session::state::Session;

impl Session {
    /// A question of these axes and clauses under the settings.
    ///
    /// # Errors
    /// `AIQ0236` for axes that no candidate has.
    pub(in crate::session) fn asking(
        &self,
        axes: &[AxisTerm],
        clauses: &Clauses,
    ) -> Result<Question> {
        let terms = axes.iter().chain(&clauses.serving).map(|t| &t.name);
        check(&self.library, terms.chain(clauses.hypotheses.iter().map(|h| &h.name)))?;
        refuse_formula(&self.settings)?;
        refuse_formula(&clauses.serving)?;
        refuse_formula(axes)?;
        let axes = dotted(&self.library, axes);
        let serving = dotted(&self.library, &clauses.serving);
        let clauses = Clauses { serving, ..clauses.clone() };
        self.sorted(&axes, &clauses)
    }

    /// The same of names that are known to be right.
    ///
    /// # Errors
    /// As [`question`].
    pub(in crate::session) fn sorted(
        &self,
        axes: &[AxisTerm],
        clauses: &Clauses,
    ) -> Result<Question> {
        question(&self.library, axes, clauses, &self.settings)
    }
}

/// A question under some settings, with the conditions and preferences that its confidence and its shares of
/// requests that may fail make of those typed.
///
/// # Errors
/// As [`Question::new`]; a confidence or share that nothing here can say.
pub(in crate::session) fn question(
    library: &Library,
    axes: &[AxisTerm],
    clauses: &Clauses,
    settings: &[AxisTerm],
) -> Result<Question> {
    let terms = axes.iter().chain(&clauses.serving).chain(settings);
    let filter = confident(library, clauses, terms)?;
    let mut clauses = clauses.clone();
    clauses.filter = filter.unwrap_or(clauses.filter);
    clauses.preferences = percentiles(library, &clauses.preferences)?;
    Question::new(axes, &clauses, settings, &NoNames)
}

/// The terms by the names of questions: an answer calls the axis of a pool `prefill_tp`, a
/// question `prefill.tp`.
pub(in crate::session) fn dotted(library: &Library, terms: &[AxisTerm]) -> Vec<AxisTerm> {
    let one = |term: &AxisTerm| {
        let mut term = term.clone();
        if let Some(found) = candidate(library, &term.name.text) {
            term.name.text = found.path;
        }
        term
    };
    terms.iter().map(one).collect()
}

/// Refuses names that no candidate has.
///
/// # Errors
/// `AIQ0236` with the nearest name.
pub(in crate::session) fn check<'n>(
    library: &Library,
    names: impl Iterator<Item = &'n Name>,
) -> Result<()> {
    for name in names {
        let text = &name.text;
        if is_hypothetical(text)
            || text.starts_with("price.")
            || candidate(library, &text.replace('.', "_")).is_some()
        {
            continue;
        }
        let scopes = || library.modes.values().flat_map(|m| m.scopes());
        let own = scopes().flat_map(|s| &s.lets);
        let models = library.architectures.values().flat_map(|a| &a.lets);
        let base = text.rsplit('.').next().unwrap_or(text);
        if library.lets.iter().chain(own).chain(models).any(|l| l.name.text == *base) {
            continue;
        }
        let axes = library.axes.iter().chain(scopes().flat_map(|s| &s.axes));
        let known = axes.map(|a| a.name.text.as_str()).chain(CHOICES.iter().copied());
        let known: Vec<&str> = known.collect();
        let error = Error::question(Code::NoSuchCandidate, format!("there is no axis `{text}`"))
            .at(name.loc.span(), "not an axis");
        if library.is_metric(text) {
            let unit = library.unit_of(text).label();
            let bound = match unit.strip_prefix('$') {
                Some(per) => format!("$10{per}"),
                None => format!("10{unit}"),
            };
            let help = format!(
                "`{text}` comes out of a deployment: a condition bounds it, as `where {text} >= {bound}`"
            );
            return Err(error.help(help));
        }
        // An axis of pools alone needs the name of one.
        if known.contains(&text.as_str()) {
            let pools = library.pools().into_iter().map(|pool| format!("`{pool}.{text}`"));
            let pools = pools.collect::<Vec<_>>().join(" and ");
            return Err(error.help(format!("pools have it: {pools}")));
        }
        return Err(match library.columns.guess(text, known) {
            Some(help) => error.help(help),
            None => error.help("`show axes` lists what a candidate has"),
        });
    }
    Ok(())
}
