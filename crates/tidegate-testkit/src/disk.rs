//! Cases that stand in folders.

use std::path::{Path, PathBuf};

use crate::MemoryWorld;

/// The folder of the project's fixtures called `name`: `fixtures/NAME`.
pub fn fixtures(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

/// The folders in `folder`, sorted by name.
///
/// # Errors
/// The system refuses.
pub fn cases(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries: std::io::Result<Vec<_>> = std::fs::read_dir(folder)?.map(|it| it.map(|it| it.path())).collect();
    let mut folders = entries?;
    folders.retain(|it| it.is_dir());
    folders.sort();
    Ok(folders)
}

impl MemoryWorld {
    /// The tree that stands in a folder on disk. Nothing in it may be a symbolic link.
    ///
    /// # Errors
    /// The system refuses.
    ///
    /// # Panics
    /// A name is not UTF-8.
    pub fn from_disk(folder: &Path) -> std::io::Result<Self> {
        let mut world = Self::default();
        world.add_disk(folder, "")?;
        Ok(world)
    }

    #[expect(clippy::disallowed_methods, reason = "the fixtures of tests stand on disk")]
    fn add_disk(&mut self, folder: &Path, prefix: &str) -> std::io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|it| it.to_str()).expect("a name in UTF-8");
            let inner = format!("{prefix}{name}");
            if path.is_dir() {
                self.add_folder(&inner);
                self.add_disk(&path, &format!("{inner}/"))?;
            } else {
                self.add(&inner, &std::fs::read(&path)?);
            }
        }
        Ok(())
    }
}
