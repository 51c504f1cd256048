//! The renderer's only door to files.
//!
//! A [`World`] answers for one tree. It follows symbolic links only inside its root and never opens
//! anything outside, whatever a file says. Tests hand in a world in memory.

use std::sync::Arc;

use crate::path::RepoPath;

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// Anything else: a device, a socket, a pipe.
    Other,
}

/// A name in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name, without the folder.
    pub name: String,
    /// What it leads to.
    pub kind: FileKind,
    /// Whether it is a symbolic link.
    pub is_link: bool,
}

/// What a path leads to once every symbolic link is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The path without symbolic links.
    pub real: RepoPath,
    /// What stands there.
    pub kind: FileKind,
}

/// The files of one tree.
pub trait World: Sync {
    /// Follows links and tells what stands at `path`.
    ///
    /// # Errors
    /// Nothing is there, a link leaves the root or turns in a circle, or the system refuses.
    fn find(&self, path: &RepoPath) -> Result<Found, WorldError>;

    /// The whole content of the file at `path`, at most `limit` bytes.
    ///
    /// # Errors
    /// As [`find`](Self::find); also when `path` is no regular file or is longer than `limit`.
    fn read(&self, path: &RepoPath, limit: u64) -> Result<Arc<[u8]>, WorldError>;

    /// What stands in the folder at `path`, sorted by the bytes of the names. Links are told as what they lead to;
    /// one that cannot be followed is [`FileKind::Other`].
    ///
    /// # Errors
    /// As [`find`](Self::find); also when `path` is no folder.
    fn list(&self, path: &RepoPath) -> Result<Vec<Entry>, WorldError>;

    /// The path below the root that an absolute path names; nothing when it lies outside.
    fn inside(&self, absolute: &str) -> Option<RepoPath> {
        let _ = absolute;
        None
    }

    /// Whether the root is the root of the file system, above which `..` leads nowhere.
    fn is_whole(&self) -> bool {
        false
    }

    /// How people know the root: shown in messages, never opened.
    fn label(&self) -> &str;
}

/// Why a world could not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorldError {
    /// Nothing stands there.
    #[error("`{0}` does not exist")]
    Missing(RepoPath),
    /// The path leads out of the root.
    #[error("`{path}` leads out of the root `{root}`")]
    Outside {
        /// The path that was asked for.
        path: RepoPath,
        /// The root, as [`World::label`] tells it.
        root: String,
    },
    /// Symbolic links turn in a circle.
    #[error("`{0}` is a circle of symbolic links")]
    Loop(RepoPath),
    /// A folder was found where a file is due.
    #[error("`{0}` is a folder, not a file")]
    IsFolder(RepoPath),
    /// A file was found where a folder is due.
    #[error("`{0}` is a file, not a folder")]
    IsFile(RepoPath),
    /// Neither a file nor a folder.
    #[error("`{0}` is neither a file nor a folder")]
    Special(RepoPath),
    /// The file is longer than allowed.
    #[error("`{path}` has {size} bytes, more than the limit `file-bytes` of {limit}")]
    TooLarge {
        /// The file.
        path: RepoPath,
        /// Its length in bytes, as far as it was measured.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The system refused.
    #[error("cannot read `{path}`: {reason}")]
    Refused {
        /// The path.
        path: RepoPath,
        /// What the system said.
        reason: String,
    },
}
