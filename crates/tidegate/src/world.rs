//! Trees of files that rendering may read.

mod disk;

pub use disk::DiskWorld;
pub(crate) use disk::reason;
