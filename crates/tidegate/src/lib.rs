//! The verbs of tidegate: one file each.

pub mod world;
