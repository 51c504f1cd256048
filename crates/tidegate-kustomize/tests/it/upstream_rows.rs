//! What upstream's own tests say of wrong input, row by row: kustomize's loader and its restrictions, Flux's generator.

use insta::assert_snapshot;
use tidegate_base::RepoPath;
use tidegate_kustomize::{Options, Remote};
use tidegate_testkit::MemoryWorld;

use crate::harness::{Result, findings, findings_in, findings_within_root, run, scanning_nothing};

/// Builds `folder` as Flux does, which makes up a kustomization file where there is none.
fn scanned(world: &MemoryWorld, folder: &str) -> Result {
    run(world, folder, &Options::default())
}

/// Builds the root of `world` with `copy` as what `url` names.
fn with_copy(world: &MemoryWorld, url: &str, copy: &MemoryWorld, path: &str) -> Result {
    let path = RepoPath::parse(path).expect("a path");
    let remotes = vec![Remote { url, world: copy, path: &path }];
    run(world, "", &Options { remotes, ..scanning_nothing() })
}

#[test]
fn loader_refuses_relative_paths_that_lead_back() {
    for (entry, code) in [
        ("fileB.yaml", "no-object"),
        (".", "cycle"),
        ("../subdir1", "cycle"),
        ("..", "cycle"),
        ("/foo/project", "cycle"),
        ("/", "cycle"),
        ("./sub/..", "cycle"),
    ] {
        let world = MemoryWorld::from_text(&format!(
            "
-- foo/project/subdir1/kustomization.yaml --
resources: ['{entry}']
-- foo/project/subdir1/fileB.yaml --
not an object
-- foo/project/kustomization.yaml --
namePrefix: a-
-- kustomization.yaml --
namePrefix: a-
"
        ));
        let result = run(&world, "foo/project/subdir1", &scanning_nothing());
        let absolute = entry.starts_with('/');
        let found = result.problems.first().map(|it| it.code);
        assert!(result.yaml.is_none(), "{entry} is refused");
        // A folder that is named from the root of the file system is refused before it is looked at.
        assert_eq!(found, Some(if absolute { "wrong-kind" } else { code }), "{entry}: {}", result.text());
    }
}

