//! Resources: an object, and what the build has to remember of it.
//!
//! Implements: api/resource of sigs.k8s.io/kustomize v5.8.1.
//! Keeps:      every name, namespace and kind that a resource had; prefixes and suffixes it was given; a patch that
//!             replaces the annotations makes upstream forget all that, since it is kept there.
//! Differs:    it is kept beside the object; annotations of that kind in the input are read and taken away.

use smol_str::SmolStr;
use tidegate_base::Recorder;
use tidegate_yaml::{Kind, NodeId, Style};

use crate::{
    id::{Gvk, ResId, split_api_version},
    schema::Schemas,
    store::{Done, Fault, Store},
};

/// What happens when a generated object is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Behavior {
    #[default]
    Unspecified,
    Create,
    Replace,
    Merge,
}

impl Behavior {
    pub(crate) fn from_text(text: &str) -> Self {
        match text {
            "create" => Self::Create,
            "replace" => Self::Replace,
            "merge" => Self::Merge,
            _ => Self::Unspecified,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Merge => "merge",
        }
    }
}

/// An identity that a resource had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Previous {
    pub(crate) name: SmolStr,
    pub(crate) namespace: SmolStr,
    pub(crate) kind: SmolStr,
}

/// What upstream keeps in annotations while it builds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct State {
    pub(crate) previous: Vec<Previous>,
    pub(crate) prefixes: Vec<SmolStr>,
    pub(crate) suffixes: Vec<SmolStr>,
    pub(crate) behavior: Behavior,
    pub(crate) needs_hash: bool,
    pub(crate) allow_name_change: bool,
    pub(crate) allow_kind_change: bool,
    /// Made by a chart: its namespace is not changed.
    pub(crate) by_helm: bool,
}

/// An object being built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) node: NodeId,
    pub(crate) state: State,
    /// Names of variables that read this object.
    pub(crate) variables: Vec<String>,
    /// What `buildMetadata: [originAnnotations]` tells.
    pub(crate) origin: Option<Box<Note>>,
    /// What `buildMetadata: [transformerAnnotations]` tells.
    pub(crate) transformations: Vec<Note>,
}

/// An entry of an origin or transformer annotation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Note {
    pub(crate) path: String,
    pub(crate) repo: String,
    pub(crate) reference: String,
    pub(crate) configured_in: String,
    /// API version, kind, name and namespace.
    pub(crate) configured_by: [String; 4],
}

/// Annotations in which upstream keeps what [`State`] holds.
const DOMAIN: &str = "internal.config.kubernetes.io/";

impl Resource {
    pub(crate) fn new(node: NodeId) -> Self {
        Self { node, state: State::default(), variables: Vec::new(), origin: None, transformations: Vec::new() }
    }

