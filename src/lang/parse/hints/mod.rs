//! What was likely meant where a text is not understood.

mod phrases;
mod place;
mod signs;
mod slips;
mod values;
mod words;

pub(super) use place::Place;

/// A line of help, for common slips.
pub(super) fn help(place: &Place<'_>) -> Option<String> {
    phrases::phrase(place)
        .or_else(|| slips::slip(place))
        .or_else(|| signs::sign(place))
        .or_else(|| values::quote(place))
        .or_else(|| values::list(place))
        .or_else(|| values::number(place))
        .or_else(|| words::statement(place))
        .or_else(|| words::clause(place))
        .or_else(|| words::sql(place.word()))
        .or_else(|| signs::comma(place))
        .or_else(|| place.unclosed().map(|bracket| format!("`{bracket}` is never closed")))
        .or_else(|| words::near(place))
}
