//! Field specs: where in which kinds a transformer works, and walking there.
//!
//! Implements: api/types/fieldspec.go and api/filters/fieldspec of sigs.k8s.io/kustomize v5.8.1.
//! Keeps:      lists on the way are entered item by item, whether the path has `[]` or not; a null on the way ends it.

use std::{hash::BuildHasher as _, ops::Deref, sync::Arc};

use rustc_hash::FxBuildHasher;
use tidegate_base::Recorder;
use tidegate_yaml::{Kind, NodeId, Tag};

use crate::{
    id::{Gvk, split_api_version},
    store::{Done, Fault, Store, split_path},
};

/// Where a transformer works. Cheap to clone: every build hands the built-in ones around.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldSpec(Arc<Inner>);

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Inner {
    /// The kinds: empty fields select everything.
    pub(crate) gvk: Gvk,
    /// Field names with `/` between them.
    pub(crate) path: String,
    /// Whether missing fields are created.
    pub(crate) create: bool,
    parts: Vec<String>,
    order: (i32, String),
    /// Of the path: most specs that are compared have different ones.
    hash: u64,
}

impl Deref for FieldSpec {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl FieldSpec {
    pub(crate) fn new(gvk: Gvk, path: &str, create: bool) -> Self {
        let (parts, order, hash) = (split_path(path, '/'), gvk.sort_key(), FxBuildHasher.hash_one(path));
        Self(Arc::new(Inner { gvk, path: path.to_owned(), create, parts, order, hash }))
    }

    /// Everything at `path`.
    pub(crate) fn any(path: &str, create: bool) -> Self {
        Self::new(Gvk::default(), path, create)
    }

    /// By what lists of specs are sorted.
    pub(crate) fn order(&self) -> &(i32, String) {
        &self.order
    }

    /// Whether a new spec `other` says what this one says.
    fn covers(&self, other: &Self) -> bool {
        self.hash == other.hash && self.path == other.path && self.gvk.is_selected(&other.gvk)
    }

    /// Whether the spec is about kinds like this object's.
    pub(crate) fn applies(&self, api_version: &str, kind: &str) -> bool {
        let (group, version) = split_api_version(api_version);
        let is = |due: &str, found: &str| due.is_empty() || due == found;
        is(&self.gvk.kind, kind) && is(&self.gvk.group, group) && is(&self.gvk.version, version)
    }
}

/// Whether `specs` say everything that `more` says.
pub(crate) fn say_all(specs: &[FieldSpec], more: &[FieldSpec]) -> bool {
    let says =
        |it: &FieldSpec| specs.iter().find(|known| known.covers(it)).is_some_and(|known| known.create == it.create);
    more.iter().all(says)
}

/// Adds `more` to `specs`, unless it is there.
///
/// # Errors
/// It is there, but says otherwise about creating the field.
pub(crate) fn merge_one(specs: &mut Vec<FieldSpec>, more: &FieldSpec) -> Result<(), String> {
    match specs.iter().find(|it| it.covers(more)) {
        Some(found) if found.create != more.create => {
            Err(format!("two field specs for `{}` disagree about creating it", more.path))
        }
        Some(_) => Ok(()),
        None => {
            specs.push(more.clone());
            Ok(())
        }
    }
}

/// As [`merge_one`], for each of `more`.
///
/// # Errors
/// As [`merge_one`].
pub(crate) fn merge_all(specs: &mut Vec<FieldSpec>, more: &[FieldSpec]) -> Result<(), String> {
    more.iter().try_for_each(|it| merge_one(specs, it))
}

/// What a missing or null field becomes before it is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Create {
    pub(crate) kind: Kind,
    pub(crate) tag: Tag,
}

/// Calls `set` for every node that `spec` leads to in the object `node`, if it is about its kind.
pub(crate) fn visit<R: Recorder>(
    store: &mut Store<R>,
    node: NodeId,
    spec: &FieldSpec,
    create: Option<Create>,
    set: &mut dyn FnMut(&mut Store<R>, NodeId) -> Done,
) -> Done {
    let field = |name| store.tree.get(node, name).map_or("", |it| store.tree.value(it));
    if !spec.applies(field("apiVersion"), field("kind")) {
        return Ok(());
    }
    visit_any(store, node, spec, create, set)
}

/// As [`visit`], whatever the kind of the object.
pub(crate) fn visit_any<R: Recorder>(
    store: &mut Store<R>,
    node: NodeId,
    spec: &FieldSpec,
    create: Option<Create>,
    set: &mut dyn FnMut(&mut Store<R>, NodeId) -> Done,
) -> Done {
    store.refuse_deeper(spec.parts.len(), None)?;
    Walk { spec, create, set }
        .node(store, node, 0)
        .map_err(|it| it.within(format!("considering field `{}`", spec.path)))
}

struct Walk<'a, R> {
    spec: &'a FieldSpec,
    create: Option<Create>,
    set: &'a mut dyn FnMut(&mut Store<R>, NodeId) -> Done,
}

impl<R: Recorder> Walk<'_, R> {
    fn node(&mut self, store: &mut Store<R>, node: NodeId, depth: usize) -> Done {
        if depth == self.spec.parts.len() {
            return (self.set)(store, node);
        }
        if store.is_null(node) {
            return Ok(());
        }
        match store.tree.kind(node) {
            Kind::Sequence => {
                for index in 0..store.tree.content(node).len() {
                    let item = store.tree.item(node, index);
                    self.node(store, item, depth)?;
                }
                Ok(())
            }
            Kind::Mapping => self.mapping(store, node, depth),
            Kind::Alias => self.node(store, store.tree.resolve(node), depth),
            Kind::Scalar => Err(Fault::at("expected a list or mapping, found a scalar", node)),
        }
    }

    fn mapping(&mut self, store: &mut Store<R>, node: NodeId, depth: usize) -> Done {
        let part = &self.spec.parts[depth];
        let (name, is_list) = match part.strip_suffix("[]") {
            Some(name) => (name, true),
            None => (part.as_str(), false),
        };
        if name.is_empty() {
            return Err(Fault::new("a field without a name cannot be set or created"));
        }
        let last = depth + 1 == self.spec.parts.len();
        // What the field becomes if it is null, and whether it is created if it is missing.
        let (becomes, create) = match self.create {
            Some(create) if self.spec.create && !is_list => {
                let becomes = if last { create } else { Create { kind: Kind::Mapping, tag: Tag::Map } };
                (Some(becomes), Some(becomes.kind))
            }
            _ if is_list => (Some(Create { kind: Kind::Sequence, tag: Tag::None }), None),
            _ => (None, None),
        };
        let found = match store.tree.get(node, name) {
            Some(found) if !is_number(name) => Some(found),
            _ => store.lookup(node, &[name.to_owned()], create).map_err(|it| it.within(format!("field `{name}`")))?,
        };
        let Some(field) = found else { return Ok(()) };
        if let Some(becomes) = becomes
            && store.is_null(field)
        {
            store.tree.set_kind(field, becomes.kind);
            store.tree.set_tag(field, becomes.tag);
        }
        self.node(store, field, depth + 1)
    }
}

/// A name that kyaml takes for an index, or that it passes over.
fn is_number(name: &str) -> bool {
    name.parse::<i64>().is_ok() || matches!(name, "-" | "*") || name.starts_with('[') || name.trim() != name
}
