//! Tables of facts that ship as text: a line of names, then a row a line, cells between tabs.

/// A row of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    names: &'static str,
    line: &'static str,
}

impl Row {
    /// The cell of a column; empty where the row ends before it.
    pub(crate) fn get(self, column: &str) -> &'static str {
        let at = self.names.split('\t').position(|name| name == column);
        debug_assert!(at.is_some(), "no column `{column}` among `{}`", self.names);
        at.and_then(|at| self.line.split('\t').nth(at)).unwrap_or_default()
    }

    /// Its cells with the names of their columns.
    pub(crate) fn cells(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.names.split('\t').zip(self.line.split('\t'))
    }
}

/// The rows of a table; lines that begin with `#` are remarks.
pub(crate) fn rows(table: &'static str) -> impl Iterator<Item = Row> {
    let mut lines = table.lines().filter(|line| !line.starts_with('#'));
    let names = lines.next().unwrap_or_default();
    lines.map(move |line| Row { names, line })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_go_by_their_names() {
        let all: Vec<Row> = rows("# of two\na\tb\n1\t2\n3\n").collect();
        assert_eq!((all[0].get("b"), all[1].get("a"), all[1].get("b")), ("2", "3", ""));
        assert_eq!(all[0].cells().collect::<Vec<_>>(), [("a", "1"), ("b", "2")]);
    }
}
