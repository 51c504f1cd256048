//! `--limit` and `--jobs`

use crate::tree::{SMALL, Tree};

#[test]
fn a_limit_that_is_met_is_named() {
    let tree = Tree::new(SMALL);
    for name in ["file-bytes", "input-bytes", "nodes", "depth", "kustomizations", "overlays", "output-bytes"] {
        let told = tree.bad(&["build", "production", "--limit", &format!("{name}=0")]);
        assert!(told.contains("error[limit]: ") && told.contains(&format!("limit `{name}` of 0")), "{name}: {told}");
        assert!(told.contains(&format!("`--limit {name}=")), "{name}: {told}");
    }
}

#[test]
fn a_limit_may_be_raised() {
    let tree = Tree::new(SMALL);
    let args = ["build", "base", "--limit", "nodes=1_000_000", "--limit", "file-bytes=1Mi"];
    assert_eq!(tree.good(&args), tree.good(&["build", "base"]));
}

#[test]
fn a_limit_that_is_none_is_told() {
    let tree = Tree::new(SMALL);
    assert!(
        tree.bad(&["build", "base", "--limit", "node=1"])
            .contains("there is no limit `node`; the limits are file-bytes,")
    );
    assert!(tree.bad(&["build", "base", "--limit", "nodes"]).contains("is not of the form NAME=VALUE"));
    assert!(tree.bad(&["build", "base", "--limit", "nodes=many"]).contains("`many` is no number"));
}

/// The table of the README is the one of `--help`.
#[test]
fn the_readme_names_every_limit() {
    let readme = include_str!("../../../../README.md");
    let help = Tree::new("").good(&["build", "--help"]);
    let listed = help.split("each with its default:\n").nth(1).and_then(|it| it.split("\n\n").next()).expect("a list");
    let mut limits = 0;
    for line in listed.lines() {
        let mut words = line.split_whitespace();
        let (name, default) = (words.next().expect("a name"), words.next().expect("a default"));
        let meaning = words.collect::<Vec<_>>().join(" ");
        let row = format!("| `{name}` | {default} | {meaning} |\n");
        assert!(readme.contains(&row), "the README lacks {row}");
        limits += 1;
    }
    assert_eq!(limits, readme.matches("\n| `").count() - readme.matches("\n| `-").count());
}
