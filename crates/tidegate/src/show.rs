//! What people see: findings with their source line, errors, results.
//!
//! Text of users' files passes through [`plain`], so that it cannot speak to the terminal.

use std::{borrow::Cow, io::Write as _};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use tidegate_base::{Diagnostic, Place, RepoPath, Severity};

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

/// How paths of the root are shown: as they are reached from the working directory.
#[derive(Debug, Clone)]
pub(crate) enum Paths {
    /// The root lies below, or elsewhere: this stands before each path.
    Below(String),
    /// The working directory is this folder of the root.
    Inside(RepoPath),
}

impl Paths {
    /// The path as people can open it.
    pub(crate) fn shown(&self, path: &RepoPath) -> String {
        let shown = match self {
            Self::Inside(here) => path.relative_to(here),
            Self::Below(prefix) if path.is_root() && !prefix.is_empty() => prefix.trim_end_matches('/').to_owned(),
            Self::Below(prefix) => format!("{prefix}{path}"),
        };
        plain(&shown).into_owned()
    }
}

/// Prints findings to standard error.
pub(crate) fn diagnostics(diagnostics: &[Diagnostic], paths: &Paths) {
    let mut out = anstream::stderr().lock();
    let renderer = Renderer::styled();
    for diagnostic in diagnostics {
        // Whoever closed standard error does not want to read it.
        let _ = writeln!(out, "{}\n", render(diagnostic, paths, &renderer));
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
    let place = diagnostic.place.as_ref().map(|it| Spot::new(it, paths));
    // A note without a place would only repeat that there is one.
    let notes =
        diagnostic.notes.iter().filter_map(|(place, text)| Some((Spot::new(place.as_ref()?, paths), plain(text))));
    let notes: Vec<(Spot<'_>, Cow<'_, str>)> = notes.collect();
    let hint = diagnostic.hint.as_deref().map(plain);
    let mut out = Vec::new();
    let mut groups = vec![element(Group::with_title(title), place.as_ref())];
    match (&hint, place.as_ref().is_some_and(Spot::has_source)) {
        (Some(hint), true) => {
            let group = groups.remove(0).element(Level::HELP.message(hint.as_ref()));
            groups.push(group);
        }
        (Some(hint), false) => {
            out = vec![renderer.render(&groups)];
            groups = vec![Group::with_title(Level::HELP.primary_title(hint.as_ref()))];
        }
        (None, _) => {}
    }
    for (spot, text) in &notes {
        groups.push(element(Group::with_title(Level::NOTE.secondary_title(text.as_ref())), Some(spot)));
    }
    out.push(renderer.render(&groups));
    out.join("\n")
}

/// A place as it is shown.
struct Spot<'p> {
    path: String,
    text: Cow<'p, str>,
    line: usize,
    column: u32,
}

impl<'p> Spot<'p> {
    fn new(place: &'p Place, paths: &Paths) -> Self {
        let Place { path, line, column, text } = place;
        Self { path: paths.shown(path), text: plain(text), line: *line as usize, column: *column }
    }

    fn has_source(&self) -> bool {
        !self.text.is_empty() && self.line > 0
    }
}

/// The group with a source line, or with the path alone when there is none to show.
fn element<'a>(group: Group<'a>, spot: Option<&'a Spot<'_>>) -> Group<'a> {
    let Some(spot) = spot else { return group };
    if !spot.has_source() {
        let mut origin = Origin::path(spot.path.as_str());
        if spot.line > 0 {
            origin = origin.line(spot.line);
            if spot.column > 0 {
                origin = origin.char_column(spot.column as usize);
            }
        }
        return group.element(origin);
    }
    let annotation = AnnotationKind::Primary.span(marked(&spot.text, spot.column));
    let source = Snippet::source(spot.text.as_ref()).line_start(spot.line).path(spot.path.as_str());
    group.element(source.annotation(annotation))
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

/// Prints what came of a verb that could not do its work, and what to do.
pub(crate) fn failure(message: &str, hint: Option<&str>) {
    let mut out = anstream::stderr().lock();
    for (level, text) in [(Level::ERROR, Some(message)), (Level::HELP, hint)] {
        let Some(text) = text.map(plain) else { continue };
        let report = [Group::with_title(level.primary_title(text.as_ref()))];
        let _ = writeln!(out, "{}", Renderer::styled().render(&report));
    }
}

/// Prints a line with colours to standard error; what users wrote has passed through [`plain`].
pub(crate) fn styled_note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
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
    write(&mut std::io::stdout().lock(), text)
}

/// As [`result`], for a line with colours, which are left out where nobody would see them.
///
/// # Errors
/// The system refuses.
pub(crate) fn styled(text: &str) -> anyhow::Result<()> {
    write(&mut anstream::stdout().lock(), text.as_bytes())
}

fn write(out: &mut dyn std::io::Write, text: &[u8]) -> anyhow::Result<()> {
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
