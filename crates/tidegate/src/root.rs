//! Which tree may be read.
//!
//! In: a folder and, if the user names one, a root. Out: the root and the folder's path below it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use tidegate_base::RepoPath;

use crate::world::DiskWorld;

/// A tree and a folder in it.
pub(crate) struct Rooted {
    pub(crate) world: DiskWorld,
    pub(crate) folder: RepoPath,
    /// What stands before a path of the tree, as seen from the working directory.
    pub(crate) prefix: String,
}

/// Finds the tree that holds `folder`: the one that is named, else the nearest folder above with `.git`, else the working
/// directory if it lies above, else the folder itself.
///
/// # Errors
/// There is no such folder, or it lies outside of the root that is named.
pub(crate) fn find(folder: &Path, named: Option<&Path>) -> Result<Rooted> {
    let absolute = std::fs::canonicalize(folder).with_context(|| format!("`{}`", folder.display()))?;
    let here = working_directory();
    let root = match named {
        Some(root) => std::fs::canonicalize(root).with_context(|| format!("`{}`", root.display()))?,
        None => default_root(&absolute, here.as_deref()),
    };
    let Ok(inside) = absolute.strip_prefix(&root) else {
        bail!("`{}` is not in the root `{}`", folder.display(), root.display());
    };
    let Some(inside) = inside.to_str() else { bail!("`{}` is no UTF-8", folder.display()) };
    let prefix = here.map_or_else(|| format!("{}/", root.display()), |here| prefix(&here, &root));
    let label = if prefix.is_empty() { "." } else { prefix.trim_end_matches('/') };
    Ok(Rooted { world: DiskWorld::open(&root, label)?, folder: RepoPath::parse(inside)?, prefix })
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

/// The way from the folder `here` to `root`, with `/` behind it; nothing if they are the same.
fn prefix(here: &Path, root: &Path) -> String {
    if let Ok(below) = root.strip_prefix(here) {
        let below = below.display().to_string();
        return if below.is_empty() { below } else { format!("{below}/") };
    }
    let up = here.strip_prefix(root).map(|it| it.components().count());
    match up {
        Ok(up) => "../".repeat(up),
        Err(_) => format!("{}/", root.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_from_the_working_directory() {
        assert_eq!(prefix(Path::new("/a/b"), Path::new("/a/b")), "");
        assert_eq!(prefix(Path::new("/a"), Path::new("/a/b")), "b/");
        assert_eq!(prefix(Path::new("/a/b/c"), Path::new("/a")), "../../");
        assert_eq!(prefix(Path::new("/x"), Path::new("/a")), "/a/");
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
