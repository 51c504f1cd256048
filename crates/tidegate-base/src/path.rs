//! Paths inside a root.
//!
//! A [`RepoPath`] is relative to the root of a [`World`](crate::World), written with `/`, without
//! `.`, `..` or empty parts. The empty path is the root itself. A path that would leave the root
//! cannot be built, so that nobody has to compare prefixes of strings.

use std::fmt;

/// A normalised path below the root; `""` is the root.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct RepoPath(String);

/// Why a text is no path below the root.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The path has more `..` than folders to leave.
    #[error("path `{path}` leaves the root")]
    Escapes {
        /// The path as it was written.
        path: String,
    },
    /// The path starts at the root of the file system.
    #[error("path `{path}` is absolute")]
    Absolute {
        /// The path as it was written.
        path: String,
    },
    /// The path holds a NUL character, which no file system accepts.
    #[error("path `{path}` holds a NUL character", path = path.escape_debug())]
    Nul {
        /// The path as it was written.
        path: String,
    },
}

impl RepoPath {
    /// The root itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// Reads `text` relative to the root.
    ///
    /// # Errors
    /// The path is absolute, holds NUL, or leaves the root.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        Self::root().join(text)
    }

    /// Reads `text` relative to this folder; `..` is resolved in the text, as Go's `filepath.Join` does.
    ///
    /// # Errors
    /// The path is absolute, holds NUL, or leaves the root.
    pub fn join(&self, text: &str) -> Result<Self, PathError> {
        if text.starts_with('/') {
            return Err(PathError::Absolute { path: text.to_owned() });
        }
        if text.contains('\0') {
            return Err(PathError::Nul { path: text.to_owned() });
        }
        let mut out = self.0.clone();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => match (out.rfind('/'), out.is_empty()) {
                    (_, true) => return Err(PathError::Escapes { path: text.to_owned() }),
                    (Some(cut), _) => out.truncate(cut),
                    (None, _) => out.clear(),
                },
                _ => {
                    if !out.is_empty() {
                        out.push('/');
                    }
                    out.push_str(part);
                }
            }
        }
        Ok(Self(out))
    }

    /// As [`join`](Self::join), but `..` stays at the root, as at the root of a file system.
    ///
    /// # Errors
    /// The path is absolute or holds NUL.
    pub fn join_within(&self, text: &str) -> Result<Self, PathError> {
        let mut out = self.clone();
        for part in text.split('/') {
            out = if part == ".." { out.parent().unwrap_or_default() } else { out.join(part)? };
        }
        if text.starts_with('/') { Err(PathError::Absolute { path: text.to_owned() }) } else { Ok(out) }
    }

    /// The path as text, without a leading or trailing `/`; empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part, or nothing for the root.
    pub fn name(&self) -> Option<&str> {
        self.0.rsplit('/').next().filter(|it| !it.is_empty())
    }

    /// The folder that holds this path; nothing for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.0.is_empty() {
            return None;
        }
        Some(Self(self.0.rfind('/').map_or_else(String::new, |cut| self.0[..cut].to_owned())))
    }

    /// Whether this path is `folder` or lies below it.
    pub fn is_within(&self, folder: &Self) -> bool {
        folder.0.is_empty()
            || self.0.strip_prefix(&folder.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// This path relative to `folder`, with `..` where it has to climb.
    pub fn relative_to(&self, folder: &Self) -> String {
        let mut here = folder.0.split('/').filter(|it| !it.is_empty()).peekable();
        let mut there = self.0.split('/').filter(|it| !it.is_empty()).peekable();
        while let (Some(a), Some(b)) = (here.peek(), there.peek()) {
            if a != b {
                break;
            }
            here.next();
            there.next();
        }
        let parts: Vec<&str> = here.map(|_| "..").chain(there).collect();
        if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.0.is_empty() { "." } else { &self.0 })
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "RepoPath({:?})", self.0)
    }
}

#[cfg(test)]
mod tests;
