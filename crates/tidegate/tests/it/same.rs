//! The same input gives the same bytes.

use std::process::Command;

use crate::tree::{SMALL, Tree, run, tidegate};

/// Everything that a run printed or wrote, times apart.
fn outcome(tree: &Tree, change: impl Fn(&mut Command), folder: &str, prefix: &str) -> String {
    let mut out = String::new();
    for args in
        [&["build", "production"][..], &["build", "production", "--origins"], &["build", "production", "-o", "json"]]
    {
        let mut command = tidegate(&tree.path().join(folder));
        command.arg(args[0]).arg(format!("{prefix}{}", args[1])).args(&args[2..]);
        change(&mut command);
        out.push_str(&run(&mut command).out);
    }
    let mut command = tidegate(&tree.path().join(folder));
    command.args(["build", "--all", "-o", "json"]).arg(if prefix.is_empty() { "." } else { prefix });
    change(&mut command);
    let report = run(&mut command).out;
    assert!(report.contains("\"production\""), "{report}");
    out.extend(report.lines().filter(|it| !it.contains("\"seconds\"")));
    out
}

#[test]
fn whatever_is_around() {
    let tree = Tree::new(SMALL);
    tree.write(".git/HEAD", "");
    tree.write("broken/kustomization.yaml", "resources: [nosuch.yaml]\n");
    let due = outcome(&tree, |_| {}, ".", "");
    assert_eq!(outcome(&tree, |_| {}, ".", ""), due);
    for threads in ["1", "4"] {
        let jobs = |it: &mut Command| {
            it.args(["-j", threads]);
        };
        assert_eq!(outcome(&tree, jobs, ".", ""), due, "{threads} threads");
    }
    assert_eq!(outcome(&tree, |_| {}, "base", "../"), due, "in another folder");
    for (name, value) in [
        ("TZ", "Asia/Kathmandu"),
        ("LANG", "tr_TR.UTF-8"),
        ("LC_ALL", "C"),
        ("HOME", "/nonexistent"),
        ("COLUMNS", "20"),
    ] {
        let changed = |it: &mut Command| {
            it.env(name, value);
        };
        assert_eq!(outcome(&tree, changed, ".", ""), due, "{name}={value}");
    }
}

#[test]
fn files_are_the_same_under_any_mask() {
    use std::os::unix::fs::PermissionsExt as _;
    let tree = Tree::new(SMALL);
    let mut written = Vec::new();
    for (mask, mode) in [("022", 0o644), ("077", 0o600)] {
        let script = format!("umask {mask} && exec \"$0\" build production --output-dir out-{mask} -q");
        let ran =
            run(Command::new("/bin/sh").current_dir(tree.path()).args(["-c", &script, env!("CARGO_BIN_EXE_tidegate")]));
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        let folder = format!("out-{mask}");
        let files: Vec<(String, String)> =
            tree.names(&folder).into_iter().map(|it| (tree.read(&format!("{folder}/{it}")), it)).collect();
        for (_, name) in &files {
            let found = std::fs::metadata(tree.path().join(&folder).join(name)).expect("a file").permissions().mode();
            assert_eq!(found & 0o777, mode, "{name}");
        }
        written.push(files);
    }
    assert_eq!(written[0], written[1]);
}
