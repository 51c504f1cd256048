//! `tidegate build`: one kustomization, or all below a folder.

mod all;
mod copies;
mod discover;
mod files;
mod one;
mod report;
mod watch;

use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::{Result, bail};
use tidegate_base::{Diagnostic, Limits, Recorder, RepoPath, World as _};
use tidegate_kustomize::{FILE_NAMES, Files, Options, Outcome as Built, Remote, Restrictor, build};

use crate::{
    cli::{Build, Format, Global, KEPT, Restrictor as Which},
    exit::Outcome,
    limit,
    root::{self, Rooted},
    settings,
    show::{self, Paths},
};
use copies::LocalCopy;
use files::Target;

/// Everything that a build needs beside the folder.
pub(super) struct Setup {
    rooted: Rooted,
    copies: Vec<LocalCopy>,
    limits: Limits,
    restrictor: Restrictor,
    /// Where objects are written to, if not printed.
    target: Option<Target>,
    /// What the roots share.
    files: Files,
    shares: bool,
}

/// Runs the verb.
pub(crate) fn run(args: &Build, global: &Global) -> Result<Outcome> {
    refuse_kept_word(args)?;
    refuse_odd_mixture(args)?;
    let limits = limit::read(&args.limit)?;
    let rooted = match root::find(&args.folder, args.root.as_deref()) {
        Err(_) if args.folder.to_str().is_some_and(is_url) => {
            bail!(
                "`{}` is a URL; name a folder, and give local copies of remote bases with --remote-base",
                args.folder.display()
            )
        }
        rooted => rooted?,
    };
    let settings = match settings::read(&rooted.world) {
        Ok(settings) => settings,
        Err(problems) => {
            show::diagnostics(&problems, &rooted.paths);
            return Ok(Outcome::NotDone);
        }
    };
    let copies = copies::open(&args.remote_base, &settings, &rooted)?;
    let restrictor = match args.load_restrictor {
        Which::None => Restrictor::None,
        Which::Root => Restrictor::Root,
    };
    let target = args.output_dir.as_deref().map(Target::open).transpose()?;
    let shares = args.all || args.watch;
    let setup = Setup { rooted, copies, limits, restrictor, target, files: Files::default(), shares };
    match (args.all, args.watch) {
        (_, true) => watch::run(&setup, args, global),
        (true, false) => all::run(&setup, args, global),
        (false, false) => one::run(&setup, args, global),
    }
}

fn is_url(text: &str) -> bool {
    text.contains("://") || text.starts_with("git@") || text.starts_with("github.com/")
}

/// `build ks` and its kin are kept for parts of a fleet.
fn refuse_kept_word(args: &Build) -> Result<()> {
    let Some(word) = args.folder.to_str().filter(|it| KEPT.contains(it)) else {
        return Ok(());
    };
    bail!("`build {word}` is kept for parts of a fleet; write `./{word}` for the folder of that name")
}

fn refuse_odd_mixture(args: &Build) -> Result<()> {
    if args.all && args.origins && args.output_dir.is_none() {
        bail!("--origins needs objects to print: with --all, give an --output-dir");
    }
    if args.origins && !matches!(args.output, None | Some(Format::Yaml)) {
        bail!("--origins are comments, which only YAML has: use -o yaml");
    }
    if !args.all && args.output == Some(Format::Text) {
        bail!("-o text is the report of --all; use -o yaml, json or name");
    }
    Ok(())
}

impl Setup {
    fn options(&self) -> Options<'_> {
        let remotes = self.copies.iter().map(|it| Remote { url: &it.url, world: &it.world, path: &it.path });
        Options {
            limits: self.limits,
            restrictor: self.restrictor,
            remotes: remotes.collect(),
            files: self.shares.then_some(&self.files),
            ..Options::default()
        }
    }

    fn paths(&self) -> &Paths {
        &self.rooted.paths
    }

    /// Whether the folder is built from all files in it.
    fn is_scanned(&self) -> bool {
        let file = |name: &&str| self.rooted.folder.join(name).is_ok_and(|it| self.rooted.world.find(&it).is_ok());
        !FILE_NAMES.iter().any(file)
    }

    /// Builds one root. A defect of tidegate is told as such and stops no other root.
    fn build<R: Recorder>(&self, folder: &RepoPath) -> Built<R> {
        let options = self.options();
        let built = catch_unwind(AssertUnwindSafe(|| build::<R>(&self.rooted.world, folder, &options)));
        built.unwrap_or_else(|_| {
            let defect =
                Diagnostic::error("defect", format!("tidegate failed on `{folder}`, which is a defect of its own"));
            let problems = vec![defect.hint("report it with the kustomization that shows it")];
            Built { built: None, problems, reads: Vec::new(), cost: tidegate_kustomize::Cost::default() }
        })
    }
}
