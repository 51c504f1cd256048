//! Paths that want out of the root: each way out in each field that takes a path.
//!
//! Nothing but what lies below the root is read, the build is refused, and the message names the path.

use tidegate_base::{RepoPath, Severity};
use tidegate_kustomize::{Options, Restrictor};
use tidegate_testkit::MemoryWorld;

use crate::harness::{Result, run, scanning_nothing};

/// Where the kustomization stands.
const FOLDER: &str = "repo/apps/web";

/// Ways out of the root, or to what is no file in it.
const VECTORS: [(&str, &str); 13] = [
    ("one level too many", "../../../../secret.yaml"),
    ("many levels too many", "../../../../../../../../../../../../etc/passwd"),
    ("down and then out", "sub/../../../../../secret.yaml"),
    ("absolute", "/etc/passwd"),
    ("absolute with slashes", "//etc//passwd"),
    ("absolute and up", "/repo/../../etc/passwd"),
    ("link to a file outside", "link-to-secret.yaml"),
    ("link to a folder outside", "link-to-outside/secret.yaml"),
    ("chain of links", "chain-1/secret.yaml"),
    ("link with an absolute target", "link-to-etc/passwd"),
    ("link in a circle", "circle/secret.yaml"),
    ("backslashes", "..\\..\\..\\..\\secret.yaml"),
    ("percent signs", "%2e%2e/%2e%2e/%2e%2e/%2e%2e/secret.yaml"),
];

/// Fields that take a path, which stands in place of `PATH`.
const FIELDS: [(&str, &str); 29] = [
    ("resources", "resources: [PATH]"),
    ("bases", "bases: [PATH]"),
    ("components", "components: [PATH]"),
    ("patches", "patches: [{path: PATH}]"),
    ("patches with a target", "patches: [{path: PATH, target: {kind: ConfigMap}}]"),
    ("patchesStrategicMerge", "patchesStrategicMerge: [PATH]"),
    ("patchesJson6902", "patchesJson6902: [{path: PATH, target: {version: v1, kind: ConfigMap, name: a}}]"),
    ("configMapGenerator.files", "configMapGenerator: [{name: a, files: [PATH]}]"),
    ("configMapGenerator.files with a key", "configMapGenerator: [{name: a, files: [\"key=PATH\"]}]"),
    ("configMapGenerator.envs", "configMapGenerator: [{name: a, envs: [PATH]}]"),
    ("configMapGenerator.env", "configMapGenerator: [{name: a, env: PATH}]"),
    ("secretGenerator.files", "secretGenerator: [{name: a, files: [PATH]}]"),
    ("secretGenerator.envs", "secretGenerator: [{name: a, envs: [PATH]}]"),
    ("configurations", "configurations: [PATH]"),
    ("crds", "crds: [PATH]"),
    ("openapi.path", "openapi: {path: PATH}"),
    ("replacements", "replacements: [{path: PATH}]"),
    ("transformers", "transformers: [PATH]"),
    ("generators", "generators: [PATH]"),
    ("validators", "validators: [PATH]"),
    (
        "ConfigMapGenerator.files",
        "generators: [\"{apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: a}, files: [PATH]}\"]",
    ),
    (
        "ConfigMapGenerator.envs",
        "generators: [\"{apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: a}, envs: [PATH]}\"]",
    ),
    (
        "SecretGenerator.files",
        "generators: [\"{apiVersion: builtin, kind: SecretGenerator, metadata: {name: a}, files: [PATH]}\"]",
    ),
    (
        "SecretGenerator.envs",
        "generators: [\"{apiVersion: builtin, kind: SecretGenerator, metadata: {name: a}, envs: [PATH]}\"]",
    ),
    (
        "PatchTransformer.path",
        "transformers: [\"{apiVersion: builtin, kind: PatchTransformer, metadata: {name: a}, path: PATH}\"]",
    ),
    (
        "PatchStrategicMergeTransformer.paths",
        "transformers: [\"{apiVersion: builtin, kind: PatchStrategicMergeTransformer, metadata: {name: a}, paths: [PATH]}\"]",
    ),
    (
        "PatchJson6902Transformer.path",
        "transformers: [\"{apiVersion: builtin, kind: PatchJson6902Transformer, metadata: {name: a}, target: {version: v1, kind: ConfigMap, name: a}, path: PATH}\"]",
    ),
    (
        "ReplacementTransformer.replacements",
        "transformers: [\"{apiVersion: builtin, kind: ReplacementTransformer, metadata: {name: a}, replacements: [{path: PATH}]}\"]",
    ),
    ("helmCharts.valuesFile", "helmCharts: [{name: a, valuesFile: PATH, additionalValuesFiles: [PATH]}]"),
];

