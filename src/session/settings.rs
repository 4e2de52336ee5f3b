//! `set` and `show settings`: values, and which of the texts that give one has won.

use super::state::{Layer, file_line};
use super::statements::show::{Table, one_line, when_text};
use crate::answer::Answer;
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{
    AxisDef, AxisTerm, Change, Clauses, Domain, Expr, ExprKind, Hypothesis, LetDef, Loc, Name,
    Scope, is_hypothetical,
};
use crate::lang::units::Unit;
use crate::plan::expr::domain::{domain_text, expand};
use crate::plan::question::what_if::supposable;
use crate::plan::question::{CHOICES, NoNames, Question};
use crate::session::state::Session;

/// A value of a setting as it is listed.
struct Value {
    name: String,
    value: String,
    /// The mode or pool that alone has it.
    of: String,
    when: String,
    layer: Layer,
    set_in: String,
    hides: String,
}

impl Value {
    /// As something that another value hides.
    fn hidden(&self) -> String {
        format!("{} ({}, {})", self.value, self.layer.name(), self.set_in)
    }
}

impl Session {
    pub(super) fn set(&mut self, terms: &[AxisTerm]) -> Result<Answer> {
        for term in terms {
            if is_hypothetical(&term.name.text) {
                self.check_fact(term)?;
            } else {
                self.check_setting(&term.name)?;
            }
            self.check_evidence(term)?;
            self.check_limit(term)?;
            self.check_price(term)?;
            let name = &term.name.text;
            if let Some(at) = self.settings.iter().position(|s| s.name.text == *name) {
                let before = self.settings.remove(at);
                self.replaced.insert(name.clone(), self.typed(&before).hidden());
            }
            self.settings.push(term.clone());
        }
        Ok(Answer::message(Vec::new()))
    }

    /// A price is money for a GPU and hour, of a system that there is.
    fn check_price(&self, term: &AxisTerm) -> Result<()> {
        let Some(system) = term.name.text.strip_prefix("price.") else { return Ok(()) };
        if let Err(error) = self.engine.catalog.system(system) {
            return Err(error.at(term.name.loc.span(), "unknown system"));
        }
        let Domain::Value(value) = &term.domain else { return Ok(()) };
        match &value.kind {
            ExprKind::Number(_, Unit::None) => {
                Err(Error::question(Code::MissingUnit, "a price needs its unit")
                    .at(value.loc.span(), format!("write ${}/gpu_hour", value.loc.text())))
            }
            ExprKind::Number(_, unit) if !matches!(unit, Unit::GpuPrice | Unit::Cost) => {
                let message = "a price is money for a GPU and hour";
                Err(Error::question(Code::MixedUnits, message)
                    .at(value.loc.span(), "another quantity")
                    .help(format!("for instance `set price {system} = $3/gpu_hour`")))
            }
            _ => Ok(()),
        }
    }

    /// Data modes and repairs are known by name, so a wrong one is refused where it is typed.
    fn check_evidence(&self, term: &AxisTerm) -> Result<()> {
        let (pool, name) = term.name.text.rsplit_once('.').unwrap_or(("", &term.name.text));
        if name == "data" || name == "repairs" {
            let terms = std::slice::from_ref(term);
            let asked = Question::new(terms, &Clauses::default(), &[], &NoNames)?;
            self.engine.evidence(&self.library, &asked, pool)?;
        }
        Ok(())
    }

    /// A value that the name cannot have is refused where it is typed, if it is known there.
    fn check_limit(&self, term: &AxisTerm) -> Result<()> {
        let name = term.name.text.rsplit('.').next().unwrap_or_default();
        // What a share is a share of is known when a question is asked.
        if matches!(
            &term.domain,
            Domain::Value(Expr { kind: ExprKind::Number(_, Unit::Percent), .. })
        ) && self.library.limits.get(name).is_some_and(|limit| limit.of.is_some())
        {
            return Ok(());
        }
        let expanded = |limit| expand(&term.domain, &NoNames, limit);
        match self.library.limits.get(name).map(|limit| expanded(Some(limit))) {
            Some(Err(error)) if expanded(None).is_ok() => Err(error),
            _ => Ok(()),
        }
    }

    /// A setting is a choice, an axis, a shipped value or a price.
    fn check_setting(&self, name: &Name) -> Result<()> {
        let base = name.text.rsplit('.').next().unwrap_or(&name.text);
        let axes = self.all_axes();
        let known = || {
            (CHOICES.iter().map(|c| (*c).to_owned()))
                .chain(axes.iter().map(|a| a.name.text.clone()))
                .chain(self.library.lets.iter().map(|l| l.name.text.clone()))
        };
        if name.text.starts_with("price.") || known().any(|k| k == base) {
            return Ok(());
        }
        let names: Vec<String> = known().collect();
        let error =
            Error::question(Code::NoSuchSetting, format!("there is no setting `{}`", name.text))
                .at(name.loc.span(), "unknown setting");
        let names = names.iter().map(String::as_str);
        Err(match self.library.columns.guess(&name.text, names) {
            Some(help) => error.help(help),
            None => error.help("`show settings` lists them"),
        })
    }

