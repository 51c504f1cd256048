//! `fixtures/kustomize`: one case per feature and quirk, with what kustomize 5.8.1 printed beside it.
//!
//! `cargo xtask bless` writes `out.yaml`, with kustomize, and `findings.txt`, with this crate.

use std::path::Path;

use tidegate_testkit::{MemoryWorld, cases, findings, fixtures};

use crate::harness::{entry, run, scanning_nothing};

#[test]
fn every_case_is_as_upstream() {
    let cases = cases(&fixtures("kustomize")).expect("a folder of cases");
    assert!(cases.len() > 100, "only {} cases", cases.len());
    let wrong: Vec<String> = cases.iter().filter_map(|it| difference(it)).collect();
    assert!(wrong.is_empty(), "{} of {} cases differ\n\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
}

/// What is wrong with a case.
fn difference(case: &Path) -> Option<String> {
    let name = case.file_name().and_then(|it| it.to_str()).expect("a name in UTF-8");
    let world = MemoryWorld::from_disk(&case.join("in")).expect("a tree");
    let result = run(&world, entry(&world), &scanning_nothing());
    let found = (result.yaml, findings(&result.problems));
    let due = (read(&case.join("out.yaml")), read(&case.join("findings.txt")).unwrap_or_default());
    if found == due {
        return None;
    }
    let shown =
        |(yaml, findings): &(Option<String>, String)| format!("{findings}{}", yaml.as_deref().unwrap_or("not built\n"));
    Some(format!("== {name}\n-- due --\n{}-- found --\n{}", shown(&due), shown(&found)))
}

#[expect(clippy::disallowed_methods, reason = "the fixtures stand on disk")]
fn read(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}
