//! `replacements`: a value of one object, put into others.
//!
//! Implements: api/filters/replacement and ReplacementTransformer of sigs.k8s.io/kustomize v5.8.1.
//! Keeps:      a scalar target keeps its type and takes the text alone; a path may lead into YAML or JSON in a scalar,
//!             which is then written anew; each target must be found.

mod structured;

use tidegate_base::{Origin, Recorder};
use tidegate_yaml::{Kind, NodeId};

use crate::{
    build::{Build, Failed, Reported},
    file::{FieldOptions, Replacement, ReplacementField, ReplacementSource, ReplacementTarget, read_replacements},
    id::ResId,
    load::read_yaml,
    path_match::PathMatch,
    res_map::{ResMap, shown},
    resource::Resource,
    selector::{Selector, SelectorRegex},
    store::{Done, Fault, split_smart_path},
    text::Spot,
};

const DEFAULT_PATH: &str = "metadata.name";

/// The replacements of an entry: its own, or those of the file it names.
pub(crate) fn load<R: Recorder>(
    build: &mut Build<'_, R>,
    folder: &Spot,
    field: &ReplacementField,
) -> Reported<Vec<Replacement>> {
    let Some(path) = &field.path else { return Ok(vec![field.replacement.clone()]) };
    let inline = &field.replacement;
    if inline.source.is_some() || inline.targets.as_ref().is_some_and(|it| !it.is_empty()) {
        let fault = Fault::at("a replacement has either `path` or `source` and `targets`", field.at);
        return Err(build.fail(fault.code("invalid-replacement").hint("take `path` away, or the rest")));
    }
    let spot = build.find_named(folder, path)?;
    let root = read_yaml(build, &spot)?;
    let empty = || Fault::at(format!("`{}` holds no replacement", path.value), path.at).code("invalid-replacement");
    let Some(root) = root else { return Err(build.fail(empty())) };
    let read = read_replacements(&build.store.tree, root);
    build.warn_all(read.warnings);
    let failed = !read.faults.is_empty();
    for fault in read.faults {
        build.fail(fault.in_file(&spot));
    }
    if failed { Err(Failed) } else { Ok(read.value) }
}

/// Applies one replacement.
///
/// # Errors
/// Source or target is missing, or is not one.
pub(crate) fn apply<R: Recorder>(build: &mut Build<'_, R>, resources: &ResMap, replacement: &Replacement) -> Done {
    let Some(targets) =
        replacement.targets.as_ref().filter(|_| replacement.source.is_some() || replacement.source_value.is_some())
    else {
        let fault = Fault::new("a replacement needs a `source` or `sourceValue`, and `targets`");
        return Err(fault.code("invalid-replacement"));
    };
    let value = source_value(build, resources, replacement)?;
    for target in targets {
        apply_to(build, resources, value, target).map_err(|it| match target.at {
            Some(at) => it.or_at(at),
            None => it,
        })?;
    }
    Ok(())
}

fn source_value<R: Recorder>(build: &mut Build<'_, R>, resources: &ResMap, replacement: &Replacement) -> Done<NodeId> {
    let Some(source) = &replacement.source else {
        let value = replacement.source_value.as_ref();
        let node = build.store.scalar(value.map_or("", |it| &it.value));
        let origin = value.map_or(Origin::UNKNOWN, |it| build.store.tree.origin(it.at));
        build.store.tree.set_origin(node, origin);
        return Ok(node);
    };
    if replacement.source_value.is_some() {
        let fault = Fault::new("a replacement has either `source` or `sourceValue`, not both");
        return Err(fault.code("invalid-replacement").hint("take one of them away"));
    }
    let object = select_source(build, resources, source)?;
    let path = if source.field_path.is_empty() { DEFAULT_PATH } else { &source.field_path };
    let found = build.store.lookup(object.node, &split_smart_path(path, '.'), None);
    let found = found.map_err(|it| it.within(format!("looking for the source `{path}`")).code("no-match"))?;
    match found.filter(|&it| !build.store.is_empty(it)) {
        Some(value) => refine(build, source.options.as_ref(), value),
        None => {
            let id = shown(&object.id(&build.store, &mut build.schemas));
            let fault = Fault::new(format!("the source `{id}` has no value at `{path}`")).code("no-match");
            Err(fault.hint("correct `fieldPath`"))
        }
    }
}

