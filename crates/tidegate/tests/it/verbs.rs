//! Help, version, completions, manual pages, colours.

use crate::tree::{SMALL, Tree, run, tidegate};

#[test]
fn without_a_verb_there_is_help() {
    let ran = Tree::new("").run(&[]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("Usage: tidegate"), "{}", ran.err);
}

#[test]
fn help_is_short_or_long() {
    let tree = Tree::new("");
    let (short, long) = (tree.good(&["build", "-h"]), tree.good(&["build", "--help"]));
    assert!(short.lines().count() < 45, "{short}");
    assert!(!short.contains("regex-bytes") && long.contains("regex-bytes"), "{long}");
    for flag in [
        "--all",
        "--output",
        "--output-dir",
        "--root",
        "--load-restrictor",
        "--remote-base",
        "--origins",
        "--watch",
        "--limit",
        "--jobs",
        "--quiet",
        "--color",
    ] {
        assert!(short.contains(flag) && long.contains(flag), "{flag}");
    }
    assert!(long.contains("Exit codes: 0 built; 2 not built"), "{long}");
    assert!(tree.good(&["help", "build"]).contains("regex-bytes"));
}

#[test]
fn the_version_is_that_of_the_package() {
    let tree = Tree::new("");
    let due = concat!("tidegate ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!((tree.good(&["--version"]).as_str(), tree.good(&["-V"]).as_str()), (due, due));
}

#[test]
fn every_shell_has_completions() {
    let tree = Tree::new("");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let out = tree.good(&["completions", shell]);
        assert!(out.contains("load-restrictor") && out.contains("tidegate"), "{shell}");
    }
    assert!(tree.bad(&["completions", "csh"]).contains("possible values: bash, elvish, fish, powershell, zsh"));
}

#[test]
fn there_are_manual_pages() {
    let tree = Tree::new("");
    let page = tree.good(&["man"]);
    assert!(page.starts_with(".ie") && page.contains("tidegate"), "{page}");
    tree.good(&["man", "--output-dir", "pages"]);
    assert_eq!(
        tree.names("pages"),
        ["tidegate-build.1", "tidegate-completions.1", "tidegate-man.1", "tidegate-schema.1", "tidegate.1"]
    );
    assert!(tree.read("pages/tidegate-build.1").contains("regex\\-bytes"));
}

#[test]
fn wrong_use_is_told_with_what_was_meant() {
    let tree = Tree::new(SMALL);
    assert!(tree.bad(&["bild"]).contains("a similar subcommand exists: 'build'"));
    assert!(tree.bad(&["build", "base", "--ouput", "json"]).contains("--output"));
    assert!(tree.bad(&["build", "base", "-o", "xml"]).contains("possible values: text, yaml, json, name"));
    assert!(tree.bad(&["build", "base", "production"]).contains("unexpected argument 'production'"));
    assert!(tree.bad(&["build", "base", "-j", "x"]).contains("invalid value 'x'"));
}

#[test]
fn colours_are_for_terminals_unless_asked_for() {
    let tree = Tree::new(SMALL);
    tree.write("broken/kustomization.yaml", "a: b\n");
    let colours = |args: &[&str]| {
        let ran = tree.run(args);
        (ran.out.contains('\u{1b}'), ran.err.contains('\u{1b}'))
    };
    assert_eq!(colours(&["build", "--all"]), (false, false));
    assert_eq!(colours(&["build", "--all", "--color", "never"]), (false, false));
    assert_eq!(colours(&["build", "--all", "--color", "always"]), (true, true));
    assert_eq!(colours(&["build", "base", "--color", "always"]), (false, false));
    let ran = run(tidegate(&tree.path()).args(["build", "broken"]).env("NO_COLOR", "1"));
    assert!(!ran.err.contains('\u{1b}'));
}
