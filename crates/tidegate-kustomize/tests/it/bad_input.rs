//! Input that is wrong: each sort by its name, with the place, the message and what to do.
//!
//! The verdicts are kustomize 5.8.1's.

use insta::assert_snapshot;
use tidegate_testkit::MemoryWorld;

use crate::harness::{findings, findings_in, findings_within_root, limited, run, scanning_nothing};

/// Objects that patches and the like work on.
const MAP: &str = "
-- map.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: b}
";

/// A kustomization file about [`MAP`].
fn of_map(file: &str) -> String {
    findings(&format!("-- kustomization.yaml --\n{file}\n{MAP}"))
}

#[test]
fn not_yaml() {
    assert_snapshot!(findings("
-- kustomization.yaml --
resources: [a.yaml
-- a.yaml --
"), @r"
    kustomization.yaml:2:1: error: did not find expected ',' or ']' while parsing a flow sequence [invalid-yaml]
    not built
    ");
    assert_snapshot!(findings("
-- kustomization.yaml --
resources: [a.yaml]
-- a.yaml --
kind: ConfigMap
  name: a
"), @r"
    a.yaml:2:7: error: mapping values are not allowed in this context [invalid-yaml]
    not built
    ");
    assert_snapshot!(findings("
-- kustomization.yaml --
resources: [a.yaml]
-- a.yaml --
kind: 'ConfigMap
"), @r"
    a.yaml:2:1: error: found unexpected end of stream while scanning a quoted scalar [invalid-yaml]
    not built
    ");
}

#[test]
fn not_utf_8() {
    let mut world = MemoryWorld::from_text(
        "
-- kustomization.yaml --
resources: [a.yaml]
",
    );
    world.add("a.yaml", b"kind: \xff\xfe\n");
    assert_snapshot!(findings_in(&world), @r"
    a.yaml: error: the text is not UTF-8 (byte 6) [invalid-yaml]
    not built
    ");
}

#[test]
fn kustomization_file_not_utf_8() {
    let mut world = MemoryWorld::default();
    world.add("kustomization.yaml", b"namePrefix: caf\xe9\n");
    assert_snapshot!(findings_in(&world), @r"
    kustomization.yaml: error: the text is not UTF-8 (byte 15) [invalid-yaml]
    not built
    ");
}

#[test]
fn utf_16_is_read() {
    let mut world = MemoryWorld::from_text(
        "
-- kustomization.yaml --
resources: [a.yaml]
",
    );
    let text = "\u{feff}{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    world.add("a.yaml", &bytes);
    assert_snapshot!(findings_in(&world), @r"built 51 bytes");
}

#[test]
fn half_a_document() {
    assert_snapshot!(findings("
-- kustomization.yaml --
resources: [a.yaml]
-- a.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: a
"), @r"
    a.yaml:4:1: error: did not find expected ',' or '}' while parsing a flow mapping [invalid-yaml]
    not built
    ");
    assert_snapshot!(findings("
-- kustomization.yaml --
resources: [a.yaml]
-- a.yaml --
apiVersion: v1
kind: ConfigMap
metadata:
"), @r"
    a.yaml:1:1: error: the ConfigMap has no `metadata.name` [no-object]
      help: give it a name
    not built
    ");
    assert_snapshot!(findings("
-- kustomization.yaml --
resources: [a.yaml]
-- a.yaml --
apiVersion: v1
kind: ConfigMap
metadata:
  na
"), @r"
    a.yaml:1:1: error: the ConfigMap has no `metadata.name` [no-object]
      help: give it a name
    not built
    ");
}

#[test]
fn object_without_kind() {
    assert_snapshot!(findings("
-- kustomization.yaml --
resources: [a.yaml]
-- a.yaml --
apiVersion: v1
metadata: {name: a}
"), @r"
    a.yaml:1:1: error: the object has no `kind` [no-object]
      help: every document of this file must be a Kubernetes object with `apiVersion`, `kind` and `metadata.name`
    not built
    ");
}

#[test]
fn null_kind() {
    assert_snapshot!(findings("
-- kustomization.yaml --
resources: [a.yaml]
-- a.yaml --
apiVersion: v1
kind: null
metadata: {name: a}
"), @r"
    a.yaml:1:1: error: the object has no `kind` [no-object]
      help: every document of this file must be a Kubernetes object with `apiVersion`, `kind` and `metadata.name`
    not built
    ");
}

#[test]
fn list_where_an_object_is_due() {
    assert_snapshot!(findings("
-- kustomization.yaml --
resources: [a.yaml]
-- a.yaml --
- apiVersion: v1
- kind: ConfigMap
"), @r"
    a.yaml:1:1: error: an object is due, found a list [no-object]
      help: every document of this file must be a Kubernetes object with `apiVersion`, `kind` and `metadata.name`
    not built
    ");
}

#[test]
fn scalar_where_an_object_is_due() {
    assert_snapshot!(findings("
-- kustomization.yaml --
resources: [a.yaml]
-- a.yaml --
just words
"), @r"
    a.yaml:1:1: error: an object is due, found a scalar [no-object]
      help: every document of this file must be a Kubernetes object with `apiVersion`, `kind` and `metadata.name`
    not built
    ");
}

#[test]
fn kustomization_file_is_a_list() {
    assert_snapshot!(findings("
-- kustomization.yaml --
- a.yaml
"), @r"
    kustomization.yaml:1:1: error: a kustomization file: a mapping is due, found a list [wrong-type]
    not built
    ");
}

#[test]
fn kustomization_file_is_a_scalar() {
    assert_snapshot!(findings("
-- kustomization.yaml --
a.yaml
"), @r"
    kustomization.yaml:1:1: error: a kustomization file: a mapping is due, found a string [wrong-type]
    not built
    ");
}

#[test]
fn scalar_where_a_list_is_due() {
    assert_snapshot!(of_map("resources: map.yaml"), @r"
    kustomization.yaml:1:12: error: `resources`: a list is due, found a string [wrong-type]
      help: write each item on a line of its own, after `- `
    not built
    ");
    assert_snapshot!(of_map("resources: {a: map.yaml}"), @r"
    kustomization.yaml:1:12: error: `resources`: a list is due, found a mapping [wrong-type]
      help: write each item on a line of its own, after `- `
    not built
    ");
    assert_snapshot!(of_map("resources: [[map.yaml]]"), @r"
    kustomization.yaml:1:13: error: `resources`: a string is due, found a list [wrong-type]
    not built
    ");
}

#[test]
fn wrong_types_are_all_reported() {
    assert_snapshot!(of_map("
resources: [map.yaml]
namePrefix: 1
commonLabels: [a]
replicas: [{name: a, count: many}]
images: {name: a}
generatorOptions: yes
"), @r#"
    kustomization.yaml:3:13: error: `namePrefix`: a string is due, found a number [wrong-type]
      help: quote it: `"1"`
    kustomization.yaml:4:15: error: `commonLabels`: a mapping is due, found a list [wrong-type]
    kustomization.yaml:6:9: error: `images`: a list is due, found a mapping [wrong-type]
      help: write each item on a line of its own, after `- `
    kustomization.yaml:5:29: error: `count`: a whole number is due, found a string [wrong-type]
    kustomization.yaml:7:19: error: generator options: a mapping is due, found a boolean [wrong-type]
    kustomization.yaml:4:15: warning: `commonLabels` is deprecated [deprecated-field]
      help: write `labels` instead
    not built
    "#);
}

#[test]
fn unknown_field() {
    assert_snapshot!(of_map("resorces: [map.yaml]"), @r"
    kustomization.yaml:1:1: error: unknown field `resorces` in a kustomization file [unknown-field]
      help: write `resources`, or take the field away
    not built
    ");
    assert_snapshot!(of_map("resources: [map.yaml]\nspec: {}"), @r"
    kustomization.yaml:2:1: error: unknown field `spec` in a kustomization file [unknown-field]
      help: take the field away
    not built
    ");
}

#[test]
fn unknown_field_in_each_part() {
    assert_snapshot!(of_map("
resources: [map.yaml]
patches: [{paht: a.yaml}]
images: [{name: a, newtagg: b}]
labels: [{pair: {}}]
configMapGenerator: [{name: a, literal: [a=b]}]
secretGenerator: [{name: a, file: [a]}]
replicas: [{name: a, counts: 1}]
generatorOptions: {disableNameSuffixHashes: true}
replacements: [{sources: {}}]
vars: [{name: A, objRefs: {}}]
sortOptions: {orders: legacy}
"), @r"
    kustomization.yaml:5:11: error: unknown field `pair` in `labels` [unknown-field]
      help: write `pairs`, or take the field away
    kustomization.yaml:3:12: error: unknown field `paht` in `patches` [unknown-field]
      help: write `path`, or take the field away
    kustomization.yaml:4:20: error: unknown field `newtagg` in `images` [unknown-field]
      help: write `newTag`, or take the field away
    kustomization.yaml:10:17: error: unknown field `sources` in `replacements` [unknown-field]
      help: write `source`, or take the field away
    kustomization.yaml:8:22: error: unknown field `counts` in `replicas` [unknown-field]
      help: write `count`, or take the field away
    kustomization.yaml:11:18: error: unknown field `objRefs` in `vars` [unknown-field]
      help: write `objref`, or take the field away
    kustomization.yaml:12:15: error: unknown field `orders` in `sortOptions` [unknown-field]
      help: write `order`, or take the field away
    kustomization.yaml:6:32: error: unknown field `literal` in `configMapGenerator` [unknown-field]
      help: write `literals`, or take the field away
    kustomization.yaml:7:29: error: unknown field `file` in `secretGenerator` [unknown-field]
      help: write `files`, or take the field away
    kustomization.yaml:9:20: error: unknown field `disableNameSuffixHashes` in generator options [unknown-field]
      help: write `disableNameSuffixHash`, or take the field away
    kustomization.yaml:11:7: warning: `vars` is deprecated [deprecated-field]
      help: write `replacements` instead
    not built
    ");
}

#[test]
fn kind_of_another_sort() {
    assert_snapshot!(of_map("apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nresources: [map.yaml]"), @r"
    kustomization.yaml:1:13: error: `apiVersion` of a Kustomization is `kustomize.toolkit.fluxcd.io/v1`; `kustomize.config.k8s.io/v1beta1` is due [wrong-kind]
      help: write `apiVersion: kustomize.config.k8s.io/v1beta1`
    not built
    ");
    assert_snapshot!(of_map("kind: Deployment\nresources: [map.yaml]"), @r"
    kustomization.yaml:1:7: error: `kind` is `Deployment`; Kustomization or Component is due [wrong-kind]
      help: write `kind: Kustomization`, or list the file in `resources`
    not built
    ");
}

#[test]
fn missing_file() {
    assert_snapshot!(of_map("resources: [mpa.yaml, map.yaml]"), @r"
    kustomization.yaml:1:13: error: `mpa.yaml` does not exist [missing-file]
      help: write `map.yaml`, or add the file
    not built
    ");
    assert_snapshot!(of_map("resources: [map.yaml]\npatches: [{path: pathc.yaml}]"), @r"
    kustomization.yaml:2:18: error: `pathc.yaml` does not exist [missing-file]
      help: write `map.yaml`, or add the file
    not built
    ");
    assert_snapshot!(of_map("resources: [sub/map.yaml]"), @r"
    kustomization.yaml:1:13: error: `sub/map.yaml` does not exist [missing-file]
      help: add the file, or correct the path
    not built
    ");
}

#[test]
fn missing_files_are_all_reported() {
    assert_snapshot!(of_map("
resources: [no-resource.yaml]
components: [no-component]
patches: [{path: no-patch.yaml}]
configMapGenerator: [{name: a, files: [no-file], envs: [no-env]}]
configurations: [no-configuration.yaml]
crds: [no-crd.yaml]
transformers: [no-transformer.yaml]
openapi: {path: no-schema.json}
replacements: [{path: no-replacement.yaml}]
"), @r"
    kustomization.yaml:2:13: error: `no-resource.yaml` does not exist [missing-file]
      help: add the file, or correct the path
    kustomization.yaml:3:14: error: `no-component` does not exist [missing-file]
      help: add the file, or correct the path
    kustomization.yaml:8:16: error: `no-transformer.yaml` does not exist [missing-file]
      help: add the file, or correct the path
    kustomization.yaml:6:18: error: `no-configuration.yaml` does not exist [missing-file]
      help: add the file, or correct the path
    kustomization.yaml:7:8: error: `no-crd.yaml` does not exist [missing-file]
      help: add the file, or correct the path
    kustomization.yaml:9:10: error: `no-schema.json` does not exist [missing-file]
      help: add the file, or correct the path
    kustomization.yaml:4:18: error: `no-patch.yaml` does not exist [missing-file]
      help: add the file, or correct the path
    kustomization.yaml:10:23: error: `no-replacement.yaml` does not exist [missing-file]
      help: add the file, or correct the path
    kustomization.yaml:5:57: error: `no-env` does not exist [missing-file]
      help: add the file, or correct the path
    kustomization.yaml:5:40: error: `no-file` does not exist [missing-file]
      help: add the file, or correct the path
    not built
    ");
}

#[test]
fn empty_entry() {
    assert_snapshot!(of_map("resources: [map.yaml, '']"), @r"
    kustomization.yaml:1:23: error: an entry is empty [empty-entry]
      help: take it away
    not built
    ");
}

#[test]
fn directory_given_as_file() {
    let mut world = MemoryWorld::from_text(
        "
-- kustomization.yaml --
patches: [{path: folder}]
configMapGenerator: [{name: a, files: [folder]}]
",
    );
    world.add_folder("folder");
    assert_snapshot!(findings_in(&world), @r"
    kustomization.yaml:1:18: error: `folder` is no file [wrong-kind]
      help: name a file
    kustomization.yaml:2:40: error: `folder` is no file [wrong-kind]
      help: name a file
    not built
    ");
}

#[test]
fn directory_without_kustomization_file() {
    let mut world = MemoryWorld::from_text(
        "
-- kustomization.yaml --
resources: [folder]
",
    );
    world.add_folder("folder");
    assert_snapshot!(findings_in(&world), @r"
    folder: error: no kustomization file in `folder` [no-kustomization]
      help: add one: `kustomization.yaml`
      note: kustomization.yaml:1:13: included here
    not built
    ");
}

#[test]
fn file_given_as_directory() {
    assert_snapshot!(findings("
-- kustomization.yaml --
components: [map.yaml]
-- map.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
"), @r"
    kustomization.yaml:1:14: error: `map.yaml` is a file; a component is a folder [wrong-kind]
      help: list files in `resources`
    not built
    ");
    let world = MemoryWorld::from_text("-- a.yaml --\n");
    assert_snapshot!(run(&world, "a.yaml", &scanning_nothing()).text(), @r"
    error: `a.yaml` is a file, a folder is due [wrong-kind]
      help: name the folder of the kustomization
    not built
    ");
}

#[test]
fn root_that_does_not_exist() {
    assert_snapshot!(run(&MemoryWorld::default(), "nowhere", &scanning_nothing()).text(), @r"
    error: `nowhere` does not exist [missing-file]
      help: name a folder that is there
    not built
    ");
}

#[test]
fn two_kustomization_files() {
    assert_snapshot!(findings("
-- kustomization.yaml --
namePrefix: a-
-- kustomization.yml --
namePrefix: a-
"), @r"
    kustomization.yaml: error: 2 kustomization files in one folder: `kustomization.yaml`, `kustomization.yml` [many-kustomizations]
      help: keep one of them
    not built
    ");
}

#[test]
fn cycle_of_bases() {
    assert_snapshot!(findings("
-- overlay/kustomization.yaml --
resources: [../a]
-- a/kustomization.yaml --
resources: [../b]
-- b/kustomization.yaml --
resources: [../overlay]
"), @r"
    b/kustomization.yaml:1:13: error: `../overlay` leads back to `overlay`, which includes it [cycle]
      help: move what both need to a folder of its own, and include that
      note: a/kustomization.yaml:1:13: included here
      note: overlay/kustomization.yaml:1:13: included here
    not built
    ");
}

#[test]
fn base_that_includes_itself() {
    assert_snapshot!(findings("
-- kustomization.yaml --
resources: [.]
"), @r"
    kustomization.yaml:1:13: error: `.` leads back to `.`, which includes it [cycle]
      help: move what both need to a folder of its own, and include that
    not built
    ");
    assert_snapshot!(findings("
-- overlay/kustomization.yaml --
resources: [..]
-- kustomization.yaml --
namePrefix: a-
"), @r"
    overlay/kustomization.yaml:1:13: error: `..` holds `overlay`, which includes it [cycle]
      help: move what both need to a folder of its own, and include that
    not built
    ");
}

#[test]
fn cycle_of_components() {
    assert_snapshot!(findings("
-- overlay/kustomization.yaml --
components: [../a]
-- a/kustomization.yaml --
kind: Component
components: [../b]
-- b/kustomization.yaml --
kind: Component
components: [../a]
"), @r"
    b/kustomization.yaml:2:14: error: `../a` leads back to `a`, which includes it [cycle]
      help: move what both need to a folder of its own, and include that
      note: a/kustomization.yaml:2:14: included here
      note: overlay/kustomization.yaml:1:14: included here
    not built
    ");
}

#[test]
fn same_resource_twice() {
    assert_snapshot!(of_map("resources: [map.yaml, map.yaml]"), @r"
    map.yaml:1:1: error: `ConfigMap settings` is there twice, first at map.yaml:1:1 [duplicate-id]
      help: take one away, or make it a patch
    not built
    ");
}

#[test]
fn same_resource_through_two_bases() {
    assert_snapshot!(findings("
-- overlay/kustomization.yaml --
resources: [../a, ../b]
-- a/kustomization.yaml --
resources: [../base]
-- b/kustomization.yaml --
resources: [../base]
-- base/kustomization.yaml --
resources: [map.yaml]
-- base/map.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
"), @r"
    base/map.yaml:1:1: error: `ConfigMap a` is there twice, first at base/map.yaml:1:1 [duplicate-id]
      help: take one away, or make it a patch
      note: overlay/kustomization.yaml:1:19: included here
    not built
    ");
}

#[test]
fn patch_without_target() {
    assert_snapshot!(of_map("
resources: [map.yaml]
patches:
- patch: |
    - {op: remove, path: /data}
"), @r"
    kustomization.yaml:4:3: error: a JSON patch needs a `target` [invalid-patch]
      help: say which objects it is for: `target: {kind: Deployment, name: …}`
    not built
    ");
    assert_snapshot!(of_map("
resources: [map.yaml]
patchesJson6902:
- patch: |
    - {op: remove, path: /data}
"), @r"
    kustomization.yaml:4:1: warning: `patchesJson6902` is deprecated [deprecated-field]
      help: write `patches` instead
    kustomization.yaml:4:3: error: the `target` of a JSON patch needs a `name` [invalid-patch]
      help: name the object, or use `patches`, where a `target` may select many
    not built
    ");
}

#[test]
fn patch_that_matches_nothing() {
    assert_snapshot!(of_map("
resources: [map.yaml]
patches:
- patch: |
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: setings}
"), @r"
    kustomization.yaml:5:5: error: no resource matches the patch for `ConfigMap setings` [no-match]
      help: patch a resource that is there, such as `ConfigMap settings`
    not built
    ");
    assert_snapshot!(of_map("
resources: [map.yaml]
patchesJson6902:
- target: {version: v1, kind: ConfigMap, name: setings}
  patch: |
    - {op: remove, path: /data}
"), @r"
    kustomization.yaml:4:1: warning: `patchesJson6902` is deprecated [deprecated-field]
      help: write `patches` instead
    kustomization.yaml:4:3: warning: the patch's `target` selects no object [no-match]
      help: correct it, or take the patch away
    built 71 bytes
    ");
    assert_snapshot!(of_map("
resources: [map.yaml]
patches:
- target: {name: setings}
  patch: |
    - {op: remove, path: /data}
"), @r"
    kustomization.yaml:4:3: warning: the patch's `target` selects no object [no-match]
      help: correct it, or take the patch away
    built 71 bytes
    ");
}

#[test]
fn patch_with_two_matches() {
    assert_snapshot!(findings("
-- overlay/kustomization.yaml --
resources: [../a, ../b]
patches:
- patch: |
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings}
-- a/kustomization.yaml --
namePrefix: a-
resources: [../base]
-- b/kustomization.yaml --
namePrefix: b-
resources: [../base]
-- base/kustomization.yaml --
resources: [map.yaml]
-- base/map.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
"), @r"
    overlay/kustomization.yaml:4:5: error: 2 resources match the patch for `ConfigMap settings` [ambiguous-match]
      help: give the patch a namespace, or a `target` that selects one
    not built
    ");
}

#[test]
fn patch_with_both_path_and_text() {
    assert_snapshot!(of_map("resources: [map.yaml]\npatches: [{path: map.yaml, patch: x}]"), @r"
    kustomization.yaml:2:11: error: a patch has either `path` or `patch`, not both [invalid-patch]
      help: take one of them away
    not built
    ");
    assert_snapshot!(of_map("resources: [map.yaml]\npatches: [{target: {kind: ConfigMap}}]"), @r"
    kustomization.yaml:2:11: error: a patch has neither `path` nor `patch` [invalid-patch]
      help: give it the `path` of a file, or the `patch` itself
    not built
    ");
}

#[test]
fn patch_that_is_neither_object_nor_operations() {
    assert_snapshot!(of_map("resources: [map.yaml]\npatches: [{patch: just words}]"), @r"
    kustomization.yaml:2:19: error: the patch is neither an object to merge nor a JSON patch: an object is due, found a scalar [no-object]
      help: every document of this file must be a Kubernetes object with `apiVersion`, `kind` and `metadata.name`
    not built
    ");
    assert_snapshot!(of_map("
resources: [map.yaml]
patches:
- patch: |
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: [}
"), @r"
    kustomization.yaml:7:23: error: the patch is neither an object to merge nor a JSON patch: did not find expected node content while parsing a flow node [invalid-yaml]
    not built
    ");
}

#[test]
fn patch_of_another_form() {
    assert_snapshot!(of_map("
resources: [map.yaml]
patches:
- patch: |
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings}
    data: [a]
"), @r"
    kustomization.yaml:8:11: error: ConfigMap settings: the patch has a list where the object has a mapping [patch-failed]
      help: write the patch in the form of the object
    not built
    ");
}

#[test]
fn json_patch_on_a_missing_path() {
    for (operation, message) in [
        ("{op: remove, path: /data/none}", "`remove` does not apply: `/data/none` is not there"),
        ("{op: add, path: /none/a, value: 1}", "`add` does not apply: `/none/a` is not there"),
        ("{op: move, from: /none, path: /a}", "`/none` is not there"),
        ("{op: copy, from: /none/a, path: /a}", "`/none/a` is not there"),
        ("{op: test, path: /data/none, value: 1}", "`test` failed"),
        ("{op: add, path: data, value: 1}", "data"),
        ("{op: add, path: /data/a/b, value: 1}", "`/data/a"),
    ] {
        let text = of_map(&format!(
            "
resources: [map.yaml]
patches:
- target: {{kind: ConfigMap}}
  patch: |
    - {operation}
"
        ));
        assert!(text.contains(message) && text.ends_with("not built"), "{operation}: {text}");
        assert!(text.starts_with("kustomization.yaml:6:7: error: ConfigMap settings: "), "{operation}: {text}");
    }
}

#[test]
fn json_patch_with_wrong_parts() {
    assert_snapshot!(of_map("
resources: [map.yaml]
patches:
- {target: {kind: ConfigMap}, patch: '[{\"op\": \"add\"}]'}
"), @r"
    kustomization.yaml:4:40: error: ConfigMap settings: `add` has no `path` [patch-failed]
      help: give it a `path`, such as `/spec/replicas`
    not built
    ");
    assert_snapshot!(of_map("
resources: [map.yaml]
patches:
- {target: {kind: ConfigMap}, patch: '[{\"op\": \"add\", \"path\": \"/data/1\", \"value\": 1]'}
"), @r"
    kustomization.yaml:4:83: error: the patch is neither an object to merge nor a JSON patch: this is no JSON: `,` or `}` is due [invalid-json]
    not built
    ");
}

#[test]
fn absolute_path() {
    let world = MemoryWorld::from_text(
        "
-- overlay/kustomization.yaml --
resources: [/etc]
configMapGenerator: [{name: a, files: [/etc/hostname]}]
",
    )
    .at("/repo");
    assert_snapshot!(findings_in(&world), @r"
    overlay/kustomization.yaml:1:13: error: `/etc` is an absolute path outside of the root `/repo` [outside-root]
      help: use a path below the root, or build with a `--root` that holds it
    overlay/kustomization.yaml:2:40: error: `/etc/hostname` is an absolute path outside of the root `/repo` [outside-root]
      help: use a path below the root, or build with a `--root` that holds it
    not built
    ");
    assert!(world.reads().iter().all(|it| it.as_str() == "overlay/kustomization.yaml"));
}

#[test]
fn path_out_of_the_root() {
    let world = MemoryWorld::from_text(
        "
-- overlay/kustomization.yaml --
resources: [../../base, ../../../web.yaml]
patches: [{path: ../../patch.yaml}]
",
    )
    .at("/repo");
    assert_snapshot!(findings_in(&world), @r"
    overlay/kustomization.yaml:1:13: error: `../../base` leaves the root `/repo` [outside-root]
      help: build with a `--root` that holds it, such as `..`
    overlay/kustomization.yaml:1:25: error: `../../../web.yaml` leaves the root `/repo` [outside-root]
      help: build with a `--root` that holds it, such as `../..`
    overlay/kustomization.yaml:2:18: error: `../../patch.yaml` leaves the root `/repo` [outside-root]
      help: build with a `--root` that holds it, such as `..`
    not built
    ");
}

#[test]
fn file_beside_the_kustomization_with_the_rule_of_kustomize() {
    let world = MemoryWorld::from_text(
        "
-- overlay/kustomization.yaml --
resources: [../web.yaml, web.yaml]
-- web.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
-- overlay/web.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: b}
",
    );
    assert_snapshot!(findings_in(&world), @r"built 106 bytes");
    assert_snapshot!(findings_within_root(&world), @r"
    overlay/kustomization.yaml:1:13: error: `../web.yaml` is not in or below `overlay` [outside-root]
      help: put it there, or build with `--load-restrictor none`
    not built
    ");
}

#[test]
fn symlink_out_of_the_root() {
    let mut world = MemoryWorld::from_text(
        "
-- kustomization.yaml --
resources: [file.yaml, folder, host]
",
    )
    .at("/repo");
    world.link("file.yaml", "../../secret.yaml");
    world.link("host", "/etc/hostname");
    world.link("folder", "/etc");
    assert_snapshot!(findings_in(&world), @r"
    kustomization.yaml:1:13: error: `file.yaml` leads out of the root `/repo` [outside-root]
      help: put a copy below the root, or build with a `--root` that holds it
    kustomization.yaml:1:24: error: `folder` leads out of the root `/repo` [outside-root]
      help: put a copy below the root, or build with a `--root` that holds it
    kustomization.yaml:1:32: error: `host` leads out of the root `/repo` [outside-root]
      help: put a copy below the root, or build with a `--root` that holds it
    not built
    ");
}

#[test]
fn symlink_inside_the_root() {
    let mut world = MemoryWorld::from_text(
        "
-- overlay/kustomization.yaml --
resources: [file.yaml, folder]
-- web.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
-- base/kustomization.yaml --
resources: [b.yaml]
-- base/b.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: b}
",
    );
    world.link("overlay/file.yaml", "../web.yaml");
    world.link("overlay/folder", "../base");
    assert_snapshot!(findings_in(&world), @r"built 106 bytes");
    assert_snapshot!(findings_within_root(&world), @r"
    overlay/kustomization.yaml:1:13: error: `file.yaml` is not in or below `overlay` [outside-root]
      help: put it there, or build with `--load-restrictor none`
    not built
    ");
}

#[test]
fn symlink_loop() {
    let mut world = MemoryWorld::from_text(
        "
-- kustomization.yaml --
resources: [a.yaml]
",
    );
    world.link("a.yaml", "b.yaml");
    world.link("b.yaml", "a.yaml");
    assert_snapshot!(findings_in(&world), @r"
    kustomization.yaml:1:13: error: `a.yaml` is a circle of symbolic links [missing-file]
      help: make one of the links lead to a file or folder
    not built
    ");
}

#[test]
fn symlink_to_nothing() {
    let mut world = MemoryWorld::from_text(
        "
-- kustomization.yaml --
resources: [a.yaml]
",
    );
    world.link("a.yaml", "gone.yaml");
    assert_snapshot!(findings_in(&world), @r"
    kustomization.yaml:1:13: error: `a.yaml` does not exist [missing-file]
      help: the symbolic link leads to nothing: correct it
    not built
    ");
}

#[test]
fn cycle_through_a_symlink() {
    let mut world = MemoryWorld::from_text(
        "
-- a/kustomization.yaml --
resources: [again]
-- overlay/kustomization.yaml --
resources: [../a]
",
    );
    world.link("a/again", "../a");
    assert_snapshot!(findings_in(&world), @r"
    a/kustomization.yaml:1:13: error: `again` leads back to `a`, which includes it [cycle]
      help: move what both need to a folder of its own, and include that
      note: overlay/kustomization.yaml:1:13: included here
    not built
    ");
}

#[test]
fn regex_that_backtracks() {
    let name = "a".repeat(5000);
    let text = findings(&format!(
        "
-- kustomization.yaml --
resources: [map.yaml]
patches:
- target: {{name: '(a+)+$'}}
  patch: '[{{\"op\": \"add\", \"path\": \"/data\", \"value\": {{}}}}]'
images: [{{name: '(x+x+)+y', newTag: b}}]
-- map.yaml --
apiVersion: v1
kind: Pod
metadata: {{name: {name}b}}
spec: {{containers: [{{name: a, image: {}}}]}}
",
        "x".repeat(5000)
    ));
    assert!(text.contains("selects no object") && text.contains("built"), "{text}");
}

#[test]
fn regex_that_is_too_large() {
    let result = limited(
        &format!(
            "
-- kustomization.yaml --
resources: [map.yaml]
patches:
- target: {{name: '((a{{1,1000}}){{1,1000}}){{1,1000}}'}}
  patch: '[{{\"op\": \"add\", \"path\": \"/data\", \"value\": {{}}}}]'
{MAP}"
        ),
        &[],
    );
    assert_snapshot!(result.text(), @r"
    kustomization.yaml:3:3: error: the regular expression `^(?:((a{1,1000}){1,1000}){1,1000})$` is too large [limit]
      help: make it smaller, or raise `--limit regex-bytes=8388608`
    not built
    ");
}

#[test]
fn regex_that_is_wrong() {
    assert_snapshot!(of_map("
resources: [map.yaml]
patches:
- target: {name: 'a(b'}
  patch: '[{\"op\": \"add\", \"path\": \"/data\", \"value\": {}}]'
"), @r"
    kustomization.yaml:4:3: error: `^(?:a(b)$` is no regular expression: unclosed group [invalid]
    not built
    ");
    assert_snapshot!(of_map("
resources: [map.yaml]
images: [{name: 'a(?=b)', newTag: c}]
"), @r"
    kustomization.yaml:3:10: warning: `^a(?=b)(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$` is no regular expression: look-around, including look-ahead and look-behind, is not supported [invalid]
    built 71 bytes
    ");
}

#[test]
fn name_over_253() {
    let text = findings(&format!(
        "
-- kustomization.yaml --
resources: [map.yaml]
-- map.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {{name: {}}}
",
        "n".repeat(254)
    ));
    assert_snapshot!(text, @r"
    map.yaml:1:1: warning: the name of the ConfigMap `nnnnnnnnnnnnnnnnnnnn…` has 254 characters, more than the 253 that are allowed [long-name]
      help: shorten it, or the prefixes and suffixes that it gets
    built 304 bytes
    ");
}

#[test]
fn empty_kustomization() {
    for file in [
        "",
        "# nothing\n",
        "{}\n",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
        "---\n",
        "null\n",
    ] {
        let text = findings(&format!("-- kustomization.yaml --\n{file}"));
        assert_eq!(
            text,
            "\
kustomization.yaml: error: the kustomization file is empty [empty-kustomization]
  help: list something in `resources`
not built",
            "{file:?}"
        );
    }
}

#[test]
fn kustomization_of_no_objects() {
    for file in ["resources: []\n", "namePrefix: a-\n", "commonLabels: {}\n"] {
        let text = findings(&format!("-- kustomization.yaml --\n{file}"));
        assert!(text.ends_with("built 0 bytes"), "{file:?}: {text}");
    }
}

#[test]
fn duplicate_keys_in_a_resource() {
    assert_snapshot!(findings("
-- kustomization.yaml --
resources: [a.yaml]
-- a.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  k: 1
  k: 2
"), @r"
    a.yaml:6:3: error: `ConfigMap a` cannot be written: key `k` is already defined [unwritable]
      help: correct the value
    not built
    ");
}

#[test]
fn duplicate_keys_in_a_kustomization_file() {
    assert_snapshot!(of_map("resources: []\nresources: [map.yaml]"), @r"
    kustomization.yaml:2:1: warning: `resources` stands twice in a kustomization file; the last one counts [duplicate-key]
      help: join them, or take one away
    built 71 bytes
    ");
}

#[test]
fn duplicate_keys_in_a_configuration() {
    assert_snapshot!(findings("
-- kustomization.yaml --
configurations: [c.yaml]
-- c.yaml --
images: []
images: []
"), @r"
    c.yaml:2:1: error: `images` stands twice in a transformer configuration; the last one counts [duplicate-key]
      help: join them, or take one away
    not built
    ");
}

#[test]
fn unknown_anchor() {
    assert_snapshot!(findings("
-- kustomization.yaml --
resources: [a.yaml]
-- a.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: *nothing}
"), @r"
    a.yaml:3:18: error: unknown anchor `nothing` referenced [invalid-yaml]
    not built
    ");
}

#[test]
fn anchor_that_holds_itself() {
    assert_snapshot!(findings("
-- kustomization.yaml --
resources: [a.yaml]
-- a.yaml --
apiVersion: v1
kind: ConfigMap
metadata: &m {name: a, again: *m}
"), @r"
    a.yaml:3:31: error: anchor `m` contains itself [invalid-yaml]
    not built
    ");
}

#[test]
fn large_integer_is_printed_as_upstream_does() {
    let result = limited(
        "
-- kustomization.yaml --
resources: [a.yaml]
-- a.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {big: 100000000000000000000000000}
",
        &[],
    );
    assert!(result.yaml.expect("objects").contains("\n  big: 1e+26\n"));
}

#[test]
fn remote_bases_are_named() {
    assert_snapshot!(findings("
-- kustomization.yaml --
resources:
- https://github.com/example/app//deploy?ref=v1
- https://example.com/app.yaml
- git@github.com:example/app.git
- ssh://git@example.com/app
"), @r"
    kustomization.yaml:2:3: error: the remote base `https://github.com/example/app//deploy?ref=v1` is not fetched, and no local copy of it is given [remote-base]
      help: download it and build with `--remote-base 'https://github.com/example/app//deploy?ref=v1=FOLDER'`, or name it in `tidegate.yaml`
    kustomization.yaml:3:3: error: the remote file `https://example.com/app.yaml` is not fetched, and no local copy of it is given [remote-base]
      help: download it and build with `--remote-base 'https://example.com/app.yaml=FILE'`, or name it in `tidegate.yaml`
    kustomization.yaml:4:3: error: the remote base `git@github.com:example/app.git` is not fetched, and no local copy of it is given [remote-base]
      help: download it and build with `--remote-base 'git@github.com:example/app.git=FOLDER'`, or name it in `tidegate.yaml`
    kustomization.yaml:5:3: error: `ssh://git@example.com/app` does not exist [missing-file]
      help: add the file, or correct the path
    not built
    ");
}

#[test]
fn plugins_that_are_programs() {
    for (annotation, what) in [
        ("config.kubernetes.io/function: 'container: {image: example/image}'", "container"),
        ("config.kubernetes.io/function: 'exec: {path: ./run}'", "exec"),
        ("x: y", "MyPlugin"),
    ] {
        let text = findings(&format!(
            "
-- kustomization.yaml --
generators: [g.yaml]
-- g.yaml --
apiVersion: example.com/v1
kind: MyPlugin
metadata: {{name: p, annotations: {{{annotation}}}}}
"
        ));
        assert!(text.contains("[external-plugin]") && text.contains(what) && text.ends_with("not built"), "{text}");
    }
}

#[test]
fn text_in_a_message_shows_no_secret() {
    let text = findings(
        "
-- kustomization.yaml --
secretGenerator: [{name: a, literals: [hunter2], envs: [e.env]}]
-- e.env --
PASSWORD=correct-horse
PASSWORD=battery-staple
",
    );
    assert!(!text.contains("hunter2") && !text.contains("horse") && !text.contains("staple"), "{text}");
    assert_snapshot!(text, @r"
    kustomization.yaml:1:40: error: the literal is not of the form `KEY=VALUE` [invalid-generator]
      help: write `KEY=VALUE`
    kustomization.yaml:1:57: error: the key `PASSWORD` is there twice [duplicate-key]
      help: take one away, or name it `KEY=FILE`
    not built
    ");
}
