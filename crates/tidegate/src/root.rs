//! Which tree may be read.
//!
//! In: a folder and, if the user names one, a root. Out: the root and the folder's path below it.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use tidegate_base::RepoPath;

use crate::{
    show::Paths,
    world::{self, DiskWorld},
};

/// A tree and a folder in it.
pub(crate) struct Rooted {
    pub(crate) world: DiskWorld,
    pub(crate) folder: RepoPath,
    /// How paths of the tree look from the working directory.
    pub(crate) paths: Paths,
}

/// Finds the tree that holds `folder`: the one that is named, else the nearest folder above with `.git`, else the working
/// directory if it lies above, else the folder itself.
///
/// # Errors
/// There is no such folder, or it lies outside of the root that is named.
pub(crate) fn find(folder: &Path, named: Option<&Path>) -> Result<Rooted> {
    let absolute = existing(folder)?;
    if absolute.is_file() {
        let parent = folder.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
        bail!("`{}` is a file; name its folder: `{}`", folder.display(), parent.display());
    }
    let here = working_directory();
    let root = match named {
        Some(root) => existing(root)?,
        None => default_root(&absolute, here.as_deref()),
    };
    let Ok(inside) = absolute.strip_prefix(&root) else {
        bail!("`{}` is not in the root `{}`; name a `--root` that holds it", folder.display(), root.display());
    };
    let Some(inside) = inside.to_str() else { bail!("`{}` is no UTF-8", folder.display()) };
    let paths = paths(here.as_deref(), &root);
    let label = paths.shown(&RepoPath::root());
    let world = DiskWorld::open(&root, label).map_err(|it| refused(&root, &it))?;
    Ok(Rooted { world, folder: RepoPath::parse(inside)?, paths })
}

/// The path without symbolic links, if something stands there.
fn existing(path: &Path) -> Result<PathBuf> {
    std::fs::canonicalize(path).map_err(|it| refused(path, &it))
}

fn refused(path: &Path, error: &std::io::Error) -> anyhow::Error {
    match error.kind() {
        std::io::ErrorKind::NotFound => anyhow!("`{}` does not exist", path.display()),
        _ => anyhow!("cannot read `{}`: {}", path.display(), world::reason(error)),
    }
}

#[expect(clippy::disallowed_methods, reason = "the command line is where the working directory counts")]
fn working_directory() -> Option<PathBuf> {
    std::env::current_dir().and_then(std::fs::canonicalize).ok()
}

fn default_root(folder: &Path, here: Option<&Path>) -> PathBuf {
    let repository = folder.ancestors().find(|it| it.join(".git").exists());
    let here = here.filter(|it| folder.starts_with(it));
    repository.or(here).unwrap_or(folder).to_owned()
}

/// How paths below `root` look from the folder `here`.
fn paths(here: Option<&Path>, root: &Path) -> Paths {
    let absolute = || Paths::Below(format!("{}/", root.display()));
    let Some(here) = here else { return absolute() };
    if let Ok(below) = root.strip_prefix(here) {
        let below = below.display().to_string();
        return Paths::Below(if below.is_empty() { below } else { format!("{below}/") });
    }
    let inside = here.strip_prefix(root).ok().and_then(Path::to_str);
    inside.and_then(|it| RepoPath::parse(it).ok()).map_or_else(absolute, Paths::Inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_from_the_working_directory() {
        for (here, root, due) in [
            ("/a/b", "/a/b", ["apps/x.yaml", "."]),
            ("/a", "/a/b", ["b/apps/x.yaml", "b"]),
            ("/a/b/apps", "/a/b", ["x.yaml", ".."]),
            ("/a/b/c/d", "/a/b", ["../../apps/x.yaml", "../.."]),
            ("/x", "/a", ["/a/apps/x.yaml", "/a"]),
        ] {
            let paths = paths(Some(Path::new(here)), Path::new(root));
            let file = RepoPath::parse("apps/x.yaml").expect("a path");
            assert_eq!([paths.shown(&file), paths.shown(&RepoPath::root())], due, "{root} from {here}");
        }
    }

    #[test]
    fn the_root_is_the_repository_else_the_working_directory_else_the_folder() {
        let tree = tempfile::tempdir().expect("a folder");
        let tree = std::fs::canonicalize(tree.path()).expect("a folder");
        let (repository, folder) = (tree.join("repository"), tree.join("repository/apps/web"));
        std::fs::create_dir_all(&folder).expect("a folder");
        assert_eq!(default_root(&folder, Some(&repository)), repository);
        assert_eq!(default_root(&folder, Some(&tree.join("other"))), folder);
        // A worktree has a file of that name.
        #[expect(clippy::disallowed_methods, reason = "a test writes its files")]
        std::fs::write(repository.join("apps/.git"), "gitdir: x").expect("a file");
        assert_eq!(default_root(&folder, Some(&repository)), repository.join("apps"));
    }
}
