//! What tests stand on: a tree of files in memory, cases on disk, findings as text. No product crate depends on it.

mod disk;
mod findings;
mod memory;

pub use disk::{cases, fixtures};
pub use findings::findings;
pub use memory::MemoryWorld;
