//! The report of `build --all`, as text and as data. `docs/schemas/build-all.schema.json` describes the data.

use std::fmt::Write as _;

use serde::Serialize;
use tidegate_base::{Diagnostic, Severity};

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
    pub(super) path: String,
    pub(super) seconds: f64,
    #[serde(flatten)]
    pub(super) result: Outcome,
}

/// Built, or why not.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase", tag = "status")]
pub(super) enum Outcome {
    Built {
        objects: usize,
        bytes: usize,
        sha256: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        names: Vec<String>,
    },
    Failed {
        problems: Vec<Problem>,
    },
}

/// Something that is wrong.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Problem {
    code: &'static str,
    severity: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "is_zero")]
    line: u32,
    #[serde(skip_serializing_if = "is_zero")]
    column: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
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
    pub(super) seconds: f64,
}

impl Problem {
    pub(super) fn new(diagnostic: &Diagnostic, paths: &Paths) -> Self {
        let place = diagnostic.place.as_ref();
        Self {
            code: diagnostic.code,
            severity: diagnostic.severity.to_string(),
            message: diagnostic.message.clone(),
            path: place.map(|it| paths.shown(it)),
            line: place.map_or(0, |it| it.line),
            column: place.map_or(0, |it| it.column),
            hint: diagnostic.hint.clone(),
        }
    }
}

impl Row {
    pub(super) fn failed(path: String, seconds: f64, problems: &[Diagnostic], paths: &Paths) -> Self {
        let errors = problems.iter().filter(|it| it.severity == Severity::Error);
        Self { path, seconds, result: Outcome::Failed { problems: errors.map(|it| Problem::new(it, paths)).collect() } }
    }

    /// One line; paths take `width` columns.
    pub(super) fn line(&self, width: usize) -> String {
        let path = plain(&self.path);
        match &self.result {
            Outcome::Built { objects, bytes, sha256, .. } => {
                let time = duration(self.seconds);
                format!("built   {path:<width$} {objects:>5} objects {bytes:>9} bytes {time:>8}  sha256:{sha256}")
            }
            Outcome::Failed { problems } => {
                let mut line = format!("failed  {path:<width$} ");
                match problems.first() {
                    Some(problem) => problem.write(&mut line),
                    None => line.push_str("for a reason that is not known"),
                }
                if problems.len() > 1 {
                    let _ = write!(line, " (and {} more)", problems.len() - 1);
                }
                line
            }
        }
    }
}

impl Problem {
    fn write(&self, out: &mut String) {
        if let Some(path) = &self.path {
            out.push_str(path);
            if self.line > 0 {
                let _ = write!(out, ":{}", self.line);
            }
            out.push_str(": ");
        }
        out.push_str(&plain(&self.message));
        if let Some(hint) = &self.hint {
            let _ = write!(out, "; {}", plain(hint));
        }
    }
}

impl Summary {
    pub(super) fn line(&self) -> String {
        let Self { built, failed, components, objects, bytes, seconds } = self;
        let roots = |count: usize| if count == 1 { "1 root".to_owned() } else { format!("{count} roots") };
        let failed = if *failed == 0 { String::new() } else { format!(", {failed} failed") };
        let components = match components {
            0 => String::new(),
            1 => "; 1 component".to_owned(),
            many => format!("; {many} components"),
        };
        let time = duration(*seconds);
        format!("{} built{failed}: {objects} objects, {bytes} bytes in {time}{components}", roots(*built))
    }
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
    fn durations_are_written_as_go_does() {
        for (seconds, due) in
            [(0.000_012_3, "12.3µs"), (0.001_234, "1.23ms"), (0.5, "500ms"), (2.0, "2.00s"), (75.0, "1m15s")]
        {
            assert_eq!(duration(seconds), due);
        }
    }
}
