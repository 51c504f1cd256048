//! What can be wrong with a YAML text.

use std::fmt;

use tidegate_base::LimitError;

/// A text that Go's YAML refuses, or that meets a limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct YamlError {
    /// What is wrong: one line, lower case.
    pub problem: String,
    /// Byte in the text that was given, at which it was noticed.
    pub at: usize,
    /// What was being read, and the byte where that began.
    pub context: Option<(&'static str, usize)>,
    /// The limit that was met, when it was one.
    pub limit: Option<LimitError>,
}

impl YamlError {
    pub(crate) fn new(problem: impl Into<String>, at: usize) -> Self {
        Self { problem: problem.into(), at, context: None, limit: None }
    }

    pub(crate) fn while_(mut self, context: &'static str, from: usize) -> Self {
        self.context = Some((context, from));
        self
    }

    pub(crate) fn limit(limit: LimitError, at: usize) -> Self {
        Self { problem: limit.to_string(), at, context: None, limit: Some(limit) }
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.problem)?;
        if let Some((context, _)) = self.context {
            write!(out, " {context}")?;
        }
        Ok(())
    }
}

/// Line and column, both from 1, of byte `at` of `text`; columns count characters.
pub fn line_column(text: &str, at: usize) -> (u32, u32) {
    let buf = text.as_bytes();
    let mut end = at.min(buf.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let (mut line, mut start, mut i) = (1, 0, 0);
    while i < end {
        let len = crate::chars::break_len(buf, i);
        if len > 0 && i + len <= end {
            line += 1;
            start = i + len;
        }
        i += len.max(1);
    }
    (line, text[start.min(end)..end].chars().count() as u32 + 1)
}

/// The line of `text` that holds byte `at`, without its break.
pub fn line_text(text: &str, at: usize) -> &str {
    let mut here = at.min(text.len());
    while !text.is_char_boundary(here) {
        here -= 1;
    }
    let start = text[..here].rfind(['\n', '\r']).map_or(0, |it| it + 1);
    let end = text[here..].find(['\n', '\r']).map_or(text.len(), |it| here + it);
    &text[start..end]
}
