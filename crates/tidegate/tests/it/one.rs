//! `build DIR`

use crate::tree::{SMALL, Tree, run, tidegate};

#[test]
fn a_root_is_printed_as_yaml() {
    let tree = Tree::new(SMALL);
    insta::assert_snapshot!(tree.good(&["build", "production"]), @r"
    apiVersion: v1
    data:
      colour: blue
    kind: ConfigMap
    metadata:
      name: live-settings-6g6gd9868f
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: live-web
      namespace: shop
    spec:
      replicas: 3
    ");
    assert_eq!(tree.good(&["build", "production", "-o", "yaml"]), tree.good(&["build", "production"]));
}

#[test]
fn a_root_is_printed_as_a_list_in_json() {
    let out = Tree::new(SMALL).good(&["build", "base", "-o", "json"]);
    let list: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&list["apiVersion"], &list["kind"]), (&"v1".into(), &"List".into()));
    assert_eq!(list["items"][1]["spec"]["replicas"], 1);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_root_is_printed_as_names() {
    let out = Tree::new(SMALL).good(&["build", "production", "-o", "name"]);
    assert_eq!(out, "ConfigMap live-settings-6g6gd9868f\nDeployment.apps shop/live-web\n");
}

#[test]
fn the_folder_is_the_working_directory_unless_named() {
    let tree = Tree::new(SMALL);
    let ran = run(tidegate(&tree.path().join("base")).arg("build"));
    assert_eq!((ran.code, ran.out), (Some(0), tree.good(&["build", "base"])));
}

#[test]
fn a_folder_without_a_kustomization_file_is_built_from_its_manifests() {
    let tree = Tree::new("-- plain/a.yaml --\napiVersion: v1\nkind: Namespace\nmetadata: { name: a }\n");
    assert_eq!(tree.good(&["build", "plain", "-o", "name"]), "Namespace a\n");
}

#[test]
fn origins_stand_behind_values() {
    let out = Tree::new(SMALL).good(&["build", "production", "--origins"]);
    insta::assert_snapshot!(out, @r"
    apiVersion: v1 # configMapGenerator base/kustomization.yaml:3
    data:
      colour: blue # configMapGenerator base/kustomization.yaml:4
    kind: ConfigMap # configMapGenerator base/kustomization.yaml:3
    metadata:
      name: live-settings-6g6gd9868f # hash < namePrefix production/kustomization.yaml:3 < configMapGenerator base/kustomization.yaml:3
    ---
    apiVersion: apps/v1 # base/web.yaml:1
    kind: Deployment # base/web.yaml:2
    metadata:
      name: live-web # namePrefix production/kustomization.yaml:3 < base/web.yaml:4
      namespace: shop # base/web.yaml:5
    spec:
      replicas: 3 # replicas more/kustomization.yaml:3 < base/web.yaml:7
    ");
}

#[test]
fn a_patch_that_names_its_target_has_not_set_the_name() {
    let tree = Tree::new(SMALL);
    tree.write(
        "patched/kustomization.yaml",
        "resources: [../base]\npatches: [{ path: patch.yaml }]\ncommonAnnotations: { a: b }\n",
    );
    tree.write(
        "patched/patch.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web, namespace: shop }\nspec: { replicas: 5 }\n",
    );
    let out = tree.good(&["build", "patched", "--origins"]);
    for due in [
        "kind: Deployment # base/web.yaml:2\n",
        "name: web # base/web.yaml:4\n",
        "a: b # commonAnnotations patched/kustomization.yaml:3\n",
        "replicas: 5 # patches patched/patch.yaml:4 < base/web.yaml:7\n",
    ] {
        assert!(out.contains(due), "{due} is due in {out}");
    }
}

#[test]
fn origins_need_yaml() {
    let tree = Tree::new(SMALL);
    assert!(tree.bad(&["build", "base", "--origins", "-o", "json"]).contains("use -o yaml"));
    assert!(tree.bad(&["build", "--all", "--origins"]).contains("give an --output-dir"));
}

#[test]
fn text_is_the_report_of_all() {
    assert!(Tree::new(SMALL).bad(&["build", "base", "-o", "text"]).contains("-o text is the report of --all"));
}

#[test]
fn words_for_parts_of_a_fleet_are_kept() {
    let tree =
        Tree::new("-- ks/kustomization.yaml --\nnamePrefix: a-\nconfigMapGenerator: [{ name: b, literals: [c=d] }]\n");
    for word in ["fleet", "cluster", "ks", "hr"] {
        let told = tree.bad(&["build", word]);
        assert!(told.contains(&format!("write `./{word}` for the folder of that name")), "{told}");
    }
    assert!(tree.good(&["build", "./ks", "-o", "name"]).starts_with("ConfigMap a-b-"));
}

#[test]
fn a_root_without_objects_is_built_with_a_warning() {
    let tree = Tree::new("-- empty/notes.txt --\n-- none/kustomization.yaml --\nresources: []\nnamePrefix: a-\n");
    let ran = tree.run(&["build", "empty"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""));
    assert!(ran.err.contains("`empty` has neither a kustomization file nor manifests"), "{}", ran.err);
    assert_eq!(tree.run(&["build", "empty", "-q"]).err, "");
}

#[test]
fn warnings_are_told_beside_the_result_unless_quiet_is_due() {
    let tree = Tree::new(SMALL);
    tree.write("warned/kustomization.yaml", "resources: [../base]\npatches:\n  - target: { kind: Deploy }\n    patch: |\n      - { op: remove, path: /spec }\n");
    let ran = tree.run(&["build", "warned"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), tree.good(&["build", "base"]).as_str()));
    assert!(ran.err.starts_with("warning[no-match]: the patch's `target` selects no object"), "{}", ran.err);
    assert_eq!(tree.good(&["build", "warned", "--quiet"]), ran.out);
}
