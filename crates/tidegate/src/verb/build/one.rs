//! One root.

use anyhow::Result;
use serde_json::{Value as Json, json};
use tidegate_base::{
    Diagnostic, Recorder, Severity,
    origin::{Off, Trail},
};
use tidegate_kustomize::{Built, Object, Outcome as Build};
use tidegate_yaml::Value;

use super::{Setup, files};
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
    let Some(built) = outcome.built else { return Ok(Outcome::NotDone) };
    let written = match &args.output_dir {
        Some(folder) => {
            let count = files::write(folder, &built, args.origins)?;
            count.map(|count| {
                if !global.quiet {
                    show::note(&format!("{count} objects written to {}", folder.display()));
                }
            })
        }
        None => match text(&built, args) {
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
            show::diagnostics(&[*problem], &setup.paths());
            Ok(Outcome::NotDone)
        }
    }
}

/// Prints what is wrong; nothing but errors if the user asks for quiet.
pub(super) fn show_problems<R>(setup: &Setup, outcome: &Build<R>, global: &Global) {
    let shown = |it: &&Diagnostic| !global.quiet || it.severity == Severity::Error;
    let problems: Vec<Diagnostic> = outcome.problems.iter().filter(shown).cloned().collect();
    show::diagnostics(&problems, &setup.paths());
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
