//! Values put into YAML or JSON that stands in a scalar.
//!
//! Implements: `setValueInStructuredData` of api/filters/replacement of sigs.k8s.io/kustomize v5.8.1.
//! Keeps:      of several documents only the first is left; JSON is written anew with sorted keys, indented if it had
//!             lines and two spaces anywhere.

use tidegate_base::Recorder;
use tidegate_yaml::{
    Document, Kind, NodeId, ParseOptions, Schema, Tree, Value, decode_value, go, parse_first, write::kyaml,
};

use crate::{
    build::Build,
    store::{Done, Fault},
};

/// Puts `value` where `path` leads inside of a scalar's text.
///
/// # Errors
/// The path does not lead into one.
pub(super) fn put<R: Recorder>(
    build: &mut Build<'_, R>,
    object: NodeId,
    value: NodeId,
    path: &[String],
    create: Option<Kind>,
) -> Done {
    let (scalar, inner) = find_scalar(build, object, path)?;
    let text = build.store.tree.value(scalar).to_owned();
    let document = parse(build, &text)?.ok_or_else(|| Fault::new("the text is empty"))?;
    let found = build.path_match(create).find(document.root, inner)?;
    if found.is_empty() {
        return Err(Fault::new("nothing is there"));
    }
    let origin = build.store.tree.origin(value);
    for field in found {
        if build.store.tree.kind(field) == Kind::Scalar {
            let text = build.store.tree.value(value).to_owned();
            build.store.tree.set_value(field, &text);
        } else {
            build.store.tree.assign(field, value);
        }
    }
    let text = write(&build.store.tree, &document, &text)?;
    build.store.set_value(scalar, &text, origin);
    Ok(())
}

/// The scalar on the way whose text can be read as YAML, and the rest of the path.
fn find_scalar<'p, R: Recorder>(
    build: &mut Build<'_, R>,
    object: NodeId,
    path: &'p [String],
) -> Done<(NodeId, &'p [String])> {
    for index in 1..path.len() {
        let Ok(Some(found)) = build.store.lookup(object, &path[..index], None) else { continue };
        if build.store.tree.kind(found) == Kind::Scalar {
            let text = build.store.tree.value(found).to_owned();
            if parse(build, &text).is_ok() {
                return Ok((found, &path[index..]));
            }
        }
    }
    Err(Fault::new("the path leads into no text"))
}

fn parse<R: Recorder>(build: &mut Build<'_, R>, text: &str) -> Done<Option<Document>> {
    let options = ParseOptions { comments: true, depth: build.limits.depth };
    parse_first(&mut build.store.tree, text, options).map_err(|it| Fault::new(it.to_string()))
}

fn write(tree: &Tree, document: &Document, before: &str) -> Done<String> {
    let yaml = kyaml::document(tree, document);
    if !before.trim_start().starts_with(['{', '[']) {
        return Ok(yaml.trim().to_owned());
    }
    let mut read = Tree::default();
    let reread = parse_first(&mut read, &yaml, ParseOptions::default());
    let root = reread.ok().flatten().ok_or_else(|| Fault::new("the result cannot be read"))?;
    let value = decode_value(&read, root.root, Schema::V3).map_err(|it| Fault::new(it.problem))?;
    if !is_json(&value) {
        return Err(Fault::new("the result is no JSON"));
    }
    let mut json = String::new();
    if before.contains('\n') && before.contains("  ") {
        go::write_json_indented(&mut json, &value);
    } else {
        go::write_json(&mut json, &value);
    }
    Ok(json)
}

/// Whether every number is one that JSON has.
fn is_json(value: &Value) -> bool {
    match value {
        Value::Float(it) => it.is_finite(),
        Value::Seq(items) => items.iter().all(is_json),
        Value::Map(entries) => entries.iter().all(|it| is_json(&it.1)),
        _ => true,
    }
}
