//! `tidegate completions SHELL`

use clap_complete::Shell;

use crate::{exit::Outcome, show};

/// Prints completions for `shell`.
pub(crate) fn run(mut command: clap::Command, shell: Shell) -> anyhow::Result<Outcome> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut command, "tidegate", &mut out);
    show::result(&out)?;
    Ok(Outcome::Done)
}
