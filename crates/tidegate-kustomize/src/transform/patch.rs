//! `patches`, `patchesStrategicMerge` and `patchesJson6902`.
//!
//! Implements: `Transform` of PatchTransformer, PatchStrategicMergeTransformer and PatchJson6902Transformer, and
//!             `ApplySmPatch` of api/resource and api/resmap of sigs.k8s.io/kustomize v5.8.1.
//! Keeps:      a patch changes neither namespace nor, unless it is allowed to, name and kind; a patch that is copied for
//!             its target has its labels and annotations turned into strings, `null` into `"null"`.

use tidegate_base::{Diagnostic, Origin, Recorder};
use tidegate_yaml::{Kind, NodeId};

use crate::{
    build::Build,
    json_patch::JsonPatch,
    load::{LoadedPatch, PatchBody},
    merge::{Merge, Rules, Surprise},
    res_map::{ResMap, shown},
    resource::{Resource, State, meta},
    selector::Selector,
    store::{Done, Fault, Store},
};

/// Applies an entry of `patches`.
pub(super) fn apply<R: Recorder>(build: &mut Build<'_, R>, resources: &mut ResMap, patch: &LoadedPatch) -> Done {
    let nodes = match &patch.body {
        PatchBody::Json(_) => return apply_json(build, resources, patch, true),
        PatchBody::StrategicMerge(nodes) => nodes,
    };
    if nodes.is_empty() {
        warn(build, patch.at, "empty-patch", "the patch is empty", "take it away");
        return Ok(());
    }
    let Some(target) = &patch.target else {
        for &node in nodes {
            let at = find_target(build, resources, node)?;
            apply_merge(build, resources, at, node, patch)?;
        }
        return Ok(());
    };
    let &[node] = &nodes[..] else {
        let message = format!("a patch with a `target` is one object, this one has {}", nodes.len());
        let fault = Fault::at(message, patch.at).code("invalid-patch");
        return Err(fault.hint("make an entry of `patches` of each, or take `target` away"));
    };
    let selected = select(build, resources, target, patch)?;
    warn_of_null_marks(build, node);
    for at in selected {
        let copy = copy_for(build, resources.get(at), node)?;
        apply_merge(build, resources, at, copy, patch)?;
    }
    finish(build, resources, patch)
}

/// Applies the objects of an entry of `patchesStrategicMerge`.
pub(super) fn apply_merges<R: Recorder>(build: &mut Build<'_, R>, resources: &mut ResMap, patch: &LoadedPatch) -> Done {
    let PatchBody::StrategicMerge(nodes) = &patch.body else { return Ok(()) };
    for &node in nodes {
        let at = find_target(build, resources, node)?;
        warn_of_null_marks(build, node);
        let copy = copy_for(build, resources.get(at), node)?;
        apply_merge(build, resources, at, copy, patch)?;
        finish(build, resources, patch)?;
    }
    Ok(())
}

/// The object that a patch without a target names.
fn find_target<R: Recorder>(build: &mut Build<'_, R>, resources: &mut ResMap, patch: NodeId) -> Done<usize> {
    let id = Resource::new(patch).id(&build.store, &mut build.schemas);
    resources.target_of(build, &id).map_err(|it| it.or_at(patch))
}

fn select<R: Recorder>(
    build: &mut Build<'_, R>,
    resources: &ResMap,
    target: &Selector,
    patch: &LoadedPatch,
) -> Done<Vec<usize>> {
    let selected = resources.select(build, target).map_err(|it| it.or_at(patch.at))?;
    if selected.is_empty() {
        warn(
            build,
            patch.at,
            "no-match",
            "the patch's `target` selects no object",
            "correct it, or take the patch away",
        );
    }
    Ok(selected)
}

fn warn<R: Recorder>(build: &mut Build<'_, R>, at: NodeId, code: &'static str, message: &str, hint: &str) {
    if build.is_full(tidegate_base::Severity::Warning) {
        return;
    }
    let place = build.place_of(at);
    build.warn(Diagnostic::warning(code, message).at(place).hint(hint));
}

