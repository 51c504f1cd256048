//! `--output-dir`

use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::tree::{SMALL, Tree};

#[test]
fn every_object_gets_a_file_of_its_own() {
    let tree = Tree::new(SMALL);
    let ran = tree.run(&["build", "production", "--output-dir", "out/deep"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "", "2 objects written to out/deep\n"));
    assert_eq!(
        tree.names("out/deep"),
        ["configmap_live-settings-6g6gd9868f.yaml", "deployment.apps_shop_live-web.yaml"]
    );
    let printed = tree.good(&["build", "production"]);
    let files = tree.names("out/deep").iter().map(|it| tree.read(&format!("out/deep/{it}"))).collect::<Vec<_>>();
    assert_eq!(files.join("---\n"), printed);
}

#[test]
fn with_all_each_root_gets_a_folder() {
    let tree = Tree::new(SMALL);
    tree.good(&["build", "--all", "--output-dir", "out", "-q"]);
    assert_eq!(tree.names("out"), ["base", "production"]);
    assert_eq!(tree.names("out/base"), ["configmap_settings-6g6gd9868f.yaml", "deployment.apps_shop_web.yaml"]);
}

#[test]
fn files_hold_origins_if_asked_for() {
    let tree = Tree::new(SMALL);
    tree.good(&["build", "--all", "--output-dir", "out", "--origins", "-q"]);
    assert!(tree.read("out/base/deployment.apps_shop_web.yaml").contains("replicas: 1 # base/web.yaml:7"));
}

#[test]
fn a_file_that_says_the_same_is_left_alone() {
    let tree = Tree::new(SMALL);
    let written = |name: &str| {
        std::fs::metadata(tree.path().join("out").join(name)).and_then(|it| it.modified()).expect("a time")
    };
    tree.good(&["build", "base", "--output-dir", "out", "-q"]);
    let name = "deployment.apps_shop_web.yaml";
    let before = written(name);
    tree.good(&["build", "base", "--output-dir", "out", "-q"]);
    assert_eq!(written(name), before);
    tree.write(&format!("out/{name}"), "changed by hand");
    tree.good(&["build", "base", "--output-dir", "out", "-q"]);
    assert!(tree.read(&format!("out/{name}")).starts_with("apiVersion: apps/v1\n"));
    assert_eq!(tree.names("out").len(), 2);
}

#[test]
fn nothing_is_written_through_a_link() {
    let tree = Tree::new(SMALL);
    tree.write("elsewhere/file", "kept");
    tree.write("out/keep", "");
    symlink("../elsewhere/file", tree.path().join("out/deployment.apps_shop_web.yaml")).expect("a link");
    tree.good(&["build", "base", "--output-dir", "out", "-q"]);
    assert_eq!(tree.read("elsewhere/file"), "kept");
    assert!(tree.read("out/deployment.apps_shop_web.yaml").starts_with("apiVersion"));

    symlink("../elsewhere", tree.path().join("out/base")).expect("a link");
    let ran = tree.run(&["build", "--all", "--output-dir", "out", "-q"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("`base` is a symbolic link"), "{}", ran.err);
    assert_eq!(tree.names("elsewhere"), ["file"]);
}

#[test]
fn names_that_leave_the_folder_do_not() {
    let tree = Tree::new(
        "-- a/kustomization.yaml --\nresources: [x.yaml]\n-- a/x.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: ../../x, namespace: /etc }\n",
    );
    tree.good(&["build", "a", "--output-dir", "out", "-q"]);
    let names = tree.names("out");
    assert_eq!(names.len(), 1);
    assert!(names[0].starts_with("configmap_-etc_..-..-x_"), "{names:?}");
    assert_eq!(tree.names("."), ["a", "out"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let tree = Tree::new(SMALL);
    tree.write("out", "a file");
    assert!(tree.bad(&["build", "base", "--output-dir", "out"]).contains("creating `out`: "));

    tree.write("closed/keep", "");
    std::fs::set_permissions(tree.path().join("closed"), std::fs::Permissions::from_mode(0o555)).expect("permissions");
    let probe = std::fs::write(tree.path().join("closed/probe"), "");
    // Whoever may write everywhere, as root may, cannot see this.
    if probe.is_err() {
        let told = tree.bad(&["build", "base", "--output-dir", "closed"]);
        assert!(told.contains("writing `closed/configmap_settings-6g6gd9868f.yaml`: Permission denied"), "{told}");
    }
}
