//! `--watch`

use std::{
    io::{BufRead as _, BufReader, Read},
    process::{Child, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use crate::tree::{SMALL, Tree, tidegate};

/// How long a result may take to come before the test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// The program, watching; ended with the test.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        // It may have ended by itself, which the test will have noticed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn watch(tree: &Tree, args: &[&str]) -> Watching {
    let mut command = tidegate(&tree.path());
    command.args(args).arg("--watch").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let (sender, lines) = channel();
    let streams: [Box<dyn Read + Send>; 2] =
        [Box::new(child.stdout.take().expect("a pipe")), Box::new(child.stderr.take().expect("a pipe"))];
    for stream in streams {
        let sender = sender.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
    }
    Watching { child, lines }
}

impl Watching {
    /// Waits until each of `texts` stands in some line; gives the lines so far. Two streams have no order between them.
    #[track_caller]
    fn until(&self, texts: &[&str]) -> Vec<String> {
        let mut seen: Vec<String> = Vec::new();
        while let Some(due) = texts.iter().find(|text| !seen.iter().any(|it| it.contains(**text))) {
            let Ok(line) = self.lines.recv_timeout(PATIENCE) else { panic!("no `{due}` in {seen:?}") };
            seen.push(line);
        }
        seen
    }
}

#[test]
fn a_root_is_built_again_when_a_file_that_it_read_changes() {
    let tree = Tree::new(SMALL);
    let watching = watch(&tree, &["build", "production"]);
    watching.until(&["replicas: 3"]);
    tree.write(
        "more/kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nreplicas: [{ name: web, count: 7 }]\n",
    );
    watching.until(&["replicas: 7"]);
    tree.write("base/kustomization.yaml", "resources: [web.yaml\n");
    watching.until(&["`production` is not built"]);
    tree.write("base/kustomization.yaml", "resources: [web.yaml]\n");
    watching.until(&["replicas: 7"]);
}

#[test]
fn with_all_only_what_depends_on_the_change_is_built_again() {
    let tree = Tree::new(SMALL);
    tree.write("other/kustomization.yaml", "configMapGenerator: [{ name: x, literals: [a=b] }]\n");
    let watching = watch(&tree, &["build", "--all"]);
    watching.until(&["3 of 3 roots built", "built   production", "built   other", "built   base"]);
    tree.write("production/kustomization.yaml", "resources: [../base]\nnamePrefix: new-\n");
    let seen = watching.until(&["1 of 3 roots built", "built   production"]);
    assert!(!seen.iter().any(|it| it.starts_with("built   other") || it.starts_with("built   base")), "{seen:?}");
    tree.write("fourth/kustomization.yaml", "configMapGenerator: [{ name: late, literals: [a=b] }]\n");
    watching.until(&["built   fourth", " of 4 roots built"]);
}
