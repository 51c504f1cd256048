//! `tidegate man`

use std::path::Path;

use anyhow::Context as _;

use crate::{exit::Outcome, show};

/// Prints the manual page, or writes one for each verb.
pub(crate) fn run(command: clap::Command, folder: Option<&Path>) -> anyhow::Result<Outcome> {
    let Some(folder) = folder else {
        let mut out = Vec::new();
        clap_mangen::Man::new(command).render(&mut out)?;
        show::result(&out)?;
        return Ok(Outcome::Done);
    };
    std::fs::create_dir_all(folder).with_context(|| format!("creating `{}`", folder.display()))?;
    clap_mangen::generate_to(command, folder).with_context(|| format!("writing to `{}`", folder.display()))?;
    Ok(Outcome::Done)
}
