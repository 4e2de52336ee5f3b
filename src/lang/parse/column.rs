//! Columns of answers, what names mean, and what is best where a question does not say.

use pest::iterators::Pair;

use super::builder::Builder;
use super::grammar::Rule;
use crate::base::error::{Code, Error, Result, nearest};
use crate::lang::ast::{ColumnDef, Definition, Holds, Name, Owner, Ranked, Trait, Weight};
use crate::lang::quote::unquoted;

impl Builder {
    pub(super) fn column(&self, pair: Pair<'_, Rule>) -> Result<ColumnDef> {
        let mut parts = self.parts(pair);
        let name = self.name(&self.need(parts.next(), "a name")?);
        let (mut holds, mut weight, mut traits) = (None, None, Vec::new());
        let (mut owners, mut meaning) = (Vec::new(), String::new());
        for part in parts {
            match part.as_rule() {
                Rule::owners => {
                    for word in self.parts(part).map(|p| self.name(&p)) {
                        let owner = Owner::of(&word.text);
                        owners.push(owner.ok_or_else(|| unknown(&word, Owner::WORDS))?);
                    }
                }
                Rule::string => meaning = unquoted(part.as_str()),
                _ => {
                    let word = self.name(&part);
                    if let Some(kind) = Holds::of(&word.text) {
                        once(&mut holds, kind, &word)?;
                    } else if let Some(place) = Weight::of(&word.text) {
                        once(&mut weight, place, &word)?;
                    } else {
                        let all = [Holds::WORDS, Weight::WORDS, Trait::WORDS].concat();
                        traits.push(Trait::of(&word.text).ok_or_else(|| unknown(&word, &all))?);
                    }
                }
            }
        }
        let lacks = |what: &str, words: &[&str]| {
            let message = format!("the column `{}` does not say {what}", name.text);
            Error::question(Code::NoSuchColumnWord, message).at(name.loc.span(), one_of(words))
        };
        let holds = holds.ok_or_else(|| lacks("what it holds", Holds::WORDS))?;
        let weight = weight.ok_or_else(|| lacks("how soon it matters", Weight::WORDS))?;
        if owners.is_empty() {
            owners.push(Owner::Deployment);
        }
        Ok(ColumnDef { name, holds, weight, traits, owners, meaning })
    }

    pub(super) fn meaning(&self, pair: Pair<'_, Rule>) -> Result<Definition> {
        let [name, meaning] = self.two(pair)?;
        Ok(Definition::Meaning(name, meaning.text))
    }

    pub(super) fn compromise(&self, pair: Pair<'_, Rule>) -> Result<Definition> {
        self.two(pair).map(Definition::Compromise)
    }

    pub(super) fn alias(&self, pair: Pair<'_, Rule>) -> Result<Definition> {
        let (names, name) = self.names_and(pair)?;
        Ok(Definition::Alias(names, name))
    }

    pub(super) fn unmodelled(&self, pair: Pair<'_, Rule>) -> Result<Definition> {
        let (names, reason) = self.names_and(pair)?;
        Ok(Definition::Unmodelled(names, reason.text))
    }

    fn names_and(&self, pair: Pair<'_, Rule>) -> Result<(Vec<Name>, Name)> {
        let mut parts = self.parts(pair);
        let names = self.parts(self.need(parts.next(), "names")?).map(|p| self.name(&p));
        Ok((names.collect(), self.name(&self.need(parts.next(), "a name")?)))
    }

    fn two(&self, pair: Pair<'_, Rule>) -> Result<[Name; 2]> {
        let names: Vec<Name> = self.parts(pair).map(|p| self.name(&p)).collect();
        self.need(names.try_into().ok(), "a name")
    }

    pub(super) fn ranking(&self, pair: Pair<'_, Rule>) -> Result<Vec<Ranked>> {
        let one = |ranked: Pair<'_, Rule>| {
            let mut parts: Vec<_> = self.parts(ranked).collect();
            let better = Self::better(&self.need(parts.pop(), "a direction")?);
            let mut names =
                parts.iter().filter(|p| p.as_rule() == Rule::ident).map(|p| self.name(p));
            let name = self.need(names.next(), "a name")?;
            Ok(Ranked { name, by: names.next(), better })
        };
        self.parts(pair).map(one).collect()
    }
}

fn once<T>(place: &mut Option<T>, value: T, word: &Name) -> Result<()> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::question(Code::NoSuchColumnWord, "a column is only one of these")
            .at(word.loc.span(), "the second")),
    }
}

fn unknown(word: &Name, known: &[&str]) -> Error {
    let message = format!("a column cannot be `{}`", word.text);
    let error = Error::question(Code::NoSuchColumnWord, message).at(word.loc.span(), one_of(known));
    match nearest(&word.text, known.iter().copied()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    }
}

fn one_of(words: &[&str]) -> String {
    format!("one of {}", words.join(", "))
}
