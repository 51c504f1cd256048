//! Roots below a folder.

use rayon::prelude::*;
use tidegate_base::{FileKind, RepoPath, World, WorldError};
use tidegate_kustomize::{FILE_NAMES, is_component};

/// Kustomizations below a folder, sorted by path.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Discovered {
    pub(super) roots: Vec<RepoPath>,
    /// Components are no roots: they only mean something in another kustomization.
    pub(super) components: Vec<RepoPath>,
    /// Folders that cannot be looked into.
    pub(super) unreadable: Vec<(RepoPath, WorldError)>,
}

/// Finds every folder with a kustomization file in and below `folder`, on rayon's current threads. Links to folders and
/// `.git` are passed over.
pub(super) fn discover(world: &dyn World, folder: &RepoPath) -> Discovered {
    let mut found = below(world, folder.clone());
    found.roots.sort_unstable();
    found.components.sort_unstable();
    found.unreadable.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    found
}

fn below(world: &dyn World, folder: RepoPath) -> Discovered {
    let entries = match world.list(&folder) {
        Ok(entries) => entries,
        Err(error) => return Discovered { unreadable: vec![(folder, error)], ..Discovered::default() },
    };
    let inner = entries.iter().filter(|it| it.kind == FileKind::Folder && !it.is_link && it.name != ".git");
    let inner: Vec<RepoPath> = inner.filter_map(|it| folder.join(&it.name).ok()).collect();
    let mut found: Discovered =
        inner.into_par_iter().map(|it| below(world, it)).reduce(Discovered::default, Discovered::and);
    let is_file = |name: &str| entries.iter().any(|it| it.name == name && it.kind == FileKind::File);
    if FILE_NAMES.iter().any(|it| is_file(it)) {
        let list = if is_component(world, &folder) { &mut found.components } else { &mut found.roots };
        list.push(folder);
    }
    found
}

impl Discovered {
    fn and(mut self, mut more: Self) -> Self {
        self.roots.append(&mut more.roots);
        self.components.append(&mut more.components);
        self.unreadable.append(&mut more.unreadable);
        self
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use tidegate_base::{Entry, Found};
    use tidegate_testkit::MemoryWorld;

    /// A world whose folder `closed` nobody may look into.
    struct Closed(MemoryWorld);

    impl World for Closed {
        fn find(&self, path: &RepoPath) -> Result<Found, WorldError> {
            self.0.find(path)
        }

        fn read(&self, path: &RepoPath, limit: u64) -> Result<Arc<[u8]>, WorldError> {
            self.0.read(path, limit)
        }

        fn list(&self, path: &RepoPath) -> Result<Vec<Entry>, WorldError> {
            if path.name() == Some("closed") {
                return Err(WorldError::Refused { path: path.clone(), reason: "permission denied".to_owned() });
            }
            self.0.list(path)
        }

        fn label(&self) -> &str {
            self.0.label()
        }
    }

    #[test]
    fn a_folder_that_cannot_be_read_is_told() {
        let files = [("a/kustomization.yaml", ""), ("b/closed/kustomization.yaml", "")];
        let found = discover(&Closed(MemoryWorld::new(files)), &RepoPath::root());
        assert_eq!(found.roots.len(), 1);
        let told: Vec<String> = found.unreadable.iter().map(|it| it.1.to_string()).collect();
        assert_eq!(told, ["cannot read `b/closed`: permission denied"]);
    }

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
