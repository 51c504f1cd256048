//! Writes anew what the fixtures are compared with.
//!
//! `out.yaml` is what kustomize prints, which must be on `PATH` as `kustomize`; a case that it refuses has none.
//! `findings.txt` is what tidegate says of the case. Both are to be read before they are committed.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use tidegate_base::{RepoPath, World, origin::Off};
use tidegate_kustomize::{KUSTOMIZE_VERSION, Options, build};
use tidegate_testkit::{MemoryWorld, cases, findings, fixtures};

use crate::show;

/// Blesses the cases named, or all.
pub(crate) fn run(names: &[String]) -> Result<bool> {
    let version = kustomize(Path::new("."), &["version"])?.context("kustomize does not tell its version")?;
    ensure!(version.trim() == KUSTOMIZE_VERSION, "kustomize {KUSTOMIZE_VERSION} is due, found {}", version.trim());
    for case in cases(&fixtures("kustomize"))? {
        let name = case.file_name().and_then(|it| it.to_str()).context("a name that is not UTF-8")?;
        if names.is_empty() || names.iter().any(|it| it == name) {
            bless(&case, name).with_context(|| format!("blessing {name}"))?;
        }
    }
    Ok(true)
}

fn bless(case: &Path, name: &str) -> Result<()> {
    let world = MemoryWorld::from_disk(&case.join("in"))?;
    let overlay = RepoPath::parse("overlay")?;
    let folder = if world.find(&overlay).is_ok() { overlay } else { RepoPath::root() };
    let due = kustomize(&case.join("in").join(folder.as_str()), &["build", "."])?;
    let outcome = build::<Off>(&world, &folder, &Options { scan: false, ..Options::default() });
    let mut problems = outcome.problems;
    let found = outcome.built.and_then(|it| it.yaml().map_err(|it| problems.push(*it)).ok());
    if due != found {
        show(&format!("{name}: kustomize and tidegate differ\n"));
    }
    put(&case.join("out.yaml"), due.as_deref())?;
    let findings = findings(&problems);
    put(&case.join("findings.txt"), Some(findings.as_str()).filter(|it| !it.is_empty()))
}

/// What kustomize prints; nothing when it fails.
#[expect(clippy::disallowed_methods, reason = "a tool of the project asks the program that it is compared with")]
fn kustomize(folder: &Path, args: &[&str]) -> Result<Option<String>> {
    let output = std::process::Command::new("kustomize").args(args).current_dir(folder).output();
    let output = output.context("running `kustomize`, which must be on PATH")?;
    let text = String::from_utf8(output.stdout).context("kustomize prints no UTF-8")?;
    Ok(output.status.success().then_some(text))
}

/// Writes a file, or takes it away.
#[expect(clippy::disallowed_methods, reason = "a tool of the project writes its data")]
fn put(path: &Path, text: Option<&str>) -> Result<()> {
    match text {
        Some(text) => std::fs::write(path, text)?,
        None if path.exists() => std::fs::remove_file(path)?,
        None => {}
    }
    Ok(())
}
