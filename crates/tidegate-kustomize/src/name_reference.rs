//! Names that objects mention, after the objects have been renamed.
//!
//! In: objects, and the fields in which kinds mention each other. Out: those fields with the names of today.
//!
//! Implements: api/filters/nameref and internal/accumulator/namereferencetransformer.go of sigs.k8s.io/kustomize v5.8.1.
//! Keeps:      what is mentioned must have had the name, be of the kind, and be in reach; of several the ones with the
//!             same prefixes and suffixes count; several that now have one name count as one.
//! Differs:    objects are found by the names that they had, not by looking at all of them for every field.

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use tidegate_base::Recorder;
use tidegate_yaml::{Kind, NodeId, Style, Tag};

use crate::{
    build::Build,
    config::BackReference,
    field_spec::{FieldSpec, visit_any},
    id::{Gvk, ResId},
    res_map::{ResMap, shown},
    resource::{Resource, State},
    store::{Done, Fault, Store},
};

/// Rewrites every mention of a name.
pub(crate) fn fix<R: Recorder>(
    build: &mut Build<'_, R>,
    resources: &ResMap,
    references: &[BackReference],
) -> Vec<Fault> {
    let directory = Directory::new(build, resources);
    let mut faults = Vec::new();
    let renamed = !directory.by_name.is_empty();
    let mut by_kind: FxHashMap<Gvk, Vec<(usize, usize)>> = FxHashMap::default();
    for at in 0..directory.entries.len() {
        let gvk = &directory.entries[at].original.gvk;
        let specs = by_kind.entry(gvk.clone()).or_insert_with(|| referrers(references, gvk));
        if specs.is_empty() || build.store.is_empty(resources.get(at).node) {
            continue;
        }
        let me = &directory.entries[at];
        let result = Referrer::new(build, &directory, me, resources.get(at).node).and_then(|referrer| {
            let specs = if renamed { &specs[..] } else { &[] };
            specs.iter().try_for_each(|&(reference, spec)| {
                let reference = &references[reference];
                referrer.fix(build, &reference.referrers[spec], &reference.gvk)
            })
        });
        faults.extend(result.err().map(|it| it.or_at(resources.get(at).node)));
    }
    faults
}

/// Rewrites the names in one field of an object that is none of `candidates`.
pub(crate) fn fix_field<R: Recorder>(
    build: &mut Build<'_, R>,
    referrer: &Resource,
    candidates: &ResMap,
    spec: &FieldSpec,
    target: &Gvk,
) -> Done {
    let directory = Directory::new(build, candidates);
    let me = Entry::new(build, referrer);
    Referrer::new(build, &directory, &me, referrer.node)?.fix(build, spec, target)
}

/// The back references and specs about a kind.
fn referrers(references: &[BackReference], gvk: &Gvk) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    for (index, reference) in references.iter().enumerate() {
        let applies = |it: &(usize, &FieldSpec)| gvk.is_selected(&it.1.gvk);
        out.extend(reference.referrers.iter().enumerate().filter(applies).map(|it| (index, it.0)));
    }
    out
}

/// Every object, and by which names they were known.
struct Directory<'r> {
    entries: Vec<Entry<'r>>,
    by_name: FxHashMap<SmolStr, Vec<u32>>,
    by_namespace: FxHashMap<SmolStr, Vec<u32>>,
}

struct Entry<'r> {
    now: ResId,
    original: ResId,
    previous: Vec<ResId>,
    state: &'r State,
}

impl<'r> Directory<'r> {
    fn new<R: Recorder>(build: &mut Build<'_, R>, resources: &'r ResMap) -> Self {
        let mut by_name: FxHashMap<SmolStr, Vec<u32>> = FxHashMap::default();
        let mut by_namespace: FxHashMap<SmolStr, Vec<u32>> = FxHashMap::default();
        let mut entries = Vec::with_capacity(resources.len());
        for (at, resource) in resources.list().iter().enumerate() {
            let entry = Entry::new(build, resource);
            for id in &entry.previous {
                let found = by_name.entry(id.name.clone()).or_default();
                if found.last() != Some(&(at as u32)) {
                    found.push(at as u32);
                }
            }
            if !entry.original.cluster {
                by_namespace.entry(entry.original.effective_namespace().into()).or_default().push(at as u32);
            }
            entries.push(entry);
        }
        Self { entries, by_name, by_namespace }
    }
}

