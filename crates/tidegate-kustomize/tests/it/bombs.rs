//! Input that is small and asks for much: every bomb ends in a limit, which is told by name and by what was counted.

use std::{fmt::Write as _, sync::Arc};

use tidegate_base::{Entry, Found, RepoPath, World, WorldError};
use tidegate_kustomize::Options;
use tidegate_testkit::MemoryWorld;

use crate::harness::{Result, limited, run, scanning_nothing};

/// The objects and fields that a bomb may make before it is told from honest input.
const FEW_NODES: u64 = 2_000_000;

/// That the build met the limit `name`, and what it had cost by then.
#[track_caller]
fn meets(result: &Result, name: &str) {
    let text = result.text();
    assert!(text.contains(&format!("the limit `{name}` of ")), "{name} is met: {text}");
    assert!(text.contains("[limit]") && text.contains(&format!("`--limit {name}=")), "{text}");
    assert!(result.yaml.is_none(), "nothing is built");
    assert!(result.cost.nodes <= FEW_NODES, "{} nodes", result.cost.nodes);
}

/// Nine levels of nine aliases each: 9^9 nodes.
fn aliases(first: &str) -> String {
    let mut out = format!("{first}\n  a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let before = format!("*a{}", level - 1);
        let _ = writeln!(out, "  a{level}: &a{level} [{}]", vec![before; 9].join(", "));
    }
    out
}

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

#[test]
fn alias_bomb_in_a_resource() {
    let bomb = aliases(&format!("{MAP}data:"));
    meets(&limited(&format!("-- kustomization.yaml --\nresources: [a.yaml]\n-- a.yaml --\n{bomb}"), &[]), "aliases");
}

#[test]
fn alias_bomb_in_a_kustomization_file() {
    let bomb = aliases("resources: []\ncommonAnnotations:");
    meets(&limited(&format!("-- kustomization.yaml --\n{bomb}"), &[]), "aliases");
}

#[test]
fn alias_bomb_in_a_patch() {
    let bomb = aliases(&format!("{MAP}data:"));
    let tree = format!(
        "-- kustomization.yaml --\nresources: [a.yaml]\npatches: [{{path: p.yaml}}]\n-- a.yaml --\n{MAP}-- p.yaml --\n{bomb}"
    );
    meets(&limited(&tree, &[]), "aliases");
}

#[test]
fn alias_bomb_in_a_json_patch() {
    let bomb = aliases("- {op: add, path: /data, value: &v {}}\n- op: add\n  path: /data\n  value: x");
    let tree = format!(
        "-- kustomization.yaml --\nresources: [a.yaml]\npatches: [{{path: p.yaml, target: {{name: a}}}}]\n-- a.yaml --\n{MAP}-- p.yaml --\n{bomb}"
    );
    meets(&limited(&tree, &[]), "aliases");
}

#[test]
fn alias_bomb_in_a_configuration() {
    let bomb = aliases("images: []\nnamePrefix:");
    meets(
        &limited(&format!("-- kustomization.yaml --\nconfigurations: [c.yaml]\n-- c.yaml --\n{bomb}"), &[]),
        "aliases",
    );
}

#[test]
fn alias_bomb_of_merge_keys() {
    let mut bomb = format!("{MAP}a0: &a0 {{k: v}}\n");
    for level in 1..12 {
        let _ = writeln!(
            bomb,
            "a{level}: &a{level} {{<<: [{}], k{level}: v}}",
            vec![format!("*a{}", level - 1); 9].join(", ")
        );
    }
    let result = limited(&format!("-- kustomization.yaml --\nresources: [a.yaml]\n-- a.yaml --\n{bomb}"), &[]);
    assert!(result.cost.nodes < 100_000, "{} nodes", result.cost.nodes);
}

