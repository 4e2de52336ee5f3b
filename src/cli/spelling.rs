//! `--snake_case` and `--kebab-case` are the same option.

use std::ffi::OsString;

/// Arguments with the names of long options in kebab case; values stay as they are.
pub(super) fn kebab(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut options = true;
    let one = |argument: OsString| {
        let Some(name) = argument.to_str().and_then(|a| a.strip_prefix("--")) else {
            return argument;
        };
        options &= !name.is_empty();
        if !options {
            return argument;
        }
        match name.split_once('=') {
            Some((name, value)) => format!("--{}={value}", name.replace('_', "-")).into(),
            None => format!("--{}", name.replace('_', "-")).into(),
        }
    };
    arguments.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_options_change() {
        let given = ["aiq", "run", "a_b", "--top_n", "1_000", "--a_b=c_d", "--", "--e_f"];
        let kebab: Vec<String> = kebab(given.map(OsString::from))
            .into_iter()
            .map(|a| a.into_string().unwrap_or_default())
            .collect();
        assert_eq!(kebab, ["aiq", "run", "a_b", "--top-n", "1_000", "--a-b=c_d", "--", "--e_f"]);
    }
}
