//! `--root`, `--load-restrictor`, `--remote-base` and `tidegate.yaml`

use crate::tree::Tree;

const APART: &str = "\
-- apps/web/kustomization.yaml --
resources: [../../shared/cm.yaml]
-- shared/cm.yaml --
apiVersion: v1
kind: ConfigMap
metadata: { name: shared }
";

#[test]
fn files_are_loaded_from_the_whole_root_unless_restricted() {
    let tree = Tree::new(APART);
    assert_eq!(tree.good(&["build", "apps/web", "-o", "name"]), "ConfigMap shared\n");
    let told = tree.bad(&["build", "apps/web", "--load-restrictor", "root"]);
    assert!(told.contains(" --> apps/web/kustomization.yaml:1:13\n"), "{told}");
    assert_eq!(tree.good(&["build", "apps/web", "--load-restrictor", "none", "-o", "name"]), "ConfigMap shared\n");
}

#[test]
fn nothing_is_read_outside_of_the_root() {
    let tree = Tree::new(APART);
    let told = tree.bad(&["build", "apps/web", "--root", "apps"]);
    assert!(told.contains("`../../shared/cm.yaml` leaves the root `apps`"), "{told}");
    assert!(told.contains("--root"), "{told}");
    assert_eq!(tree.good(&["build", "apps/web", "--root", ".", "-o", "name"]), "ConfigMap shared\n");
    let told = tree.bad(&["build", "apps/web", "--root", "shared"]);
    assert!(told.contains("`apps/web` is not in the root"), "{told}");
}

#[test]
fn the_root_is_the_repository() {
    let tree = Tree::new(APART);
    tree.write("apps/.git", "gitdir: elsewhere\n");
    assert!(tree.bad(&["build", "apps/web"]).contains("leaves the root `apps`"));
}

const REMOTE: &str = "\
-- app/kustomization.yaml --
resources:
  - https://example.com/org/repo//deploy?ref=v1
-- copies/deploy/kustomization.yaml --
resources: [cm.yaml]
-- copies/deploy/cm.yaml --
apiVersion: v1
kind: ConfigMap
metadata: { name: remote }
";
const URL: &str = "https://example.com/org/repo//deploy?ref=v1";

#[test]
fn a_remote_base_is_never_fetched() {
    let told = Tree::new(REMOTE).bad(&["build", "app"]);
    assert!(told.contains(&format!("the remote base `{URL}` is not fetched")), "{told}");
    assert!(told.contains(&format!("--remote-base '{URL}=FOLDER'")), "{told}");
}

#[test]
fn a_remote_base_is_read_from_its_copy() {
    let tree = Tree::new(REMOTE);
    let mapping = format!("{URL}=copies/deploy");
    assert_eq!(tree.good(&["build", "app", "--remote-base", &mapping, "-o", "name"]), "ConfigMap remote\n");
    tree.write("tidegate.yaml", &format!("remoteBases:\n  {URL}: copies/deploy\n"));
    assert_eq!(tree.good(&["build", "app", "-o", "name"]), "ConfigMap remote\n");
}

#[test]
fn a_remote_file_is_read_from_its_copy() {
    let tree = Tree::new(
        "-- app/kustomization.yaml --\nresources: [https://example.com/x.yaml]\n-- x.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: file }\n",
    );
    assert_eq!(
        tree.good(&["build", "app", "--remote-base", "https://example.com/x.yaml=x.yaml", "-o", "name"]),
        "ConfigMap file\n"
    );
}

#[test]
fn a_copy_that_is_not_there_is_told() {
    let tree = Tree::new(REMOTE);
    assert!(tree.bad(&["build", "app", "--remote-base", "nothing"]).contains("`nothing` is not of the form URL=PATH"));
    let told = tree.bad(&["build", "app", "--remote-base", "https://example.com/a=nosuch"]);
    assert!(told.contains("--remote-base `https://example.com/a=nosuch`: `nosuch`"), "{told}");
    tree.write("tidegate.yaml", "remoteBases:\n  https://example.com/a: ../x\n");
    assert!(tree.bad(&["build", "app"]).contains("leaves the root"));
}

#[test]
fn settings_that_are_wrong_are_told_with_their_place() {
    let tree = Tree::new(REMOTE);
    tree.write("tidegate.yaml", "remoteBase: {}\n");
    insta::assert_snapshot!(tree.bad(&["build", "app"]), @r"
    error[unknown-field]: unknown field `remoteBase`
     --> tidegate.yaml:1:1
      |
    1 | remoteBase: {}
      | ^^^^^^^^^^
      |
      = help: the fields are: remoteBases
    ");
}
