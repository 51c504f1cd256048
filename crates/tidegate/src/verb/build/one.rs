//! One root.

use anyhow::Result;
use serde_json::{Value as Json, json};
use tidegate_base::{
    Diagnostic, Recorder, RepoPath, Severity,
    origin::{Off, Trail},
};
use tidegate_kustomize::{Built, Object, Outcome as Build};
use tidegate_yaml::Value;

use super::{Setup, report::count};
use crate::{
    cli::{self, Format, Global},
    exit::Outcome,
    show,
};

/// Builds the root and prints it.
pub(super) fn run(setup: &Setup, args: &cli::Build, global: &Global) -> Result<Outcome> {
    if args.origins { run_with::<Trail>(setup, args, global) } else { run_with::<Off>(setup, args, global) }
}

fn run_with<R: Recorder>(setup: &Setup, args: &cli::Build, global: &Global) -> Result<Outcome> {
    let outcome = setup.build::<R>(&setup.rooted.folder);
    show_problems(setup, &outcome, global);
    let Some(built) = outcome.built else {
        tell_failure(setup, &outcome.problems);
        return Ok(Outcome::NotDone);
    };
    if built.objects().is_empty() && !global.quiet {
        show::diagnostics(&[nothing(setup)], setup.paths());
    }
    let written = match (&setup.target, &args.output_dir) {
        (Some(target), Some(folder)) => {
            let written = target.write(&RepoPath::root(), &built, args.origins)?;
            written.map(|it| {
                if !global.quiet {
                    show::note(&format!("{} written to {}", count(it, "object"), folder.display()));
                }
            })
        }
        _ => match text(&built, args) {
            Ok(text) => {
                show::result(text.as_bytes())?;
                Ok(())
            }
            Err(problem) => Err(problem),
        },
    };
    match written {
        Ok(()) => Ok(Outcome::Done),
        Err(problem) => {
            show::diagnostics(&[*problem], setup.paths());
            Ok(Outcome::NotDone)
        }
    }
}

/// Prints what is wrong; nothing but errors if the user asks for quiet.
pub(super) fn show_problems<R>(setup: &Setup, outcome: &Build<R>, global: &Global) {
    let shown = |it: &&Diagnostic| !global.quiet || it.severity == Severity::Error;
    let problems: Vec<Diagnostic> = outcome.problems.iter().filter(shown).cloned().collect();
    show::diagnostics(&problems, setup.paths());
}

/// Tells, below the problems, what they mean for the whole.
fn tell_failure(setup: &Setup, problems: &[Diagnostic]) {
    let folder = setup.paths().shown(&setup.rooted.folder);
    let errors = problems.iter().filter(|it| it.severity == Severity::Error).count();
    let message = format!("`{folder}` is not built: {}", count(errors, "error"));
    let hint = format!(
        "`{folder}` has no kustomization file, so that it is built from all YAML files below it, as Flux does; \
         build each kustomization below it with `tidegate build --all {folder}`"
    );
    show::failure(&message, setup.is_scanned().then_some(hint.as_str()));
}

fn nothing(setup: &Setup) -> Diagnostic {
    let folder = setup.paths().shown(&setup.rooted.folder);
    if setup.is_scanned() {
        let problem =
            Diagnostic::warning("no-objects", format!("`{folder}` has neither a kustomization file nor manifests"));
        return problem.hint("name the folder of a kustomization, or build all below one with --all");
    }
    Diagnostic::warning("no-objects", format!("`{folder}` gives no objects")).hint("list manifests in `resources`")
}

/// What is printed of the objects.
pub(super) fn text<R: Recorder>(built: &Built<R>, args: &cli::Build) -> Result<String, Box<Diagnostic>> {
    match args.output.unwrap_or(Format::Yaml) {
        Format::Json => list(built),
        Format::Name => Ok(built.objects().iter().map(|it| format!("{}\n", name(it))).collect()),
        Format::Yaml | Format::Text if args.origins => built.yaml_with_origins(),
        Format::Yaml | Format::Text => built.yaml(),
    }
}

/// Kind, namespace and name of an object: `Deployment.apps web/api`.
pub(super) fn name(object: &Object) -> String {
    let group = object.api_version.split_once('/').map_or(String::new(), |it| format!(".{}", it.0));
    let namespace = if object.namespace.is_empty() { String::new() } else { format!("{}/", object.namespace) };
    format!("{}{group} {namespace}{}", object.kind, object.name)
}

/// The objects as a `List`, which kubectl reads.
fn list<R: Recorder>(built: &Built<R>) -> Result<String, Box<Diagnostic>> {
    let items = built.objects().iter().map(|it| built.value(it).map(json_value));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    let text = serde_json::to_string_pretty(&list).unwrap_or_default();
    Ok(format!("{text}\n"))
}

fn json_value(value: Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(it) => it.into(),
        Value::Int(it) => it.into(),
        Value::Uint(it) => it.into(),
        // What YAML writes as a whole number is one here as well.
        Value::Float(it) if it.fract() == 0.0 && it.abs() < 9e15 => (it as i64).into(),
        Value::Float(it) => it.into(),
        Value::Time(it) => it.to_string().into(),
        Value::Str(it) => it.into(),
        Value::Seq(items) => items.into_iter().map(json_value).collect(),
        Value::Map(mut entries) => {
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Object(entries.into_iter().map(|it| (it.0, json_value(it.1))).collect())
        }
    }
}
