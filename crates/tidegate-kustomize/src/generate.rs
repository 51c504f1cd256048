//! `configMapGenerator` and `secretGenerator`.
//!
//! In: literals, files and env files. Out: a ConfigMap or Secret whose name will get a hash.
//!
//! Implements: internal/generators, kv and types/generatorargs.go of sigs.k8s.io/kustomize/api v0.21.1.
//! Keeps:      bytes that are no UTF-8 go to `binaryData`; base64 is broken into lines of 70 characters; an env file ends
//!             at a line of 64 KiB.

mod hash;
mod sources;

use std::sync::Arc;

use tidegate_base::Recorder;
use tidegate_yaml::{Kind, NodeId, Style, Tag, go};

pub(crate) use hash::hash;
pub(crate) use sources::load_data;

use crate::{
    build::Build,
    file::{GeneratorArgs, GeneratorOptions},
    resource::Resource,
    store::{Done, Store},
};

/// What a generator puts into the object, sorted by key.
pub(crate) type Data = Vec<Pair>;

/// A key and its value.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) key: String,
    pub(crate) value: Arc<[u8]>,
    /// The entry of the kustomization file that it comes from.
    pub(crate) at: NodeId,
}

/// The object that a generator makes.
pub(crate) fn make<R: Recorder>(
    build: &mut Build<'_, R>,
    args: &GeneratorArgs,
    data: &Data,
    secret: bool,
) -> Done<Resource> {
    let at = build.store.tree.origin(args.at);
    build.begin(if secret { "secretGenerator" } else { "configMapGenerator" }, at);
    let store = &mut build.store;
    let node = base(store, args, secret)?;
    if secret {
        let kind = if args.secret_type.is_empty() { "Opaque" } else { &args.secret_type };
        let value = store.string(kind);
        store.set_field(node, "type", Some(value), Style::PLAIN)?;
        store.create_field(node, "data", Kind::Mapping)?;
    }
    for pair in data {
        let text = std::str::from_utf8(&pair.value).ok().filter(|_| !secret);
        let field = if secret || text.is_some() { "data" } else { "binaryData" };
        let value = match text {
            Some(text) => store.string(text),
            None => store.string(&go::encode_base64_lines(&pair.value)),
        };
        let origin = store.tree.origin(pair.at);
        store.tree.set_origin(value, origin);
        let map = match store.get(node, field)? {
            Some(map) => map,
            None => store.create_field(node, field, Kind::Mapping)?,
        };
        store.set_field(map, &pair.key, Some(value), Style::PLAIN)?;
    }
    if let Some(options) = &args.options {
        set_options(store, node, options)?;
    }
    store.tree.set_origin(node, at);
    let mut resource = Resource::new(node);
    resource.state.needs_hash = !args.options.as_ref().is_some_and(|it| it.disable_hash);
    resource.state.behavior = args.behavior;
    Ok(resource)
}

/// An object with kind, name and namespace.
fn base<R: Recorder>(store: &mut Store<R>, args: &GeneratorArgs, secret: bool) -> Done<NodeId> {
    let node = store.tree.collection(Kind::Mapping, Tag::Map, Style::PLAIN, &[]);
    for (name, value) in [("apiVersion", "v1"), ("kind", if secret { "Secret" } else { "ConfigMap" })] {
        let value = store.string(value);
        store.set_field(node, name, Some(value), Style::PLAIN)?;
    }
    let meta = store.create_field(node, "metadata", Kind::Mapping)?;
    let name = store.string(&args.name);
    store.set_field(meta, "name", Some(name), Style::PLAIN)?;
    if !args.namespace.is_empty() {
        let namespace = store.string(&args.namespace);
        store.set_field(meta, "namespace", Some(namespace), Style::PLAIN)?;
    }
    Ok(node)
}

fn set_options<R: Recorder>(store: &mut Store<R>, node: NodeId, options: &GeneratorOptions) -> Done {
    for (field, entries) in [("labels", &options.labels), ("annotations", &options.annotations)] {
        for (key, value) in entries {
            let path = ["metadata".to_owned(), field.to_owned()];
            let Some(map) = store.lookup(node, &path, Some(Kind::Mapping))? else { continue };
            let value = store.tree.scalar(Tag::Str, Style::SINGLE, value);
            store.set_field(map, key, Some(value), Style::PLAIN)?;
        }
    }
    if options.immutable {
        let value = store.tree.scalar(Tag::Bool, Style::PLAIN, "true");
        store.set_field(node, "immutable", Some(value), Style::PLAIN)?;
    }
    Ok(())
}