/// A copy of a patch with the API version of its target; its labels and annotations become strings.
fn copy_for<R: Recorder>(build: &mut Build<'_, R>, target: &Resource, patch: NodeId) -> Done<NodeId> {
    let copy = build.store.tree.copy(patch);
    if let Some(limit) = build.store.tree.overflow() {
        return Err(limit.into());
    }
    let resource = Resource::new(copy);
    for field in ["labels", "annotations"] {
        let present = meta(&build.store, copy).is_some_and(|it| build.store.tree.get(it, field).is_some());
        if present {
            let entries = resource.meta_map(&build.store, field);
            resource.set_meta_map(&mut build.store, field, entries)?;
        }
    }
    let api_version = target.api_version(&build.store).to_owned();
    resource.set_api_version(&mut build.store, &api_version)?;
    Ok(copy)
}

/// That `null` in labels or annotations does not take them away.
fn warn_of_null_marks<R: Recorder>(build: &mut Build<'_, R>, patch: NodeId) {
    for field in ["labels", "annotations"] {
        let store = &build.store;
        let Some(map) = meta(store, patch).and_then(|it| store.tree.get(it, field)) else { continue };
        let null = if store.is_null(map) {
            Some(map)
        } else {
            store.tree.entries(map).find(|it| store.is_null(it.1)).map(|it| it.1)
        };
        if let Some(null) = null {
            let message = format!("`null` does not take `{field}` away here: kustomize makes a string of it");
            warn(
                build,
                null,
                "null-mark",
                &message,
                "use a JSON patch with `op: remove`, or name the object instead of a `target`",
            );
        }
    }
}

/// Merges a patch into the object at `at`; an object that is deleted is left empty.
fn apply_merge<R: Recorder>(
    build: &mut Build<'_, R>,
    resources: &mut ResMap,
    at: usize,
    patch: NodeId,
    settings: &LoadedPatch,
) -> Done {
    let before = resources.get(at).id(&build.store, &mut build.schemas);
    let resource = resources.get_mut(at);
    let (name, namespace) = (resource.name(&build.store).to_owned(), resource.namespace(&build.store).to_owned());
    let kind = resource.kind(&build.store).to_owned();
    if settings.allow_name_change || settings.allow_kind_change {
        resource.store_previous(&build.store, &mut build.schemas)?;
    }
    let marked = mark(build, resource, patch)?;
    let identity = identity(&build.store, resource.node);
    let Build { store, schemas, steps, .. } = build;
    let mut merge = Merge { store, schemas, steps, rules: Rules::default(), surprises: Vec::new() };
    let merged = merge.merge(resource.node, patch);
    let surprises = merge.surprises;
    warn_of(build, surprises);
    match merged.map_err(|it| it.or_at(patch).within(shown(&before)))? {
        Some(node) if !build.store.is_empty(node) => resource.node = node,
        _ => {
            resource.node = build.store.tree.mapping();
            resources.moved();
            return Ok(());
        }
    }
    if marked {
        unmark(build, resource)?;
    }
    if !settings.allow_kind_change {
        resource.set_kind(&mut build.store, &kind)?;
    }
    if !settings.allow_name_change {
        resource.set_name(&mut build.store, &name)?;
    }
    resource.set_namespace(&mut build.store, &namespace)?;
    keep_origins(&mut build.store, resource.node, &identity);
    let now = resource.id(&build.store, &mut build.schemas);
    if now != before || settings.allow_name_change || settings.allow_kind_change {
        resources.renamed(build, at, &before);
    }
    Ok(())
}

/// The fields by which a patch names its target, each with its text and origin.
fn identity<R: Recorder>(store: &Store<R>, node: NodeId) -> Vec<(&'static str, String, Origin)> {
    let told = |it: &'static str| {
        let field = identity_field(store, node, it)?;
        Some((it, store.tree.value(field).to_owned(), store.tree.origin(field)))
    };
    if R::ON { IDENTITY.into_iter().filter_map(told).collect() } else { Vec::new() }
}

const IDENTITY: [&str; 4] = ["apiVersion", "kind", "name", "namespace"];

fn identity_field<R: Recorder>(store: &Store<R>, node: NodeId, name: &str) -> Option<NodeId> {
    let holder = if matches!(name, "name" | "namespace") { meta(store, node)? } else { node };
    store.tree.get(holder, name)
}