#[test]
fn honest_anchors_are_no_bomb() {
    let mut map = format!("{MAP}base: &base {{a: 1, b: 2, c: 3}}\nlist:\n");
    for _ in 0..2_000 {
        map.push_str("- *base\n");
    }
    let result = limited(&format!("-- kustomization.yaml --\nresources: [a.yaml]\n-- a.yaml --\n{map}"), &[]);
    assert!(result.problems.is_empty() && result.yaml.is_some(), "{}", result.text());
}

/// Overlays that each include the one below by two ways.
fn diamond(levels: usize) -> String {
    let mut tree = format!("-- base/kustomization.yaml --\nresources: [a.yaml]\n-- base/a.yaml --\n{MAP}");
    let mut below = "base".to_owned();
    for level in 0..levels {
        for side in ["a", "b"] {
            let _ =
                write!(tree, "-- {side}{level}/kustomization.yaml --\nnamePrefix: {side}\nresources: [../{below}]\n");
        }
        let here = format!("both{level}");
        let _ = write!(tree, "-- {here}/kustomization.yaml --\nresources: [../a{level}, ../b{level}]\n");
        below = here;
    }
    let _ = write!(tree, "-- overlay/kustomization.yaml --\nresources: [../{below}]\n");
    tree
}

#[test]
fn diamond_of_13_overlays() {
    meets(&limited(&diamond(13), &[]), "kustomizations");
}

#[test]
fn diamond_of_7_overlays_is_built() {
    let result = limited(&diamond(7), &[]);
    let yaml = result.yaml.expect("objects");
    assert_eq!(yaml.matches("kind: ConfigMap").count(), 128);
}

#[test]
fn chain_of_300_overlays() {
    let mut tree = "-- o0/kustomization.yaml --\nnamePrefix: a\n".to_owned();
    for level in 1..300 {
        let _ = write!(tree, "-- o{level}/kustomization.yaml --\nresources: [../o{}]\n", level - 1);
    }
    tree.push_str("-- overlay/kustomization.yaml --\nresources: [../o299]\n");
    meets(&limited(&tree, &[]), "overlays");
}

/// `text` with `levels` lists around it.
fn nested(levels: usize, text: &str) -> String {
    format!("{}{text}{}", "[".repeat(levels), "]".repeat(levels))
}

#[test]
fn nesting_of_1_000_levels_is_built() {
    let map = format!("{MAP}list: {}\n", nested(1_000, "x"));
    let result = limited(&format!("-- kustomization.yaml --\nresources: [a.yaml]\n-- a.yaml --\n{map}"), &[]);
    assert!(result.yaml.is_some(), "{}", result.text());
}

#[test]
fn nesting_of_10_000_levels() {
    let map = format!("{MAP}list: {}\n", nested(10_000, "x"));
    meets(&limited(&format!("-- kustomization.yaml --\nresources: [a.yaml]\n-- a.yaml --\n{map}"), &[]), "depth");
}

#[test]
fn nesting_of_100_000_levels() {
    let map = format!("{MAP}list: {}\n", nested(100_000, "x"));
    meets(&limited(&format!("-- kustomization.yaml --\nresources: [a.yaml]\n-- a.yaml --\n{map}"), &[]), "depth");
    meets(&limited(&format!("-- kustomization.yaml --\nresources: {}\n", nested(100_000, "x")), &[]), "depth");
}

#[test]
fn nesting_by_indentation() {
    let mut map = format!("{MAP}deep:\n");
    for level in 1..2_000 {
        let _ = writeln!(map, "{}k:", " ".repeat(level));
    }
    meets(&limited(&format!("-- kustomization.yaml --\nresources: [a.yaml]\n-- a.yaml --\n{map}"), &[]), "depth");
    let dashes = format!("{MAP}deep:\n{}x\n", "- ".repeat(10_000));
    meets(&limited(&format!("-- kustomization.yaml --\nresources: [a.yaml]\n-- a.yaml --\n{dashes}"), &[]), "depth");
}

