//! One build: its nodes, what it may read and spend, and what is wrong so far.

use std::sync::Arc;

use tidegate_base::{Diagnostic, LimitError, Limits, Meter, Origin, Place, Recorder, Severity, World, WorldError};
use tidegate_yaml::{
    Document, NodeId, ParseOptions, Style, Tree, YamlError, de_anchor, decode, line_column, parse_first,
};

use crate::{
    cause::Causes,
    options::Options,
    output::Cost,
    schema::Schemas,
    store::{Done, Fault, Store, Where},
    text::{Source, Sources, Spot},
};

/// Something was wrong and has been reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failed;

/// A result whose problems have been reported.
pub(crate) type Reported<T = ()> = Result<T, Failed>;

/// One build.
pub(crate) struct Build<'w, R> {
    pub(crate) store: Store<R>,
    pub(crate) schemas: Schemas,
    pub(crate) worlds: Vec<&'w dyn World>,
    pub(crate) options: &'w Options<'w>,
    pub(crate) limits: Limits,
    pub(crate) sources: Sources,
    pub(crate) causes: Causes,
    pub(crate) problems: Vec<Diagnostic>,
    /// Faults so far, those that were reported before included.
    pub(crate) failures: usize,
    /// Files that were read, for whoever wants to know what a result depends on.
    pub(crate) reads: Vec<Spot>,
    pub(crate) kustomizations: Meter,
    input: Meter,
    aliases: Meter,
    pub(crate) steps: Meter,
}

/// Where a text stands that is parsed.
#[derive(Debug, Clone)]
pub(crate) struct TextAt {
    pub(crate) spot: Spot,
    /// Lines of the file before the text.
    pub(crate) lines_before: u32,
    /// Characters before each of its lines.
    pub(crate) columns_before: u32,
    /// Whether nothing of it may be shown.
    pub(crate) secret: bool,
}

impl TextAt {
    /// The text is a whole file.
    pub(crate) fn file(spot: &Spot) -> Self {
        Self { spot: spot.clone(), lines_before: 0, columns_before: 0, secret: false }
    }

    /// The text is the value of the scalar `node` in a file of `folder`.
    pub(crate) fn inside<R: Recorder>(build: &Build<'_, R>, folder: &Spot, node: NodeId) -> Self {
        let tree = &build.store.tree;
        let at = tree.origin(node).as_text();
        let source = at.and_then(|at| Some((at, build.sources.find(at)?)));
        let Some((at, source)) = source else {
            return Self::file(folder);
        };
        let text = tree.source(source.start, source.len);
        let within = (at - source.start) as usize;
        let (line, column) = line_column(text, within);
        let place = Self {
            spot: source.spot.clone(),
            lines_before: source.lines_before + line,
            columns_before: 0,
            secret: source.secret,
        };
        if tree.style(node).has(Style::LITERAL) {
            let indent = block_indent(&text[within..], tree.value(node));
            return Self { columns_before: source.columns_before + indent, ..place };
        }
        let style = tree.style(node);
        let before = if tree.value(node).contains('\n') { 0 } else { column - 1 + u32::from(style.is_quoted()) };
        Self { lines_before: place.lines_before - 1, columns_before: source.columns_before + before, ..place }
    }
}

/// By how much a literal block scalar is indented: `text` starts at its `|`.
fn block_indent(text: &str, value: &str) -> u32 {
    let spaces = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let filled = |line: &&str| !line.trim().is_empty();
    let written = text.lines().skip(1).find(filled).map_or(0, spaces);
    let kept = value.lines().find(filled).map_or(0, spaces);
    written.saturating_sub(kept) as u32
}

impl<'w, R: Recorder> Build<'w, R> {
    pub(crate) fn new(world: &'w dyn World, options: &'w Options<'w>) -> Self {
        let limits = options.limits;
        let mut worlds = vec![world];
        worlds.extend(options.remotes.iter().map(|it| it.world));
        Self {
            store: Store::new(Tree::new(limits.nodes), limits.depth),
            schemas: Schemas::default(),
            worlds,
            options,
            limits,
            sources: Sources::default(),
            causes: Causes::default(),
            problems: Vec::new(),
            failures: 0,
            reads: Vec::new(),
            kustomizations: Meter::new("kustomizations", limits.kustomizations),
            input: Meter::new("input-bytes", limits.input_bytes),
            aliases: Meter::new("aliases", limits.aliases),
            steps: Meter::new("steps", limits.steps),
        }
    }

    /// Counts work that hostile input could multiply.
    pub(crate) fn step(&mut self, amount: u64) -> Result<(), LimitError> {
        self.steps.spend(amount)
    }

    /// What was spent so far.
    pub(crate) fn cost(&self) -> Cost {
        Cost { nodes: self.store.tree.len() as u64, steps: self.steps.used(), input_bytes: self.input.used() }
    }

