//! What tests stand on: a tree of files in memory. No product crate depends on it.

mod memory;

pub use memory::MemoryWorld;
