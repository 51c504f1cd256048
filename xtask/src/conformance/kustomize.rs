//! Suites about kustomize.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, Result, anyhow};
use rayon::prelude::*;
use serde_json::Value as Json;
use tidegate::world::DiskWorld;
use tidegate_base::{Diagnostic, RepoPath, Severity, World, origin::Off};
use tidegate_kustomize::{Options, Order, RepoSpec, Restrictor, build};
use tidegate_testkit::MemoryWorld;
use tidegate_yaml::{ParseOptions, Schema, Tree, Value, decode_value, go, parse_all};

use super::{Report, json, read};

/// What a build gave: its text, or its errors.
pub(super) fn text(world: &dyn World, folder: &RepoPath, options: &Options<'_>) -> Result<String, Vec<Diagnostic>> {
    let outcome = build::<Off>(world, folder, options);
    match outcome.built {
        Some(built) => built.yaml().map_err(|it| vec![*it]),
        None => Err(outcome.problems.into_iter().filter(|it| it.severity == Severity::Error).collect()),
    }
}

/// Threads with room for deep documents.
fn pool() -> Result<rayon::ThreadPool> {
    Ok(rayon::ThreadPoolBuilder::new().stack_size(64 << 20).build()?)
}

/// expected/kustomize.tsv: every root of the corpus as kustomize 5.8.1 built it.
pub(super) fn corpus(corpus: &Path) -> Result<Report> {
    let world = DiskWorld::open(&corpus.join("corpus"), "corpus")?;
    let table = read(&corpus.join("expected/kustomize.tsv"))?;
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|it| it.split('\t').collect()).collect();
    let results: Result<Vec<_>> =
        pool()?.install(|| rows.par_iter().map(|row| Ok((row[0], row[1], root(corpus, &world, row)?))).collect());
    let mut report = Report::default();
    let (mut ok, mut same, mut fails) = (0, 0, 0);
    for (name, result, (difference, equal)) in results? {
        if result == "ok" {
            ok += 1;
            same += usize::from(equal);
        } else {
            fails += usize::from(difference.is_none());
        }
        report.case(name, difference);
    }
    report.remarks.push(format!("{same} of {ok} roots equal byte for byte; {fails} roots fail as upstream fails"));
    Ok(report)
}