    pub(crate) fn name<'s, R: Recorder>(&self, store: &'s Store<R>) -> &'s str {
        meta(store, self.node).map_or("", |it| store.text(it, "name"))
    }

    pub(crate) fn namespace<'s, R: Recorder>(&self, store: &'s Store<R>) -> &'s str {
        meta(store, self.node).map_or("", |it| store.text(it, "namespace"))
    }

    pub(crate) fn api_version<'s, R: Recorder>(&self, store: &'s Store<R>) -> &'s str {
        store.tree.get(self.node, "apiVersion").map_or("", |it| store.tree.value(it))
    }

    pub(crate) fn kind<'s, R: Recorder>(&self, store: &'s Store<R>) -> &'s str {
        store.tree.get(self.node, "kind").map_or("", |it| store.tree.value(it))
    }

    pub(crate) fn gvk<R: Recorder>(&self, store: &Store<R>) -> Gvk {
        Gvk::new(self.api_version(store), self.kind(store))
    }

    /// The identity it has now.
    pub(crate) fn id<R: Recorder>(&self, store: &Store<R>, schemas: &mut Schemas) -> ResId {
        ResId::new(schemas, self.api_version(store), self.kind(store), self.name(store), self.namespace(store))
    }

    /// The identities it had, the oldest first. As upstream has it, none is known to belong to the cluster.
    pub(crate) fn previous_ids<R: Recorder>(&self, store: &Store<R>) -> impl Iterator<Item = ResId> + '_ {
        let (group, version) = split_api_version(self.api_version(store));
        let (group, version) = (SmolStr::from(group), SmolStr::from(version));
        self.state.previous.iter().map(move |it| ResId {
            gvk: Gvk { group: group.clone(), version: version.clone(), kind: it.kind.clone() },
            name: it.name.clone(),
            namespace: it.namespace.clone(),
            cluster: false,
        })
    }

    /// The identity it had first.
    pub(crate) fn original_id<R: Recorder>(&self, store: &Store<R>, schemas: &mut Schemas) -> ResId {
        let first = self.previous_ids(store).next();
        first.unwrap_or_else(|| self.id(store, schemas))
    }

    /// Remembers the identity it has now as one that it had.
    ///
    /// # Errors
    /// A part of it has a comma: upstream keeps them in lists with commas, and crashes.
    pub(crate) fn store_previous<R: Recorder>(&mut self, store: &Store<R>, schemas: &mut Schemas) -> Done {
        let id = self.id(store, schemas);
        let commas = |text: &str| text.matches(',').count();
        let namespace = id.effective_namespace();
        let [first, second, third] = [commas(&id.name), commas(namespace), commas(&id.gvk.kind)];
        if first != second || second != third {
            let fault = Fault::at("a comma in kind, name or namespace", self.node).code("invalid-name");
            return Err(fault.hint("correct the object; if it is encrypted as a whole, encrypt only its values"));
        }
        self.remember(namespace, &id.name, &id.gvk.kind);
        Ok(())
    }

    fn remember(&mut self, namespace: &str, name: &str, kind: &str) {
        self.state.previous.reserve_exact(1);
        self.state.previous.push(Previous { name: name.into(), namespace: namespace.into(), kind: kind.into() });
    }

    pub(crate) fn set_name<R: Recorder>(&self, store: &mut Store<R>, name: &str) -> Done {
        set_meta(store, self.node, "name", name)
    }

    /// Sets the namespace; an empty one clears it.
    pub(crate) fn set_namespace<R: Recorder>(&self, store: &mut Store<R>, namespace: &str) -> Done {
        if namespace.is_empty() {
            if let Some(meta) = store.get(self.node, "metadata")? {
                store.clear(meta, "namespace")?;
            }
            return Ok(());
        }
        set_meta(store, self.node, "namespace", namespace)
    }

    pub(crate) fn set_kind<R: Recorder>(&self, store: &mut Store<R>, kind: &str) -> Done {
        let value = store.scalar(kind);
        store.set_field(self.node, "kind", Some(value), Style::PLAIN)
    }

    pub(crate) fn set_api_version<R: Recorder>(&self, store: &mut Store<R>, api_version: &str) -> Done {
        let value = store.scalar(api_version);
        store.set_field(self.node, "apiVersion", Some(value), Style::PLAIN)
    }

    /// The texts of `metadata.labels` or `metadata.annotations`.
    pub(crate) fn meta_map<R: Recorder>(&self, store: &Store<R>, field: &str) -> Vec<(String, String)> {
        let Some(map) = meta(store, self.node).and_then(|it| store.tree.get(it, field)) else { return Vec::new() };
        let mut out: Vec<(String, String)> = Vec::new();
        for (key, value) in store.tree.entries(map) {
            let (key, value) = (store.tree.value(key).to_owned(), store.tree.value(value).to_owned());
            match out.iter_mut().find(|it| it.0 == key) {
                Some(entry) => entry.1 = value,
                None => out.push((key, value)),
            }
        }
        out
    }

    /// Replaces `metadata.labels` or `metadata.annotations` by strings, sorted by key; by nothing when there are none.
    pub(crate) fn set_meta_map<R: Recorder>(
        &self,
        store: &mut Store<R>,
        field: &str,
        mut entries: Vec<(String, String)>,
    ) -> Done {
        let meta = store.lookup(self.node, &["metadata".to_owned()], Some(Kind::Mapping))?;
        let Some(meta) = meta else { return Ok(()) };
        let old = store.clear(meta, field)?;
        if entries.is_empty() {
            return Ok(());
        }
        entries.sort();
        let map = store.create_field(meta, field, Kind::Mapping)?;
        for (key, value) in entries {
            let node = store.string(&value);
            store.set_field(map, &key, Some(node), Style::PLAIN)?;
            // What says the same as before comes from where it came from before.
            let same = old.and_then(|it| store.tree.get(it, &key)).filter(|&it| store.tree.value(it) == value);
            if let Some(same) = same {
                store.tree.set_origin(node, store.tree.origin(same));
            }
        }
        Ok(())
    }

    /// Takes what upstream would keep in annotations out of them: users may have written it there.
    pub(crate) fn take_state<R: Recorder>(&mut self, store: &mut Store<R>) -> Done {
        let Some(map) = self.read_state(store)? else { return Ok(()) };
        for (key, _) in self.meta_map(store, "annotations") {
            if is_build_annotation(&key) {
                store.clear(map, &key)?;
            }
        }
        Ok(())
    }

    /// Reads what upstream would keep in annotations; gives them if there is any.
    pub(crate) fn read_state<R: Recorder>(&mut self, store: &Store<R>) -> Done<Option<NodeId>> {
        let Some(map) = meta(store, self.node).and_then(|it| store.tree.get(it, "annotations")) else {
            return Ok(None);
        };
        if !store.tree.entries(map).any(|(key, _)| is_build_annotation(store.tree.value(key))) {
            return Ok(None);
        }
        let mut names = [Vec::new(), Vec::new(), Vec::new()];
        for (key, value) in self.meta_map(store, "annotations") {
            let list = || value.split(',').map(SmolStr::from).collect::<Vec<_>>();
            match key.strip_prefix(DOMAIN) {
                Some("previousNames") => names[0] = list(),
                Some("previousNamespaces") => names[1] = list(),
                Some("previousKinds") => names[2] = list(),
                Some("prefixes") => self.state.prefixes = list(),
                Some("suffixes") => self.state.suffixes = list(),
                Some("generatorBehavior") => self.state.behavior = Behavior::from_text(&value),
                Some("needsHashSuffix") => self.state.needs_hash = value == "enabled",
                Some("allowNameChange") => self.state.allow_name_change = value == "enabled",
                Some("allowKindChange") => self.state.allow_kind_change = value == "enabled",
                Some("helm-generated") => self.state.by_helm = value == "true",
                _ => {}
            }
        }
        let [names, namespaces, kinds] = names;
        if names.len() != namespaces.len() || names.len() != kinds.len() {
            return Err(Fault::at("the annotations that keep previous identities do not fit together", map));
        }
        for ((name, namespace), kind) in names.iter().zip(&namespaces).zip(&kinds) {
            self.remember(namespace, name, kind);
        }
        Ok(Some(map))
    }
}