/// A root with links that lead out of it. What they lead to cannot even be put into this world.
fn world(file: &str) -> MemoryWorld {
    let mut world = MemoryWorld::new([(format!("{FOLDER}/kustomization.yaml"), file.to_owned())]).at("/checkout");
    world.add("repo/inside.yaml", b"inside");
    world.add("repo/apps/web/map.yaml", b"{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n");
    for (name, target) in [
        ("link-to-secret.yaml", "../../../../secret.yaml"),
        ("link-to-outside", "../../../.."),
        ("chain-1", "chain-2"),
        ("chain-2", "../chain-3"),
        ("link-to-etc", "/etc"),
        ("circle", "circle"),
    ] {
        world.link(&format!("{FOLDER}/{name}"), target);
    }
    world.link("repo/apps/chain-3", "../../..");
    world
}

/// The field with the path in it, quoted as its place asks for.
fn with_path(field: &str, path: &str) -> String {
    let path = match (field.contains("key="), field.contains('"')) {
        (true, _) => path.replace('\\', "\\\\"),
        (false, true) => format!("'{}'", path.replace('\\', "\\\\")),
        (false, false) => format!("'{path}'"),
    };
    format!("{}\n", field.replace("PATH", &path))
}

/// That nothing was read but the kustomization, and that the finding names the path.
#[track_caller]
fn refused(what: &str, path: &str, world: &MemoryWorld, result: &Result) {
    let text = result.text();
    assert!(result.yaml.is_none(), "{what} is refused: {text}");
    let folder = RepoPath::parse(FOLDER).expect("a path");
    let own = [folder.join("kustomization.yaml"), folder.join("map.yaml")].map(|it| it.expect("a path"));
    assert!(world.reads().iter().all(|it| own.contains(it)), "{what} reads {:?}", world.reads());
    let errors = result.problems.iter().filter(|it| it.severity == Severity::Error);
    let named = |it: &str| it.contains(path) || it.contains("charts are not rendered");
    assert!(errors.clone().any(|it| named(&it.message)), "{what} names the path: {text}");
    assert!(errors.clone().all(|it| it.place.as_ref().is_some_and(|it| it.line > 0)), "{what} has a place: {text}");
}

#[test]
fn every_vector_in_every_field() {
    for restrictor in [Restrictor::None, Restrictor::Root] {
        for (name, field) in FIELDS {
            for (vector, path) in VECTORS {
                let world = world(&with_path(field, path));
                let result = run(&world, FOLDER, &Options { restrictor, ..scanning_nothing() });
                refused(&format!("{vector} in {name}"), path, &world, &result);
            }
        }
    }
}

#[test]
fn nul_in_every_field() {
    for (name, field) in FIELDS {
        // In the configuration of a plugin, which is quoted itself, the text is quoted twice.
        let path = match (field.contains("key="), field.contains('"')) {
            (true, _) => r"a\0b",
            (false, true) => r#"\"a\\0b\""#,
            (false, false) => r#""a\0b""#,
        };
        let world = world(&format!("{}\n", field.replace("PATH", path)));
        let result = run(&world, FOLDER, &scanning_nothing());
        refused(&format!("NUL in {name}"), r"a\0b", &world, &result);
        assert!(!result.text().contains('\0'), "{name} shows it escaped: {:?}", result.text());
    }
}

#[test]
fn every_vector_for_the_root_itself() {
    for (vector, path) in VECTORS {
        let world = world("resources: [map.yaml]\n");
        let folder = RepoPath::parse(FOLDER).expect("a path").join(path);
        let Ok(folder) = folder else { continue };
        let result = run(&world, folder.as_str(), &scanning_nothing());
        assert!(result.yaml.is_none() && world.reads().is_empty(), "{vector}: {}", result.text());
    }
}

#[test]
fn folders_without_a_kustomization_file_follow_no_link_out() {
    let mut world = MemoryWorld::from_text(
        "
-- apps/map.yaml --
{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
",
    )
    .at("/checkout");
    world.link("apps/outside", "../..");
    world.link("apps/secret.yaml", "../../secret.yaml");
    world.link("apps/circle", ".");
    let result = run(&world, "apps", &Options::default());
    assert_eq!(
        world.reads().iter().map(RepoPath::as_str).collect::<Vec<_>>(),
        ["apps/map.yaml"; 2],
        "{}",
        result.text()
    );
}

#[test]
fn a_case_that_differs_is_another_file() {
    let world = world("resources: [MAP.yaml]\n");
    let result = run(&world, FOLDER, &scanning_nothing());
    refused("another case", "MAP.yaml", &world, &result);
}

#[test]
fn a_link_that_stays_inside_is_followed() {
    let mut world = world("configMapGenerator: [{name: a, files: [here.yaml]}]\n");
    world.link(&format!("{FOLDER}/here.yaml"), "../../inside.yaml");
    let result = run(&world, FOLDER, &scanning_nothing());
    assert!(result.yaml.is_some_and(|it| it.contains("here.yaml: inside")), "the content is that of the target");
}

#[test]
fn files_above_the_kustomization_with_the_rule_of_kustomize() {
    for (name, field) in FIELDS {
        let world = world(&with_path(field, "../../inside.yaml"));
        let result = run(&world, FOLDER, &Options { restrictor: Restrictor::Root, ..scanning_nothing() });
        refused(&format!("a file above in {name}"), "../../inside.yaml", &world, &result);
    }
}
