//! What users are told when something is wrong.

use std::{
    ffi::OsStr,
    os::unix::{ffi::OsStrExt as _, fs::PermissionsExt as _},
};

use crate::tree::{SMALL, Tree, run, tidegate};

#[test]
fn several_problems_are_told_at_once() {
    let tree = Tree::new(
        "\
-- app/kustomization.yaml --
resources:
  - missing.yaml
  - broken.yaml
patches:
  - path: nosuch.yaml
-- app/broken.yaml --
apiVersion: v1
kind: [ConfigMap
",
    );
    insta::assert_snapshot!(tree.bad(&["build", "app"]), @r"
    error[missing-file]: `missing.yaml` does not exist
     --> app/kustomization.yaml:2:5
      |
    2 |   - missing.yaml
      |     ^^^^^^^^^^^^
      |
      = help: add the file, or correct the path

    error[invalid-yaml]: did not find expected ',' or ']' while parsing a flow sequence
    --> app/broken.yaml:3:1
    help: correct the YAML here, or in the line above

    error[missing-file]: `nosuch.yaml` does not exist
     --> app/kustomization.yaml:5:11
      |
    5 |   - path: nosuch.yaml
      |           ^^^^^^^^^^^
      |
      = help: add the file, or correct the path

    error: `app` is not built: 3 errors
    ");
}

#[test]
fn misspelt_fields_are_told_with_what_was_meant() {
    let tree = Tree::new("-- app/kustomization.yaml --\nresorces: [a.yaml]\n");
    insta::assert_snapshot!(tree.bad(&["build", "app"]), @r"
    error[unknown-field]: unknown field `resorces` in a kustomization file
     --> app/kustomization.yaml:1:1
      |
    1 | resorces: [a.yaml]
      | ^^^^^^^^
      |
      = help: write `resources`, or take the field away

    error: `app` is not built: 1 error
    ");
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    assert_eq!(Tree::new(SMALL).bad(&["build", "nosuch"]), "error: `nosuch` does not exist\n");
}

#[test]
fn a_file_is_no_folder() {
    let told = Tree::new(SMALL).bad(&["build", "base/kustomization.yaml"]);
    assert_eq!(told, "error: `base/kustomization.yaml` is a file; name its folder: `base`\n");
}

#[test]
fn a_url_is_no_folder() {
    let told = Tree::new(SMALL).bad(&["build", "https://example.com/org/repo"]);
    assert!(told.contains("is a URL; name a folder"), "{told}");
}

#[test]
fn a_folder_of_other_files_is_told_to_be_built_as_flux_does() {
    let tree = Tree::new("-- app/values.yaml --\nreplicas: 1\n-- app/web/kustomization.yaml --\nnamePrefix: a-\n");
    let told = tree.bad(&["build", "app"]);
    assert!(told.contains("`app` is not built: 1 error"), "{told}");
    assert!(told.contains("`app` has no kustomization file"), "{told}");
    assert!(told.contains("`tidegate build --all app`"), "{told}");
}

#[test]
fn charts_are_refused() {
    let tree =
        Tree::new("-- app/kustomization.yaml --\nhelmCharts:\n  - name: x\n    repo: https://charts.example.com\n");
    let told = tree.bad(&["build", "app"]);
    assert!(
        told.starts_with("error[helm-charts]: charts are not rendered by this version\n --> app/kustomization.yaml:2:"),
        "{told}"
    );
}

#[test]
fn programs_are_refused_and_not_run() {
    let tree = Tree::new(
        "\
-- app/kustomization.yaml --
generators: [run.yaml]
-- app/run.yaml --
apiVersion: example.com/v1
kind: Run
metadata:
  name: x
  annotations:
    config.kubernetes.io/function: |
      exec: { path: ./run.sh }
-- app/run.sh --
#!/bin/sh
touch ran
",
    );
    std::fs::set_permissions(tree.path().join("app/run.sh"), std::fs::Permissions::from_mode(0o755))
        .expect("permissions");
    assert!(tree.bad(&["build", "app"]).starts_with("error[external-plugin]: `Run` is no built-in plugin"));
    assert_eq!(tree.names("app"), ["kustomization.yaml", "run.sh", "run.yaml"]);
    assert_eq!(tree.names("."), ["app"]);
}

#[test]
fn what_users_write_cannot_speak_to_the_terminal() {
    let tree = Tree::new("-- app/kustomization.yaml --\n\"a\\e[31mb\": x\nresources: [\"m\\e]0;title\\a.yaml\"]\n");
    let told = tree.bad(&["build", "app", "--color", "never"]);
    assert!(!told.contains('\u{1b}') && !told.contains('\u{7}'), "{told:?}");
    assert!(told.contains("\\u{1b}[31m"), "{told:?}");
    let report = tree.run(&["build", "--all", "--color", "never"]);
    assert!(!report.out.contains('\u{1b}') && !report.err.contains('\u{1b}'), "{report:?}");
}

#[test]
fn secrets_are_not_told() {
    let tree = Tree::new(
        "\
-- app/kustomization.yaml --
resources: [secret.yaml]
secretGenerator:
  - name: env
    envs: [passwords.env]
-- app/secret.yaml --
apiVersion: v1
kind: Secret
metadata:
  name: a
stringData:
  password: hunter2
   worse: hunter3
-- app/passwords.env --
1 bad=hunter4
hunter5 hunter6
",
    );
    for args in [&["build", "app"][..], &["build", "--all"], &["build", "--all", "-o", "json"]] {
        let ran = tree.run(args);
        assert_eq!(ran.code, Some(2));
        assert!(!ran.out.contains("hunter") && !ran.err.contains("hunter"), "{ran:?}");
    }
}

#[test]
fn a_path_that_is_no_text_is_told() {
    let tree = Tree::new(SMALL);
    let name = OsStr::from_bytes(b"no\xff");
    if std::fs::create_dir(tree.path().join(name)).is_err() {
        // This file system takes nothing but UTF-8.
        return;
    }
    let ran = run(tidegate(&tree.path()).arg("build").arg(name));
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("is no UTF-8"), "{}", ran.err);
    // Nothing can name it, so that it is in nobody's way.
    assert!(tree.good(&["build", "--all"]).contains("2 roots built"));
}

#[test]
fn what_cannot_be_read_is_told() {
    let tree = Tree::new(SMALL);
    tree.write("closed/kustomization.yaml", "");
    let path = |it: &str| tree.path().join(it);
    let mode = |it: &str, mode| {
        std::fs::set_permissions(path(it), std::fs::Permissions::from_mode(mode)).expect("permissions")
    };
    mode("closed", 0o000);
    mode("base/web.yaml", 0o000);
    let may_read_all = std::fs::read_dir(path("closed")).is_ok();
    let ran = tree.run(&["build", "--all"]);
    mode("closed", 0o755);
    // Whoever may read everything, as root may, cannot see this.
    if !may_read_all {
        assert_eq!(ran.code, Some(2));
        assert!(ran.out.contains("failed  closed  cannot read `closed`: permission denied"), "{}", ran.out);
        assert!(ran.out.contains("cannot read `web.yaml`: permission denied"), "{}", ran.out);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::{io::Read as _, process::Stdio};
    let tree = Tree::new(SMALL);
    let mut many = "resources: [../base]\nconfigMapGenerator:\n".to_owned();
    for index in 0..2000 {
        many.push_str(&format!("  - {{ name: c{index}, literals: [a={}] }}\n", "x".repeat(100)));
    }
    tree.write("many/kustomization.yaml", &many);
    let mut child = tidegate(&tree.path())
        .args(["build", "many"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut first = [0; 10];
    let mut out = child.stdout.take().expect("a pipe");
    out.read_exact(&mut first).expect("a line");
    drop(out);
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr).as_ref()), (Some(0), ""));
}
