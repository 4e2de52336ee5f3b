//! A text with some of its places replaced.

use std::ops::Range;

use super::ast::Loc;

/// Changes to what stands at a place.
#[derive(Debug)]
pub struct Edits<'t> {
    whole: &'t Loc,
    changes: Vec<(Range<usize>, String)>,
}

impl<'t> Edits<'t> {
    /// No changes yet.
    pub fn of(whole: &'t Loc) -> Self {
        Self { whole, changes: Vec::new() }
    }

    /// Something else in place of what stands there.
    pub fn replace(&mut self, place: &Loc, text: String) {
        self.changes.push((place.range.clone(), text));
    }

    /// Something behind what stands there.
    pub fn append(&mut self, place: &Loc, text: String) {
        self.changes.push((place.range.end..place.range.end, text));
    }

    /// The text with all changes. Of two changes to one place the first that was asked for counts.
    pub fn text(mut self) -> String {
        self.changes.sort_by_key(|(range, _)| range.start);
        let (text, begin) = (self.whole.text(), self.whole.range.start);
        let (mut out, mut at) = (String::new(), 0);
        for (range, new) in self.changes {
            let from = range.start.saturating_sub(begin);
            let to = range.end.saturating_sub(begin);
            if let (Some(between), true) = (text.get(at..from), to >= from) {
                out.push_str(between);
                out.push_str(&new);
                at = to;
            }
        }
        out.push_str(text.get(at..).unwrap_or(""));
        out
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::lang::ast::Source;

    #[test]
    fn places_are_those_of_the_whole_source() {
        let source =
            Arc::new(Source { name: "a".into(), text: "-- x\nsearch on h200, h100".into() });
        let at = |range| Loc { source: Arc::clone(&source), range };
        let whole = at(5..25);
        let mut edits = Edits::of(&whole);
        edits.append(&at(21..25), " * 2".into());
        edits.replace(&at(15..19), "b200".into());
        edits.replace(&at(16..18), "never".into());
        assert_eq!(edits.text(), "search on b200, h100 * 2");
        assert_eq!(Edits::of(&whole).text(), "search on h200, h100");
    }
}
