//! Files that several builds read, parsed once.
//!
//! In: the text of a file. Out: its documents, to be copied into a build's own tree. Every build gets the same as if it
//! had read the file itself: what a file costs counts against its limits, and only what can be read without a fault is
//! kept.

use std::sync::{
    Arc, RwLock,
    atomic::{AtomicU64, Ordering},
};

use rustc_hash::FxHashMap;
use tidegate_base::{Limits, RepoPath};
use tidegate_yaml::{Document, ParseOptions, Tree, decode, parse_first};

use crate::documents::{split, unify_line_ends};

/// Bytes of files that are kept at most.
const ROOM: u64 = 256 << 20;

/// The files of one tree that were parsed so far; shared by all builds of that tree.
#[derive(Debug, Default)]
pub struct Files {
    /// By path, without symbolic links.
    known: RwLock<FxHashMap<RepoPath, Arc<Parsed>>>,
    bytes: AtomicU64,
}

/// A file as documents.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// Bytes of the file.
    pub(crate) size: u64,
    pub(crate) tree: Tree,
    pub(crate) chunks: Vec<ParsedChunk>,
}

/// What stands between two separators.
#[derive(Debug)]
pub(crate) struct ParsedChunk {
    /// Where it starts in the text of the tree.
    pub(crate) start: u32,
    pub(crate) len: u32,
    /// Lines of the file before it.
    pub(crate) line: u32,
    pub(crate) document: Option<Document>,
}

impl Files {
    /// Forgets what stands at and below `path`: it has changed.
    pub fn forget(&self, path: &RepoPath) {
        let Ok(mut known) = self.known.write() else {
            return;
        };
        known.retain(|it, _| !it.is_within(path));
        self.bytes.store(known.values().map(|it| it.size).sum(), Ordering::Relaxed);
    }

    pub(crate) fn get(&self, real: &RepoPath) -> Option<Arc<Parsed>> {
        self.known.read().ok()?.get(real).cloned()
    }

    /// Parses a file and keeps it, if nothing is wrong with it.
    pub(crate) fn add(&self, real: &RepoPath, bytes: &[u8], limits: &Limits) -> Option<Arc<Parsed>> {
        let size = bytes.len() as u64;
        if self.bytes.load(Ordering::Relaxed) + size > ROOM {
            return None;
        }
        let parsed = Arc::new(parse(bytes, limits)?);
        let mut known = self.known.write().ok()?;
        if known.insert(real.clone(), Arc::clone(&parsed)).is_none() {
            self.bytes.fetch_add(size, Ordering::Relaxed);
        }
        Some(parsed)
    }
}

fn parse(bytes: &[u8], limits: &Limits) -> Option<Parsed> {
    let text = decode(bytes).ok()?;
    let text = unify_line_ends(&text);
    let mut tree = Tree::new(limits.nodes);
    let mut chunks = Vec::new();
    for chunk in split(&text) {
        if chunk.bad_separator {
            return None;
        }
        let start = tree.text_len() as u32;
        let options = ParseOptions { comments: true, depth: limits.depth };
        let document = parse_first(&mut tree, chunk.text, options).ok()?;
        chunks.push(ParsedChunk { start, len: chunk.text.len() as u32, line: chunk.line, document });
    }
    Some(Parsed { size: bytes.len() as u64, tree, chunks })
}
