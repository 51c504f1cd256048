//! Exit codes, the same for every verb.

use std::process::ExitCode;

/// Done.
pub const DONE: u8 = 0;
/// The answer is no.
pub const NO: u8 = 1;
/// Not done: wrong use, or input that cannot be read or built.
pub const NOT_DONE: u8 = 2;

/// How a verb ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// Not done; why has been printed.
    NotDone,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => DONE,
            Outcome::NotDone => NOT_DONE,
        })
    }
}
