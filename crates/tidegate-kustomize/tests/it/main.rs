//! The crate as others see it.

mod bad_input;
mod bombs;
mod fixtures;
mod harness;
mod hostile_paths;
mod repeat;
mod upstream_rows;
