//! Every root below a folder, in parallel.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::IsTerminal as _,
    sync::mpsc,
    time::{Duration, Instant},
};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};
use tidegate_base::{
    Recorder, RepoPath,
    origin::{Off, Trail},
};
use tidegate_kustomize::ReadFile;

use super::{
    Setup, discover, files,
    one::name,
    report::{Outcome as Result_, Report, Row, Summary},
};
use crate::{
    cli::{self, Format, Global},
    exit::Outcome,
    show,
};

/// Nested documents are walked by recursion.
const STACK: usize = 64 << 20;

/// A root that was built, and what it was built from.
pub(super) struct Done {
    pub(super) row: Row,
    pub(super) reads: Vec<ReadFile>,
}

/// Builds all roots and reports on them.
pub(super) fn run(setup: &Setup, args: &cli::Build, global: &Global) -> Result<Outcome> {
    let start = now();
    let pool = pool(args)?;
    let found = pool.install(|| discover::discover(&setup.rooted.world, &setup.rooted.folder));
    let streams = matches!(args.output, None | Some(Format::Text));
    let printer = Printer::new(&found.roots, args, global);
    let mut rows = Vec::with_capacity(found.roots.len());
    let mut failure = Ok(());
    each(&pool, setup, args, &found.roots, |done| {
        printer.progress(&done.row);
        if streams && failure.is_ok() {
            failure = printer.print(&done.row);
        }
        rows.push(done.row);
    })?;
    printer.bar.finish_and_clear();
    failure?;
    let components = found.components.iter().map(ToString::to_string).collect();
    let summary = summary(&rows, found.components.len(), start.elapsed());
    let outcome = if summary.failed == 0 { Outcome::Done } else { Outcome::NotDone };
    print(Report { roots: rows, components, summary }, args, global)?;
    Ok(outcome)
}

/// Threads to build on.
pub(super) fn pool(args: &cli::Build) -> Result<rayon::ThreadPool> {
    let threads = args.jobs.unwrap_or(0);
    Ok(rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build()?)
}

/// Builds every root, and hands over the results in the order of the roots.
pub(super) fn each(
    pool: &rayon::ThreadPool,
    setup: &Setup,
    args: &cli::Build,
    roots: &[RepoPath],
    mut take: impl FnMut(Done),
) -> Result<()> {
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            pool.install(|| {
                roots.par_iter().enumerate().with_max_len(1).for_each_with(sender, |sender, (index, root)| {
                    // The receiver only goes away when the report cannot be printed.
                    let _ = sender.send((index, build(setup, args, root)));
                });
            });
        });
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        for (index, done) in receiver {
            waiting.insert(index, done?);
            while let Some(done) = waiting.remove(&next) {
                take(done);
                next += 1;
            }
        }
        Ok(())
    })
}

fn build(setup: &Setup, args: &cli::Build, root: &RepoPath) -> Result<Done> {
    if args.origins { build_with::<Trail>(setup, args, root) } else { build_with::<Off>(setup, args, root) }
}

fn build_with<R: Recorder>(setup: &Setup, args: &cli::Build, root: &RepoPath) -> Result<Done> {
    let start = now();
    let outcome = setup.build::<R>(root);
    let paths = setup.paths();
    let failed =
        |problems: &[_], start: Instant| Row::failed(root.to_string(), start.elapsed().as_secs_f64(), problems, &paths);
    let row = match &outcome.built {
        None => failed(&outcome.problems, start),
        Some(built) => match built.yaml() {
            Err(problem) => failed(&[*problem], start),
            Ok(text) => {
                let mut sha256 = String::with_capacity(64);
                for byte in Sha256::digest(text.as_bytes()) {
                    let _ = write!(sha256, "{byte:02x}");
                }
                let wants_names = args.output == Some(Format::Name);
                let names = if wants_names { built.objects().iter().map(name).collect() } else { Vec::new() };
                let seconds = start.elapsed().as_secs_f64();
                let result = Result_::Built { objects: built.objects().len(), bytes: text.len(), sha256, names };
                if let Some(folder) = &args.output_dir
                    && let Err(problem) = files::write(&folder.join(root.as_str()), built, args.origins)?
                {
                    failed(&[*problem], start)
                } else {
                    Row { path: root.to_string(), seconds, result }
                }
            }
        },
    };
    Ok(Done { row, reads: outcome.reads })
}

#[expect(clippy::disallowed_methods, reason = "the report tells how long each root took")]
pub(super) fn now() -> Instant {
    Instant::now()
}

fn summary(rows: &[Row], components: usize, time: Duration) -> Summary {
    let mut summary = Summary { components, seconds: time.as_secs_f64(), ..Summary::default() };
    for row in rows {
        match &row.result {
            Result_::Built { objects, bytes, .. } => {
                summary.built += 1;
                summary.objects += objects;
                summary.bytes += bytes;
            }
            Result_::Failed { .. } => summary.failed += 1,
        }
    }
    summary
}

/// Prints rows as they come, with a progress bar on a terminal.
pub(super) struct Printer {
    bar: ProgressBar,
    width: usize,
}

impl Printer {
    pub(super) fn new(roots: &[RepoPath], args: &cli::Build, global: &Global) -> Self {
        let longest = roots.iter().map(|it| it.to_string().chars().count()).max().unwrap_or(0);
        // Lines that scroll by show the progress themselves.
        let scrolls = std::io::stdout().is_terminal() && matches!(args.output, None | Some(Format::Text));
        let target = if global.quiet || !std::io::stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(Some(roots.len() as u64), target);
        let style = if scrolls { "{bar:30} {pos}/{len} {eta}" } else { "{bar:30} {pos}/{len} {eta} {wide_msg}" };
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        Self { bar, width: longest.min(80) }
    }

    pub(super) fn progress(&self, row: &Row) {
        self.bar.set_message(show::plain(&row.path).into_owned());
        self.bar.inc(1);
    }

    pub(super) fn print(&self, row: &Row) -> Result<()> {
        let line = format!("{}\n", row.line(self.width));
        self.bar.suspend(|| show::result(line.as_bytes()))
    }
}

/// Prints what is due at the end.
fn print(report: Report, args: &cli::Build, global: &Global) -> Result<()> {
    match args.output.unwrap_or(Format::Text) {
        Format::Text => {
            if !global.quiet {
                show::result(format!("{}\n", report.summary.line()).as_bytes())?;
            }
            Ok(())
        }
        Format::Json => {
            let text = serde_json::to_string_pretty(&report)?;
            show::result(format!("{text}\n").as_bytes())
        }
        Format::Yaml => show::result(yaml(&report)?.as_bytes()),
        Format::Name => {
            let mut out = String::new();
            for row in &report.roots {
                if let Result_::Built { names, .. } = &row.result {
                    names.iter().for_each(|it| {
                        let _ = writeln!(out, "{}\t{it}", row.path);
                    });
                }
            }
            show::result(out.as_bytes())?;
            for row in report.roots.iter().filter(|it| matches!(it.result, Result_::Failed { .. })) {
                show::note(&row.line(0));
            }
            Ok(())
        }
    }
}

/// The report in YAML.
fn yaml(report: &Report) -> Result<String> {
    use tidegate_yaml::{ParseOptions, Schema, Tree, decode_value, parse_first, write};
    let json = serde_json::to_string(report)?;
    let mut tree = Tree::default();
    let document = parse_first(&mut tree, &json, ParseOptions::default())?;
    let Some(document) = document else { return Ok(String::new()) };
    Ok(write::go_yaml::marshal(write::Dialect::V2, &decode_value(&tree, document.root, Schema::V3)?))
}
