//! The verbs.

pub(crate) mod build;
pub(crate) mod completions;
pub(crate) mod man;
pub(crate) mod schema;
