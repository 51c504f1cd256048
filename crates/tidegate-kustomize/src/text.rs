//! Which file a byte of the tree's text was read from, and at which line.

use tidegate_base::{Origin, Place, RepoPath};
use tidegate_yaml::{Tree, line_column, line_text};

/// A path in one of the trees that a build may read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Spot {
    /// Which tree: 0 is the one that is built, others stand for remote bases.
    pub(crate) world: usize,
    pub(crate) path: RepoPath,
}

/// A run of the tree's text that was read from one place.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) start: u32,
    pub(crate) len: u32,
    pub(crate) spot: Spot,
    /// Lines of the file before the run.
    pub(crate) lines_before: u32,
    /// Characters of the file before each line of the run.
    pub(crate) columns_before: u32,
    /// Whether nothing of it may be shown.
    pub(crate) secret: bool,
}

/// The runs, in the order of the text.
#[derive(Debug, Default, Clone)]
pub(crate) struct Sources(Vec<Source>);

impl Sources {
    pub(crate) fn add(&mut self, source: Source) {
        self.0.push(source);
    }

    /// The run that holds byte `at` of the text.
    pub(crate) fn find(&self, at: u32) -> Option<&Source> {
        let index = self.0.partition_point(|it| it.start <= at).checked_sub(1)?;
        let source = &self.0[index];
        (at <= source.start + source.len).then_some(source)
    }

    /// File, line and column of byte `at` of the text.
    pub(crate) fn place(&self, tree: &Tree, at: u32) -> Option<Place> {
        let source = self.find(at)?;
        let text = tree.source(source.start, source.len);
        let within = (at - source.start) as usize;
        let (line, column) = line_column(text, within);
        let shown = line_text(text, within);
        let hidden = source.secret || looks_secret(text);
        Some(Place {
            path: source.spot.path.clone(),
            line: line + source.lines_before,
            column: column + source.columns_before,
            text: if hidden { String::new() } else { shown.to_owned() },
        })
    }

    /// As [`place`](Self::place), for what an origin names.
    pub(crate) fn place_of(&self, tree: &Tree, origin: Origin) -> Option<Place> {
        self.place(tree, origin.as_text()?)
    }
}

/// Whether a text may hold a secret, so that no line of it is shown.
fn looks_secret(text: &str) -> bool {
    text.contains("kind: Secret") || text.contains("\"kind\": \"Secret\"") || text.contains("secretGenerator")
}