/// Annotations that upstream takes away at the end of a build.
pub(crate) fn is_build_annotation(key: &str) -> bool {
    match key.strip_prefix(DOMAIN) {
        Some(name) => matches!(
            name,
            "previousKinds"
                | "previousNames"
                | "prefixes"
                | "suffixes"
                | "previousNamespaces"
                | "allowNameChange"
                | "allowKindChange"
                | "refBy"
                | "generatorBehavior"
                | "needsHashSuffix"
                | "path"
                | "index"
                | "seqindent"
                | "id"
                | "annotations-migration-resource-id"
                | "helm-generated"
        ),
        None => matches!(key, "config.kubernetes.io/path" | "config.kubernetes.io/index" | "config.k8s.io/id"),
    }
}

/// The `metadata` of an object, unless it is null or empty.
pub(crate) fn meta<R: Recorder>(store: &Store<R>, node: NodeId) -> Option<NodeId> {
    store.tree.get(node, "metadata").filter(|&it| !store.is_empty(it))
}

fn set_meta<R: Recorder>(store: &mut Store<R>, node: NodeId, field: &str, value: &str) -> Done {
    let meta = store.lookup(node, &["metadata".to_owned()], Some(Kind::Mapping))?;
    let Some(meta) = meta else { return Ok(()) };
    let value = store.scalar(value);
    store.set_field(meta, field, Some(value), Style::PLAIN)
}

impl Resource {
    /// Takes over name, namespace, labels, annotations and state of what this one replaces.
    pub(crate) fn copy_merge_metadata<R: Recorder>(&mut self, store: &mut Store<R>, other: &Self) -> Done {
        for field in ["labels", "annotations"] {
            let merged = over(other.meta_map(store, field), self.meta_map(store, field));
            self.set_meta_map(store, field, merged)?;
        }
        let name = other.name(store).to_owned();
        self.set_name(store, &name)?;
        let namespace = other.namespace(store).to_owned();
        self.set_namespace(store, &namespace)?;
        // Of what upstream keeps in annotations, the other's counts; a hash is only needed if both want one.
        let needs_hash = self.state.needs_hash && other.state.needs_hash;
        self.state = State { needs_hash, ..other.state.clone() };
        self.variables = other.variables.clone();
        Ok(())
    }

    /// Replaces `data` or `binaryData` by the other's with this one's on top.
    pub(crate) fn merge_data<R: Recorder>(&self, store: &mut Store<R>, other: &Self, field: &str) -> Done {
        let merged = over(data_map(store, other.node, field), data_map(store, self.node, field));
        store.clear(self.node, field)?;
        for (key, value) in merged {
            let map = match store.get(self.node, field)? {
                Some(map) => map,
                None => store.create_field(self.node, field, Kind::Mapping)?,
            };
            let value = store.string(&value);
            store.set_field(map, &key, Some(value), Style::PLAIN)?;
        }
        Ok(())
    }
}

/// The texts of a mapping below the object; null counts as empty.
fn data_map<R: Recorder>(store: &Store<R>, node: NodeId, field: &str) -> Vec<(String, String)> {
    let Some(map) = store.tree.get(node, field) else { return Vec::new() };
    let text = |it: NodeId| if store.is_null(it) { String::new() } else { store.tree.value(it).to_owned() };
    store.tree.entries(map).map(|(key, value)| (text(key), text(value))).collect()
}

/// One map laid over another, sorted by key.
fn over(below: Vec<(String, String)>, above: Vec<(String, String)>) -> Vec<(String, String)> {
    let map: std::collections::BTreeMap<_, _> = below.into_iter().chain(above).collect();
    map.into_iter().collect()
}
