//! Tokens and the places where they stand.

/// A place in the text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Byte.
    pub(crate) at: usize,
    /// Line, from 0.
    pub(crate) line: u32,
    /// Column in characters, from 0.
    pub(crate) column: i32,
}

/// A run of bytes in the source, or, past its end, in the values stored apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Slice {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScalarStyle {
    Plain,
    Single,
    Double,
    Literal,
    Folded,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    StreamStart,
    StreamEnd,
    VersionDirective,
    TagDirective,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias,
    Anchor,
    Tag,
    Scalar(ScalarStyle),
}

/// One token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: Mark,
    pub(crate) end: Mark,
    /// The place that comments compare with: `start`, but one earlier for the end of a block.
    pub(crate) order: isize,
    /// A scalar's value, the name of an anchor or alias, the handle of a tag; for a version, `major`.
    pub(crate) value: Slice,
    /// The suffix of a tag or the prefix of a directive; for a version, `minor`.
    pub(crate) suffix: Slice,
}

impl Token {
    pub(crate) fn new(kind: TokenKind, start: Mark, end: Mark) -> Self {
        Self { kind, start, end, order: start.at as isize, value: Slice::default(), suffix: Slice::default() }
    }
}
