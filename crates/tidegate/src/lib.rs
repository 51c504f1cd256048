//! tidegate's command line: arguments in, exit code out. One file per verb; what a verb computes, other crates do.

pub mod cli;
pub mod exit;
mod limit;
mod root;
mod settings;
mod show;
mod verb;
pub mod world;
