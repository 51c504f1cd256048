//! A tree on disk, confined to its root.
//!
//! In: a folder. Out: what stands below it. Nothing outside is opened, whatever a path or a symbolic link says: paths
//! are resolved here, link by link, and every system call is made relative to the root by a handle that cannot leave it.
//! Folders are read once, so that a path costs no system call of its own; a new world sees what has changed since.

use std::{
    collections::hash_map::Entry as MapEntry,
    io::{ErrorKind, Read as _},
    path::{Path, PathBuf},
    sync::{Arc, RwLock},
};

use cap_std::{ambient_authority, fs::Dir};
use rustc_hash::FxHashMap;
use tidegate_base::{Entry, FileKind, Found, RepoPath, World, WorldError};

/// Symbolic links that one path may lead through; as Linux has it.
const LINKS: u32 = 40;

/// A tree on disk.
#[derive(Debug)]
pub struct DiskWorld {
    root: Dir,
    /// The root, absolute and without symbolic links.
    path: PathBuf,
    label: String,
    folders: RwLock<FxHashMap<RepoPath, Arc<Listing>>>,
}

/// What stands in a folder, by name and sorted; or why it cannot be read.
type Listing = Result<Vec<(String, Kind)>, WorldError>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    Link,
    Other,
}

impl DiskWorld {
    /// The tree below `root`, which people know as `label`.
    ///
    /// # Errors
    /// The system refuses to open it, or it is no folder.
    pub fn open(root: &Path, label: impl Into<String>) -> std::io::Result<Self> {
        let path = std::fs::canonicalize(root)?;
        let root = Dir::open_ambient_dir(&path, ambient_authority())?;
        Ok(Self { root, path, label: label.into(), folders: RwLock::default() })
    }

    /// The root, absolute and without symbolic links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Forgets what stands at and below `path`: it has changed.
    pub fn forget(&self, path: &RepoPath) {
        if let Ok(mut folders) = self.folders.write() {
            let parent = path.parent();
            folders.retain(|it, _| Some(it) != parent.as_ref() && !it.is_within(path));
        }
    }

    /// What stands in a folder that is reached without symbolic links.
    fn folder(&self, real: &RepoPath) -> Arc<Listing> {
        if let Some(found) = self.folders.read().ok().and_then(|it| it.get(real).cloned()) {
            return found;
        }
        let listing = Arc::new(self.read_folder(real));
        match self.folders.write() {
            Ok(mut folders) => match folders.entry(real.clone()) {
                MapEntry::Occupied(known) => Arc::clone(known.get()),
                MapEntry::Vacant(empty) => Arc::clone(empty.insert(listing)),
            },
            Err(_) => listing,
        }
    }

    fn read_folder(&self, real: &RepoPath) -> Listing {
        let refused = |error: &std::io::Error| self.refused(real, error);
        let entries = self.root.read_dir(system_path(real)).map_err(|it| refused(&it))?;
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|it| refused(&it))?;
            // A name that is not UTF-8 cannot be named by any file.
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let kind = entry.file_type().map_err(|it| refused(&it))?;
            let kind = match kind {
                it if it.is_file() => Kind::File,
                it if it.is_dir() => Kind::Folder,
                it if it.is_symlink() => Kind::Link,
                _ => Kind::Other,
            };
            names.push((name, kind));
        }
        names.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Ok(names)
    }

    fn refused(&self, path: &RepoPath, error: &std::io::Error) -> WorldError {
        match error.kind() {
            ErrorKind::NotFound => WorldError::Missing(path.clone()),
            ErrorKind::NotADirectory => WorldError::IsFile(path.clone()),
            ErrorKind::IsADirectory => WorldError::IsFolder(path.clone()),
            _ => WorldError::Refused { path: path.clone(), reason: reason(error) },
        }
    }

    fn outside(&self, path: &RepoPath) -> WorldError {
        WorldError::Outside { path: path.clone(), root: self.label.clone() }
    }

    /// What stands under `name` in the folder `real`.
    fn kind(&self, real: &RepoPath, name: &str) -> Result<Option<Kind>, WorldError> {
        let listing = self.folder(real);
        let names = listing.as_ref().as_ref().map_err(Clone::clone)?;
        Ok(names.binary_search_by(|it| it.0.as_str().cmp(name)).ok().map(|it| names[it].1))
    }

    /// Follows every link on the way to `path`.
    fn resolve(&self, path: &RepoPath) -> Result<(RepoPath, Kind), WorldError> {
        let mut todo: Vec<String> = parts(path.as_str()).rev().map(str::to_owned).collect();
        let mut real = RepoPath::root();
        let mut kind = Kind::Folder;
        let mut links = 0;
        while let Some(name) = todo.pop() {
            if name == ".." {
                real = real.parent().ok_or_else(|| self.outside(path))?;
                continue;
            }
            if kind != Kind::Folder {
                return Err(WorldError::Missing(path.clone()));
            }
            let found = self.kind(&real, &name)?.ok_or_else(|| WorldError::Missing(path.clone()))?;
            let here = real.join(&name).map_err(|_| WorldError::Missing(path.clone()))?;
            if found != Kind::Link {
                (real, kind) = (here, found);
                continue;
            }
            links += 1;
            if links > LINKS {
                return Err(WorldError::Loop(path.clone()));
            }
            let target = self.root.read_link_contents(system_path(&here)).map_err(|it| self.refused(path, &it))?;
            let target = self.target(path, &target)?;
            if target.starts_with('/') {
                real = RepoPath::root();
            }
            todo.extend(parts(&target).rev().map(str::to_owned));
        }
        Ok((real, kind))
    }

    /// Where a link leads: from its folder, or from the root if the text begins with `/`.
    fn target(&self, path: &RepoPath, target: &Path) -> Result<String, WorldError> {
        if target.is_absolute() {
            let inside = target.strip_prefix(&self.path).map_err(|_| self.outside(path))?;
            let inside = inside.to_str().ok_or_else(|| WorldError::Missing(path.clone()))?;
            return Ok(format!("/{inside}"));
        }
        target.to_str().map(str::to_owned).ok_or_else(|| WorldError::Missing(path.clone()))
    }
}