fn select_source<'r, R: Recorder>(
    build: &mut Build<'_, R>,
    resources: &'r ResMap,
    source: &ReplacementSource,
) -> Done<&'r Resource> {
    let due = ResId {
        gvk: source.gvk.clone(),
        name: source.name.as_str().into(),
        namespace: source.namespace.as_str().into(),
        cluster: false,
    };
    let mut found: Option<&Resource> = None;
    for resource in resources.list() {
        build.step(1)?;
        if !any_id(build, resource, |id| id.is_selected_by(&due)) {
            continue;
        }
        if let Some(first) = found {
            let ids = [first, resource].map(|it| shown(&it.id(&build.store, &mut build.schemas)));
            let message = format!("`source` selects more than one object: `{}` and `{}`", ids[0], ids[1]);
            return Err(Fault::new(message).code("ambiguous-match").hint("name kind, name and namespace"));
        }
        found = Some(resource);
    }
    found.ok_or_else(|| {
        let message = format!("`source` selects no object: there is no `{}`", shown(&due));
        Fault::new(message).code("no-match").hint("correct kind, name or namespace of the source")
    })
}

/// Whether an identity that the object has or had fits.
fn any_id<R: Recorder>(build: &mut Build<'_, R>, resource: &Resource, fits: impl Fn(&ResId) -> bool) -> bool {
    resource.previous_ids(&build.store).any(|it| fits(&it)) || fits(&resource.id(&build.store, &mut build.schemas))
}

/// The part of a value that `options` name.
fn refine<R: Recorder>(build: &mut Build<'_, R>, options: Option<&FieldOptions>, value: NodeId) -> Done<NodeId> {
    let Some(options) = options.filter(|it| !it.delimiter.is_empty()) else { return Ok(value) };
    if build.store.tree.kind(value) != Kind::Scalar {
        return Err(Fault::new("`delimiter` only fits text, and the source is none").code("invalid-replacement"));
    }
    let text = build.store.tree.value(value);
    let parts: Vec<&str> = text.split(options.delimiter.as_str()).collect();
    let part = usize::try_from(options.index).ok().and_then(|it| parts.get(it)).map(|it| (*it).to_owned());
    let Some(part) = part else {
        let message = format!("there is no part {} in the {} parts of the source", options.index, parts.len());
        return Err(Fault::new(message).code("invalid-replacement").hint("correct `index`, which counts from 0"));
    };
    let copy = build.store.tree.copy(value);
    build.store.tree.set_value(copy, &part);
    Ok(copy)
}

fn apply_to<R: Recorder>(
    build: &mut Build<'_, R>,
    resources: &ResMap,
    value: NodeId,
    target: &ReplacementTarget,
) -> Done {
    let Some(select) = &target.select else {
        return Err(Fault::new("a target has no `select`").code("invalid-replacement"));
    };
    let selects = SelectorRegex::new(select, &build.limits)?;
    let rejects = target.reject.iter().map(|it| Ok((it, SelectorRegex::new(it, &build.limits)?)));
    let rejects = rejects.collect::<Done<Vec<_>>>()?;
    let mut any = false;
    for resource in resources.list() {
        build.step(1)?;
        if is_selected(build, resource, &selects, &rejects) {
            any = true;
            put(build, resource, value, target)?;
        }
    }
    if !any && let Some(at) = target.at {
        let place = build.place_of(at);
        let warning = tidegate_base::Diagnostic::warning("no-match", "the target of a replacement selects no object");
        build.warn(warning.at(place).hint("correct `select`, or take the target away"));
    }
    Ok(())
}

