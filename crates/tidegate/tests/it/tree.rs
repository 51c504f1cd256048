//! A folder with files, and the program at work in it.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A folder that goes away with the test.
pub(crate) struct Tree {
    folder: tempfile::TempDir,
}

/// What the program did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Tree {
    /// Files, written as one text: `-- path --` lines, each followed by the content of that file.
    pub(crate) fn new(text: &str) -> Self {
        let tree = Self { folder: tempfile::tempdir().expect("a folder") };
        let mut files: Vec<(String, String)> = Vec::new();
        for line in text.split_inclusive('\n') {
            match line.trim_end().strip_prefix("-- ").and_then(|it| it.strip_suffix(" --")) {
                Some(path) => files.push((path.to_owned(), String::new())),
                None => {
                    if let Some(file) = files.last_mut() {
                        file.1.push_str(line);
                    }
                }
            }
        }
        for (path, content) in files {
            tree.write(&path, &content);
        }
        tree
    }

    pub(crate) fn path(&self) -> PathBuf {
        std::fs::canonicalize(self.folder.path()).expect("the folder is there")
    }

    pub(crate) fn write(&self, path: &str, content: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, content).expect("a file");
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path().join(path)).expect("a file")
    }

    /// Names in a folder, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path().join(folder)).expect("a folder");
        let mut names: Vec<String> =
            entries.map(|it| it.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Runs the program in the folder.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        run(tidegate(&self.path()).args(args))
    }

    /// Runs the program, which must succeed and have nothing to say beside its result.
    #[track_caller]
    pub(crate) fn good(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{args:?}: {}", ran.out);
        ran.out
    }

    /// Runs the program, which must fail without a result; gives what it said.
    #[track_caller]
    pub(crate) fn bad(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{args:?}: {}", ran.err);
        ran.err
    }
}

/// The program, to be started in a folder, with an environment that says nothing.
pub(crate) fn tidegate(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.current_dir(folder).env_clear();
    command
}

pub(crate) fn run(command: &mut Command) -> Ran {
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    Ran { code: status.code(), out: text(stdout), err: text(stderr) }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("the program prints UTF-8")
}

/// Two roots, of which one stands on the other, and a component.
pub(crate) const SMALL: &str = "\
-- base/kustomization.yaml --
resources: [web.yaml]
configMapGenerator:
  - name: settings
    literals: [colour=blue]
-- base/web.yaml --
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  replicas: 1
-- production/kustomization.yaml --
resources: [../base]
components: [../more]
namePrefix: live-
-- more/kustomization.yaml --
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
replicas: [{ name: web, count: 3 }]
";
