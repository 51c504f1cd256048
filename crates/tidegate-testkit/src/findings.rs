//! Findings as text, as `findings.txt` and snapshots hold them.

use std::fmt::Write as _;

use tidegate_base::Diagnostic;

/// The findings, each on a line with its place, severity, message and code; below it what to do and further places.
pub fn findings(diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for it in diagnostics {
        let hint = it.hint.iter().map(|it| format!("  help: {it}\n"));
        let notes = it.notes.iter().map(|(place, text)| match place {
            Some(place) => format!("  note: {place}: {text}\n"),
            None => format!("  note: {text}\n"),
        });
        // Writing to a text cannot fail.
        let _ = writeln!(out, "{it}");
        out.extend(hint.chain(notes));
    }
    out
}
