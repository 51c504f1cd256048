//! What people see: findings with their source line, errors, results.
//!
//! Text of users' files passes through [`plain`], so that it cannot speak to the terminal.

use std::{borrow::Cow, io::Write as _};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use tidegate_base::{Diagnostic, Place, Severity};

use crate::cli::ColorWhen;

/// Sets whether colours are used.
pub(crate) fn set_color(when: ColorWhen) {
    match when {
        ColorWhen::Auto => {}
        ColorWhen::Always => anstream::ColorChoice::Always.write_global(),
        ColorWhen::Never => anstream::ColorChoice::Never.write_global(),
    }
}

/// A text without characters that a terminal would obey.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    let obeyed = |it: char| {
        it.is_control() && it != '\t'
            || matches!(it, '\u{200E}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars().map(|it| if obeyed(it) { it.escape_unicode().to_string() } else { it.to_string() }).collect(),
    )
}

/// How paths are shown: as they are reached from the working directory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Paths {
    /// What stands before a path of the root.
    pub(crate) prefix: String,
}

impl Paths {
    /// The path as people can open it.
    pub(crate) fn shown(&self, place: &Place) -> String {
        plain(&format!("{}{}", self.prefix, place.path)).into_owned()
    }
}

/// Prints findings to standard error.
pub(crate) fn diagnostics(diagnostics: &[Diagnostic], paths: &Paths) {
    let mut out = anstream::stderr().lock();
    let renderer = Renderer::styled();
    for diagnostic in diagnostics {
        // Whoever closed standard error does not want to read it.
        let _ = writeln!(out, "{}", render(diagnostic, paths, &renderer));
    }
}

fn render(diagnostic: &Diagnostic, paths: &Paths, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let message = plain(&diagnostic.message);
    let title = level.primary_title(message.as_ref()).id(diagnostic.code);
    let places: Vec<(Option<String>, Cow<'_, str>, u32, u32)> = std::iter::once((diagnostic.place.as_ref(), ""))
        .chain(diagnostic.notes.iter().map(|it| (it.0.as_ref(), it.1.as_str())))
        .map(|(place, _)| match place {
            Some(place) => (Some(paths.shown(place)), plain(&place.text), place.line, place.column),
            None => (None, Cow::Borrowed(""), 0, 0),
        })
        .collect();
    let hint = diagnostic.hint.as_deref().map(plain);
    let mut groups = vec![element(Group::with_title(title), &places[0], "")];
    if let Some(hint) = &hint {
        let group = groups.remove(0).element(Level::HELP.message(hint.as_ref()));
        groups.push(group);
    }
    for (place, note) in places[1..].iter().zip(&diagnostic.notes) {
        let title = Level::NOTE.secondary_title(note.1.as_str());
        groups.push(element(Group::with_title(title), place, ""));
    }
    renderer.render(&groups)
}

/// The group with a source line, or with the path alone when there is none to show.
fn element<'a>(group: Group<'a>, place: &'a (Option<String>, Cow<'a, str>, u32, u32), label: &'a str) -> Group<'a> {
    let (Some(path), text, line, column) = place else { return group };
    if text.is_empty() || *line == 0 {
        let mut origin = Origin::path(path.as_str());
        if *line > 0 {
            origin = origin.line(*line as usize);
        }
        return group.element(origin);
    }
    let span = marked(text, *column);
    let annotation = AnnotationKind::Primary.span(span);
    let annotation = if label.is_empty() { annotation } else { annotation.label(label) };
    group.element(Snippet::source(text.as_ref()).line_start(*line as usize).path(path.as_str()).annotation(annotation))
}

/// The bytes of the word at a column, which counts characters from 1.
fn marked(text: &str, column: u32) -> std::ops::Range<usize> {
    let start = text.char_indices().nth(column.saturating_sub(1) as usize).map_or(text.len(), |it| it.0);
    let rest = &text[start..];
    let length = rest.find(|it: char| it.is_whitespace() || matches!(it, ',' | '}' | ']')).unwrap_or(rest.len());
    let word = rest[..length].trim_end_matches(':');
    start..start + word.len().max(usize::from(!rest.is_empty()))
}

/// Prints why a verb could not do its work.
pub(crate) fn error(error: &anyhow::Error) {
    let message = format!("{error:#}");
    let report = [Group::with_title(Level::ERROR.primary_title(plain(&message)))];
    let _ = writeln!(anstream::stderr(), "{}", Renderer::styled().render(&report));
}

/// Prints a line of a report to standard error.
pub(crate) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{}", plain(text));
}

/// Writes a result to standard output. A reader that has gone away is no error.
///
/// # Errors
/// The system refuses.
pub(crate) fn result(text: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(anyhow::Error::new(error).context("writing to standard output"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_speak_to_the_terminal() {
        assert_eq!(plain("a\u{1b}[31mb\tc"), "a\\u{1b}[31mb\tc");
        assert_eq!(plain("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(plain("änderung"), "änderung");
    }

    #[test]
    fn the_word_at_a_column_is_marked() {
        assert_eq!(marked("resorces: [a]", 1), 0..8);
        assert_eq!(marked("- ü: x", 3), 2..4);
        assert_eq!(marked("abc", 9), 3..3);
    }
}