fn is_selected<R: Recorder>(
    build: &mut Build<'_, R>,
    resource: &Resource,
    selects: &SelectorRegex,
    rejects: &[(&Selector, SelectorRegex)],
) -> bool {
    let has_marks = |regex: &SelectorRegex| {
        regex.has_no_marks()
            || regex.matches_labels(&resource.meta_map(&build.store, "labels"))
                && regex.matches_annotations(&resource.meta_map(&build.store, "annotations"))
    };
    if !has_marks(selects) || rejects.iter().any(|it| !it.1.has_no_marks() && has_marks(&it.1)) {
        return false;
    }
    let rejected = |id: &ResId| rejects.iter().any(|(reject, regex)| !reject.has_no_id() && regex.matches_id(id));
    !any_id(build, resource, rejected) && any_id(build, resource, |id| selects.matches_id(id))
}

/// Puts a value into one object.
fn put<R: Recorder>(build: &mut Build<'_, R>, resource: &Resource, value: NodeId, target: &ReplacementTarget) -> Done {
    let create = target.options.as_ref().is_some_and(|it| it.create).then(|| build.store.tree.kind(value));
    let default = [DEFAULT_PATH.to_owned()];
    let paths = if target.field_paths.is_empty() { &default } else { &target.field_paths[..] };
    for text in paths {
        let path = split_smart_path(text, '.');
        build.store.refuse_deeper(path.len(), Some(value))?;
        if structured::put(build, resource.node, value, &path, create).is_ok() {
            continue;
        }
        let found = build
            .path_match(create)
            .find(resource.node, &path)
            .and_then(|found| if found.is_empty() { Err(Fault::new("nothing is there")) } else { Ok(found) });
        let found = found.map_err(|it| not_found(build, resource, text, create.is_some(), it))?;
        for field in found {
            set(build, field, value, target.options.as_ref())?;
        }
    }
    Ok(())
}

fn not_found<R: Recorder>(
    build: &mut Build<'_, R>,
    resource: &Resource,
    path: &str,
    create: bool,
    cause: Fault,
) -> Fault {
    let id = shown(&resource.id(&build.store, &mut build.schemas));
    let what = if create { "can neither be found nor created" } else { "is not there" };
    let fault = Fault::new(format!("`{path}` {what} in `{id}`: {}", cause.message)).code("no-match");
    fault.hint(if create { "correct the path" } else { "correct the path, or set `options: {create: true}`" })
}

fn set<R: Recorder>(build: &mut Build<'_, R>, field: NodeId, value: NodeId, options: Option<&FieldOptions>) -> Done {
    let origin = build.store.tree.origin(value);
    let is_text = build.store.tree.kind(field) == Kind::Scalar;
    let mut text = build.store.tree.value(value).to_owned();
    let delimited = options.filter(|it| !it.delimiter.is_empty());
    if let Some(options) = delimited {
        if !is_text {
            let fault = Fault::new("`delimiter` only fits text, and the target is none");
            return Err(fault.code("invalid-replacement"));
        }
        text = joined(build.store.tree.value(field), &text, options);
    }
    if is_text {
        build.store.set_value(field, &text, origin);
        return Ok(());
    }
    let copy = build.store.tree.copy(value);
    if let Some(limit) = build.store.tree.overflow() {
        return Err(limit.into());
    }
    build.store.assign(field, copy);
    Ok(())
}

/// A text with one of its parts replaced, or with one more before or behind.
fn joined(text: &str, part: &str, options: &FieldOptions) -> String {
    let mut parts: Vec<&str> = text.split(options.delimiter.as_str()).collect();
    match usize::try_from(options.index) {
        Err(_) => parts.insert(0, part),
        Ok(index) if index >= parts.len() => parts.push(part),
        Ok(index) => parts[index] = part,
    }
    parts.join(&options.delimiter)
}

impl<R: Recorder> Build<'_, R> {
    pub(crate) fn path_match(&mut self, create: Option<Kind>) -> PathMatch<'_, R> {
        PathMatch { store: &mut self.store, limits: &self.limits, steps: &mut self.steps, create }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_replaced_or_added() {
        let options = |index| FieldOptions { delimiter: ":".to_owned(), index, ..FieldOptions::default() };
        assert_eq!(joined("a:b", "x", &options(1)), "a:x");
        assert_eq!(joined("a:b", "x", &options(-1)), "x:a:b");
        assert_eq!(joined("a:b", "x", &options(9)), "a:b:x");
    }
}