    pub(crate) fn place(&self, origin: Origin) -> Option<Place> {
        let mut origin = origin;
        for _ in 0..64 {
            match origin.as_step() {
                Some(step) => {
                    let step = self.store.recorder.steps()[step as usize];
                    origin = if step.from == Origin::UNKNOWN { step.before } else { step.from };
                }
                None => return self.sources.place_of(&self.store.tree, origin),
            }
        }
        None
    }

    pub(crate) fn place_of(&self, node: NodeId) -> Option<Place> {
        self.place(self.store.tree.origin(node))
    }

    /// The fault as a finding.
    pub(crate) fn diagnostic(&self, fault: Fault) -> Diagnostic {
        let place = match fault.place {
            Where::Unknown => None,
            Where::Node(node) => self.place_of(node),
            Where::Text(at) => self.sources.place(&self.store.tree, at),
            Where::File(spot) => Some(Place::file(spot.path)),
        };
        let code = if fault.code.is_empty() { "invalid" } else { fault.code };
        let diagnostic = Diagnostic::error(code, fault.message).at(place);
        match fault.hint {
            Some(hint) => diagnostic.hint(hint),
            None => diagnostic,
        }
    }

    /// Reports a fault that stops the root from being built.
    pub(crate) fn fail(&mut self, fault: Fault) -> Failed {
        self.failures += 1;
        if !self.is_full(Severity::Error) {
            let diagnostic = self.diagnostic(fault);
            self.push(diagnostic);
        }
        Failed
    }

    /// Whether no more problems of a severity are reported: finding the place of one costs time.
    pub(crate) fn is_full(&self, severity: Severity) -> bool {
        let as_bad = self.problems.iter().filter(|it| it.severity == severity).count();
        as_bad >= self.limits.problems as usize
    }

    /// Adds a problem, unless it was reported before: a file may be included twice.
    fn push(&mut self, diagnostic: Diagnostic) {
        let same = |it: &Diagnostic| {
            it.code == diagnostic.code && it.message == diagnostic.message && it.place == diagnostic.place
        };
        if !self.is_full(diagnostic.severity) && !self.problems.iter().any(same) {
            self.problems.push(diagnostic);
        }
    }

    /// Reports what works, but not as the user will have meant it.
    pub(crate) fn warn(&mut self, diagnostic: Diagnostic) {
        self.push(diagnostic);
    }

    /// As [`warn`](Self::warn), for faults that stop nothing.
    pub(crate) fn warn_all(&mut self, faults: Vec<Fault>) {
        for fault in faults {
            if self.is_full(Severity::Warning) {
                return;
            }
            let diagnostic = self.diagnostic(fault);
            self.warn(Diagnostic { severity: Severity::Warning, ..diagnostic });
        }
    }

    /// Reports the fault of a result.
    pub(crate) fn report<T>(&mut self, result: Done<T>) -> Reported<T> {
        result.map_err(|fault| self.fail(fault))
    }

    /// As [`report`](Self::report); a fault that knows no place is shown at `node`.
    pub(crate) fn report_at<T>(&mut self, result: Done<T>, node: NodeId) -> Reported<T> {
        result.map_err(|fault| self.fail(fault.or_at(node)))
    }

    /// Starts to ascribe changes to a cause.
    pub(crate) fn begin(&mut self, what: &'static str, at: Origin) {
        if R::ON {
            self.store.cause = self.causes.add(what, at);
        }
    }

    /// The content of a file, which counts as input.
    pub(crate) fn read(&mut self, spot: &Spot) -> Result<Arc<[u8]>, ReadError> {
        let world = self.worlds[spot.world];
        let bytes = world.read(&spot.path, self.limits.file_bytes).map_err(ReadError::World)?;
        self.count_input(spot, bytes.len() as u64).map_err(ReadError::Limit)?;
        Ok(bytes)
    }

    /// Counts a file of `size` bytes as input.
    pub(crate) fn count_input(&mut self, spot: &Spot, size: u64) -> Result<(), LimitError> {
        self.input.spend(size)?;
        // What a file inlines is kept a second time, and patches copy objects.
        let input = self.input.used();
        self.store.tree.allow_text(input.saturating_mul(2).saturating_add(self.limits.text_bytes));
        self.store.tree.allow_nodes(input.saturating_mul(8).saturating_add(self.limits.nodes));
        self.reads.push(spot.clone());
        Ok(())
    }

    /// Parses the first document of a text into the tree.
    pub(crate) fn parse(&mut self, text: &str, at: &TextAt, comments: bool) -> Done<Option<Document>> {
        let start = self.note_source(text, at);
        let options = ParseOptions { comments, depth: self.limits.depth };
        parse_first(&mut self.store.tree, text, options).map_err(|error| self.yaml_fault(error, start))
    }

    fn note_source(&mut self, text: &str, at: &TextAt) -> u32 {
        let start = self.store.tree.text_len() as u32;
        self.note_run(start, text.len() as u32, at);
        start
    }

    /// Writes down where a run of the tree's text was read from.
    pub(crate) fn note_run(&mut self, start: u32, len: u32, at: &TextAt) {
        self.sources.add(Source {
            start,
            len,
            spot: at.spot.clone(),
            lines_before: at.lines_before,
            columns_before: at.columns_before,
            secret: at.secret,
        });
    }

