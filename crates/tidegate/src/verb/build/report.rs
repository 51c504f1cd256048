//! The report of `build --all`, as text and as data. `docs/schemas/build-all.schema.json` describes the data.

use std::{borrow::Cow, fmt::Write as _};

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use tidegate_base::{Diagnostic, RepoPath, Severity};

use crate::show::{Paths, plain};

/// What came of all roots.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) roots: Vec<Row>,
    /// Folders of components, which are no roots.
    pub(super) components: Vec<String>,
    pub(super) summary: Summary,
}

/// What came of one root.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    /// As seen from the root of the tree.
    pub(super) path: String,
    /// As seen from the working directory.
    #[serde(skip)]
    pub(super) shown: String,
    #[serde(flatten)]
    pub(super) result: Outcome,
    pub(super) seconds: f64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Problem>,
}

/// Built, or not.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase", tag = "status")]
pub(super) enum Outcome {
    Built {
        objects: usize,
        bytes: usize,
        sha256: String,
        #[serde(skip)]
        names: Vec<String>,
    },
    Failed,
}

/// Something that is wrong.
#[derive(Debug, Clone, Serialize)]
struct Problem {
    code: &'static str,
    severity: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip)]
    shown: String,
    #[serde(skip_serializing_if = "is_zero")]
    line: u32,
    #[serde(skip_serializing_if = "is_zero")]
    column: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(skip)]
    is_error: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// All roots together.
#[derive(Debug, Default, Serialize)]
pub(super) struct Summary {
    pub(super) built: usize,
    pub(super) failed: usize,
    pub(super) components: usize,
    pub(super) objects: usize,
    pub(super) bytes: usize,
    pub(super) warnings: usize,
    pub(super) seconds: f64,
}

/// How wide the columns of a report are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    path: usize,
    /// Whether a longer path loses its beginning.
    cuts: bool,
    bytes: bool,
    digests: Digests,
}

/// How much of a digest is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Digests {
    Whole,
    Short,
    None,
}

/// Columns of a line beside the path, the bytes and the digest; and of the bytes.
const COUNTS: usize = 31;
const BYTES: usize = 16;
/// Columns that a path gets however narrow the terminal is.
const PATH: usize = 20;
/// Columns of a short digest, and of a whole one.
const DIGESTS: [usize; 2] = [21, 73];

impl Layout {
    /// For paths of up to `longest` characters. A terminal of `columns` gets as much as fits, anything else everything.
    pub(super) fn new(longest: usize, columns: Option<usize>) -> Self {
        let path = longest.min(80);
        let Some(columns) = columns else { return Self { path, cuts: false, bytes: true, digests: Digests::Whole } };
        let bytes = columns >= COUNTS + BYTES + path;
        let digests = match columns.saturating_sub(COUNTS + BYTES + path) {
            it if it >= DIGESTS[1] => Digests::Whole,
            it if it >= DIGESTS[0] => Digests::Short,
            _ => Digests::None,
        };
        Self { path: path.min(columns.saturating_sub(COUNTS).max(PATH)), cuts: true, bytes, digests }
    }
}

impl Problem {
    fn new(diagnostic: &Diagnostic, paths: &Paths) -> Self {
        let place = diagnostic.place.as_ref();
        Self {
            code: diagnostic.code,
            severity: diagnostic.severity.to_string(),
            message: diagnostic.message.clone(),
            path: place.map(|it| it.path.to_string()),
            shown: place.map_or_else(String::new, |it| paths.shown(&it.path)),
            line: place.map_or(0, |it| it.line),
            column: place.map_or(0, |it| it.column),
            hint: diagnostic.hint.clone(),
            is_error: diagnostic.severity == Severity::Error,
        }
    }

    fn write(&self, out: &mut String) {
        if self.path.is_some() {
            out.push_str(&self.shown);
            if self.line > 0 {
                let _ = write!(out, ":{}", self.line);
                if self.column > 0 {
                    let _ = write!(out, ":{}", self.column);
                }
            }
            out.push_str(": ");
        }
        out.push_str(&plain(&self.message));
    }
}

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();

impl Row {
    pub(super) fn new(root: &RepoPath, seconds: f64, problems: &[Diagnostic], paths: &Paths, result: Outcome) -> Self {
        let problems = problems.iter().map(|it| Problem::new(it, paths)).collect();
        Self { path: root.to_string(), shown: paths.shown(root), seconds, result, problems }
    }

    pub(super) fn failed(root: &RepoPath, seconds: f64, problems: &[Diagnostic], paths: &Paths) -> Self {
        Self::new(root, seconds, problems, paths, Outcome::Failed)
    }

    pub(super) fn is_failed(&self) -> bool {
        matches!(self.result, Outcome::Failed)
    }

    pub(super) fn warnings(&self) -> usize {
        self.problems.iter().filter(|it| !it.is_error).count()
    }

