//! Text to documents.
//!
//! In: bytes, as they stand in a file. Out: one document of a [`Tree`] at a time, or what is wrong and where.
//!
//! Implements: parserc.go, readerc.go and the composer in decode.go of go.yaml.in/yaml/v3 v3.0.3, comments included.
//! Keeps:      an alias may only name an anchor above it; anchors last for the whole text; `%YAML` must say 1.1.
//! Refuses:    what go-yaml refuses, and what is nested deeper or has more nodes than the limits allow.
//! Differs:    an unreadable byte is noticed where it stands, not up to 512 bytes before.

mod build;
mod event;

use std::borrow::Cow;

use tidegate_base::Limits;

use crate::{
    chars::first_forbidden,
    error::YamlError,
    scan::Scanner,
    tree::{Document, Tree},
};

/// How to read.
#[derive(Debug, Clone, Copy)]
pub struct ParseOptions {
    /// Whether comments are kept; without them reading is faster.
    pub comments: bool,
    /// Levels of nesting that are allowed.
    pub depth: u64,
}

impl Default for ParseOptions {
    fn default() -> Self {
        Self { comments: true, depth: Limits::default().depth }
    }
}

/// Reads every document of `text` into `tree`.
///
/// # Errors
/// The text is not YAML as Go reads it, or a limit is met.
pub fn parse_all(tree: &mut Tree, text: &str, options: ParseOptions) -> Result<Vec<Document>, YamlError> {
    let mut documents = Vec::new();
    read(tree, text, options, |document| {
        documents.push(document);
        true
    })?;
    Ok(documents)
}

/// Reads the first document of `text` into `tree`, and no further; nothing when there is none.
///
/// # Errors
/// The text is not YAML as Go reads it up to the end of that document, or a limit is met.
pub fn parse_first(tree: &mut Tree, text: &str, options: ParseOptions) -> Result<Option<Document>, YamlError> {
    let mut first = None;
    read(tree, text, options, |document| {
        first = Some(document);
        false
    })?;
    Ok(first)
}

fn read(
    tree: &mut Tree,
    text: &str,
    options: ParseOptions,
    mut found: impl FnMut(Document) -> bool,
) -> Result<(), YamlError> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let base = tree.add_text(text).start();
    let result = read_at(tree, text, base, options, &mut found);
    if let Some(limit) = tree.overflow() {
        return Err(YamlError::limit(limit, 0));
    }
    result
}

fn read_at(
    tree: &mut Tree,
    text: &str,
    base: u32,
    options: ParseOptions,
    found: &mut dyn FnMut(Document) -> bool,
) -> Result<(), YamlError> {
    let stop = first_forbidden(text);
    let readable = &text[..stop.unwrap_or(text.len())];
    let stop = stop.map(|it| (it, "control characters are not allowed"));
    let scanner = Scanner::new(readable, stop, options.comments);
    let mut builder = build::Builder::new(tree, scanner, base, (readable.len(), text.len()), options.depth);
    let result = loop {
        match builder.document() {
            Ok(Some(document)) => {
                if !found(document) {
                    break Ok(());
                }
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    builder.finish();
    result
}

/// The text in `bytes`: UTF-8, or UTF-16 with a byte order mark; a mark is dropped.
///
/// # Errors
/// The bytes are no such text.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, YamlError> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes).map(Cow::Owned),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes).map(Cow::Owned),
        _ => match std::str::from_utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(error) => Err(YamlError::new("the text is not UTF-8", error.valid_up_to())),
        },
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, YamlError> {
    let (units, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(YamlError::new("the text ends within a UTF-16 character", bytes.len()));
    }
    char::decode_utf16(units.iter().map(|it| unit(*it)))
        .collect::<Result<String, _>>()
        .map_err(|_| YamlError::new("the text is not UTF-16", 0))
}
