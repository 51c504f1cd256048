//! Suites about parts of kustomize: filters, plugins, merges, JSON patches.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Context as _, Result};
use serde_json::{Value as Json, json};
use tidegate_base::Diagnostic;
use tidegate_kustomize::parts::{self, Form, MergeRules};
use tidegate_testkit::MemoryWorld;
use tidegate_yaml::Value;

use super::{
    Report, json,
    kustomize::{list, memory, verdict},
};

/// upstream/kustomize-plugins: every built-in plugin by itself.
pub(super) fn plugins(corpus: &Path) -> Result<Report> {
    let mut report = Report::default();
    for file in files(corpus, "upstream/kustomize-plugins")? {
        let data = json(corpus, &file)?;
        let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for case in data["cases"].as_array().context("cases")? {
            let test = text(&case["name"]).split('/').next().unwrap_or_default().to_owned();
            let world = plugin_files(case, seen.entry(test).or_default())?;
            let (config, input) = (text(&case["config"]), text(&case["input"]));
            let found = parts::run_plugin(&world, config, input, Form::Resources);
            report.case(format!("{}#{}", text(&case["name"]), case["call"]), verdict(case, "output", found));
        }
    }
    Ok(report)
}

/// The files of a case. Some tests have a loader in a folder of its own for each call: the one that is new, or that is
/// named like the case.
fn plugin_files(case: &Json, seen: &mut BTreeSet<String>) -> Result<MemoryWorld> {
    let mut world = memory(case)?;
    let name = text(&case["name"]);
    let folder_of = |path: &str| path.rsplit_once('/').map(|it| it.0.to_owned()).filter(|it| !it.is_empty());
    let files = case["files"].as_object();
    let folders: BTreeSet<String> = files.into_iter().flatten().filter_map(|it| folder_of(it.0)).collect();
    let named = folders.iter().find(|it| name.ends_with(it.as_str()));
    let Some(folder) = named.or_else(|| folders.iter().find(|it| !seen.contains(*it))) else { return Ok(world) };
    for (path, content) in files.into_iter().flatten() {
        if let Some(name) = path.strip_prefix(folder.as_str()) {
            world.add(name, text(content).as_bytes());
        }
    }
    seen.extend(folders);
    Ok(world)
}

