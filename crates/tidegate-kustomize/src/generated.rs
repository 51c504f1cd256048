//! A folder without a kustomization file, as Flux sees it.
//!
//! Implements: `scanManifests` of github.com/fluxcd/pkg/kustomize v1.35.6 (kustomize_generator.go).
//! Keeps:      every `.yaml` and `.yml` file in the folder and below must hold objects; a folder with a kustomization file
//!             is included as that; symbolic links to folders are not followed.

use tidegate_base::{FileKind as OnDisk, Recorder, RepoPath};
use tidegate_yaml::{Style, Tag};

use crate::{
    build::{Build, Reported, world_fault},
    file::KustomizationFile,
    load::{FILE_NAMES, Loaded, Visit, join_name, load_parts},
    reader::Text,
    store::Fault,
    text::Spot,
};

/// Loads what a generated kustomization file would list.
pub(crate) fn load<R: Recorder>(build: &mut Build<'_, R>, visit: &Visit<'_>) -> Reported<Loaded> {
    let mut paths = Vec::new();
    let mut folders = 0;
    scan(build, &visit.folder, &visit.folder.path.clone(), &mut paths, &mut folders)?;
    let at = build.store.tree.scalar(Tag::Null, Style::PLAIN, "");
    let resources = paths.into_iter().map(|value| Text { value, at }).collect();
    let file = KustomizationFile { resources, ..KustomizationFile::default() };
    load_parts(build, visit, FILE_NAMES[0], file)
}

fn scan<R: Recorder>(
    build: &mut Build<'_, R>,
    base: &Spot,
    folder: &RepoPath,
    paths: &mut Vec<String>,
    level: &mut u64,
) -> Reported {
    let world = build.worlds[base.world];
    let entries = world.list(folder).map_err(|it| world_fault(&it, &folder.to_string()).in_file(base));
    let entries = build.report(entries)?;
    let counted = build.step(1 + entries.len() as u64);
    build.report(counted.map_err(Fault::from))?;
    *level += 1;
    if *level > build.limits.overlays {
        let limit = tidegate_base::LimitError { name: "overlays", allowed: build.limits.overlays, asked: *level };
        return Err(build.fail(Fault::from(limit).in_file(base)));
    }
    for entry in entries {
        let path = join_name(folder, &entry.name);
        let relative = path.relative_to(&base.path);
        let is_yaml = entry.name.ends_with(".yaml") || entry.name.ends_with(".yml");
        match entry.kind {
            OnDisk::Folder if !entry.is_link => {
                let is_root = FILE_NAMES
                    .iter()
                    .any(|name| world.find(&join_name(&path, name)).is_ok_and(|it| it.kind == OnDisk::File));
                if is_root {
                    paths.push(relative);
                } else {
                    scan(build, base, &path, paths, level)?;
                }
            }
            OnDisk::File if is_yaml => paths.push(relative),
            _ => {}
        }
    }
    *level -= 1;
    Ok(())
}