fn parts(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|it| !it.is_empty() && *it != ".")
}

fn system_path(path: &RepoPath) -> &Path {
    Path::new(if path.is_root() { "." } else { path.as_str() })
}

/// What the system says, without its number.
pub(crate) fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map(|it| it.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

fn as_file_kind(kind: Kind) -> FileKind {
    match kind {
        Kind::File => FileKind::File,
        Kind::Folder => FileKind::Folder,
        Kind::Link | Kind::Other => FileKind::Other,
    }
}

impl World for DiskWorld {
    fn find(&self, path: &RepoPath) -> Result<Found, WorldError> {
        self.resolve(path).map(|(real, kind)| Found { real, kind: as_file_kind(kind) })
    }

    fn read(&self, path: &RepoPath, limit: u64) -> Result<Arc<[u8]>, WorldError> {
        let (real, kind) = self.resolve(path)?;
        match kind {
            Kind::File => {}
            Kind::Folder => return Err(WorldError::IsFolder(path.clone())),
            Kind::Link | Kind::Other => return Err(WorldError::Special(path.clone())),
        }
        let refused = |error: &std::io::Error| self.refused(path, error);
        let file = self.root.open(system_path(&real)).map_err(|it| refused(&it))?;
        let size = file.metadata().map_err(|it| refused(&it))?.len();
        let too_large = |size| WorldError::TooLarge { path: path.clone(), size, limit };
        if size > limit {
            return Err(too_large(size));
        }
        // The file may grow while it is read.
        let mut content = Vec::with_capacity(size as usize + 1);
        file.take(limit.saturating_add(1)).read_to_end(&mut content).map_err(|it| refused(&it))?;
        if content.len() as u64 > limit {
            return Err(too_large(content.len() as u64));
        }
        Ok(Arc::from(content))
    }

    fn list(&self, path: &RepoPath) -> Result<Vec<Entry>, WorldError> {
        let (real, kind) = self.resolve(path)?;
        if kind != Kind::Folder {
            return Err(WorldError::IsFile(path.clone()));
        }
        let listing = self.folder(&real);
        let names = listing.as_ref().as_ref().map_err(Clone::clone)?;
        let entry = |(name, kind): &(String, Kind)| {
            let is_link = *kind == Kind::Link;
            let target = || real.join(name).ok().and_then(|it| self.find(&it).ok());
            let kind = if is_link { target().map_or(FileKind::Other, |it| it.kind) } else { as_file_kind(*kind) };
            Entry { name: name.clone(), kind, is_link }
        };
        Ok(names.iter().map(entry).collect())
    }

    fn inside(&self, absolute: &str) -> Option<RepoPath> {
        let inside = Path::new(absolute).strip_prefix(&self.path).ok()?;
        RepoPath::parse(inside.to_str()?).ok()
    }

    fn is_whole(&self) -> bool {
        self.path.parent().is_none()
    }

    fn label(&self) -> &str {
        &self.label
    }
}

#[cfg(test)]
mod tests;