#[test]
fn loader_goes_up_and_down_to_a_sibling_but_not_back() {
    assert_snapshot!(findings("
-- overlay/kustomization.yaml --
resources: [../subdir2]
-- subdir2/kustomization.yaml --
resources: [../overlay]
"), @r"
    subdir2/kustomization.yaml:1:13: error: `../overlay` leads back to `overlay`, which includes it [cycle]
      help: move what both need to a folder of its own, and include that
      note: overlay/kustomization.yaml:1:13: included here
    not built
    ");
}

#[test]
fn loader_refuses_a_file_out_of_bounds_only_with_the_rule() {
    let world = MemoryWorld::from_text(
        "
-- overlay/kustomization.yaml --
configMapGenerator: [{name: a, files: [below/beans, ../overlay/below/beans, ../illegal]}]
-- overlay/below/beans --
beans
-- illegal --
beans
",
    );
    assert_snapshot!(findings_in(&world), @r"
    overlay/kustomization.yaml:1:53: error: the key `beans` is there twice [duplicate-key]
      help: take one away, or name it `KEY=FILE`
    not built
    ");
    assert_snapshot!(findings_within_root(&world), @r"
    overlay/kustomization.yaml:1:77: error: `../illegal` is not in or below `overlay` [outside-root]
      help: put it there, or build with `--load-restrictor none`
    overlay/kustomization.yaml:1:53: error: the key `beans` is there twice [duplicate-key]
      help: take one away, or name it `KEY=FILE`
    not built
    ");
}

#[test]
fn loader_reads_a_remote_base_from_its_copy() {
    let world = MemoryWorld::from_text(
        "
-- kustomization.yaml --
resources: [github.com/someOrg/someRepo/foo/overlay]
",
    );
    let copy = MemoryWorld::from_text(
        "
-- foo/overlay/kustomization.yaml --
resources: [../base]
-- foo/base/kustomization.yaml --
resources: [a.yaml]
-- foo/base/a.yaml --
{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
",
    );
    assert_snapshot!(with_copy(&world, "github.com/someOrg/someRepo", &copy, "").text(), @r"built 51 bytes");
}

#[test]
fn loader_refuses_a_local_base_from_a_remote_overlay() {
    let world = MemoryWorld::from_text(
        "
-- kustomization.yaml --
resources: [github.com/someOrg/someRepo/foo/overlay]
-- highBase/kustomization.yaml --
namePrefix: a-
",
    );
    let copy = MemoryWorld::from_text(
        "
-- foo/overlay/kustomization.yaml --
resources: [../../../highBase]
",
    )
    .at("/copies/someRepo");
    let result = with_copy(&world, "github.com/someOrg/someRepo", &copy, "");
    assert_snapshot!(result.text(), @r"
    foo/overlay/kustomization.yaml:1:13: error: `../../../highBase` leaves the root `/copies/someRepo` [outside-root]
      help: build with a `--root` that holds it, such as `..`
      note: kustomization.yaml:1:13: included here
    not built
    ");
    assert!(world.reads().iter().all(|it| it.as_str() == "kustomization.yaml"));
}

#[test]
fn loader_refuses_a_remote_base_that_leaves_its_repository() {
    let world = MemoryWorld::from_text(
        "
-- kustomization.yaml --
resources: ['https://github.com/org/repo/base']
",
    );
    let mut copy = MemoryWorld::default().at("/copies/repo");
    copy.link("base", "..");
    assert_snapshot!(with_copy(&world, "https://github.com/org/repo", &copy, "").text(), @r"
    kustomization.yaml:1:13: error: the local copy of `https://github.com/org/repo/base`: `/copies/repo/base` leads out of the root `/copies/repo` [outside-root]
      help: put a copy below the root, or build with a `--root` that holds it
    not built
    ");
}

#[test]
fn loader_restricts_files_of_a_remote_base() {
    let world = MemoryWorld::from_text(
        "
-- kustomization.yaml --
resources: ['https://github.com/org/repo//base']
",
    );
    let copy = MemoryWorld::from_text(
        "
-- base/kustomization.yaml --
configMapGenerator: [{name: a, files: [../secret]}]
-- secret --
text
",
    )
    .at("/copies/repo");
    assert_snapshot!(with_copy(&world, "https://github.com/org/repo", &copy, "").text(), @r"
    base/kustomization.yaml:1:40: error: `../secret` is not in or below `/copies/repo/base` [outside-root]
      help: a remote base may only load files from its own folder
      note: kustomization.yaml:1:13: included here
    not built
    ");
}

#[test]
fn loader_finds_direct_cycles_of_repositories() {
    let world = MemoryWorld::from_text(
        "
-- kustomization.yaml --
resources: [github.com/someOrg/someRepo/foo]
",
    );
    let copy = MemoryWorld::from_text(
        "
-- foo/kustomization.yaml --
resources: [github.com/someOrg/someRepo/foo]
",
    );
    assert_snapshot!(with_copy(&world, "github.com/someOrg/someRepo", &copy, "").text(), @r"
    foo/kustomization.yaml:1:13: error: `github.com/someOrg/someRepo/foo` includes itself [cycle]
      help: take the entry away
      note: kustomization.yaml:1:13: included here
    not built
    ");
}

#[test]
fn loader_finds_indirect_cycles_of_repositories() {
    let world = MemoryWorld::from_text(
        "
-- kustomization.yaml --
resources: [github.com/someOrg/someRepo1]
",
    );
    let first = MemoryWorld::from_text(
        "
-- kustomization.yaml --
resources: [github.com/someOrg/someRepo2]
",
    );
    let second = MemoryWorld::from_text(
        "
-- kustomization.yaml --
resources: [github.com/someOrg/someRepo1]
",
    );
    let root = RepoPath::root();
    let remotes = vec![
        Remote { url: "github.com/someOrg/someRepo1", world: &first, path: &root },
        Remote { url: "github.com/someOrg/someRepo2", world: &second, path: &root },
    ];
    let result = run(&world, "", &Options { remotes, ..scanning_nothing() });
    assert_snapshot!(result.text(), @r"
    kustomization.yaml:1:13: error: `github.com/someOrg/someRepo1` includes itself [cycle]
      help: take the entry away
      note: kustomization.yaml:1:13: included here
      note: kustomization.yaml:1:13: included here
    not built
    ");
}

#[test]
fn loader_names_a_malformed_url() {
    assert_snapshot!(findings("
-- kustomization.yaml --
resources: ['https://git example.com/app.yaml', 'http://']
"), @r"
    kustomization.yaml:1:13: error: the remote file `https://git example.com/app.yaml` is not fetched, and no local copy of it is given [remote-base]
      help: download it and build with `--remote-base 'https://git example.com/app.yaml=FILE'`, or name it in `tidegate.yaml`
    kustomization.yaml:1:49: error: the remote base `http://` is not fetched, and no local copy of it is given [remote-base]
      help: download it and build with `--remote-base 'http://=FOLDER'`, or name it in `tidegate.yaml`
    not built
    ");
}

#[test]
fn generator_builds_a_folder_without_a_kustomization_file() {
    let world = MemoryWorld::from_text(
        "
-- apps/config.yaml --
{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
-- apps/sub/secret.yml --
{apiVersion: v1, kind: Secret, metadata: {name: a}}
-- apps/notes.txt --
not read
",
    );
    assert_snapshot!(scanned(&world, "apps").text(), @r"built 103 bytes");
}

#[test]
fn generator_of_an_empty_folder() {
    let mut world = MemoryWorld::default();
    world.add_folder("apps");
    assert_snapshot!(scanned(&world, "apps").text(), @r"built 0 bytes");
}

#[test]
fn generator_survives_malformed_yaml() {
    let world = MemoryWorld::from_text(
        r#"
-- alert.yaml --
apiVersion: example.com/v1
kind: Alert
metadata: {name: a}
spec:
  exclude:
  - "a\.b\.c \".*\" not found"
"#,
    );
    assert_snapshot!(scanned(&world, "").text(), @r"
    alert.yaml:6:7: error: found unknown escape character while parsing a quoted scalar [invalid-yaml]
    not built
    ");
}

#[test]
fn generator_refuses_files_that_are_no_objects() {
    let world = MemoryWorld::from_text(
        "
-- .sops.yaml --
creation_rules: [{age: age1example}]
-- .gitlab-ci.yml --
build: {script: [make]}
-- config.yaml --
{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
",
    );
    assert_snapshot!(scanned(&world, "").text(), @r"
    .gitlab-ci.yml:1:1: error: the object has no `kind` [no-object]
      help: every document of this file must be a Kubernetes object with `apiVersion`, `kind` and `metadata.name`
    .sops.yaml:1:1: error: the object has no `kind` [no-object]
      help: every document of this file must be a Kubernetes object with `apiVersion`, `kind` and `metadata.name`
    not built
    ");
}

#[test]
fn encrypted_kind_is_no_panic() {
    let secret = "ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]";
    let world = MemoryWorld::from_text(&format!(
        "
-- kustomization.yaml --
namespace: test
namePrefix: test
resources: [secret.yaml]
-- secret.yaml --
apiVersion: {secret}
kind: {secret}
metadata: {{name: '{secret}', namespace: '{secret}'}}
stringData: {{secret: '{secret}'}}
sops: {{age: [{{recipient: age1example}}]}}
"
    ));
    let first = scanned(&world, "");
    assert_snapshot!(first.text(), @r"
    secret.yaml:1:1: error: a comma in kind, name or namespace [invalid-name]
      help: correct the object; if it is encrypted as a whole, encrypt only its values
    not built
    ");
    assert_eq!(scanned(&world, "").text(), first.text(), "nor the next time");
}

#[test]
fn base_that_is_named_relative_to_a_deep_folder() {
    let world = MemoryWorld::from_text(
        "
-- clusters/staging/flux-system/kustomization.yaml --
resources: [../../../base/config.yaml]
-- base/config.yaml --
{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
",
    );
    assert_snapshot!(scanned(&world, "clusters/staging/flux-system").text(), @r"built 51 bytes");
}

#[test]
fn trimmed_schema_replaces_what_is_built_in() {
    let world = MemoryWorld::from_text(
        r#"
-- kustomization.yaml --
openapi: {path: schema.json}
resources: [web.yaml]
patches: [{path: patch.yaml}]
-- schema.json --
{"definitions": {"com.example.v1.Widget": {"type": "object",
 "x-kubernetes-group-version-kind": [{"group": "example.com", "version": "v1", "kind": "Widget"}]}}}
-- web.yaml --
{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: web}, spec: {template: {spec: {containers: [{name: a, image: a}]}}}}
-- patch.yaml --
{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: web}, spec: {template: {spec: {containers: [{name: a, args: [x]}]}}}}
"#,
    );
    let merged = scanned(&world, "").yaml.expect("objects").contains("image: a");
    // kustomize 5.8.1 takes the given schema instead of its own; Flux's SecureBuild adds it to its own.
    assert!(!merged, "as `kustomize build` prints it");
}