#[test]
fn nesting_in_patches() {
    let deep = nested(20_000, "");
    for (target, patch) in [
        (
            "",
            format!(
                "{{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {{\"name\": \"a\"}}, \"data\": {deep}}}"
            ),
        ),
        ("target: {name: a}, ", format!("[{{\"op\": \"add\", \"path\": \"/data\", \"value\": {deep}}}]")),
        ("target: {name: a}, ", format!("- {{op: add, path: /data, value: {deep}}}")),
    ] {
        let tree = format!(
            "-- kustomization.yaml --\nresources: [a.yaml]\npatches: [{{{target}path: p.yaml}}]\n-- a.yaml --\n{MAP}-- p.yaml --\n{patch}\n"
        );
        meets(&limited(&tree, &[]), "depth");
    }
}

#[test]
fn nesting_that_patches_add_up() {
    let mut tree = format!("-- a.yaml --\n{MAP}data: {{}}\n-- kustomization.yaml --\nresources: [a.yaml]\npatches:\n");
    let path = "/d".repeat(900);
    for _ in 0..4 {
        let deep = format!("{}1{}", "{\"d\": ".repeat(900), "}".repeat(900));
        let _ = writeln!(
            tree,
            "- {{target: {{name: a}}, patch: '[{{\"op\": \"add\", \"path\": \"/data{}/x\", \"value\": {deep}}}]'}}",
            if tree.contains("op") { &path } else { "" }
        );
    }
    let result = limited(&tree, &[]);
    assert!(result.yaml.is_none() || result.problems.is_empty(), "it ends: {}", result.text());
}

#[test]
fn path_of_many_parts() {
    let path = vec!["a"; 50_000].join(".");
    let tree = format!(
        "-- a.yaml --\n{MAP}-- kustomization.yaml --\nresources: [a.yaml]\nreplacements:\n- source: {{kind: ConfigMap, name: a}}\n  targets: [{{select: {{kind: ConfigMap}}, fieldPaths: ['{path}'], options: {{create: true}}}}]\n"
    );
    meets(&limited(&tree, &[]), "depth");
}

#[test]
fn field_spec_of_many_parts() {
    let path = vec!["a"; 50_000].join("/");
    let tree = format!(
        "-- a.yaml --\n{MAP}-- kustomization.yaml --\nresources: [a.yaml]\nlabels: [{{pairs: {{a: b}}, fields: [{{path: {path}, create: true}}]}}]\n"
    );
    meets(&limited(&tree, &[]), "depth");
}

#[test]
fn json_patch_that_doubles_a_tree() {
    let mut patch = "- {op: add, path: /d, value: {x: [1, 2, 3, 4]}}\n".to_owned();
    for level in 0..40 {
        let _ = writeln!(patch, "- {{op: copy, from: /d, path: /d/c{level}}}");
    }
    let tree = format!(
        "-- kustomization.yaml --\nresources: [a.yaml]\npatches: [{{target: {{name: a}}, path: p.yaml}}]\n-- a.yaml --\n{MAP}-- p.yaml --\n{patch}"
    );
    let result = limited(&tree, &[("nodes", 1_000_000)]);
    meets(&result, "nodes");
}

#[test]
fn replacement_that_doubles_a_text() {
    let mut tree = format!(
        "-- a.yaml --\n{MAP}data: {{a: xxxxxxxxxxxxxxxx}}\n-- kustomization.yaml --\nresources: [a.yaml]\nreplacements:\n"
    );
    for _ in 0..40 {
        tree.push_str("- source: {kind: ConfigMap, name: a, fieldPath: data.a}\n  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.a], options: {delimiter: '-', index: -1}}]\n");
    }
    meets(&limited(&tree, &[]), "text-bytes");
}

#[test]
fn prefixes_that_add_up() {
    let prefix = "p".repeat(1 << 16);
    let mut tree = format!("-- o0/kustomization.yaml --\nresources: [a.yaml]\n-- o0/a.yaml --\n{MAP}");
    for level in 1..150 {
        let _ =
            write!(tree, "-- o{level}/kustomization.yaml --\nnamePrefix: {prefix}\nresources: [../o{}]\n", level - 1);
    }
    tree.push_str("-- overlay/kustomization.yaml --\nresources: [../o149]\n");
    meets(&limited(&tree, &[]), "text-bytes");
}