    /// A fact is one if some system has it, and has one value.
    fn check_fact(&self, term: &AxisTerm) -> Result<()> {
        if matches!(term.domain, Domain::Items(_)) {
            return Err(Error::question(
                Code::NotSupposable,
                format!("`{}` has one value", term.name.text),
            )
            .at(term.name.loc.span(), "a setting is not a list")
            .help("`search ... for NAME in [..]` asks for each value"));
        }
        let change = Change::To(term.domain.clone());
        let supposed = Hypothesis { name: term.name.clone(), change, each: false };
        let mut refused = None;
        for system in self.engine.catalog.systems() {
            let system = self.engine.catalog.system(&system)?;
            match supposable(&self.library, &supposed, &system) {
                Ok(()) => return Ok(()),
                Err(error) => refused = Some(error),
            }
        }
        refused.map_or(Ok(()), Err)
    }

    /// What was set, the latest first, then what the model says: axes, and values that are no
    /// formulas.
    pub(super) fn show_settings(&self) -> Table {
        let shipped = self.shipped();
        let mut all: Vec<Value> = Vec::new();
        for term in self.settings.iter().rev() {
            let mut value = self.typed(term);
            let hidden: Vec<String> = match self.replaced.get(&value.name) {
                Some(before) => vec![before.clone()],
                None => {
                    shipped.iter().filter(|s| s.name == value.name).map(Value::hidden).collect()
                }
            };
            value.hides = hidden.join("; ");
            all.push(value);
        }
        let typed = all.len();
        for value in shipped {
            if !all[..typed].iter().any(|s| s.name == value.name) {
                all.push(value);
            }
        }
        let rows = all.into_iter().map(|v| {
            let layer = v.layer.name().to_owned();
            vec![v.name, v.value, layer, v.set_in, v.hides, v.when, v.of]
        });
        // Where room is short, the last columns are left out first.
        let columns = vec!["setting", "value", "layer", "set_in", "hides", "when", "of"];
        (columns, rows.collect())
    }

    fn typed(&self, term: &AxisTerm) -> Value {
        let loc = &term.name.loc;
        Value {
            name: term.name.text.clone(),
            value: domain_text(&term.domain),
            of: String::new(),
            when: String::new(),
            layer: self.layer_of(loc).unwrap_or(Layer::Session),
            set_in: file_line(loc),
            hides: String::new(),
        }
    }

    /// Axes and values of the model, user's definitions included. One that always applies hides
    /// those before it.
    fn shipped(&self) -> Vec<Value> {
        let mut all = Vec::new();
        let everywhere = Scope {
            lets: self.library.lets.clone(),
            axes: self.library.axes.clone(),
            ..Scope::default()
        };
        self.defined(&everywhere, "", &mut all);
        for mode in self.library.modes.values() {
            self.defined(&mode.scope, &mode.name.text, &mut all);
            for pool in &mode.pools {
                let of = format!("{}.{}", mode.name.text, pool.name.text);
                self.defined(&pool.scope, &of, &mut all);
            }
        }
        all
    }

    fn defined(&self, scope: &Scope, of: &str, all: &mut Vec<Value>) {
        let when = |engine: &Option<Name>, when: &Option<Expr>| {
            when_text(engine.as_ref().map(|e| e.text.as_str()), when.as_ref())
        };
        let axis = |a: &AxisDef| (a.name.clone(), domain_text(&a.domain), when(&a.engine, &a.when));
        let constant = |l: &&LetDef| {
            matches!(l.value.kind, ExprKind::Number(..) | ExprKind::Text(_) | ExprKind::Bool(_))
        };
        let value = |l: &LetDef| (l.name.clone(), one_line(&l.value), when(&l.engine, &l.when));
        let lets = scope.lets.iter().filter(constant).map(value);
        for (name, value, when) in scope.axes.iter().map(axis).chain(lets) {
            let same = |v: &Value| v.name == name.text && v.of == of;
            let always = when.is_empty();
            let hides: Vec<String> = match always {
                false => Vec::new(),
                true => all.iter().filter(|v| same(v)).map(Value::hidden).collect(),
            };
            if always {
                all.retain(|v| !same(v));
            }
            all.push(Value {
                name: name.text.clone(),
                value,
                of: of.to_owned(),
                when,
                layer: self.layer_in(&name.loc, of),
                set_in: file_line(&name.loc),
                hides: hides.join("; "),
            });
        }
    }

    fn layer_in(&self, loc: &Loc, of: &str) -> Layer {
        let shipped = if of.is_empty() { Layer::Shipped } else { Layer::Mode };
        self.layer_of(loc).unwrap_or(shipped)
    }
}