/// What differs in one root, and whether the text is the same.
fn root(corpus: &Path, world: &DiskWorld, row: &[&str]) -> Result<(Option<String>, bool)> {
    let folder = RepoPath::parse(row[0]).map_err(|it| anyhow!("{it}"))?;
    let found = text(world, &folder, &Options::default());
    if row[1] != "ok" {
        let difference = found.is_ok().then(|| format!("built, upstream says: {}", row.get(3).unwrap_or(&"")));
        return Ok((difference, false));
    }
    let due = read(&corpus.join(format!("expected/kustomize/{}.yaml", row[0])))?;
    Ok(match found {
        Ok(found) if found == due => (None, true),
        Ok(found) => (difference(&due, &found)?, false),
        Err(problems) => (Some(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")), false),
    })
}

/// What differs in meaning between two texts of objects.
pub(super) fn difference(due: &str, found: &str) -> Result<Option<String>> {
    let (due_values, found_values) = (values(due)?, values(found)?);
    if due_values == found_values {
        return Ok(None);
    }
    let line = due.lines().zip(found.lines()).position(|it| it.0 != it.1).unwrap_or_default();
    let around = |text: &str| text.lines().skip(line.saturating_sub(3)).take(8).collect::<Vec<_>>().join("\n");
    Ok(Some(format!("line {}\n-- due\n{}\n-- found\n{}", line + 1, around(due), around(found))))
}

fn values(text: &str) -> Result<Vec<Value>> {
    let mut tree = Tree::default();
    let documents = parse_all(&mut tree, text, ParseOptions { comments: false, depth: 10_000 })?;
    let values = documents.iter().map(|it| decode_value(&tree, it.root, Schema::V2).map(sorted));
    values.collect::<Result<Vec<_>, _>>().context("reading objects")
}

/// The order of keys means nothing.
fn sorted(value: Value) -> Value {
    match value {
        Value::Seq(items) => Value::Seq(items.into_iter().map(sorted).collect()),
        Value::Map(entries) => {
            let entries: BTreeMap<String, Value> = entries.into_iter().map(|it| (it.0, sorted(it.1))).collect();
            Value::Map(entries.into_iter().collect())
        }
        other => other,
    }
}

/// upstream/kustomize-krusty: every call of `Kustomizer.Run` in upstream's own tests.
pub(super) fn krusty(corpus: &Path) -> Result<Report> {
    let mut files: Vec<_> = list(&corpus.join("upstream/kustomize-krusty/cases"))?;
    files.sort();
    let reports: Result<Vec<Report>> = pool()?.install(|| files.par_iter().map(|it| krusty_file(it)).collect());
    let mut report = Report::default();
    for more in reports? {
        report.agree += more.agree;
        report.total += more.total;
        report.failures.extend(more.failures);
    }
    Ok(report)
}

pub(super) fn list(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    std::fs::read_dir(folder)?.map(|it| Ok(it?.path())).collect()
}

fn krusty_file(path: &Path) -> Result<Report> {
    let data: Json = serde_json::from_str(&read(path)?)?;
    let mut report = Report::default();
    for case in data["cases"].as_array().context("cases")? {
        let name = format!("{}#{}", case["name"].as_str().context("name")?, case["call"]);
        let world = memory(case)?;
        let path = case["path"].as_str().unwrap_or(".").trim_start_matches('/');
        let folder = RepoPath::parse(path).map_err(|it| anyhow!("{it}"))?;
        let found = text(&world, &folder, &krusty_options(&case["options"]));
        report.case(name, verdict(case, "yaml", found));
    }
    Ok(report)
}

fn krusty_options(options: &Json) -> Options<'static> {
    Options {
        restrictor: if options["load_restrictions"] == "none" { Restrictor::None } else { Restrictor::Root },
        order: match options["reorder"].as_str() {
            Some("legacy" | "unspecified") => Order::Legacy,
            _ => Order::Fifo,
        },
        managed_by_label: options["add_managedby_label"] == true,
        version: "(test)",
        scan: false,
        ..Options::default()
    }
}

/// The files of a case.
pub(super) fn memory(case: &Json) -> Result<MemoryWorld> {
    let mut world = MemoryWorld::default().whole();
    for (path, content) in case["files"].as_object().into_iter().flatten() {
        world.add(path, content.as_str().context("content")?.as_bytes());
    }
    for (path, content) in case["binary_files"].as_object().into_iter().flatten() {
        let content = go::decode_base64(content.as_str().context("content")?).context("base64")?;
        world.add(path, &content);
    }
    for path in case["empty_dirs"].as_array().into_iter().flatten() {
        world.add_folder(path.as_str().context("path")?);
    }
    Ok(world)
}

/// What differs between what is due, text or an error, and what was found.
pub(super) fn verdict(case: &Json, field: &str, found: Result<String, Vec<Diagnostic>>) -> Option<String> {
    let shown = |problems: Vec<Diagnostic>| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let due = if case["error"].is_null() { case[field].as_str() } else { None };
    match (due, found) {
        (Some(due), Ok(found)) if due.trim() == found.trim() => None,
        (Some(due), Ok(found)) => Some(format!("-- due\n{due}\n-- found\n{found}")),
        (Some(_), Err(problems)) => Some(shown(problems)),
        (None, Ok(_)) => Some(format!("succeeded, upstream: {}", case["error"])),
        (None, Err(_)) => None,
    }
}

/// upstream/kustomize-repospec: URLs of repositories.
pub(super) fn repository_urls(corpus: &Path) -> Result<Report> {
    let mut report = Report::default();
    let data = json(corpus, "upstream/kustomize-repospec/repospec_test.json")?;
    for case in data["cases"].as_array().context("cases")? {
        let url = case["url"].as_str().context("url")?;
        let found = RepoSpec::parse(url);
        let due = &case["spec"];
        let same = match &found {
            Err(_) => due.is_null(),
            Ok(found) => {
                due["host"] == found.host
                    && due["repo_path"] == found.repository
                    && due["kust_root_path"].as_str().unwrap_or_default() == found.folder
                    && due["ref"].as_str().unwrap_or_default() == found.reference
                    && due["submodules"] == found.submodules
                    && due["timeout_seconds"].as_f64() == Some(found.timeout.as_secs_f64())
            }
        };
        report
            .case(case["name"].as_str().unwrap_or(url), (!same).then(|| format!("{url}: due {due}, found {found:?}")));
    }
    let data = json(corpus, "upstream/kustomize-repospec/parse_query.json")?;
    for table in data["tables"].as_array().context("tables")? {
        for row in table["rows"].as_array().context("rows")? {
            let row = &row["row"];
            let query = row["input"].as_str().unwrap_or_default();
            let found = RepoSpec::parse(&format!("https://github.com/org/repo?{query}"));
            let same = found.as_ref().is_ok_and(|it| {
                it.reference == row["ref"].as_str().unwrap_or_default()
                    && it.submodules == row["submodules"].as_bool().unwrap_or_default()
                    && row["timeout"].as_u64().is_none_or(|due| u128::from(due) == it.timeout.as_nanos())
            });
            let name = format!("query {}", row["name"].as_str().unwrap_or(query));
            report.case(name, (!same).then(|| format!("due {row}, found {found:?}")));
        }
    }
    Ok(report)
}
