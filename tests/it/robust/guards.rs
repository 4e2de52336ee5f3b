//! What statements may not do with files, and that whatever goes wrong is an error of our own.

use std::ffi::OsStr;
use std::path::Path;

use super::{refused, run, written, wrong};
use crate::support::binary::{aiq, command, stderr};
use crate::support::{root, text_of};

#[test]
fn sql_writes_only_where_it_may() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let csv = written(path, "kept.csv", "a\n7\n");
    let fresh = path.join("fresh.csv").display().to_string();
    for statement in [
        format!("copy (select 1 as a) to '{csv}'"),
        format!("copy (select 1 as a) to '{fresh}'"),
        "create table t as select 1 as a; insert into t select 2 as a".to_owned(),
        "create table t as select 1 as a; with b as (select 2 as a) insert into t select * from b"
            .to_owned(),
        format!("create external table t stored as csv location '{csv}'"),
        format!("estimate from (copy (select 1 as a) to '{fresh}')"),
        format!("explain analyze with a as (select 1) copy (select * from a) to '{fresh}'"),
    ] {
        let (status, code) = run(&[], &statement);
        // The last two are no statements at all.
        let known = ["AIQ0620", "AIQ0217", "AIQ0107", "AIQ0101"].contains(&code.as_str());
        assert!(status == Some(2) && known, "{statement}: {code}");
    }
    assert_eq!(text_of(&csv), "a\n7\n");
    assert!(!Path::new(&fresh).exists());

    // Nothing that is read turns it on.
    let inner = written(path, "inner.aiq", &format!("copy (select 1 as a) to '{fresh}';"));
    let outer = written(path, "outer.aiq", &format!("include '{inner}';"));
    assert_eq!(run(&["--profile", &inner], "show modes"), wrong("AIQ0620"));
    assert_eq!(run(&[], &format!("include '{outer}'")), wrong("AIQ0620"));
    let (status, _) = refused(&aiq(&["test", &inner]));
    assert_eq!(status, Some(2));
    assert_eq!(run(&[], "set datafusion.execution.batch_size = 1").0, Some(2));

    let write = ["--allow-write"];
    assert_eq!(run(&write, &format!("copy (select 1 as a) to '{fresh}'")).0, Some(0));
    let replace = format!("copy (select 1 as a) to '{csv}'");
    assert_eq!(run(&write, &replace), wrong("AIQ0621"));
    assert_eq!(text_of(&csv), "a\n7\n");
    assert_eq!(run(&["--allow-write", "--force"], &replace).0, Some(0));
    assert_eq!(text_of(&csv), "a\n1\n");
    let table = format!("create external table t stored as csv location '{csv}'; select * from t");
    assert_eq!(run(&write, &table).0, Some(0));
    assert_eq!(
        run(&[], "create view v as select 1 as a; create table t as select * from v").0,
        Some(0)
    );
}

#[test]
fn no_file_is_read_where_none_may_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let csv = written(path, "rows.csv", "tp,batch\n2,8\n");
    let values = written(path, "values.yaml", "k8s: {namespace: a}\n");
    let rules = written(path, "rules.aiq", "set isl = 1234;");
    let config = written(path, "config.json", "{}");
    let search = "let a = search tp = 2, batch = 8 as agg top 1; ";
    for statement in [
        format!("select * from '{csv}'"),
        format!("select * from public.\"{csv}\""),
        format!("describe '{csv}'"),
        format!("with a as (select * from '{csv}') select * from a"),
        format!("create view v as select * from '{csv}'"),
        format!("estimate from '{csv}'"),
        format!("estimate from (select * from '{csv}')"),
        format!("include '{rules}'"),
        format!("attach '{}'", path.display()),
        format!("search for '{config}'"),
        format!("search for '{}'", path.display()),
        format!("set model = '{config}'; estimate tp = 2"),
        format!("{search}generate a[1] to '{}/out' with '{values}'", path.display()),
        format!("diff tables between 'systems' and '{}/'", path.display()),
    ] {
        let (status, code) = run(&["--no-files"], &statement);
        assert!(status == Some(2) && code == "AIQ0622", "{statement}: {status:?} {code}");
    }
    let external = format!("create external table t stored as csv location '{csv}'");
    assert_eq!(run(&["--no-files", "--allow-write"], &external), wrong("AIQ0622"));

    // What the command line names is the user's own choice.
    let profile = ["--no-files", "--profile", &rules, "--systems", "systems"];
    assert_eq!(run(&profile, "show settings for 'isl'").0, Some(0));
    let all = ["--no-files", "--profile", &path.display().to_string()];
    assert_eq!(run(&all, "show settings for 'isl'").0, Some(0));
    assert!(aiq(&["--no-files", "run", &rules]).status.success());
}

#[test]
fn errors_are_our_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let damaged = written(folder.path(), "damaged.parquet", "PAR1garbagegarbagePAR1");
    let data = (Some(3), "AIQ0604".to_owned());
    assert_eq!(run(&[], &format!("estimate from '{damaged}'")), data);
    assert_eq!(run(&[], &format!("select * from '{damaged}'")), data);
    for statement in [
        "select 'a' ~ '((a{1000}){1000}){1000}'",
        "select 1 from gemm where quant ~ '(a{1000}){1000}'",
        "assert not 7",
        "search as agg where not ttft",
        "search as agg where ttft < 1s and 'x'",
        "search as agg where ttft",
        "select round(1.5, -0.0)",
        "select cast(cast('NaN' as double) as int)",
        "select 1/0",
    ] {
        let output = aiq(&["-c", statement]);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{statement}: {text}");
        for foreign in ["bug report", "DataFusion", "Internal error", "Arrow error", "arrow_array"]
        {
            assert!(!text.contains(foreign), "{statement}: {text}");
        }
    }
}

#[cfg(unix)]
#[test]
fn special_files_are_refused() {
    use std::os::unix::ffi::OsStrExt;

    let endless = "/dev/zero";
    assert_eq!(run(&[], &format!("include '{endless}'")), wrong("AIQ0605"));
    assert_eq!(run(&[], &format!("search for '{endless}'")).1, "AIQ0302");
    assert_eq!(run(&[], &format!("select * from '{endless}'")).1, "AIQ0604");
    let output = aiq(&["run", endless]);
    assert!(stderr(&output).contains("larger than 64 MiB"));
    // A name that is no text is never another name.
    let odd = OsStr::from_bytes(b"odd\xff.aiq");
    let output = command(root(), &["run"]).arg(odd).output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("AIQ0633"));
}