/// A patch that names its target has not set the name: it came from where it came from before.
fn keep_origins<R: Recorder>(store: &mut Store<R>, node: NodeId, identity: &[(&'static str, String, Origin)]) {
    for (name, text, origin) in identity {
        let field = identity_field(store, node, name).filter(|&it| store.tree.value(it) == text);
        if let Some(field) = field {
            store.tree.set_origin(field, *origin);
        }
    }
}

fn warn_of<R: Recorder>(build: &mut Build<'_, R>, surprises: Vec<Surprise>) {
    for Surprise { message, at } in surprises {
        warn(build, at, "patch-surprise", &message, "check the result");
    }
}

/// An annotation that shows whether a patch took the annotations away.
const MARK: &str = "internal.config.kubernetes.io/tidegate";

/// Upstream forgets what it keeps in annotations when a patch replaces them. Whether it does is seen by a mark.
fn mark<R: Recorder>(build: &mut Build<'_, R>, resource: &Resource, patch: NodeId) -> Done<bool> {
    let store = &mut build.store;
    let directive = |node: NodeId| store.tree.get(node, "$patch").is_some();
    let annotations = store.tree.get(patch, "metadata").map(|it| (it, store.tree.get(it, "annotations")));
    let at_risk = directive(patch)
        || annotations.is_some_and(|(meta, annotations)| {
            store.is_null(meta) || directive(meta) || annotations.is_some_and(|it| store.is_null(it) || directive(it))
        });
    if !at_risk || resource.state == State::default() {
        return Ok(false);
    }
    let path = ["metadata".to_owned(), "annotations".to_owned()];
    let Some(map) = store.lookup(resource.node, &path, Some(Kind::Mapping))? else { return Ok(false) };
    let value = store.string("kept");
    store.set_field(map, MARK, Some(value), tidegate_yaml::Style::PLAIN)?;
    Ok(true)
}

fn unmark<R: Recorder>(build: &mut Build<'_, R>, resource: &mut Resource) -> Done {
    let map = meta(&build.store, resource.node).and_then(|it| build.store.tree.get(it, "annotations"));
    let kept = match map {
        Some(map) if build.store.tree.kind(map) == Kind::Mapping => build.store.clear(map, MARK)?.is_some(),
        _ => false,
    };
    if !kept {
        resource.state = State::default();
    }
    Ok(())
}

/// Takes out what was deleted, and refuses two objects of one identity.
fn finish<R: Recorder>(build: &mut Build<'_, R>, resources: &mut ResMap, settings: &LoadedPatch) -> Done {
    resources.drop_empty(build);
    if settings.allow_name_change || settings.allow_kind_change {
        resources.refuse_twins(build)?;
    }
    Ok(())
}

/// Applies a JSON patch to what its target selects.
pub(super) fn apply_json<R: Recorder>(
    build: &mut Build<'_, R>,
    resources: &mut ResMap,
    patch: &LoadedPatch,
    remember: bool,
) -> Done {
    let (PatchBody::Json(operations), Some(target)) = (&patch.body, &patch.target) else { return Ok(()) };
    for at in select(build, resources, target, patch)? {
        let before = resources.get(at).id(&build.store, &mut build.schemas);
        let resource = resources.get_mut(at);
        if remember {
            resource.store_previous(&build.store, &mut build.schemas)?;
        }
        apply_operations(build, resource, operations).map_err(|it| match it.code {
            "limit" => it.or_at(patch.at),
            _ => it.or_at(patch.at).within(shown(&before)).code("patch-failed"),
        })?;
        if resources.get(at).id(&build.store, &mut build.schemas) != before {
            resources.renamed(build, at, &before);
        }
    }
    Ok(())
}

fn apply_operations<R: Recorder>(build: &mut Build<'_, R>, resource: &mut Resource, operations: &JsonPatch) -> Done {
    // Upstream keeps its state in annotations, so that a patch finds some as soon as there is any.
    if resource.state != State::default() {
        let path = ["metadata".to_owned(), "annotations".to_owned()];
        build.store.lookup(resource.node, &path, Some(Kind::Mapping))?;
    }
    let mut surprises = Vec::new();
    let applied = operations.apply(&mut build.store, resource.node, &mut surprises);
    for surprise in surprises {
        warn(build, surprise.at, "patch-surprise", &surprise.message, "use `op: add` if it is meant to be added");
    }
    resource.node = applied?;
    Ok(())
}
