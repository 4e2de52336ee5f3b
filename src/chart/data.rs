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
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Title.
    pub title: String,
    /// Label of the horizontal axis, with its unit.
    pub x: String,
    /// Label of the vertical axis, with its unit.
    pub y: String,
    /// The series.
    pub series: Vec<Series>,
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
            let finite = |p: &&(f64, f64)| p.0.is_finite() && p.1.is_finite();
            series.points.iter().filter(finite).map(move |point| (index, *point))
        })
    }
}
