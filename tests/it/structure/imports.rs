//! What a source file imports, read from its text.

/// A module as the names that lead to it from the root of the crate.
pub(super) type Module = Vec<String>;

/// A source without its comments and without the module of tests at its end.
pub(super) fn without_tests(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let code = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
    text.lines().map(code).collect::<Vec<_>>().join("\n")
}

/// The paths that a file names: those of its `use` lines, and those that begin with `crate` or
/// `super` elsewhere. Each is as it is written.
pub(super) fn paths(text: &str) -> Vec<Module> {
    let mut paths = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("use ") {
        let begins =
            rest[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '_');
        let after = &rest[at + "use ".len()..];
        let end = after.find(';').unwrap_or(after.len());
        if begins {
            expand(&after[..end], &[], &mut paths);
        }
        rest = &after[if begins { end } else { 0 }..];
    }
    for root in ["crate::", "super::"] {
        for (at, _) in text.match_indices(root) {
            let before = &text[..at];
            // `pub(in crate::plan)` says who may use something, not what is used.
            if before.ends_with("in ") || before.ends_with("::") {
                continue;
            }
            let path = text[at..].chars().take_while(|c| c.is_alphanumeric() || "_:".contains(*c));
            let path: String = path.collect();
            // What stands in braces was taken apart above.
            if !path.ends_with("::") {
                paths.push(split(&path));
            }
        }
    }
    paths
}

/// Takes `a::{b, c::d}` apart.
fn expand(tree: &str, before: &[String], paths: &mut Vec<Module>) {
    let mut depth = 0;
    let parts = tree.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
        let mut path = before.to_vec();
        match part.split_once('{') {
            Some((head, inner)) => {
                path.extend(split(head));
                let inner = inner.trim_end().strip_suffix('}').unwrap_or(inner);
                expand(inner, &path, paths);
            }
            None => {
                path.extend(split(part.split(" as ").next().unwrap_or(part)));
                paths.push(path);
            }
        }
    }
}

fn split(path: &str) -> Module {
    path.split("::").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[test]
fn use_lines_are_taken_apart() {
    let text =
        "use a::{b, c::{self, d}};\npub(in crate::x) use super::e as f;\nlet g = crate::h::i(1);";
    let found: Vec<String> = paths(text).iter().map(|path| path.join("::")).collect();
    assert_eq!(found, ["a::b", "a::c::self", "a::c::d", "super::e", "crate::h::i", "super::e"]);
}
