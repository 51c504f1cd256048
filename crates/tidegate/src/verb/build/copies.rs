//! Local copies of remote bases: `--remote-base URL=PATH`, and `remoteBases` of `tidegate.yaml`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use tidegate_base::RepoPath;
use tidegate_kustomize::RepoSpec;

use crate::{
    root::Rooted,
    settings::{FILE_NAME, Settings},
    world::DiskWorld,
};

/// A copy of what a URL names.
pub(super) struct LocalCopy {
    pub(super) url: String,
    pub(super) world: DiskWorld,
    /// Where in the world it stands.
    pub(super) path: RepoPath,
}

/// Opens every copy: those of the command line first, so that they count before those of the file.
pub(super) fn open(arguments: &[String], settings: &Settings, rooted: &Rooted) -> Result<Vec<LocalCopy>> {
    let mut copies = Vec::new();
    for argument in arguments {
        // A URL may hold `=` itself, as in `?ref=v1`.
        let Some((url, path)) = argument.rsplit_once('=') else {
            bail!("--remote-base `{argument}` is not of the form URL=PATH");
        };
        copies.push(copy(url, Path::new(path)).with_context(|| format!("--remote-base `{argument}`"))?);
    }
    for (url, path) in &settings.remote_bases {
        let inside = RepoPath::parse(path).with_context(|| format!("{FILE_NAME}: `{path}`"))?;
        let path = rooted.world.path().join(inside.as_str());
        let copy = copy(url, &path).with_context(|| format!("{FILE_NAME}: the copy of `{url}`"))?;
        if !copy.world.path().starts_with(rooted.world.path()) {
            bail!("{FILE_NAME}: the copy of `{url}` lies outside of the root");
        }
        copies.push(copy);
    }
    Ok(copies)
}

/// The copy at `path`. It may be a folder of a repository: what is above it belongs to the copy as far as the URL says.
fn copy(url: &str, path: &Path) -> Result<LocalCopy> {
    let path = std::fs::canonicalize(path).with_context(|| format!("`{}`", path.display()))?;
    let mut root = if path.is_dir() { path.clone() } else { path.parent().unwrap_or(&path).to_owned() };
    if let Some(above) = repository_root(url, &path) {
        root = above;
    }
    let inside = path.strip_prefix(&root)?.to_str().context("the path is no UTF-8")?;
    let label = format!("{url} ({})", root.display());
    Ok(LocalCopy { url: url.to_owned(), world: DiskWorld::open(&root, label)?, path: RepoPath::parse(inside)? })
}

/// The folder that holds the whole repository, if the path ends with the folder that the URL names.
fn repository_root(url: &str, path: &Path) -> Option<PathBuf> {
    let folder = RepoSpec::parse(url).ok()?.folder;
    let folder = Path::new(folder.trim_matches('/'));
    if folder.as_os_str().is_empty() || !path.ends_with(folder) {
        return None;
    }
    path.ancestors().nth(folder.components().count()).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_a_repository_brings_the_repository() {
        let tree = tempfile::tempdir().expect("a folder");
        let tree = std::fs::canonicalize(tree.path()).expect("a folder");
        std::fs::create_dir_all(tree.join("copy/deploy/base")).expect("a folder");
        let url = "https://example.com/org/repo//deploy/base?ref=v1";
        let found = copy(url, &tree.join("copy/deploy/base")).expect("a copy");
        assert_eq!((found.world.path(), found.path.as_str()), (tree.join("copy").as_path(), "deploy/base"));
        let found = copy(url, &tree.join("copy/deploy")).expect("a copy");
        assert_eq!((found.world.path(), found.path.as_str()), (tree.join("copy/deploy").as_path(), ""));
    }
}