#[test]
fn variable_that_is_used_again_and_again() {
    let args = vec!["$(A)".repeat(1_000); 1_000].join(", ");
    let tree = format!(
        "-- a.yaml --\n{MAP}data: {{a: {}}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: c, args: [{args}]}}]}}\n-- kustomization.yaml --\nresources: [a.yaml]\nvars: [{{name: A, objref: {{apiVersion: v1, kind: ConfigMap, name: a}}, fieldref: {{fieldpath: data.a}}}}]\n",
        "v".repeat(10_000)
    );
    meets(&limited(&tree, &[]), "text-bytes");
}

#[test]
fn items_with_two_keys_are_counted() {
    let mut ports = String::new();
    for port in 1..2_000 {
        let _ = write!(ports, "{{port: {port}, protocol: TCP}}, ");
    }
    let service = format!("apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{ports: [{ports}]}}\n");
    let tree =
        format!("-- kustomization.yaml --\nresources: [a.yaml]\npatches: [{{path: a.yaml}}]\n-- a.yaml --\n{service}");
    meets(&limited(&tree, &[("steps", 1_000_000)]), "steps");
}

#[test]
fn output_is_bounded() {
    meets(
        &limited(
            &format!("-- kustomization.yaml --\nresources: [a.yaml]\n-- a.yaml --\n{MAP}"),
            &[("output-bytes", 20)],
        ),
        "output-bytes",
    );
}

#[test]
fn input_is_bounded() {
    let tree = format!("-- kustomization.yaml --\nresources: [a.yaml]\n-- a.yaml --\n{MAP}");
    meets(&limited(&tree, &[("input-bytes", 30)]), "input-bytes");
}

#[test]
fn problems_are_bounded() {
    let names: Vec<String> = (0..5_000).map(|it| format!("no-such-{it}.yaml")).collect();
    let result = limited(&format!("-- kustomization.yaml --\nresources: [{}]\n", names.join(", ")), &[]);
    assert_eq!(result.problems.len(), 100);
}

#[test]
fn line_of_a_million_characters() {
    let tree = format!(
        "-- kustomization.yaml --\nresources: [a.yaml]\n-- a.yaml --\n{MAP}data: {{a: {}}}\n",
        "word ".repeat(200_000)
    );
    assert!(limited(&tree, &[]).yaml.is_some());
    let quotes = format!(
        "-- kustomization.yaml --\nresources: [a.yaml]\n-- a.yaml --\n{MAP}data: {{a: \"{}\n",
        "x".repeat(1_000_000)
    );
    let result = limited(&quotes, &[]);
    assert!(result.text().contains("[invalid-yaml]"), "it ends");
}

#[test]
fn many_documents() {
    let mut map = String::new();
    for index in 0..20_000 {
        let _ = write!(map, "---\n{{apiVersion: v1, kind: ConfigMap, metadata: {{name: n{index}}}}}\n");
    }
    let result = limited(&format!("-- kustomization.yaml --\nresources: [a.yaml]\n-- a.yaml --\n{map}"), &[]);
    assert_eq!(result.yaml.expect("objects").matches("kind: ConfigMap").count(), 20_000);
}