impl<'r> Entry<'r> {
    fn new<R: Recorder>(build: &mut Build<'_, R>, resource: &'r Resource) -> Self {
        let now = resource.id(&build.store, &mut build.schemas);
        let previous: Vec<ResId> = resource.previous_ids(&build.store).collect();
        let original = previous.first().unwrap_or(&now).clone();
        Self { now, original, previous, state: &resource.state }
    }

    fn was(&self, gvk: &Gvk) -> bool {
        self.previous.iter().any(|it| it.gvk.is_selected(gvk))
    }

    /// Whether prefixes and suffixes end the same way.
    fn is_in_context(&self, other: &Self, allow_empty: bool) -> bool {
        let same = |a: &[SmolStr], b: &[SmolStr]| allow_empty && (a.is_empty() || b.is_empty()) || same_ending(a, b);
        same(&self.state.prefixes, &other.state.prefixes) && same(&self.state.suffixes, &other.state.suffixes)
    }
}

fn same_ending(a: &[SmolStr], b: &[SmolStr]) -> bool {
    let (short, long) = if a.len() > b.len() { (b, a) } else { (a, b) };
    if short.is_empty() { long.is_empty() } else { long.ends_with(short) }
}

/// An object that mentions others.
struct Referrer<'d, 'r> {
    directory: &'d Directory<'r>,
    me: &'d Entry<'r>,
    node: NodeId,
    /// Namespaces whose objects a RoleBinding may mention.
    subject_namespaces: FxHashSet<String>,
    role: Option<Gvk>,
}

impl<'d, 'r> Referrer<'d, 'r> {
    fn new<R: Recorder>(
        build: &Build<'_, R>,
        directory: &'d Directory<'r>,
        me: &'d Entry<'r>,
        node: NodeId,
    ) -> Done<Self> {
        let is_role_binding = me.now.gvk.kind == "RoleBinding";
        let subject_namespaces =
            if is_role_binding { subject_namespaces(&build.store, node)? } else { FxHashSet::default() };
        Ok(Self { directory, me, node, subject_namespaces, role: role(&build.store, node) })
    }

    fn fix<R: Recorder>(&self, build: &mut Build<'_, R>, spec: &FieldSpec, target: &Gvk) -> Done {
        let reference = Reference { referrer: self, target, is_role: spec.path.ends_with("roleRef/name") };
        let steps = &mut build.steps;
        visit_any(&mut build.store, self.node, spec, None, &mut |store, node| {
            steps.spend(1)?;
            reference.set(store, node)
        })
    }
}

/// The namespaces of the ServiceAccounts that a RoleBinding is about.
fn subject_namespaces<R: Recorder>(store: &Store<R>, node: NodeId) -> Done<FxHashSet<String>> {
    let mut out = FxHashSet::default();
    let Some(subjects) = store.tree.get(node, "subjects") else { return Ok(out) };
    if store.tree.kind(subjects) != Kind::Sequence {
        return Ok(out);
    }
    for &subject in store.tree.content(subjects) {
        let Some(namespace) = store.tree.get(subject, "namespace") else { continue };
        if store.text(subject, "kind") != "ServiceAccount" {
            continue;
        }
        if !matches!(store.tree.tag(namespace), Tag::Str | Tag::None) {
            let fault = Fault::at("the namespace of a ServiceAccount must be a string", namespace);
            return Err(fault.code("invalid-reference").hint("name a namespace, or take the field away"));
        }
        out.insert(store.tree.value(namespace).to_owned());
    }
    Ok(out)
}

/// Group and kind of the role that a binding names.
fn role<R: Recorder>(store: &Store<R>, node: NodeId) -> Option<Gvk> {
    let role = store.tree.get(node, "roleRef")?;
    let field = |name: &str| store.tree.get(role, name).map(|it| SmolStr::from(store.tree.value(it)));
    Some(Gvk { group: field("apiGroup")?, version: SmolStr::default(), kind: field("kind")? })
}

/// A field in which names of a kind stand.
struct Reference<'a, 'd, 'r> {
    referrer: &'a Referrer<'d, 'r>,
    target: &'a Gvk,
    is_role: bool,
}

impl<'r> Reference<'_, '_, 'r> {
    fn set<R: Recorder>(&self, store: &mut Store<R>, node: NodeId) -> Done {
        if store.is_null(node) {
            return Ok(());
        }
        match store.tree.kind(node) {
            Kind::Scalar => self.set_name(store, node),
            Kind::Mapping => self.set_mapping(store, node),
            _ => {
                for item in store.tree.content(node).to_vec() {
                    match store.tree.kind(item) {
                        _ if store.is_null(item) => {}
                        Kind::Scalar => self.set_name(store, item)?,
                        Kind::Mapping => self.set_mapping(store, item)?,
                        _ => return Err(Fault::at("a name, or a mapping with a name, is due", item)),
                    }
                }
                Ok(())
            }
        }
    }