    /// One line.
    pub(super) fn line(&self, layout: Layout) -> String {
        let width = layout.path;
        let path = if layout.cuts { tail(&self.shown, width) } else { Cow::Borrowed(self.shown.as_str()) };
        let Outcome::Built { objects, bytes, sha256, .. } = &self.result else { return self.failure() };
        let things = if *objects == 1 { "object " } else { "objects" };
        let digest = match layout.digests {
            Digests::Whole => format!("  sha256:{sha256}"),
            Digests::Short => format!("  sha256:{}", &sha256[..12]),
            Digests::None => String::new(),
        };
        let warnings = match self.warnings() {
            0 => String::new(),
            some => format!("  {}", count(some, "warning")),
        };
        let time = duration(self.seconds);
        let bytes = if layout.bytes { format!(" {bytes:>9} bytes") } else { String::new() };
        format!("{GOOD}built{GOOD:#}   {path:<width$} {objects:>5} {things}{bytes} {time:>8}{digest}{warnings}")
    }

    fn failure(&self) -> String {
        let mut line = format!("{BAD}failed{BAD:#}  {}  ", self.shown);
        let mut errors = self.problems.iter().filter(|it| it.is_error);
        match errors.next() {
            Some(problem) => problem.write(&mut line),
            None => line.push_str("for a reason that is not known"),
        }
        match errors.count() {
            0 => {}
            more => {
                let _ = write!(line, " (and {})", count(more, "more error"));
            }
        }
        line
    }
}

/// The last `width` characters of a path, with a mark where something is missing.
fn tail(path: &str, width: usize) -> Cow<'_, str> {
    let length = path.chars().count();
    if length <= width {
        return Cow::Borrowed(path);
    }
    Cow::Owned(std::iter::once('…').chain(path.chars().skip(length + 1 - width)).collect())
}

/// How many roots that failed the summary names.
const NAMED: usize = 10;

impl Summary {
    /// The last line; `failed` are the roots that are not built.
    pub(super) fn line(&self, failed: &[&str]) -> String {
        let Self { built, failed: not_built, components, objects, bytes, warnings, seconds } = self;
        let mut line = format!("{} built", count(*built, "root"));
        if *not_built > 0 {
            let _ = write!(line, ", {not_built} failed");
        }
        let (objects, time) = (count(*objects, "object"), duration(*seconds));
        let _ = write!(line, ": {objects}, {bytes} bytes in {time}");
        for (number, thing) in [(*components, "component"), (*warnings, "warning")] {
            if number > 0 {
                let _ = write!(line, "; {}", count(number, thing));
            }
        }
        for path in failed.iter().take(NAMED) {
            let _ = write!(line, "\nfailed: {path}");
        }
        if failed.len() > NAMED {
            let _ = write!(line, "\nfailed: {} more", failed.len() - NAMED);
        }
        line
    }
}

/// `1 root`, `2 roots`.
pub(super) fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// A duration as Go writes it, to three digits.
pub(super) fn duration(seconds: f64) -> String {
    let (value, unit) = match seconds {
        it if it < 1e-3 => (it * 1e6, "µs"),
        it if it < 1.0 => (it * 1e3, "ms"),
        it if it < 60.0 => (it, "s"),
        it => return format!("{}m{:.0}s", (it / 60.0).floor(), it % 60.0),
    };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_what_fits() {
        for (longest, columns, path, bytes, digests) in [
            (20, None, 20, true, Digests::Whole),
            (20, Some(200), 20, true, Digests::Whole),
            (20, Some(100), 20, true, Digests::Short),
            (20, Some(80), 20, true, Digests::None),
            (40, Some(80), 40, false, Digests::None),
            (70, Some(80), 49, false, Digests::None),
            (70, Some(30), 20, false, Digests::None),
            (200, None, 80, true, Digests::Whole),
        ] {
            let layout = Layout::new(longest, columns);
            assert_eq!((layout.path, layout.bytes, layout.digests), (path, bytes, digests), "{longest} in {columns:?}");
            let result = Outcome::Built { objects: 7, bytes: 4479, sha256: "0".repeat(64), names: Vec::new() };
            let root = RepoPath::parse(&"x".repeat(longest)).expect("a path");
            let row = Row::new(&root, 0.001, &[], &Paths::Below(String::new()), result);
            let line = anstream::adapter::strip_str(&row.line(layout)).to_string();
            let fits = columns.is_none_or(|it| line.chars().count() <= it.max(51));
            assert!(fits, "{line} in {columns:?}");
        }
        assert_eq!(tail("apps/base/web", 13), "apps/base/web");
        assert_eq!(tail("apps/base/web", 9), "…base/web");
    }

    #[test]
    fn the_summary_names_what_failed() {
        let summary = Summary { built: 1, failed: 2, objects: 3, bytes: 4, seconds: 0.5, ..Summary::default() };
        assert_eq!(
            summary.line(&["a", "b"]),
            "1 root built, 2 failed: 3 objects, 4 bytes in 500ms\nfailed: a\nfailed: b"
        );
        let many = ["x"; 12];
        assert!(summary.line(&many).ends_with("\nfailed: x\nfailed: 2 more"));
    }

    #[test]
    fn durations_are_written_as_go_does() {
        for (seconds, due) in
            [(0.000_012_3, "12.3µs"), (0.001_234, "1.23ms"), (0.5, "500ms"), (2.0, "2.00s"), (75.0, "1m15s")]
        {
            assert_eq!(duration(seconds), due);
        }
    }
}
