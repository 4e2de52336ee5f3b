//! What the sources keep: arrows between folders go one way, and names of models and engines stay
//! in the files that describe them.

mod graph;
mod imports;

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{files_of, read, root, text_of};
use graph::Graph;

/// The longest circle of files: what is defined in terms of each other may stand in so many.
const LONGEST_CIRCLE: usize = 3;

/// Folders by the first column of the table of ARCHITECTURE.md that has four, with those that its
/// last column lets them use.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let text = read("ARCHITECTURE.md");
    let section = text.split("\n## ").find(|s| s.starts_with("Folders")).expect("## Folders");
    let quoted = |cell: &str| -> Vec<String> {
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|line| line.trim_matches('|').split('|').collect::<Vec<_>>());
    cells
        .filter(|cells| cells.len() == 4)
        .map(|cells| (quoted(cells[0]).remove(0), quoted(cells[3]).into_iter().collect()))
        .collect()
}

#[test]
fn folders_use_those_that_the_architecture_allows() {
    let allowed = allowed();
    let graph = Graph::of_files().of_folders(&[]);
    let mut wrong = Vec::new();
    for (folder, uses) in graph.arrows() {
        let Some(may) = allowed.get(&folder[0]) else {
            wrong.push(format!("`{}` is not in the table", folder[0]));
            continue;
        };
        let beyond = uses.iter().filter(|used| !may.contains(&used[0]));
        wrong.extend(beyond.map(|used| format!("`{}` uses `{}`", folder[0], used[0])));
    }
    assert_eq!(wrong, Vec::<String>::new(), "see the table of folders in ARCHITECTURE.md");
    let folders: BTreeSet<&String> = graph.modules().map(|m| &m[0]).collect();
    let gone = allowed.keys().filter(|folder| !folders.contains(folder)).collect::<Vec<_>>();
    assert!(gone.is_empty(), "the table of folders in ARCHITECTURE.md names {gone:?}");
}

#[test]
fn no_folders_use_each_other() {
    let files = Graph::of_files();
    let parents: BTreeSet<Vec<String>> =
        files.modules().flat_map(|m| (0..m.len()).map(|n| m[..n].to_vec())).collect();
    for parent in parents {
        let circles = files.of_folders(&parent).circles();
        assert!(circles.is_empty(), "below `{}`: {circles:?}", parent.join("/"));
    }
}

#[test]
fn circles_of_files_are_short() {
    let circles = Graph::of_files().circles();
    let long: Vec<_> = circles.iter().filter(|c| c.len() > LONGEST_CIRCLE).collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn no_code_of_an_error_is_compared() {
    let own = root().join("src/base/codes.rs");
    for file in files_of("src", "rs").iter().filter(|f| !f.ends_with("tests.rs") && **f != own) {
        let text = imports::without_tests(&text_of(file));
        let compares = |line: &str| {
            let code = line.contains(".code ==") || line.contains(".code !=");
            code || line.contains("match error.code") || line.contains("(error.code,")
        };
        if let Some(line) = text.lines().find(|line| compares(line)) {
            panic!("{}: {line}", file.display());
        }
    }
}
