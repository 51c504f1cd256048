//! YAML as Go's libraries read and write it.
//!
//! Text to documents with spans, comments and origins; documents to text in both of Go's dialects; changes in place
//! that leave every other byte alone. Knows no kinds and no files.

mod anchors;
mod chars;
mod error;
pub mod go;
mod parse;
mod reread;
mod resolve;
mod scan;
mod tree;
mod value;
pub mod write;

pub use anchors::de_anchor;
pub use error::{YamlError, line_column, line_text};
pub use parse::{ParseOptions, decode, parse_all, parse_first};
pub use reread::{reread, reread_scalar};
pub use resolve::{Scalar, Schema, resolve, resolve_tag};
pub use tree::{Document, Extra, Kind, NodeId, Shift, Style, Tag, Text, Tree};
pub use value::{Value, decode_tag, decode_value};
