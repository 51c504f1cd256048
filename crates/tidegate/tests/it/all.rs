//! `build --all`

use crate::tree::{Ran, SMALL, Tree, run, tidegate};

/// `text` without what differs from run to run.
fn without_times(text: &str) -> String {
    let is_time = |word: &str| {
        let unit = ["µs", "ms", "s"].iter().find_map(|it| word.trim_end_matches(';').strip_suffix(it));
        unit.is_some_and(|it| !it.is_empty() && it.chars().all(|it| it.is_ascii_digit() || it == '.'))
    };
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().map(|it| if is_time(it) { "TIME" } else { it }).collect();
        words.join(" ") + "\n"
    };
    text.lines().map(line).collect()
}

fn broken() -> Tree {
    let tree = Tree::new(SMALL);
    tree.write("broken/kustomization.yaml", "resources: [missing.yaml]\nresorces: []\nimages: {}\n");
    tree
}

#[test]
fn every_root_gets_a_line() {
    insta::assert_snapshot!(without_times(&Tree::new(SMALL).good(&["build", "--all"])), @r"
    built base 2 objects 191 bytes TIME sha256:90a640d8aef15cf596a9c4d84930a6d7e8e3915408618e03045090abb65e3093
    built production 2 objects 201 bytes TIME sha256:f6e42b5303d4e9b68d41cf433d15f5777774b5ed039a8ee0847f5e8c7b0d43c5
    2 roots built: 4 objects, 392 bytes in TIME 1 component
    ");
}

#[test]
fn a_root_that_fails_tells_where_and_stops_no_other() {
    let Ran { code, out, err } = broken().run(&["build", "--all"]);
    assert_eq!(code, Some(2));
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("built   base "), "{out}");
    assert_eq!(
        lines[1],
        "failed  broken  broken/kustomization.yaml:2:1: unknown field `resorces` in a kustomization file (and 1 more error)"
    );
    assert!(lines[2].starts_with("built   production "), "{out}");
    assert!(lines[3].starts_with("2 roots built, 1 failed: "), "{out}");
    assert_eq!(lines[4], "failed: broken");
    assert_eq!(
        err,
        "error: 1 of 3 roots not built\nhelp: run `tidegate build broken` to see all that is wrong with a root, and what to do\n"
    );
}

#[test]
fn quiet_leaves_what_failed() {
    let ran = broken().run(&["build", "--all", "-q"]);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    assert!(ran.out.starts_with("failed  broken "));
    assert_eq!(Tree::new(SMALL).good(&["build", "--all", "-q"]), "");
}

#[test]
fn paths_lead_there_from_the_working_directory() {
    let tree = broken();
    tree.write(".git/HEAD", "");
    let ran = run(tidegate(&tree.path().join("base")).args(["build", "--all", ".."]));
    assert!(ran.out.contains("failed  ../broken  ../broken/kustomization.yaml:2:1: "), "{}", ran.out);
    assert!(ran.err.contains("run `tidegate build ../broken` to see"), "{}", ran.err);
}

#[test]
fn names_are_told_with_their_root() {
    let ran = broken().run(&["build", "--all", "-o", "name"]);
    assert_eq!(
        ran.out,
        "base\tConfigMap settings-6g6gd9868f\nbase\tDeployment.apps shop/web\n\
         production\tConfigMap live-settings-6g6gd9868f\nproduction\tDeployment.apps shop/live-web\n"
    );
    assert!(ran.err.starts_with("failed  broken  broken/kustomization.yaml:2:1: "), "{}", ran.err);
}

#[test]
fn json_and_yaml_say_the_same() {
    let tree = broken();
    let json = tree.run(&["build", "--all", "-o", "json"]);
    let yaml = tree.run(&["build", "--all", "-o", "yaml"]);
    assert_eq!((json.code, yaml.code), (Some(2), Some(2)));
    let report: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(report["roots"][1]["problems"][0]["code"], "unknown-field");
    assert_eq!(report["roots"][1]["problems"][0]["line"], 2);
    assert_eq!(report["components"], serde_json::json!(["more"]));
    assert_eq!((&report["summary"]["built"], &report["summary"]["failed"]), (&2.into(), &1.into()));
    for root in report["roots"].as_array().expect("roots") {
        assert!(yaml.out.contains(&format!("path: {}\n", root["path"].as_str().expect("a path"))), "{}", yaml.out);
    }
}

#[test]
fn digest_and_length_are_those_of_what_is_printed() {
    use sha2::Digest as _;
    let tree = Tree::new(SMALL);
    let report: serde_json::Value = serde_json::from_str(&tree.good(&["build", "--all", "-o", "json"])).expect("JSON");
    for root in report["roots"].as_array().expect("roots") {
        let printed = tree.good(&["build", root["path"].as_str().expect("a path")]);
        let digest: String = sha2::Sha256::digest(printed.as_bytes()).iter().map(|it| format!("{it:02x}")).collect();
        assert_eq!((&root["bytes"], &root["sha256"]), (&printed.len().into(), &digest.into()));
    }
}

#[test]
fn a_folder_without_any_kustomization_is_no_success() {
    let tree = Tree::new("-- apps/a.yaml --\na: b\n");
    let ran = tree.run(&["build", "--all", "apps"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.starts_with("error: no kustomization stands in or below `apps`\n"), "{}", ran.err);
    assert!(tree.bad(&["build", "--all", "nosuch"]).contains("`nosuch` does not exist"));
}

#[test]
fn warnings_are_counted() {
    let tree = Tree::new(SMALL);
    tree.write("warned/kustomization.yaml", "resources: [../base]\npatches:\n  - target: { kind: Deploy }\n    patch: |\n      - { op: remove, path: /spec }\n");
    let out = tree.good(&["build", "--all"]);
    assert!(out.lines().any(|it| it.contains(" warned ") && it.ends_with("  1 warning")), "{out}");
    assert!(out.ends_with("; 1 component; 1 warning\n"), "{out}");
}
