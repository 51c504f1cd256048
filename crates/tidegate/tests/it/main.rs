//! The command line, as users meet it.
//!
//! Every test starts the program in a folder of its own, and looks at the exit code and at what it printed where.
#![expect(clippy::disallowed_methods, reason = "the tests write files and start the program, as users do")]

mod all;
mod cost;
mod errors;
mod examples;
mod files;
mod one;
mod remote;
mod same;
mod schemas;
mod tree;
mod verbs;
mod watch;
