//! What is drawn: points over two axes, or nested shares.

/// The picture that belongs to an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Drawing {
    /// Points of two columns; a terminal shows them in place of the rows.
    Scatter(Chart),
    /// Shares as bars under the rows, parents before their parts.
    Shares(Vec<Bar>),
}

/// A scatter of two metrics.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chart {
    /// Title.
    pub title: String,
    /// What it is about, part by part: model and GPUs, release, lengths, bounds.
    pub about: Vec<String>,
    /// Label of the horizontal axis, with its unit.
    pub x: String,
    /// Label of the vertical axis, with its unit.
    pub y: String,
    /// The series.
    pub series: Vec<Series>,
    /// Which ends of both axes are better, where each series is a frontier: its points are then joined by
    /// the edge of what they reach.
    pub frontier: Option<[End; 2]>,
    /// The point that the question ranks first.
    pub winner: Option<Winner>,
}

/// An end of an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Low values.
    Low,
    /// High values.
    High,
}

/// The point that a question ranks first.
#[derive(Debug, Clone, PartialEq)]
pub struct Winner {
    /// Name in the legend.
    pub name: String,
    /// Where it lies.
    pub at: (f64, f64),
}

/// One named set of points.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// Points.
    pub points: Vec<(f64, f64)>,
}

/// A bar of a share; those that follow at a greater depth are parts of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// How deep it is nested.
    pub depth: usize,
    /// What it is a share of.
    pub label: String,
    /// Its length, in percent of the outermost.
    pub share: f64,
}

impl Chart {
    /// The finite points with the number of their series; others have no place on a plane.
    pub(crate) fn points(&self) -> impl Iterator<Item = (usize, (f64, f64))> + '_ {
        self.series.iter().enumerate().flat_map(|(index, series)| {
            series.points.iter().filter(|p| is_finite(p)).map(move |point| (index, *point))
        })
    }

    /// The winner, if it has a place on the plane.
    pub(crate) fn winner(&self) -> Option<&Winner> {
        self.winner.as_ref().filter(|winner| is_finite(&winner.at))
    }

    /// With the series of another chart of the same axes; it is about what both are about.
    #[must_use]
    pub(crate) fn with(mut self, mut other: Self) -> Self {
        self.about.retain(|part| other.about.contains(part));
        self.series.append(&mut other.series);
        self.frontier = self.frontier.filter(|_| self.frontier == other.frontier);
        self.winner = self.winner.or(other.winner);
        self
    }

    /// Everything that has a place on the plane.
    pub(super) fn places(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.points().map(|(_, at)| at).chain(self.winner().map(|winner| winner.at))
    }
}

fn is_finite((x, y): &(f64, f64)) -> bool {
    x.is_finite() && y.is_finite()
}
