//! Roots below a folder.

use tidegate_base::{FileKind, RepoPath, World};
use tidegate_kustomize::{FILE_NAMES, is_component};

/// Kustomizations below a folder, sorted by path.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Discovered {
    pub(super) roots: Vec<RepoPath>,
    /// Components are no roots: they only mean something in another kustomization.
    pub(super) components: Vec<RepoPath>,
}

/// Finds every folder with a kustomization file in and below `folder`. Links to folders and `.git` are passed over.
pub(super) fn discover(world: &dyn World, folder: &RepoPath) -> Discovered {
    let mut found = Discovered::default();
    let mut todo = vec![folder.clone()];
    while let Some(folder) = todo.pop() {
        let Ok(entries) = world.list(&folder) else { continue };
        let is_file = |name: &str| entries.iter().any(|it| it.name == name && it.kind == FileKind::File);
        if FILE_NAMES.iter().any(|it| is_file(it)) {
            let list = if is_component(world, &folder) { &mut found.components } else { &mut found.roots };
            list.push(folder.clone());
        }
        let folders = entries.iter().filter(|it| it.kind == FileKind::Folder && !it.is_link && it.name != ".git");
        todo.extend(folders.filter_map(|it| folder.join(&it.name).ok()));
    }
    found.roots.sort();
    found.components.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_testkit::MemoryWorld;

    #[test]
    fn roots_and_components_are_told_apart() {
        let mut world = MemoryWorld::new([
            ("a/kustomization.yaml", "resources: []"),
            ("a/inner/Kustomization", "kind: Kustomization"),
            ("b/kustomization.yml", "kind: Component"),
            ("c/other.yaml", "kind: Component"),
            ("broken/kustomization.yaml", "["),
            (".git/kustomization.yaml", ""),
        ]);
        world.link("d", "a");
        let found = discover(&world, &RepoPath::root());
        let paths = |list: &[RepoPath]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(paths(&found.roots), ["a", "a/inner", "broken"]);
        assert_eq!(paths(&found.components), ["b"]);
    }
}
