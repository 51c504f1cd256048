//! `namespace`.
//!
//! Implements: NamespaceTransformer and api/filters/namespace of sigs.k8s.io/kustomize v5.8.1.
//! Keeps:      only kinds that are known to belong to the cluster are left alone; a Namespace is renamed; of the
//!             subjects of a role binding only those called `default` are moved, unless a plugin says otherwise.

use tidegate_base::Recorder;
use tidegate_yaml::{Kind, NodeId, Style, Tag};

use super::{STRING, Specs};
use crate::{
    build::Build,
    field_spec::{Create, FieldSpec, visit},
    res_map::{ResMap, shown},
    resource::Resource,
    store::{Done, Fault, Store},
};

/// Which subjects of a role binding are moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum SubjectMode {
    /// Those called `default`.
    #[default]
    DefaultOnly,
    /// Every ServiceAccount.
    AllServiceAccounts,
    /// None.
    Nothing,
}

/// Moves objects to a namespace.
#[derive(Clone, Copy)]
pub(super) struct Namespace<'a> {
    pub(super) namespace: &'a str,
    pub(super) specs: &'a Specs,
    pub(super) unset_only: bool,
    pub(super) subjects: SubjectMode,
}

impl Namespace<'_> {
    pub(super) fn apply<R: Recorder>(self, build: &mut Build<'_, R>, resources: &mut ResMap) -> Done {
        if self.namespace.is_empty() {
            return Ok(());
        }
        for index in 0..resources.len() {
            build.step(1 + self.specs.len() as u64)?;
            let resource = resources.get_mut(index);
            if build.store.is_empty(resource.node) || resource.state.by_helm {
                continue;
            }
            let before = resource.id(&build.store, &mut build.schemas);
            resource.store_previous(&build.store, &mut build.schemas)?;
            self.object(build, resource)?;
            resources.renamed(build, index, &before);
            let id = resources.get(index).id(&build.store, &mut build.schemas);
            let same = resources.with_id(build, &id);
            if let Some(&other) = same.iter().find(|&&it| it != index) {
                let first = build.place_of(resources.get(other).node);
                let seen = first.map_or_else(String::new, |it| format!(" of {it}"));
                let message = format!("in the namespace `{}`, `{}`{seen} is there twice", self.namespace, shown(&id));
                let fault = Fault::at(message, resources.get(index).node).code("duplicate-id");
                return Err(fault.hint("give one of them another name, or take it away"));
            }
        }
        Ok(())
    }

    /// Moves one object.
    pub(super) fn object<R: Recorder>(self, build: &mut Build<'_, R>, resource: &Resource) -> Done {
        let node = resource.node;
        let gvk = resource.gvk(&build.store);
        let api_version = resource.api_version(&build.store).to_owned();
        if !build.schemas.is_cluster_scoped(&api_version, &gvk.kind) {
            let spec = FieldSpec::any("metadata/namespace", true);
            let create = Create { kind: Kind::Scalar, tag: Tag::None };
            visit(&mut build.store, node, &spec, Some(create), &mut |store, node| self.set(store, node))?;
        }
        let is_binding = |kind: &str| matches!(kind, "RoleBinding" | "ClusterRoleBinding");
        if is_binding(&gvk.kind) {
            self.subjects(&mut build.store, node)?;
        }
        for spec in self.specs.iter() {
            let skipped = spec.path == "metadata/namespace"
                || spec.path == "metadata/name" && api_version != "v1"
                || is_binding(&gvk.kind) && is_binding(&spec.gvk.kind) && spec.path == "subjects/namespace";
            if !skipped {
                visit(&mut build.store, node, spec, Some(STRING), &mut |store, node| self.set(store, node))?;
            }
        }
        Ok(())
    }

    fn set<R: Recorder>(self, store: &mut Store<R>, node: NodeId) -> Done {
        if self.unset_only
            && !store.is_null(node)
            && store.tree.kind(node) == Kind::Scalar
            && !store.tree.value(node).is_empty()
        {
            return Ok(());
        }
        let value = store.tree.scalar(Tag::Str, Style::PLAIN, self.namespace);
        store.set_scalar(node, value)
    }

    fn subjects<R: Recorder>(self, store: &mut Store<R>, node: NodeId) -> Done {
        let (field, due) = match self.subjects {
            SubjectMode::Nothing => return Ok(()),
            SubjectMode::DefaultOnly => ("name", "default"),
            SubjectMode::AllServiceAccounts => ("kind", "ServiceAccount"),
        };
        let Some(subjects) = store.get(node, "subjects")?.filter(|&it| !store.is_null(it)) else { return Ok(()) };
        store.expect(subjects, Kind::Sequence)?;
        for subject in store.tree.content(subjects).to_vec() {
            let found = store.get(subject, field)?;
            if !found.is_some_and(|it| store.tree.value(it) == due && !store.is_null(it)) {
                continue;
            }
            let path = ["namespace".to_owned()];
            if let Some(field) = store.lookup(subject, &path, Some(Kind::Scalar))? {
                self.set(store, field)?;
            }
        }
        Ok(())
    }
}
