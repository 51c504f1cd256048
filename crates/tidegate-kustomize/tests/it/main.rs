//! The crate as others see it.

mod bad_input;
mod fixtures;
mod harness;
