//! A tree of files in memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use tidegate_base::{Entry, FileKind, Found, RepoPath, World, WorldError};

/// Files and symbolic links in memory, with a record of what was read.
#[derive(Debug, Default)]
pub struct MemoryWorld {
    files: BTreeMap<RepoPath, Arc<[u8]>>,
    folders: BTreeSet<RepoPath>,
    links: BTreeMap<RepoPath, String>,
    reads: Mutex<Vec<RepoPath>>,
    is_whole: bool,
    /// Where the root stands in a file system; it is all of one if this is empty.
    root: String,
}

/// Links that one path may lead through.
const LINKS: u32 = 40;

impl MemoryWorld {
    /// A tree with these files.
    ///
    /// # Panics
    /// A path leaves the root.
    pub fn new<P: AsRef<str>, C: AsRef<[u8]>>(files: impl IntoIterator<Item = (P, C)>) -> Self {
        let mut world = Self::default();
        for (path, content) in files {
            world.add(path.as_ref(), content.as_ref());
        }
        world
    }

    /// A tree written as one text: `-- path --` lines, each followed by the content of that file.
    ///
    /// # Panics
    /// A path leaves the root.
    pub fn from_text(text: &str) -> Self {
        let mut world = Self::default();
        let mut file: Option<(String, String)> = None;
        for line in text.split_inclusive('\n') {
            let name = line.trim_end().strip_prefix("-- ").and_then(|it| it.strip_suffix(" --"));
            match (name, &mut file) {
                (Some(name), _) => {
                    if let Some((path, content)) = file.replace((name.to_owned(), String::new())) {
                        world.add(&path, content.as_bytes());
                    }
                }
                (None, Some((_, content))) => content.push_str(line),
                (None, None) => {}
            }
        }
        if let Some((path, content)) = file {
            world.add(&path, content.as_bytes());
        }
        world
    }

    /// Adds or replaces a file.
    ///
    /// # Panics
    /// The path leaves the root.
    pub fn add(&mut self, path: &str, content: &[u8]) {
        let path = RepoPath::parse(path.trim_start_matches('/')).expect("a path below the root");
        self.add_parents(&path);
        self.files.insert(path, Arc::from(content));
    }

    /// Adds an empty folder.
    ///
    /// # Panics
    /// The path leaves the root.
    pub fn add_folder(&mut self, path: &str) {
        let path = RepoPath::parse(path.trim_start_matches('/')).expect("a path below the root");
        self.add_parents(&path);
        self.folders.insert(path);
    }

    /// Adds a symbolic link.
    ///
    /// # Panics
    /// The path leaves the root.
    pub fn link(&mut self, path: &str, target: &str) {
        let path = RepoPath::parse(path.trim_start_matches('/')).expect("a path below the root");
        self.add_parents(&path);
        self.links.insert(path, target.to_owned());
    }

    fn add_parents(&mut self, path: &RepoPath) {
        let mut parent = path.parent();
        while let Some(folder) = parent {
            parent = folder.parent();
            self.folders.insert(folder);
        }
    }

    /// The same tree as that of a whole file system: `..` stays at the root.
    #[must_use]
    pub fn whole(self) -> Self {
        Self { is_whole: true, ..self }
    }

    /// The same tree at `root` of a file system, beside which other things stand.
    #[must_use]
    pub fn at(self, root: &str) -> Self {
        Self { root: root.to_owned(), ..self }
    }

    /// Every file that was read so far, in order.
    ///
    /// # Panics
    /// A reader panicked.
    pub fn reads(&self) -> Vec<RepoPath> {
        self.reads.lock().expect("no reader panicked").clone()
    }

    fn outside(&self, path: &RepoPath) -> WorldError {
        WorldError::Outside { path: path.clone(), root: self.label().to_owned() }
    }

    /// `path` without symbolic links.
    fn real(&self, path: &RepoPath) -> Result<RepoPath, WorldError> {
        let mut todo: Vec<String> = path.as_str().split('/').rev().map(str::to_owned).collect();
        let mut real = RepoPath::root();
        let mut links = 0;
        while let Some(part) = todo.pop() {
            real = real.join(&part).map_err(|_| self.outside(path))?;
            let Some(target) = self.links.get(&real) else { continue };
            links += 1;
            if links > LINKS {
                return Err(WorldError::Loop(path.clone()));
            }
            if target.starts_with('/') {
                return Err(self.outside(path));
            }
            real = real.parent().unwrap_or_default();
            todo.extend(target.split('/').rev().map(str::to_owned));
        }
        Ok(real)
    }

    fn kind(&self, real: &RepoPath) -> Option<FileKind> {
        if self.files.contains_key(real) {
            return Some(FileKind::File);
        }
        (real.is_root() || self.folders.contains(real)).then_some(FileKind::Folder)
    }
}

impl World for MemoryWorld {
    fn find(&self, path: &RepoPath) -> Result<Found, WorldError> {
        let real = self.real(path)?;
        match self.kind(&real) {
            Some(kind) => Ok(Found { real, kind }),
            None => Err(WorldError::Missing(path.clone())),
        }
    }

    fn read(&self, path: &RepoPath, limit: u64) -> Result<Arc<[u8]>, WorldError> {
        let found = self.find(path)?;
        let Some(content) = self.files.get(&found.real) else { return Err(WorldError::IsFolder(path.clone())) };
        let size = content.len() as u64;
        if size > limit {
            return Err(WorldError::TooLarge { path: path.clone(), size, limit });
        }
        if let Ok(mut reads) = self.reads.lock() {
            reads.push(found.real);
        }
        Ok(Arc::clone(content))
    }

    fn list(&self, path: &RepoPath) -> Result<Vec<Entry>, WorldError> {
        let found = self.find(path)?;
        if found.kind != FileKind::Folder {
            return Err(WorldError::IsFile(path.clone()));
        }
        let paths = self.files.keys().chain(&self.folders).chain(self.links.keys());
        let inside = paths.filter(|it| it.parent().as_ref() == Some(&found.real));
        let names: BTreeSet<&str> = inside.filter_map(RepoPath::name).collect();
        let entry = |name: &str| {
            let path = found.real.join(name).ok()?;
            let kind = self.find(&path).map_or(FileKind::Other, |it| it.kind);
            Some(Entry { name: name.to_owned(), kind, is_link: self.links.contains_key(&path) })
        };
        Ok(names.into_iter().filter_map(entry).collect())
    }

    fn inside(&self, absolute: &str) -> Option<RepoPath> {
        let inside = absolute.strip_prefix(&self.root)?;
        if !inside.is_empty() && !inside.starts_with('/') {
            return None;
        }
        RepoPath::parse(inside.trim_start_matches('/')).ok()
    }

    fn is_whole(&self) -> bool {
        self.is_whole
    }

    fn label(&self) -> &str {
        if self.root.is_empty() { "/" } else { &self.root }
    }
}
