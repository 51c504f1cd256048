//! What every other crate of tidegate stands on: paths inside a root, the door to files, limits,
//! origins of values and diagnostics.
//!
//! Plain data and one trait. Reads nothing, prints nothing, knows no YAML and no kinds.

pub mod diagnostic;
pub mod limits;
pub mod origin;
pub mod path;
pub mod world;

pub use diagnostic::{Diagnostic, Place, Severity};
pub use limits::{LimitError, Limits, Meter};
pub use origin::{Origin, Recorder, Step, Trail};
pub use path::{PathError, RepoPath};
pub use world::{Entry, FileKind, Found, World, WorldError};