    fn set_name<R: Recorder>(&self, store: &mut Store<R>, node: NodeId) -> Done {
        let name = store.tree.value(node);
        let Some(found) = self.select(name, None, false)? else { return Ok(()) };
        if found.now.name == name {
            return Ok(());
        }
        let value = store.scalar(&found.now.name);
        store.set_scalar(node, value)
    }

    fn set_mapping<R: Recorder>(&self, store: &mut Store<R>, node: NodeId) -> Done {
        let Some(field) = store.get(node, "name")? else {
            return Err(Fault::at("a field that refers to an object has no `name`", node).code("invalid-reference"));
        };
        let namespace = store.tree.get(node, "namespace").map(|it| store.tree.value(it));
        let name = store.tree.value(field);
        let Some(found) = self.select(name, namespace, true)? else { return Ok(()) };
        if found.now.name == name && found.now.namespace.is_empty() {
            return Ok(());
        }
        for (field, value) in [("name", &found.now.name), ("namespace", &found.now.namespace)] {
            if !value.is_empty() {
                let value = store.scalar(value);
                store.set_field(node, field, Some(value), Style::PLAIN)?;
            }
        }
        Ok(())
    }

    /// The object that a name means; nothing when there is none.
    fn select(&self, name: &str, namespace: Option<&str>, whole: bool) -> Done<Option<&Entry<'r>>> {
        let directory = self.referrer.directory;
        let Some(known) = directory.by_name.get(name) else { return Ok(None) };
        let by_namespace = namespace.map(|it| self.namespace_filter(it));
        let mut found: Vec<&Entry<'r>> = known.iter().map(|&it| &directory.entries[it as usize]).collect();
        found.retain(|it| {
            self.is_reachable(it)
                && by_namespace.as_ref().is_none_or(|(namespace, original)| {
                    let id = if *original { &it.original } else { &it.now };
                    !id.cluster && id.effective_namespace() == *namespace
                })
                && it.was(self.target)
                && self.fits_role(it)
                && self.is_near(it)
        });
        if found.len() > 1 || found.is_empty() {
            let me = self.referrer.me;
            found.retain(|it| it.is_in_context(me, true));
            if found.len() > 1 {
                found.retain(|it| it.is_in_context(me, false));
            }
        }
        let Some((first, others)) = found.split_first() else { return Ok(None) };
        let same =
            |it: &&Entry<'_>| it.now.name == first.now.name && (!whole || it.now.namespace == first.now.namespace);
        if others.iter().all(same) {
            return Ok(Some(first));
        }
        Err(self.ambiguous(name, &found))
    }

    fn ambiguous(&self, name: &str, found: &[&Entry<'_>]) -> Fault {
        let mut ids: Vec<String> = found.iter().take(4).map(|it| format!("`{}`", shown(&it.now))).collect();
        if found.len() > ids.len() {
            ids.push(format!("{} more", found.len() - ids.len()));
        }
        let message =
            format!("`{}` mentions `{name}`, which could be {}", shown(&self.referrer.me.now), ids.join(" or "));
        Fault::new(message).code("ambiguous-reference").hint("give the objects different names")
    }

    /// By which namespaces candidates are told apart: those that they had first, if any object had this one.
    fn namespace_filter<'n>(&self, namespace: &'n str) -> (&'n str, bool) {
        let directory = self.referrer.directory;
        let had = directory.by_namespace.get(namespace);
        let reachable = |it: &u32| self.is_reachable(&directory.entries[*it as usize]);
        (namespace, had.is_some_and(|it| it.iter().any(reachable)))
    }

    /// Whether the referrer may mention an object at all.
    fn is_reachable(&self, other: &Entry<'_>) -> bool {
        let me = &self.referrer.me.now;
        me.cluster
            || other.now.cluster
            || other.now.is_same_namespace(me)
            || self.referrer.subject_namespaces.contains(other.now.namespace.as_str())
    }

    fn fits_role(&self, other: &Entry<'_>) -> bool {
        !self.is_role || self.referrer.role.as_ref().is_none_or(|it| other.was(it))
    }

    fn is_near(&self, other: &Entry<'_>) -> bool {
        let me = &self.referrer.me.now;
        me.cluster || other.now.cluster || other.now.gvk.kind == "ServiceAccount" || other.now.is_same_namespace(me)
    }
}
