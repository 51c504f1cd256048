//! The command `tidegate`.

use std::process::ExitCode;

/// Nested documents are walked by recursion: as deep as the limit `depth` allows, and then some.
const STACK: usize = 64 << 20;

fn main() -> ExitCode {
    let run = std::thread::Builder::new().stack_size(STACK).spawn(tidegate::cli::run);
    match run.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        // The message was printed where the thread panicked.
        _ => ExitCode::from(tidegate::exit::NOT_DONE),
    }
}
