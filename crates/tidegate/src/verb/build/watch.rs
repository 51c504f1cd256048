//! `--watch`: build again whenever a file changes, and only what depends on it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::Duration,
};

use anyhow::{Context as _, Result};
use notify::{EventKind, RecursiveMode, Watcher as _};
use rustc_hash::FxHashSet;
use tidegate_base::{RepoPath, World as _};
use tidegate_kustomize::FILE_NAMES;

use super::{
    Setup,
    all::{self, Done, Printer, now},
    discover, one,
    report::{Outcome as Built, duration},
};
use crate::{
    cli::{self, Global},
    exit::Outcome,
    show,
};

/// How long to wait for more changes: an editor writes a file in several steps.
const SETTLE: Duration = Duration::from_millis(10);

/// Builds until the process is ended.
pub(super) fn run(setup: &Setup, args: &cli::Build, global: &Global) -> Result<Outcome> {
    let (sender, changes) = channel();
    let mut watcher = notify::recommended_watcher(sender).context("watching files")?;
    for path in watched(setup) {
        watcher.watch(path, RecursiveMode::Recursive).with_context(|| format!("watching `{}`", path.display()))?;
    }
    if args.all { all_roots(setup, args, global, &changes) } else { one_root(setup, args, global, &changes) }
}

fn watched(setup: &Setup) -> impl Iterator<Item = &Path> {
    std::iter::once(setup.rooted.world.path()).chain(setup.copies.iter().map(|it| it.world.path()))
}

type Changes = Receiver<notify::Result<notify::Event>>;

/// Waits for changes; nothing when the watcher has ended.
fn next(changes: &Changes) -> Result<Option<BTreeSet<PathBuf>>> {
    let mut paths = BTreeSet::new();
    while paths.is_empty() {
        let Ok(event) = changes.recv() else {
            return Ok(None);
        };
        add(&mut paths, event?);
    }
    loop {
        match changes.recv_timeout(SETTLE) {
            Ok(event) => add(&mut paths, event?),
            Err(RecvTimeoutError::Timeout) => return Ok(Some(paths)),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
        }
    }
}

fn add(paths: &mut BTreeSet<PathBuf>, event: notify::Event) {
    if !matches!(event.kind, EventKind::Access(_)) {
        paths.extend(event.paths);
    }
}

/// A path that changed: which tree, and where in it.
type Changed = (usize, RepoPath);

/// Where the changed paths are, with what the trees knew of their folders forgotten.
fn forget(setup: &Setup, paths: &BTreeSet<PathBuf>) -> FxHashSet<Changed> {
    let worlds = std::iter::once(&setup.rooted.world).chain(setup.copies.iter().map(|it| &it.world));
    let mut changed = FxHashSet::default();
    for (tree, world) in worlds.enumerate() {
        for path in paths {
            let Some(path) = path.to_str().and_then(|it| world.inside(it)) else {
                continue;
            };
            if path.as_str().split('/').any(|it| it == ".git") {
                continue;
            }
            world.forget(&path);
            if tree == 0 {
                setup.files.forget(&path);
            }
            changed.insert((tree, path));
        }
    }
    changed
}

fn one_root(setup: &Setup, args: &cli::Build, global: &Global, changes: &Changes) -> Result<Outcome> {
    let mut reads = FxHashSet::default();
    let mut ended = one_build(setup, args, global, &mut reads)?;
    while let Some(paths) = next(changes)? {
        let changed = forget(setup, &paths);
        // A folder without a kustomization file, and a build that failed, may come to depend on any file.
        let concerned = ended == Outcome::NotDone || is_scanned(setup) || changed.iter().any(|it| reads.contains(it));
        if concerned && !changed.is_empty() {
            show::note("--- changed, built again");
            ended = one_build(setup, args, global, &mut reads)?;
        }
    }
    Ok(ended)
}

/// Whether the folder is built from all files in it.
fn is_scanned(setup: &Setup) -> bool {
    let file = |name: &&str| setup.rooted.folder.join(name).is_ok_and(|it| setup.rooted.world.find(&it).is_ok());
    !FILE_NAMES.iter().any(file)
}

fn one_build(setup: &Setup, args: &cli::Build, global: &Global, reads: &mut FxHashSet<Changed>) -> Result<Outcome> {
    let outcome = setup.build::<tidegate_base::origin::Off>(&setup.rooted.folder);
    *reads = outcome.reads.iter().map(|it| (it.tree, it.path.clone())).collect();
    drop(outcome);
    one::run(setup, args, global)
}

fn all_roots(setup: &Setup, args: &cli::Build, global: &Global, changes: &Changes) -> Result<Outcome> {
    let pool = all::pool(args)?;
    let mut known: BTreeMap<RepoPath, Done> = BTreeMap::new();
    let mut changed: Option<FxHashSet<Changed>> = None;
    loop {
        let start = now();
        let found = pool.install(|| discover::discover(&setup.rooted.world, &setup.rooted.folder));
        known.retain(|root, _| found.roots.contains(root));
        let concerned: Vec<RepoPath> =
            found.roots.iter().filter(|it| is_concerned(known.get(*it), changed.as_ref())).cloned().collect();
        let printer = Printer::new(&found.roots, args, global);
        let mut failure = Ok(());
        all::each(&pool, setup, args, &concerned, |done| {
            if failure.is_ok() {
                failure = printer.print(&done.row);
            }
            if let Ok(path) = RepoPath::parse(&done.row.path) {
                known.insert(path, done);
            }
        })?;
        failure?;
        if !concerned.is_empty() && !global.quiet {
            let failed = known.values().filter(|it| matches!(it.row.result, Built::Failed { .. })).count();
            let time = duration(start.elapsed().as_secs_f64());
            show::note(&format!(
                "{} of {} roots built in {time}, {failed} failed; watching",
                concerned.len(),
                known.len()
            ));
        }
        let Some(paths) = next(changes)? else {
            return Ok(Outcome::Done);
        };
        changed = Some(forget(setup, &paths));
    }
}

/// Whether a root must be built: it is new, it failed, or something that it was built from has changed.
fn is_concerned(known: Option<&Done>, changed: Option<&FxHashSet<Changed>>) -> bool {
    let (Some(known), Some(changed)) = (known, changed) else {
        return true;
    };
    if changed.is_empty() {
        return false;
    }
    // A second kustomization file in a folder that was read is an error that nothing else would show.
    let added = |it: &Changed| it.1.name().is_some_and(|name| FILE_NAMES.contains(&name)).then(|| it.1.parent());
    let added: FxHashSet<_> = changed.iter().filter_map(added).collect();
    matches!(known.row.result, Built::Failed { .. })
        || known.reads.iter().any(|it| {
            changed.contains(&(it.tree, it.path.clone())) || !added.is_empty() && added.contains(&it.path.parent())
        })
}
