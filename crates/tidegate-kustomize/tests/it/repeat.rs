//! The same bytes every time: whatever was built before, on however many threads, in whichever order folders are listed.

use std::sync::Arc;

use tidegate_base::{Entry, Found, RepoPath, World, WorldError};
use tidegate_kustomize::Options;
use tidegate_testkit::{MemoryWorld, cases, fixtures};

use crate::harness::{entry, run, scanning_nothing};

/// Every fixture, as a world.
fn worlds() -> Vec<MemoryWorld> {
    let cases = cases(&fixtures("kustomize")).expect("a folder of cases");
    cases.iter().map(|it| MemoryWorld::from_disk(&it.join("in")).expect("a tree")).collect()
}

/// What a fixture gives: objects and findings.
fn outcome(world: &MemoryWorld) -> String {
    let result = run(world, entry(world), &scanning_nothing());
    format!("{}\n{}", result.text(), result.yaml.unwrap_or_default())
}

#[test]
fn any_order_of_builds_gives_the_same() {
    let worlds = worlds();
    let alone: Vec<String> = worlds.iter().map(outcome).collect();
    let backwards: Vec<String> = worlds.iter().rev().map(outcome).collect();
    assert!(alone.iter().eq(backwards.iter().rev()), "the order of builds shows");
}

#[test]
fn any_number_of_threads_gives_the_same() {
    let worlds = worlds();
    let alone: Vec<String> = worlds.iter().map(outcome).collect();
    for threads in [2, 8] {
        std::thread::scope(|scope| {
            for first in 0..threads {
                let (worlds, alone) = (&worlds, &alone);
                scope.spawn(move || {
                    // Each thread starts elsewhere, so that builds of the same root meet.
                    for index in (0..worlds.len()).map(|it| (it + first * 7) % worlds.len()) {
                        assert_eq!(outcome(&worlds[index]), alone[index], "{threads} threads");
                    }
                });
            }
        });
    }
}

/// A world that lists folders in an order of its own.
struct Shuffled<'w> {
    world: &'w MemoryWorld,
    seed: usize,
}

impl World for Shuffled<'_> {
    fn find(&self, path: &RepoPath) -> Result<Found, WorldError> {
        self.world.find(path)
    }

    fn read(&self, path: &RepoPath, limit: u64) -> Result<Arc<[u8]>, WorldError> {
        self.world.read(path, limit)
    }

    fn list(&self, path: &RepoPath) -> Result<Vec<Entry>, WorldError> {
        let mut entries = self.world.list(path)?;
        if !entries.is_empty() {
            let by = self.seed % entries.len();
            entries.rotate_left(by);
            if self.seed % 2 == 1 {
                entries.reverse();
            }
        }
        Ok(entries)
    }

    fn label(&self) -> &str {
        self.world.label()
    }
}

#[test]
fn any_order_of_a_listing_gives_the_same() {
    let mut world = MemoryWorld::default();
    for name in ["b", "a", "d/c", "d/a", "e/x/y", "e/x/a"] {
        let map = format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {}}}}}\n", name.replace('/', "-"));
        world.add(&format!("{name}.yaml"), map.as_bytes());
    }
    world.add("f/kustomization.yaml", b"configMapGenerator: [{name: made, literals: [a=b]}]\n");
    let built = |seed| run(&Shuffled { world: &world, seed }, "", &Options::default()).yaml.expect("objects");
    let first = built(0);
    assert_eq!(first.matches("kind: ConfigMap").count(), 7);
    for seed in 1..12 {
        assert_eq!(built(seed), first, "seed {seed}");
    }
}

/// A root whose schema knows Deployments only, and says that their containers are replaced as a whole.
const POISONER: &str = r#"
-- kustomization.yaml --
openapi: {path: schema.json}
resources: [web.yaml]
patches: [{path: patch.yaml}]
-- schema.json --
{"definitions": {"io.k8s.api.apps.v1.Deployment": {"type": "object", "properties": {},
 "x-kubernetes-group-version-kind": [{"group": "apps", "version": "v1", "kind": "Deployment"}]}}}
-- web.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: a, image: a}]}}}
-- patch.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: b, image: b}]}}}
"#;

/// A root that needs the schema that is built in.
const VICTIM: &str = "
-- kustomization.yaml --
resources: [web.yaml]
patches: [{path: patch.yaml}]
-- web.yaml --
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec: {template: {spec: {containers: [{name: a, image: a}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: a, image: a}]}}}
-- patch.yaml --
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec: {template: {spec: {containers: [{name: a, args: [x]}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: a, args: [x]}]}}}
";

#[test]
fn a_schema_of_one_root_is_none_of_the_next() {
    let (poisoner, victim) = (MemoryWorld::from_text(POISONER), MemoryWorld::from_text(VICTIM));
    let clean = outcome(&victim);
    assert_eq!(clean.matches("image: a").count(), 2, "containers are merged by name: {clean}");
    let poisoned = outcome(&poisoner);
    assert!(!poisoned.contains("image: a"), "its own schema replaces the list: {poisoned}");
    assert_eq!(outcome(&victim), clean);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert_eq!(outcome(&poisoner), poisoned);
                    assert_eq!(outcome(&victim), clean);
                }
            });
        }
    });
}

#[test]
fn a_base_with_a_schema_beside_one_without() {
    let tree = |order: &str| {
        let mut text = format!("-- overlay/kustomization.yaml --\nresources: [{order}]\n");
        for (name, part) in [("poisoner", POISONER.replace("name: web", "name: other")), ("victim", VICTIM.to_owned())]
        {
            text.push_str(&part.replace("\n-- ", &format!("\n-- {name}/")));
        }
        outcome(&MemoryWorld::from_text(&text))
    };
    // As upstream has it: a base's schema may not differ from the root's.
    for order in ["../poisoner, ../victim", "../victim, ../poisoner"] {
        assert_eq!(tree(order), tree(order), "{order}");
    }
}