    /// Keeps a text that something else than YAML is read from; gives where it starts in the tree's text.
    pub(crate) fn note_text(&mut self, text: &str, at: &TextAt) -> u32 {
        let start = self.note_source(text, at);
        self.store.tree.add_text(text);
        start
    }

    /// Adds a note to every problem from number `first` on.
    pub(crate) fn note_since(&mut self, first: usize, node: NodeId, text: &str) {
        let place = self.place_of(node);
        for problem in self.problems.iter_mut().skip(first) {
            problem.notes.push((place.clone(), text.to_owned()));
        }
    }

    fn yaml_fault(&self, error: YamlError, start: u32) -> Fault {
        let limit = error.limit;
        let mut fault = Fault::from(YamlError { at: error.at + start as usize, ..error });
        fault.hint = match limit {
            Some(limit) => Fault::from(limit).hint,
            None => fault.hint.or_else(|| Some("correct the YAML here, or in the line above".to_owned())),
        };
        fault
    }

    /// The root of a document, without anchors.
    pub(crate) fn without_anchors(&mut self, document: Document) -> Done<NodeId> {
        if document.anchored {
            Ok(de_anchor(&mut self.store.tree, document.root, self.limits.depth, &mut self.aliases)?)
        } else {
            Ok(document.root)
        }
    }

    /// The text of a file.
    pub(crate) fn text<'b>(&self, bytes: &'b [u8], spot: &Spot) -> Done<std::borrow::Cow<'b, str>> {
        decode(bytes).map_err(|error| {
            Fault::new(format!("{} (byte {})", error.problem, error.at)).code("invalid-yaml").in_file(spot)
        })
    }

    /// A path as people see it, in the tree that is built.
    pub(crate) fn shown(&self, spot: &Spot) -> String {
        if spot.world == 0 {
            spot.path.to_string()
        } else {
            format!("{}/{}", self.worlds[spot.world].label(), spot.path)
        }
    }

    /// The path `text` as seen from the folder `from`.
    ///
    /// # Errors
    /// It leaves the root.
    pub(crate) fn join(&self, from: &Spot, text: &str) -> Done<Spot> {
        let world = self.worlds[from.world];
        if text.contains('\0') {
            let fault = Fault::new(format!("the path `{}` holds a NUL character", text.escape_debug()));
            return Err(fault.code("invalid-path").hint("correct the path"));
        }
        let path = if text.starts_with('/') {
            world.inside(text).ok_or_else(|| {
                Fault::new(format!("`{text}` is an absolute path outside of the root `{}`", world.label()))
            })
        } else {
            let joined = if world.is_whole() { from.path.join_within(text) } else { from.path.join(text) };
            joined.map_err(|_| Fault::new(format!("`{text}` leaves the root `{}`", world.label())))
        };
        path.map(|path| Spot { world: from.world, path }).map_err(|it| {
            it.code("outside-root").hint(match crate::load::admitting_root(&from.path, text) {
                Some(up) => format!("build with a `--root` that holds it, such as `{up}`"),
                None => "use a path below the root, or build with a `--root` that holds it".to_owned(),
            })
        })
    }
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReadError {
    World(WorldError),
    Limit(LimitError),
}

impl ReadError {
    /// The error as a fault; the place is the caller's to tell.
    pub(crate) fn into_fault(self, what: &str) -> Fault {
        match self {
            Self::Limit(limit) => limit.into(),
            Self::World(error) => world_fault(&error, what),
        }
    }
}

/// What a world refused, as a fault about `what`.
pub(crate) fn world_fault(error: &WorldError, what: &str) -> Fault {
    match error {
        WorldError::Missing(_) => Fault::new(format!("`{what}` does not exist")).code("missing-file"),
        WorldError::Outside { root, .. } => Fault::new(format!("`{what}` leads out of the root `{root}`"))
            .code("outside-root")
            .hint("put a copy below the root, or build with a `--root` that holds it"),
        WorldError::Loop(_) => Fault::new(format!("`{what}` is a circle of symbolic links"))
            .code("missing-file")
            .hint("make one of the links lead to a file or folder"),
        WorldError::IsFolder(_) => Fault::new(format!("`{what}` is a folder, a file is due")).code("wrong-kind"),
        WorldError::IsFile(_) => Fault::new(format!("`{what}` is a file, a folder is due")).code("wrong-kind"),
        WorldError::Special(_) => Fault::new(format!("`{what}` is neither a file nor a folder")).code("wrong-kind"),
        WorldError::TooLarge { size, limit, .. } => {
            Fault::new(format!("`{what}` has {size} bytes, more than the limit `file-bytes` of {limit}"))
                .code("limit")
                .hint(format!("raise it with `--limit file-bytes={size}` if the file is meant to be this large"))
        }
        WorldError::Refused { reason, .. } => {
            Fault::new(format!("cannot read `{what}`: {reason}")).code("missing-file")
        }
    }
}
