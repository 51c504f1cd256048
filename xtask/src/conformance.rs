//! Upstream's answers against tidegate's.
//!
//! Every suite reads cases and answers from the corpus and counts how many agree. A difference that is accepted stands
//! in `conformance/known.txt` with its class and reason; counts stand in `conformance/counts.txt` and never go down.

mod kustomize;
mod parts;
mod yaml;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

/// What one suite found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Cases that agree.
    pub(crate) agree: usize,
    /// Cases looked at.
    pub(crate) total: usize,
    /// Cases that do not, each with what is different.
    pub(crate) failures: Vec<(String, String)>,
    /// Further figures, for people.
    pub(crate) remarks: Vec<String>,
}

impl Report {
    /// Counts one case; `difference` says what is wrong with it.
    pub(crate) fn case(&mut self, name: impl Into<String>, difference: Option<String>) {
        self.total += 1;
        match difference {
            None => self.agree += 1,
            Some(difference) => self.failures.push((name.into(), difference)),
        }
    }
}

type Suite = (&'static str, fn(&Path) -> Result<Report>);

const SUITES: &[Suite] = &[
    ("yaml-nodes", yaml::nodes),
    ("yaml-scalars", yaml::scalars),
    ("yaml-write", yaml::write),
    ("kustomize", kustomize::corpus),
    ("kustomize-krusty", kustomize::krusty),
    ("kustomize-repospec", kustomize::repository_urls),
    ("kustomize-filters", parts::filters),
    ("kustomize-plugins", parts::plugins),
    ("kyaml-merge", parts::merges),
    ("json-patch", parts::json_patches),
];

/// Runs the suites that `args` name, or all.
pub(crate) fn run(args: &[String]) -> Result<bool> {
    let (flags, names): (Vec<_>, Vec<_>) = args.iter().partition(|it| it.starts_with("--"));
    let flag = |name: &str| flags.iter().any(|it| *it == name);
    #[expect(clippy::disallowed_methods, reason = "the one place where the corpus is found")]
    let Ok(corpus) = std::env::var("TIDEGATE_CORPUS") else {
        crate::show("conformance: the corpus is absent (TIDEGATE_CORPUS is not set); nothing was compared\n");
        return Ok(true);
    };
    let corpus = PathBuf::from(corpus);
    let known = Known::read()?;
    let mut counts = read_counts()?;
    let mut good = true;
    for (name, suite) in SUITES {
        if !names.is_empty() && !names.iter().any(|it| it == name) {
            continue;
        }
        let report = suite(&corpus).with_context(|| format!("suite {name}"))?;
        good &= judge(name, &report, &known, counts.get(*name).copied(), flag("--verbose"));
        if flag("--bless") {
            counts.insert((*name).to_owned(), (report.agree, report.total));
        }
    }
    if flag("--bless") {
        write_counts(&counts)?;
        return Ok(true);
    }
    Ok(good)
}

/// Prints what a suite found; whether it is as good as it was.
fn judge(name: &str, report: &Report, known: &Known, before: Option<(usize, usize)>, verbose: bool) -> bool {
    let mut out = format!("{name:<28} {:>5} / {:<5}", report.agree, report.total);
    let unknown: Vec<_> = report.failures.iter().filter(|it| !known.has(name, &it.0)).collect();
    let gone = known.of(name).filter(|it| !report.failures.iter().any(|failure| failure.0 == **it)).count();
    let accepted = report.failures.len() - unknown.len();
    if accepted > 0 {
        let _ = write!(out, "  {accepted} accepted");
    }
    let mut good = true;
    if gone > 0 {
        let _ = write!(out, "  {gone} lines of known.txt no longer differ");
        good = false;
    }
    match before {
        Some((agree, _)) if report.agree < agree => {
            let _ = write!(out, "  WORSE: was {agree}");
            good = false;
        }
        None if !report.failures.is_empty() => good &= unknown.is_empty(),
        _ => {}
    }
    if !unknown.is_empty() {
        let _ = write!(out, "  {} differ", unknown.len());
        good = false;
    }
    out.push('\n');
    for remark in &report.remarks {
        let _ = writeln!(out, "    {remark}");
    }
    for (case, difference) in unknown.iter().take(if verbose { usize::MAX } else { 10 }) {
        let _ = writeln!(out, "    {case}: {}", difference.replace('\n', "\n        "));
    }
    crate::show(&out);
    good
}

/// The accepted differences: `suite`, case, class and reason, tab-separated.
struct Known(Vec<(String, String)>);

/// Why a difference may be accepted: exec, Go and container plugins; the network; a Go value is asserted and no
/// output; a documented refusal of hostile input; the data was made by another version than kustomize 5.8.1 links;
/// charts, which are not rendered yet.
const CLASSES: &[&str] = &["plugin", "network", "go-value", "refusal", "version", "charts"];

impl Known {
    fn read() -> Result<Self> {
        let mut lines = Vec::new();
        for (number, line) in read(&folder().join("known.txt"))?.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let fields: Vec<&str> = line.split('\t').collect();
            let [suite, case, class, _reason] = fields[..] else {
                bail!("known.txt:{}: four fields are due", number + 1);
            };
            if !CLASSES.contains(&class) {
                bail!("known.txt:{}: `{class}` is none of {CLASSES:?}", number + 1);
            }
            lines.push((suite.to_owned(), case.to_owned()));
        }
        Ok(Self(lines))
    }

    fn has(&self, suite: &str, case: &str) -> bool {
        self.of(suite).any(|it| it == case)
    }

    fn of<'a>(&'a self, suite: &'a str) -> impl Iterator<Item = &'a String> {
        self.0.iter().filter(move |it| it.0 == suite).map(|it| &it.1)
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance")
}

#[expect(clippy::disallowed_methods, reason = "a tool of the project reads its data")]
pub(crate) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

fn read_counts() -> Result<BTreeMap<String, (usize, usize)>> {
    let mut counts = BTreeMap::new();
    for line in read(&folder().join("counts.txt"))?.lines().filter(|it| !it.starts_with('#')) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        if let [name, agree, total] = fields[..] {
            counts.insert(name.to_owned(), (agree.parse()?, total.parse()?));
        }
    }
    Ok(counts)
}

#[expect(clippy::disallowed_methods, reason = "a tool of the project writes its data")]
fn write_counts(counts: &BTreeMap<String, (usize, usize)>) -> Result<()> {
    let mut out = "# suite, cases that agree, cases; written by `cargo xtask conformance --bless`\n".to_owned();
    for (name, (agree, total)) in counts {
        let _ = writeln!(out, "{name} {agree} {total}");
    }
    std::fs::write(folder().join("counts.txt"), out).context("writing counts.txt")
}

/// The JSON in `path` below the corpus.
pub(crate) fn json(corpus: &Path, path: &str) -> Result<serde_json::Value> {
    let path = corpus.join(path);
    serde_json::from_str(&read(&path)?).with_context(|| format!("reading {}", path.display()))
}