#[test]
fn circle_of_crd_definitions() {
    let tree = "
-- kustomization.yaml --
crds: [t.json]
-- t.json --
{\"a.A\": {\"Schema\": {\"properties\": {\"apiVersion\": {}, \"kind\": {}, \"metadata\": {}, \"spec\": {\"$ref\": \"a.B\"}}}},
 \"a.B\": {\"Schema\": {\"properties\": {\"again\": {\"$ref\": \"a.B\"}}}}}
";
    insta::assert_snapshot!(limited(tree, &[]).text(), @r"
    t.json:1:1: error: the definition `a.B` refers to itself [invalid-crd]
    not built
    ");
}

#[test]
fn circle_of_openapi_definitions() {
    let tree = "
-- kustomization.yaml --
openapi: {path: s.json}
resources: [a.yaml]
patches: [{path: a.yaml}]
-- s.json --
{\"definitions\": {\"A\": {\"$ref\": \"#/definitions/A\", \"x-kubernetes-group-version-kind\": [{\"group\": \"\", \"version\": \"v1\", \"kind\": \"Loop\"}]},
 \"B\": {\"properties\": {\"spec\": {\"$ref\": \"#/definitions/B\"}}, \"x-kubernetes-group-version-kind\": [{\"group\": \"\", \"version\": \"v1\", \"kind\": \"Deep\"}]}}}
-- a.yaml --
{apiVersion: v1, kind: Loop, metadata: {name: a}, spec: {spec: {spec: {}}}}
---
{apiVersion: v1, kind: Deep, metadata: {name: a}, spec: {spec: {spec: {}}}}
";
    let result = limited(tree, &[]);
    assert!(result.yaml.is_some(), "{}", result.text());
}

/// A world in which one file has no end: it is measured, never read whole.
struct Endless<'w>(&'w MemoryWorld);

impl World for Endless<'_> {
    fn find(&self, path: &RepoPath) -> std::result::Result<Found, WorldError> {
        self.0.find(path)
    }

    fn read(&self, path: &RepoPath, limit: u64) -> std::result::Result<Arc<[u8]>, WorldError> {
        if path.name() == Some("huge.yaml") {
            assert!(limit < 1 << 30, "no more than the limit is asked for");
            return Err(WorldError::TooLarge { path: path.clone(), size: 1 << 30, limit });
        }
        self.0.read(path, limit)
    }

    fn list(&self, path: &RepoPath) -> std::result::Result<Vec<Entry>, WorldError> {
        self.0.list(path)
    }

    fn label(&self) -> &str {
        self.0.label()
    }
}

#[test]
fn file_of_1_gigabyte() {
    let world = MemoryWorld::from_text(
        "
-- kustomization.yaml --
resources: [huge.yaml]
patches: [{path: huge.yaml}]
configMapGenerator: [{name: a, files: [huge.yaml]}]
-- huge.yaml --
",
    );
    let result = run(&Endless(&world), "", &scanning_nothing());
    insta::assert_snapshot!(result.text(), @r"
    kustomization.yaml:1:13: error: `huge.yaml` has 1073741824 bytes, more than the limit `file-bytes` of 67108864 [limit]
      help: raise it with `--limit file-bytes=1073741824` if the file is meant to be this large
    kustomization.yaml:2:18: error: `huge.yaml` has 1073741824 bytes, more than the limit `file-bytes` of 67108864 [limit]
      help: raise it with `--limit file-bytes=1073741824` if the file is meant to be this large
    kustomization.yaml:3:40: error: `huge.yaml` has 1073741824 bytes, more than the limit `file-bytes` of 67108864 [limit]
      help: raise it with `--limit file-bytes=1073741824` if the file is meant to be this large
    not built
    ");
    assert!(result.cost.input_bytes < 1_000);
}

#[test]
fn file_over_the_limit_is_not_read() {
    let world = MemoryWorld::from_text(&format!(
        "-- kustomization.yaml --\nresources: [a.yaml]\n-- a.yaml --\n{MAP}{}",
        "# x\n".repeat(100)
    ));
    let limits = tidegate_base::Limits { file_bytes: 100, ..Default::default() };
    let result = run(&world, "", &Options { limits, ..scanning_nothing() });
    assert!(result.text().contains("more than the limit `file-bytes` of 100 [limit]"), "{}", result.text());
    assert!(world.reads().iter().all(|it| it.as_str() == "kustomization.yaml"));
}