fn files(corpus: &Path, folder: &str) -> Result<Vec<String>> {
    let mut names: Vec<String> = list(&corpus.join(folder))?
        .into_iter()
        .filter_map(|it| it.file_name().and_then(|it| it.to_str()).map(str::to_owned))
        .filter(|it| it.ends_with(".json"))
        .map(|it| format!("{folder}/{it}"))
        .collect();
    names.sort();
    Ok(names)
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

/// upstream/kustomize-filters: every filter by itself.
pub(super) fn filters(corpus: &Path) -> Result<Report> {
    let mut report = Report::default();
    for file in files(corpus, "upstream/kustomize-filters")? {
        let data = json(corpus, &file)?;
        for case in data["cases"].as_array().into_iter().flatten() {
            let name = format!("{} {}", text(&case["filter"]), text(&case["name"]));
            report.case(name, verdict(case, "output", filter(case)));
        }
        for table in data["tables"].as_array().into_iter().flatten() {
            rows(&mut report, table, &data)?;
        }
    }
    Ok(report)
}

/// Runs a filter as the plugin that uses it.
fn filter(case: &Json) -> Result<String, Vec<Diagnostic>> {
    let (config, input) = (&case["config"], text(&case["input"]));
    let kind = match text(&case["filter"]) {
        "annotations.Filter" => "AnnotationsTransformer",
        "labels.Filter" => "LabelTransformer",
        "imagetag.Filter" => return images(config, input),
        "imagetag.LegacyFilter" => "ImageTagTransformer",
        "namespace.Filter" => "NamespaceTransformer",
        "prefix.Filter" => "PrefixTransformer",
        "suffix.Filter" => "SuffixTransformer",
        "replacement.Filter" => "ReplacementTransformer",
        "replicacount.Filter" => "ReplicaCountTransformer",
        "valueadd.Filter" => "ValueAddTransformer",
        "patchjson6902.Filter" => "PatchJson6902Transformer",
        "iampolicygenerator.Filter" => "IAMPolicyGenerator",
        "patchstrategicmerge.Filter" => return merged(text(&config["patch"]), input),
        "refvar.Filter" => return variables(config, input),
        "nameref.Filter" => return names(config, input),
        other => panic!("no such filter: {other}"),
    };
    let plugin = plugin(kind, config).to_string();
    let run = |input: &str| parts::run_plugin(&MemoryWorld::default(), &plugin, input, Form::Nodes);
    if kind != "NamespaceTransformer" {
        return run(input);
    }
    // The plugin refuses what the filter does not: two objects without names.
    let outputs = input.split("\n---\n").map(run).collect::<Result<Vec<_>, _>>()?;
    Ok(outputs.join("---\n"))
}

fn images(config: &Json, input: &str) -> Result<String, Vec<Diagnostic>> {
    let fields: Vec<_> = config["fieldSpecs"].as_array().into_iter().flatten().map(field).collect();
    let image = ["name", "newName", "tagSuffix", "newTag", "digest"].map(|it| text(&config["imageTag"][it]));
    parts::set_images(input, &fields, image)
}

/// A plugin's configuration out of a filter's.
fn plugin(kind: &str, config: &Json) -> Json {
    let mut plugin = config.clone();
    plugin["apiVersion"] = json!("builtin");
    plugin["kind"] = json!(kind);
    plugin["metadata"] = json!({ "name": "x" });
    for (from, to) in [("fsSlice", "fieldSpecs"), ("fieldSpec", "fieldSpecs")] {
        match &config[from] {
            Json::Null => {}
            list @ Json::Array(_) => plugin[to] = list.clone(),
            one => plugin[to] = json!([one]),
        }
    }
    match kind {
        "NamespaceTransformer" => plugin["metadata"]["namespace"] = config["namespace"].clone(),
        "ValueAddTransformer" => {
            let target = json!({"fieldPath": config["fieldPath"], "filePathPosition": config["filePathPosition"]});
            plugin["targets"] = json!([target]);
        }
        "PatchJson6902Transformer" => {
            plugin["jsonOp"] = config["patch"].clone();
            plugin["target"] = json!({"name": ".*"});
        }
        _ => {}
    }
    plugin
}

fn merged(patch: &str, input: &str) -> Result<String, Vec<Diagnostic>> {
    let mut out = Vec::new();
    for object in input.split("\n---\n") {
        let merged = parts::strategic_merge(object, patch, MergeRules::default());
        out.extend(merged.map_err(|it| vec![Diagnostic::error("merge", it)])?);
    }
    Ok(out.join("---\n"))
}

fn variables(config: &Json, input: &str) -> Result<String, Vec<Diagnostic>> {
    let values = config["mappingFunc"]["func"].as_object().into_iter().flatten();
    let values: Vec<(String, Value)> = values.map(|(name, value)| (name.clone(), variable(value))).collect();
    parts::replace_variables(input, text(&config["fieldSpec"]["path"]), &values)
}

fn variable(value: &Json) -> Value {
    match value {
        Json::String(it) => Value::Str(it.clone()),
        Json::Bool(it) => Value::Bool(*it),
        Json::Number(it) => it.as_i64().map_or_else(|| Value::Float(it.as_f64().unwrap_or_default()), Value::Int),
        _ => Value::Null,
    }
}

fn names(config: &Json, input: &str) -> Result<String, Vec<Diagnostic>> {
    let target = &config["referralTarget"];
    let kinds = ["group", "version", "kind"].map(|it| text(&target[it]));
    let path = text(&config["nameFieldToUpdate"]["path"]);
    parts::fix_names(input, text(&config["referrer"]), text(&config["referralCandidates"]), path, kinds)
}

/// Tables of functions that have no text of their own.
fn rows(report: &mut Report, table: &Json, data: &Json) -> Result<()> {
    let test = text(&table["test"]);
    for row in table["rows"].as_array().context("rows")? {
        let name = format!("{test} {}", row["key"].as_str().unwrap_or_else(|| text(&row["row"]["name"])));
        let row = &row["row"];
        match test {
            "TestMapping" => {
                let values =
                    [("VAR_A", "A"), ("VAR_B", "B"), ("VAR_C", "C"), ("VAR_REF", "$(VAR_A)"), ("VAR_EMPTY", "")];
                let values: Vec<_> = values.map(|it| (it.0.to_owned(), Value::Str(it.1.to_owned()))).into();
                let object = json!({"apiVersion": "v1", "kind": "A", "v": row["input"]}).to_string();
                let due = json!({"apiVersion": "v1", "kind": "A", "v": row["expected"]});
                let found = parts::replace_variables(&object, "v", &values);
                report.case(name, same_json(found, &due));
            }
            "TestFilter_Filter" | "TestFilter" => {
                report.case(name, verdict(row, "expected", set_field(row)));
            }
            "TestFilter_FieldPaths" => {
                let due = row["expected"].as_array().map_or(0, Vec::len);
                let found = set_field(&with_setter(row));
                let count = found.as_ref().map_or(0, |it| it.matches(": changed\n").count());
                report.case(name, (count != due).then(|| format!("{due} fields are due: {found:?}")));
            }
            "TestTrackableSetter_SetScalarIfEmpty" | "TestTrackableSetter_SetEntryIfEmpty" => {
                report.case(name, set_if_empty(row));
            }
            "TestApplyFilterToSeq" => {
                let candidate = "apiVersion: v1\nkind: B\nmetadata:\n  name: ccc\n  annotations:\n    \
                    internal.config.kubernetes.io/previousKinds: B\n    internal.config.kubernetes.io/previousNames: \
                    aaa\n    internal.config.kubernetes.io/previousNamespaces: default\n";
                let object = |list: &str| format!("apiVersion: v1\nkind: A\nmetadata:\n  name: x\nf:{list}\n");
                let input = object(text(&row["input"]));
                let found = parts::fix_names(&input, &input, candidate, "f", ["", "v1", "B"]);
                report.case(name, same_json(found, &read_yaml(&object(text(&row["expect"])))));
            }
            "TestMapReference" if text(&table["table"]) == "expectedEnv" => {
                report.case(name.clone(), environment(data, row, name.rsplit(' ').next().unwrap_or_default()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The row with a setter.
fn with_setter(row: &Json) -> Json {
    let mut row = row.clone();
    row["filter"] = json!({"setValue": {"func": {"name": "SetScalar", "value": "changed"}}});
    row
}

/// What a setter for empty fields leaves: the namespace transformer's, when it only sets what is unset.
fn set_if_empty(row: &Json) -> Option<String> {
    let (key, input) = (text(&row["key"]), text(&row["input"]).trim());
    let input = if input.starts_with("<error>") { "null" } else { input };
    let (path, value) = if key.is_empty() {
        ("f".to_owned(), format!(" {input}"))
    } else {
        (format!("f/{key}"), format!("\n  {input}"))
    };
    let config = json!({"apiVersion": "builtin", "kind": "NamespaceTransformer", "unsetOnly": true,
        "metadata": {"name": "x", "namespace": row["value"]}, "fieldSpecs": [{"path": path, "create": true}]});
    let object = format!("apiVersion: v1\nkind: A\nmetadata:\n  name: x\nf:{value}\n");
    let found = parts::run_plugin(&MemoryWorld::default(), &config.to_string(), &object, Form::Nodes);
    let found = found.map(|it| read_yaml(&it));
    let value = found.as_ref().map(|it| if key.is_empty() { it["f"].clone() } else { it["f"][key].clone() });
    let same = value.is_ok_and(|it| it == row["want"]);
    (!same).then(|| format!("due {}, found {found:?}", row["want"]))
}

/// The value of a variable whose text mentions those before it.
fn environment(data: &Json, row: &Json, name: &str) -> Option<String> {
    let tables = data["tables"].as_array()?;
    let envs = tables.iter().find(|it| text(&it["table"]) == "envs")?["rows"].as_array()?;
    let mut values: Vec<(String, Value)> = Vec::new();
    for env in envs {
        let (key, value) = (text(&env["row"]["name"]), &env["row"]["value"]);
        let object = json!({"apiVersion": "v1", "kind": "A", "v": value}).to_string();
        let expanded = parts::replace_variables(&object, "v", &values).map(|it| read_yaml(&it)["v"].clone());
        values.push((key.to_owned(), variable(&expanded.unwrap_or_default())));
    }
    let found = values.iter().find(|it| it.0 == name).map(|it| match &it.1 {
        Value::Str(it) => it.clone(),
        Value::Int(it) => it.to_string(),
        Value::Bool(it) => it.to_string(),
        other => format!("{other:?}"),
    });
    (found.as_deref() != row["edited"].as_str()).then(|| format!("due {row}, found {found:?}"))
}

/// Sets the fields of a row to its value.
fn set_field(row: &Json) -> Result<String, Vec<Diagnostic>> {
    let function = &row["filter"]["setValue"]["func"];
    let specs = read_yaml(text(if row["fsSlice"].is_null() { &row["fieldSpec"] } else { &row["fsSlice"] }));
    let specs = if specs.is_array() { specs } else { json!([specs]) };
    let fields: Vec<parts::Field<'_>> = specs.as_array().into_iter().flatten().map(field).collect();
    let entry = (text(&function["name"]) == "SetEntry").then(|| text(&function["key"]));
    let create = !row["filter"]["createKind"].is_null();
    parts::set_fields(text(&row["input"]), &fields, entry, text(&function["value"]), create)
}

fn field(spec: &Json) -> parts::Field<'_> {
    let kinds = ["group", "version", "kind"].map(|it| text(&spec[it]));
    (kinds, text(&spec["path"]), spec["create"] == true)
}

fn read_yaml(text: &str) -> Json {
    let mut tree = tidegate_yaml::Tree::default();
    let document = tidegate_yaml::parse_first(&mut tree, text, tidegate_yaml::ParseOptions::default());
    let Ok(Some(document)) = document else { return json!([]) };
    let value = tidegate_yaml::decode_value(&tree, document.root, tidegate_yaml::Schema::V2);
    let mut out = String::new();
    tidegate_yaml::go::write_json(&mut out, &value.unwrap_or(Value::Null));
    serde_json::from_str(&out).unwrap_or_default()
}

fn same_json(found: Result<String, Vec<Diagnostic>>, due: &Json) -> Option<String> {
    match found {
        Ok(found) => (read_yaml(&found) != *due).then(|| format!("due {due}, found {found}")),
        Err(problems) => Some(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

/// upstream/kustomize-kyaml-merge: merge2.
pub(super) fn merges(corpus: &Path) -> Result<Report> {
    let mut report = Report::default();
    for file in ["merge2__merge2_test.json", "merge2__merge2_old_test.json"] {
        let data = json(corpus, &format!("upstream/kustomize-kyaml-merge/{file}"))?;
        for case in data["cases"].as_array().context("cases")? {
            let rules = MergeRules {
                append: case["list_increase"] == "append",
                infer: case["infer_associative_lists"] == true,
            };
            let found = parts::strategic_merge(text(&case["dest"]), text(&case["source"]), rules);
            let found = found.map(Option::unwrap_or_default).map_err(|it| vec![Diagnostic::error("merge", it)]);
            report.case(text(&case["name"]), verdict(case, "output", found));
        }
    }
    let data = json(corpus, "upstream/kustomize-kyaml-merge/merge2__smpdirective_test.json")?;
    for row in data["tables"][0]["rows"].as_array().context("rows")? {
        report.case(text(&row["key"]), directive(&row["row"]));
    }
    Ok(report)
}

/// What a directive does to an object that has something of its own.
fn directive(row: &Json) -> Option<String> {
    let patch = text(&row["patch"]);
    // A field that is known to be merged, and something that the object has in it.
    let (field, own) = if patch.contains("- one") { ("finalizers", "- zero\n") } else { ("labels", "own: x\n") };
    let object = |value: &str| {
        let value: String = value.trim().lines().map(|it| format!("    {it}\n")).collect();
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  {field}:\n{value}")
    };
    let found = parts::strategic_merge(&object(own), &object(patch), MergeRules::default());
    let elided = text(&row["elided"]);
    let due = match row["expected"].as_i64() {
        Some(1) => Some(object(elided)),
        Some(2) => Some("apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n".to_owned()),
        Some(3) if row["errExpected"].is_null() => Some(object(&format!("{elided}{own}"))),
        _ => None,
    };
    match (due, found) {
        (None, Err(_)) => None,
        (Some(due), Ok(Some(found))) if read_yaml(&due) == read_yaml(&found) => None,
        (due, found) => Some(format!("due {due:?}, found {found:?}")),
    }
}

/// upstream/json-patch: operations on any JSON.
pub(super) fn json_patches(corpus: &Path) -> Result<Report> {
    let mut report = Report::default();
    let data = json(corpus, "upstream/json-patch/patch_test.json")?;
    for (index, case) in data["cases"].as_array().context("cases")?.iter().enumerate() {
        let name = format!("{index} {}", text(&case["name"]));
        let (document, patch) = (text(&case["doc"]), text(&case["patch"]));
        let found = parts::json_patch(document, patch);
        let difference = match (case["output"].as_str(), found) {
            (Some(due), Ok(found)) => {
                let same = serde_json::from_str::<Json>(due).ok() == serde_json::from_str::<Json>(&found).ok();
                (!same).then(|| format!("{document}\n{patch}\ndue {due}\nfound {found}"))
            }
            (None, Err(_)) => None,
            (due, found) => Some(format!("{document}\n{patch}\ndue {due:?} {}\nfound {found:?}", case["error"])),
        };
        report.case(name, difference);
    }
    Ok(report)
}
