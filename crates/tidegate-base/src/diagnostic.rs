//! Findings about a user's files: collected, never thrown.

use std::fmt;

use crate::path::RepoPath;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Works, with an effect that few expect.
    Info,
    /// Works, but is deprecated, risky or without effect.
    Warning,
    /// Does not work.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// A place in a file that a person can open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file.
    pub path: RepoPath,
    /// The line, from 1; 0 when the file as a whole is meant.
    pub line: u32,
    /// The column in characters, from 1; 0 when the line as a whole is meant.
    pub column: u32,
    /// The text of the line, without its break; empty when it is unknown or may hold a secret.
    pub text: String,
}

impl Place {
    /// A whole file.
    pub fn file(path: RepoPath) -> Self {
        Self { path, line: 0, column: 0, text: String::new() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.path)?;
        if self.line > 0 {
            write!(out, ":{}", self.line)?;
            if self.column > 0 {
                write!(out, ":{}", self.column)?;
            }
        }
        Ok(())
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable, readable name of the rule.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One line that stands alone: lower case, no full stop, the user's names in backticks.
    pub message: String,
    /// The first place to look at.
    pub place: Option<Place>,
    /// Further places, each with what is to be seen there.
    pub notes: Vec<(Option<Place>, String)>,
    /// What to do, as an order.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// A finding that stops the root from being built.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message)
    }

    /// A finding that the user would not want to miss.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message)
    }

    fn new(code: &'static str, severity: Severity, message: impl Into<String>) -> Self {
        Self { code, severity, message: message.into(), place: None, notes: Vec::new(), hint: None }
    }

    /// The same finding at `place`.
    #[must_use]
    pub fn at(mut self, place: impl Into<Option<Place>>) -> Self {
        self.place = place.into();
        self
    }

    /// The same finding with a further place.
    #[must_use]
    pub fn note(mut self, place: impl Into<Option<Place>>, text: impl Into<String>) -> Self {
        self.notes.push((place.into(), text.into()));
        self
    }

    /// The same finding with an order.
    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.hint = Some(text.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    /// One line: place, severity, message and code.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(out, "{place}: ")?;
        }
        write!(out, "{}: {} [{}]", self.severity, self.message, self.code)
    }
}
