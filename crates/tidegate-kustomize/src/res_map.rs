//! An ordered set of resources.
//!
//! Implements: api/resmap/reswrangler.go of sigs.k8s.io/kustomize v5.8.1.
//! Differs:    resources are found by index, not by looking at all of them.

use rustc_hash::FxHashMap;
use std::hash::{Hash as _, Hasher as _};

use tidegate_base::Recorder;
use tidegate_yaml::NodeId;

use crate::{
    build::Build,
    id::{ResId, split_api_version},
    resource::{Behavior, Note, Resource},
    selector::{Selector, SelectorRegex},
    store::{Done, Fault},
};

/// Resources in the order in which they were added.
#[derive(Debug, Default)]
pub(crate) struct ResMap {
    list: Vec<Resource>,
    /// By the identity that each has now.
    current: Option<Index>,
    /// By every identity that each has or had.
    any: Option<Index>,
}

type Index = FxHashMap<u64, Vec<u32>>;

/// What two identities share that are the same.
fn key(id: &ResId) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    (&id.gvk, &id.name, id.effective_namespace()).hash(&mut hasher);
    hasher.finish()
}

impl ResMap {
    pub(crate) fn list(&self) -> &[Resource] {
        &self.list
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn get(&self, index: usize) -> &Resource {
        &self.list[index]
    }

    /// The resource, to change it; if that may change its identity, [`moved`](Self::moved) must follow.
    pub(crate) fn get_mut(&mut self, index: usize) -> &mut Resource {
        &mut self.list[index]
    }

    /// Identities may have changed.
    pub(crate) fn moved(&mut self) {
        self.current = None;
        self.any = None;
    }

    /// Takes all resources out.
    pub(crate) fn take(&mut self) -> Vec<Resource> {
        self.moved();
        std::mem::take(&mut self.list)
    }

    /// Puts resources in without looking at their identities.
    pub(crate) fn set(&mut self, list: Vec<Resource>) {
        self.list = list;
        self.moved();
    }

    fn current<R: Recorder>(&mut self, build: &mut Build<'_, R>) -> &mut Index {
        let list = &self.list;
        self.current.get_or_insert_with(|| {
            let mut index = Index::default();
            for (at, resource) in list.iter().enumerate() {
                let id = resource.id(&build.store, &mut build.schemas);
                index.entry(key(&id)).or_default().push(at as u32);
            }
            index
        })
    }

    fn any<R: Recorder>(&mut self, build: &mut Build<'_, R>) -> &Index {
        let list = &self.list;
        self.any.get_or_insert_with(|| {
            let mut index = Index::default();
            for (at, resource) in list.iter().enumerate() {
                if build.store.is_empty(resource.node) {
                    continue;
                }
                let now = resource.id(&build.store, &mut build.schemas);
                for id in resource.previous_ids(&build.store).chain([now]) {
                    let found: &mut Vec<u32> = index.entry(key(&id)).or_default();
                    if found.last() != Some(&(at as u32)) {
                        found.push(at as u32);
                    }
                }
            }
            index
        })
    }

    /// Resources that have the identity `id` now.
    pub(crate) fn with_id<R: Recorder>(&mut self, build: &mut Build<'_, R>, id: &ResId) -> Vec<usize> {
        let found = self.current(build).get(&key(id)).cloned().unwrap_or_default();
        let mut found: Vec<usize> = found.into_iter().map(|it| it as usize).collect();
        found.retain(|&it| self.list[it].id(&build.store, &mut build.schemas).is_same(id));
        found
    }

    /// Resources that have or had the identity `id`.
    pub(crate) fn with_any_id<R: Recorder>(&mut self, build: &mut Build<'_, R>, id: &ResId) -> Vec<usize> {
        let found = self.any(build).get(&key(id)).cloned().unwrap_or_default();
        let mut found: Vec<usize> = found.into_iter().map(|it| it as usize).collect();
        found.retain(|&it| {
            let resource = &self.list[it];
            resource.id(&build.store, &mut build.schemas).is_same(id)
                || resource.previous_ids(&build.store).any(|it| it.is_same(id))
        });
        found
    }

    /// Tells the index that the resource at `at` had the identity `before` and has another now.
    pub(crate) fn renamed<R: Recorder>(&mut self, build: &mut Build<'_, R>, at: usize, before: &ResId) {
        self.any = None;
        if self.current.is_none() {
            return;
        }
        let now = self.list[at].id(&build.store, &mut build.schemas);
        if let Some(index) = &mut self.current {
            if let Some(found) = index.get_mut(&key(before)) {
                found.retain(|&it| it as usize != at);
            }
            index.entry(key(&now)).or_default().push(at as u32);
        }
    }

    /// Adds a resource.
    ///
    /// # Errors
    /// Another has its identity.
    pub(crate) fn append<R: Recorder>(&mut self, build: &mut Build<'_, R>, resource: Resource) -> Done {
        let id = resource.id(&build.store, &mut build.schemas);
        if let Some(&other) = self.with_id(build, &id).first() {
            return Err(twice(build, &id, resource.node, self.list[other].node));
        }
        let at = self.list.len() as u32;
        if let Some(index) = &mut self.current {
            index.entry(key(&id)).or_default().push(at);
        }
        self.any = None;
        self.list.push(resource);
        Ok(())
    }

    /// The one resource that has or had the identity of a patch.
    ///
    /// # Errors
    /// There is none, or more than one.
    pub(crate) fn target_of<R: Recorder>(&mut self, build: &mut Build<'_, R>, id: &ResId) -> Done<usize> {
        match self.with_any_id(build, id)[..] {
            [found] => Ok(found),
            [] => {
                let nearest = self.nearest(build, id);
                let fault = Fault::new(format!("no resource matches the patch for `{}`", shown(id))).code("no-match");
                Err(match nearest {
                    Some(name) => fault.hint(format!("patch a resource that is there, such as `{name}`")),
                    None => {
                        fault.hint("add the resource to `resources`, or correct kind, name or namespace of the patch")
                    }
                })
            }
            ref many => Err(Fault::new(format!("{} resources match the patch for `{}`", many.len(), shown(id)))
                .code("ambiguous-match")
                .hint("give the patch a namespace, or a `target` that selects one")),
        }
    }

    /// A resource of the same kind or name, for a hint.
    fn nearest<R: Recorder>(&self, build: &mut Build<'_, R>, id: &ResId) -> Option<String> {
        let ids = self.list.iter().take(2000).map(|it| it.id(&build.store, &mut build.schemas));
        let best = ids
            .map(|it| {
                let distance = crate::nearest::distance(&it.name, &id.name)
                    + if it.gvk.kind == id.gvk.kind { 0 } else { 6 }
                    + if it.is_same_namespace(id) { 0 } else { 3 };
                (distance, it)
            })
            .min_by_key(|it| it.0)?;
        (best.0 <= 8).then(|| shown(&best.1))
    }

    /// Adds what a generator made: creates, replaces or merges as it says.
    pub(crate) fn absorb<R: Recorder>(&mut self, build: &mut Build<'_, R>, mut resource: Resource) -> Done {
        let id = resource.id(&build.store, &mut build.schemas);
        let behavior = resource.state.behavior;
        match self.with_any_id(build, &id)[..] {
            [] if matches!(behavior, Behavior::Merge | Behavior::Replace) => Err(Fault::at(
                format!("`{}` does not exist; it cannot be {}d", shown(&id), behavior.name()),
                resource.node,
            )
            .code("no-match")
            .hint("correct its name, or take `behavior` away")),
            [] => self.append(build, resource),
            [at] => {
                if !matches!(behavior, Behavior::Merge | Behavior::Replace) {
                    return Err(Fault::at(
                        format!("`{}` exists already; its behavior is `{}`", shown(&id), behavior.name()),
                        resource.node,
                    )
                    .code("duplicate-id")
                    .hint("set `behavior: merge` or `behavior: replace`, or give it another name"));
                }
                let old = self.list[at].clone();
                resource.copy_merge_metadata(&mut build.store, &old)?;
                if behavior == Behavior::Merge {
                    resource.merge_data(&mut build.store, &old, "data")?;
                    resource.merge_data(&mut build.store, &old, "binaryData")?;
                    if old.origin.is_some() {
                        resource.origin = old.origin;
                    }
                }
                let id = resource.id(&build.store, &mut build.schemas);
                match self.with_id(build, &id)[..] {
                    [found] if found == at => {
                        self.list[at] = resource;
                        self.moved();
                        Ok(())
                    }
                    _ => Err(Fault::at(
                        format!("`{}` cannot take the place of what it merges with", shown(&id)),
                        resource.node,
                    )),
                }
            }
            ref many => Err(Fault::at(
                format!("{} objects could take what is generated for `{}`", many.len(), shown(&id)),
                resource.node,
            )
            .code("ambiguous-match")),
        }
    }

    /// Resources that `selector` selects.
    pub(crate) fn select<R: Recorder>(&self, build: &mut Build<'_, R>, selector: &Selector) -> Done<Vec<usize>> {
        let regex = SelectorRegex::new(selector, &build.limits)?;
        let mut found = Vec::new();
        for (at, resource) in self.list.iter().enumerate() {
            build.step(1)?;
            if is_selected(build, resource, &regex) {
                found.push(at);
            }
        }
        Ok(found)
    }

    /// Takes out what a transformer emptied.
    pub(crate) fn drop_empty<R: Recorder>(&mut self, build: &Build<'_, R>) {
        let before = self.list.len();
        self.list.retain(|it| !build.store.is_empty(it.node));
        if self.list.len() != before {
            self.moved();
        }
    }

    /// That no two resources have one identity.
    ///
    /// # Errors
    /// Two have.
    pub(crate) fn refuse_twins<R: Recorder>(&mut self, build: &mut Build<'_, R>) -> Done {
        for resource in self.take() {
            self.append(build, resource)?;
        }
        Ok(())
    }

    /// Notes a transformer, for `transformerAnnotations`.
    pub(crate) fn note_transformer(&mut self, note: &Note) {
        for resource in &mut self.list {
            match resource.origin {
                Some(_) => resource.transformations.push(note.clone()),
                None => resource.origin = Some(Box::new(note.clone())),
            }
        }
    }
}

/// Whether a selector selects a resource by its kind of today, a name and namespace that it has or had first, labels and
/// annotations.
fn is_selected<R: Recorder>(build: &mut Build<'_, R>, resource: &Resource, regex: &SelectorRegex) -> bool {
    let store = &build.store;
    let (group, version) = split_api_version(resource.api_version(store));
    let first = resource.state.previous.first();
    if !regex.matches_kind(group, version, resource.kind(store))
        || !regex.matches_name(resource.name(store)) && !first.is_some_and(|it| regex.matches_name(&it.name))
    {
        return false;
    }
    let has_marks = || {
        regex.matches_labels(&resource.meta_map(store, "labels"))
            && regex.matches_annotations(&resource.meta_map(store, "annotations"))
    };
    if !(regex.has_no_marks() || has_marks()) {
        return false;
    }
    if !regex.has_namespace() {
        return true;
    }
    let now = resource.id(&build.store, &mut build.schemas);
    let first = resource.previous_ids(&build.store).next();
    let had = first.is_some_and(|it| regex.matches_namespace(it.effective_namespace()));
    had || regex.matches_namespace(now.effective_namespace())
}

/// An identity as people write it: `Deployment.apps web/api`.
pub(crate) fn shown(id: &ResId) -> String {
    let group = if id.gvk.group.is_empty() { String::new() } else { format!(".{}", id.gvk.group) };
    let namespace = if id.namespace.is_empty() { String::new() } else { format!("{}/", id.namespace) };
    format!("{}{group} {namespace}{}", id.gvk.kind, id.name)
}

fn twice<R: Recorder>(build: &Build<'_, R>, id: &ResId, second: NodeId, first: NodeId) -> Fault {
    let before = build.place(build.store.tree.origin(first));
    let seen = before.map_or_else(String::new, |it| format!(", first at {it}"));
    Fault::at(format!("`{}` is there twice{seen}", shown(id)), second)
        .code("duplicate-id")
        .hint("take one away, or make it a patch")
}
