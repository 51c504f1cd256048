//! Every root below a folder, in parallel.

use std::{
    cell::Cell,
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
    Diagnostic, Recorder, RepoPath,
    origin::{Off, Trail},
};
use tidegate_kustomize::ReadFile;

use super::{
    Setup, discover,
    one::name,
    report::{Layout, Outcome as Result_, Report, Row, Summary, count},
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
    let printer = Printer::new(&found.roots, setup, args, global);
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
    for (folder, error) in &found.unreadable {
        let problem = Diagnostic::error("unreadable-folder", error.to_string()).hint("allow it to be read");
        let row = Row::failed(folder, 0.0, &[problem], setup.paths());
        if streams {
            printer.print(&row)?;
        }
        rows.push(row);
    }
    rows.sort_by(|a, b| a.path.cmp(&b.path));
    let components = found.components.iter().map(ToString::to_string).collect();
    let summary = summary(&rows, found.components.len(), start.elapsed());
    let outcome = if summary.failed == 0 { Outcome::Done } else { Outcome::NotDone };
    let report = Report { roots: rows, components, summary };
    print(&report, args, global)?;
    if report.roots.is_empty() {
        let folder = setup.paths().shown(&setup.rooted.folder);
        let hint = format!("name a folder above them; plain manifests are built with `tidegate build {folder}`");
        show::failure(&format!("no kustomization stands in or below `{folder}`"), Some(&hint));
        return Ok(Outcome::NotDone);
    }
    if let Some(failed) = report.roots.iter().find(|it| it.is_failed()) {
        let hint =
            format!("run `tidegate build {}` to see all that is wrong with a root, and what to do", failed.shown);
        show::failure(
            &format!("{} of {} not built", report.summary.failed, count(report.roots.len(), "root")),
            Some(&hint),
        );
    }
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
    let failed = |problems: &[_]| Row::failed(root, start.elapsed().as_secs_f64(), problems, paths);
    let row = match &outcome.built {
        None => failed(&outcome.problems),
        Some(built) => match built.yaml() {
            Err(problem) => failed(&[*problem]),
            Ok(text) => {
                let mut sha256 = String::with_capacity(64);
                for byte in Sha256::digest(text.as_bytes()) {
                    let _ = write!(sha256, "{byte:02x}");
                }
                let wants_names = args.output == Some(Format::Name);
                let names = if wants_names { built.objects().iter().map(name).collect() } else { Vec::new() };
                let seconds = start.elapsed().as_secs_f64();
                let result = Result_::Built { objects: built.objects().len(), bytes: text.len(), sha256, names };
                if let Some(target) = &setup.target
                    && let Err(problem) = target.write(root, built, args.origins)?
                {
                    failed(&[*problem])
                } else {
                    Row::new(root, seconds, &outcome.problems, paths, result)
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
        summary.warnings += row.warnings();
        match &row.result {
            Result_::Built { objects, bytes, .. } => {
                summary.built += 1;
                summary.objects += objects;
                summary.bytes += bytes;
            }
            Result_::Failed => summary.failed += 1,
        }
    }
    summary
}

/// Prints rows as they come, with a progress bar on a terminal.
pub(super) struct Printer {
    bar: ProgressBar,
    /// Whether a progress bar is wanted once the run has proved to be long.
    late: Cell<bool>,
    layout: Layout,
    quiet: bool,
}

/// How long a run may take without a progress bar.
const PATIENCE: Duration = Duration::from_millis(300);

impl Printer {
    pub(super) fn new(roots: &[RepoPath], setup: &Setup, args: &cli::Build, global: &Global) -> Self {
        let longest = roots.iter().map(|it| setup.paths().shown(it).chars().count()).max().unwrap_or(0);
        // Lines that scroll by show the progress themselves.
        let scrolls = std::io::stdout().is_terminal() && matches!(args.output, None | Some(Format::Text));
        let bar = ProgressBar::with_draw_target(Some(roots.len() as u64), ProgressDrawTarget::hidden());
        let style = if scrolls { "{bar:30} {pos}/{len} {eta}" } else { "{bar:30} {pos}/{len} {eta} {wide_msg}" };
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        let layout = Layout::new(longest, terminal_width());
        let late = Cell::new(!global.quiet && std::io::stderr().is_terminal());
        Self { bar, late, layout, quiet: global.quiet }
    }

    pub(super) fn progress(&self, row: &Row) {
        if self.late.get() && self.bar.elapsed() > PATIENCE {
            self.late.set(false);
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_message(row.shown.clone());
        self.bar.inc(1);
    }

    pub(super) fn print(&self, row: &Row) -> Result<()> {
        if self.quiet && !row.is_failed() {
            return Ok(());
        }
        let line = format!("{}\n", row.line(self.layout));
        self.bar.suspend(|| show::styled(&line))
    }
}

/// Columns of the terminal that results are printed to, if it is one.
fn terminal_width() -> Option<usize> {
    let out = std::io::stdout();
    if !out.is_terminal() {
        return None;
    }
    terminal_size::terminal_size_of(out).map(|it| usize::from(it.0.0))
}

/// Prints what is due at the end.
fn print(report: &Report, args: &cli::Build, global: &Global) -> Result<()> {
    match args.output.unwrap_or(Format::Text) {
        Format::Text => {
            let failed: Vec<&str> =
                report.roots.iter().filter(|it| it.is_failed()).map(|it| it.shown.as_str()).collect();
            if global.quiet { Ok(()) } else { show::result(format!("{}\n", report.summary.line(&failed)).as_bytes()) }
        }
        Format::Json => {
            let text = serde_json::to_string_pretty(report)?;
            show::result(format!("{text}\n").as_bytes())
        }
        Format::Yaml => show::result(yaml(report)?.as_bytes()),
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
            let layout = Layout::new(0, None);
            report.roots.iter().filter(|it| it.is_failed()).for_each(|it| show::styled_note(&it.line(layout)));
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
